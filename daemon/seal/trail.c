/*
 * trail - appends records.  `now` is the head with everything appended, `good`
 * the one that is known to be on disk; between the two lies `pending`.  The
 * caller holds the lock of the state folder (flock on state/lock) for as long
 * as the trail is open: two writers would fork the chain.
 */
#include "retention/trail.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/key.h"
#include "retention/merkle.h"

#include "rotate.h"
#include "trailcore.h"
#include "trailitems.h"
#include "trailopen.h"

#define PENDING_MOST ((size_t)4 << 20)	/* then synced unasked */

static int
refuse_broken(const struct trail *t, struct err *e)
{
	if (!t->broken)
		return 0;
	return err_set(e, ERR_TRAIL, "trail: a write failed earlier; nothing "
	    "is recorded or erased until the daemon is started again");
}

int
trail_put(struct trail *t, enum record_type type, const struct buf *payload,
    struct wall at, struct err *e)
{
	struct wall when = at.ms < t->now.last.ms ? t->now.last : at;
	char text[CLOCK_TEXT_BYTES], prev[65];
	struct buf *b = &t->line;

	buf_reset(b);
	clock_text_ms(when, text);
	hex_text(t->now.leaf, 32, prev);
	buf_putf(b, "{\"v\":1,\"seq\":%" PRIu64 ",\"ep\":%" PRIu32
	    ",\"t\":\"%s\",", t->now.tree.n, t->ep, text);
	if (at.ms < t->now.last.ms) {
		clock_text_ms(at, text);
		buf_putf(b, "\"raw\":\"%s\",", text);
	}
	buf_putf(b, "\"prev\":\"%s\",\"type\":\"%s\"", prev,
	    record_type_name(type));
	if (payload != NULL && payload->n != 0)
		buf_add(b, payload->data, payload->n);
	buf_puts(b, "}");
	if (buf_failed(b) || (payload != NULL && buf_failed(payload)))
		return err_set(e, ERR_MEMORY, "trail: no memory for a record");
	if (b->n > RECORD_MOST)
		return err_set(e, ERR_INPUT, "trail: a record of %zu bytes: "
		    "at most %d fit", b->n, RECORD_MOST);
	must(memchr(b->data, '\n', b->n) == NULL);
	merkle_leaf(b->data, b->n, t->now.leaf);
	merkle_add(&t->now.tree, t->now.leaf);
	trailscan_line(&t->scan, b->data, b->n);
	t->now.open = t->scan.n_ops;
	t->now.last = when;
	t->now.rotating = type == RECORD_ROTATE || type == RECORD_REKEY;
	t->now.unsealed = type == RECORD_CP ? 0 : t->now.unsealed + 1;
	buf_puts(b, "\n");
	buf_add(&t->pending, b->data, b->n);
	return 0;
}

int
trail_append(struct trail *t, enum record_type type,
    const struct buf *payload, struct wall now, struct err *e)
{
	must(type != RECORD_CP && type != RECORD_ROTATE &&
	    type != RECORD_REKEY && type != RECORD_GENESIS);
	if (refuse_broken(t, e) == -1 ||
	    trail_put(t, type, payload, now, e) == -1)
		return -1;
	if (buf_failed(&t->pending)) {
		(void)err_set(e, ERR_MEMORY, "no memory for a record");
		return trail_broke(t, e);
	}
	return t->pending.n > PENDING_MOST ? trail_sync(t, e) : 0;
}

/* A signed note over all records so far. */
static int
sign_head(struct trail *t, enum trail_signer who, struct buf *note,
    struct err *e)
{
	struct note_checkpoint cp = { .size = t->now.tree.n };
	const struct note_key *k = key_public(t->key);
	uint8_t now[64], next[64];
	size_t n;

	memcpy(cp.origin, k->name, sizeof(cp.origin));
	merkle_root(&t->now.tree, cp.root);
	if (note_checkpoint_text(&cp, note) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	n = note->n;
	if ((who != TRAIL_NEXT && key_sign(t->key, note->data, n, now, e)) ||
	    (who != TRAIL_NOW && key_sign_next(t->key, note->data, n, next, e)))
		return -1;
	if (who != TRAIL_NEXT)
		note_add_signature(note, true, k, now);
	if (who != TRAIL_NOW)
		note_add_signature(note, who == TRAIL_NEXT, key_next(t->key),
		    next);
	return buf_failed(note) ? err_set(e, ERR_MEMORY, "no memory") : 0;
}

static int
put_checkpoint(struct trail *t, enum trail_signer who, struct buf *note,
    struct wall now, struct err *e)
{
	struct buf payload = BUF_EMPTY;
	struct jsonw w = JSONW(&payload);
	int rc = sign_head(t, who, note, e);

	w.comma = true;
	if (who != TRAIL_NOW)
		jsonw_bool(&w, "final", true);
	jsonw_textn(&w, "note", buf_text(note), note->n);
	if (rc == 0)
		rc = trail_put(t, RECORD_CP, &payload, now, e);
	buf_release(&payload);
	return rc;
}

static int
write_pending(struct trail *t, struct err *e)
{
	if (buf_failed(&t->pending))
		return err_set(e, ERR_MEMORY, "no memory for records");
	/* A segment ends with a checkpoint, and no operation crosses its end
	 * unless it would grow and grow: so it can be pruned. */
	t->file.may_end = t->good.unsealed == 0 && t->good.tree.n != 0;
	t->file.rather_not = t->good.open != 0;
	if (trailfile_append(&t->file, t->good.tree.n, t->pending.data,
	    t->pending.n, e) == -1)
		return -1;
	buf_reset(&t->pending);
	t->good = t->now;
	return 0;
}

/*
 * No space: what was not durable is taken back, the ballast makes room for
 * one last stop and its seal.  Nobody's record is accepted by this.  true: all
 * that is known to be on disk is, and no sync has failed.
 */
static bool
last_words(struct trail *t)
{
	struct record_start stop = { .reason = "no space left for the trail" };
	struct buf payload = BUF_EMPTY, note = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc = trailfile_make_room(&t->file, &e);

	t->now = t->good;
	buf_reset(&t->pending);
	if (t->good.rotating)		/* only its final checkpoint may follow */
		return rc == 0;
	record_stop(&payload, &stop);
	if (rc == 0)
		rc = trail_put(t, RECORD_STOP, &payload, t->now.last, &e);
	if (rc == 0)
		rc = put_checkpoint(t, TRAIL_NOW, &note, t->now.last, &e);
	if (rc == 0)
		rc = write_pending(t, &e);
	buf_release(&payload);
	buf_release(&note);
	return rc == 0 || trailfile_is_full(&e);
}

int
trail_broke(struct trail *t, struct err *e)
{
	if (!t->broken && trailfile_is_full(e))
		t->full = last_words(t);
	t->broken = true;
	e->code = ERR_TRAIL;
	return err_wrap(e, "trail");
}

void
trail_no_space(struct trail *t)
{
	struct err e = { .code = ERR_SYSTEM, .sys_errno = ENOSPC };

	(void)trail_broke(t, &e);
}

int
trail_sync(struct trail *t, struct err *e)
{
	if (refuse_broken(t, e) == -1)
		return -1;
	if (t->pending.n == 0 && !buf_failed(&t->pending))
		return 0;
	return write_pending(t, e) == 0 ? 0 : trail_broke(t, e);
}

int
trail_seal(struct trail *t, enum trail_signer who, struct wall now,
    struct err *e)
{
	struct buf note = BUF_EMPTY;
	int rc = -1;

	if (trail_sync(t, e) == -1)
		return -1;
	if (put_checkpoint(t, who, &note, now, e) == -1)
		rc = trail_broke(t, e);
	else if (trail_sync(t, e) == 0)
		rc = fd_replace_at(t->file.trailfd, "checkpoint", 0600,
		    note.data, note.n, e) == 0 &&
		    trail_keep_finish(t, e) == 0 ? 0 : trail_broke(t, e);
	buf_release(&note);
	return rc;
}

int
trail_checkpoint(struct trail *t, struct wall now, struct err *e)
{
	return trail_seal(t, TRAIL_NOW, now, e);
}

int
trail_rotate(struct trail *t, const struct trail_rotation *r, struct wall now,
    struct err *e)
{
	return rotate_run(t, r, now, e);
}

int
trail_open(const struct trail_settings *s, struct key *k,
    struct trail **ret, struct err *e)
{
	struct trail *t = calloc(1, sizeof(*t));
	int rc;

	if (t == NULL)
		return err_set(e, ERR_MEMORY, "trail: no memory");
	t->key = k;
	if (strcmp(s->origin, key_public(k)->name) != 0) {
		free(t);
		return err_set(e, ERR_CONFIG, "trail: the key was loaded under "
		    "another origin");
	}
	if (trailfile_open(s->state, s->segment_bytes, &t->file, e) == -1) {
		free(t);
		return err_wrap(e, "trail");
	}
	rc = t->file.n_segments == 0 ? trailopen_begin(t, s, e) :
	    trailopen_resume(t, s, e);
	if (rc == -1) {
		trail_close(t);
		return err_wrap(e, "open %s/trail", s->state);
	}
	*ret = t;
	return 0;
}

void
trail_close(struct trail *t)
{
	if (t == NULL)
		return;
	trailfile_close(&t->file);
	trailgzip_stop(&t->gzip);
	trailresume_release(&t->before);
	trailscan_release(&t->scan);
	buf_release(&t->prune);
	buf_release(&t->pending);
	buf_release(&t->line);
	free(t);
}

int
trail_items(struct trail *t, const uint8_t op[COMMIT_OP_BYTES],
    const uint8_t (*c)[COMMIT_BYTES], size_t n, struct err *e)
{
	if (refuse_broken(t, e) == -1)
		return -1;
	if (n <= RECORD_C_IN_LINE)
		return 0;		/* they stand in the record */
	if (trailitems_write(t->file.itemsfd, op, c, n, e) == -1)
		return trail_broke(t, e);
	return 0;
}

bool
trail_was_new(const struct trail *t)
{
	return t->was_new;
}

bool
trail_was_unclean(const struct trail *t)
{
	return t->was_unclean;
}

struct wall
trail_key_since(const struct trail *t)
{
	return t->key_since;
}

uint32_t
trail_epoch(const struct trail *t)
{
	return t->ep;
}

struct trail_head
trail_head(const struct trail *t)
{
	struct trail_head h = { .size = t->now.tree.n };

	merkle_root(&t->now.tree, h.root);
	return h;
}

bool
trail_broken(const struct trail *t)
{
	return t->broken;
}

bool
trail_full(const struct trail *t)
{
	return t->full;
}

const struct trail_open_op *
trail_open_ops(const struct trail *t, size_t *ret_n)
{
	*ret_n = t->before.n_ops;
	return t->before.ops;
}

uint64_t
trail_unsealed(const struct trail *t)
{
	return t->now.unsealed;
}
