/*
 * evidence - everything the daemon writes about what it does, and the rule
 * that nothing is erased once that has failed.  Its syncs happen in the loop:
 * they are short, and no store is waiting for them but the one in question.
 */
#include "evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "retention/buf.h"
#include "retention/key.h"
#include "retention/log.h"

void
evidence_fail(struct evidence *ev, const struct err *why)
{
	if (ev->off)
		return;
	ev->off = true;
	if (ev->trail != NULL && why->code == ERR_SYSTEM &&
	    (why->sys_errno == ENOSPC || why->sys_errno == EDQUOT))
		trail_no_space(ev->trail);
	ev->full = ev->trail != NULL && trail_full(ev->trail);
	(void)snprintf(ev->why, sizeof(ev->why), "%s%.400s", ev->full ?
	    "no space left, until there is some again: " : "", why->text);
	log_line(LOG_ERROR, "enforcement is off until %s, nothing more "
	    "is erased: %s", ev->full ? "there is space again" : "restarted",
	    why->text);
	if (ev->full && ev->space.data != NULL)
		ev_timer_again(ev->loop, &ev->space);
}

bool
evidence_full(const struct evidence *ev)
{
	return ev->full;
}

uint64_t
evidence_anchored(const struct evidence *ev)
{
	return ev->anchored;
}

bool
evidence_off(const struct evidence *ev)
{
	return ev->off;
}

static void
seal_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)loop, (void)revents;
	evidence_seal_if_needed(w->data);
}

static void
heartbeat_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct evidence *ev = w->data;
	struct err e = ERR_EMPTY;

	(void)loop, (void)revents;
	if (!ev->off)
		(void)evidence_seal(ev, &e);
}

void
evidence_settings(struct evidence *ev, const struct conf_main *m)
{
	struct ev_timer *seal = &ev->seal, *beat = &ev->heartbeat;

	/* `repeat` only: armed when a record is appended, by again(). */
	seal->repeat = (double)m->checkpoint_within_ms / 1000;
	beat->repeat = (double)m->heartbeat_ms / 1000;
	ev_timer_again(ev->loop, beat);
}

/* The ledger keeps no job whose intent never was, or has its outcome. */
static void
forget_ops(struct evidence *ev)
{
	struct buf ops = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	size_t n;
	const struct trail_open_op *op = trail_open_ops(ev->trail, &n);

	for (size_t i = 0; i < n; i++)
		buf_add(&ops, op[i].op, COMMIT_OP_BYTES);
	if (!buf_failed(&ops) && ledger_op_keep(ev->ledger,
	    (const uint8_t *)buf_text(&ops), n, &e) == -1)
		log_line(LOG_WARN, "%s", e.text);
	buf_release(&ops);
}

static int
open_trail(struct evidence *ev, const struct conf_main *m, struct err *e)
{
	struct trail_head head;
	struct trail_settings s = {
		.state = m->state,
		.origin = m->origin,
		.build = "retentiond " RETENTION_VERSION,
		.segment_bytes = m->segment_bytes,
		.now = clock_now(),
		.copies = m->anchor_copies,
	};
	int has = ledger_head_get(ev->ledger, &head.size, head.root, e);

	if (has == -1)
		return err_wrap(e, "ledger");
	if (has == 1)
		s.at_least = &head;
	if (trail_open(&s, ev->key, &ev->trail, e) == -1)
		return -1;
	forget_ops(ev);
	return 0;
}

int
evidence_open(struct evidence *ev, struct ev_loop *loop,
    const struct conf_main *m, struct err *e)
{
	struct ev_timer *seal = &ev->seal, *beat = &ev->heartbeat;
	struct ev_timer *tidy = &ev->tidy, *space = &ev->space;
	bool made;

	*ev = (struct evidence){ .loop = loop, .state = strdup(m->state) };
	ev_init(seal, seal_cb);
	ev_init(beat, heartbeat_cb);
	ev_init(tidy, NULL);
	ev_init(space, NULL);
	seal->data = beat->data = ev;
	if (ev->state == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (key_init(m->state, &made, e) == -1 ||
	    key_load(m->state, m->origin, &ev->key, e) == -1)
		return err_wrap(e, "keys");
	if (made)
		log_line(LOG_NOTICE, "made a new signing key");
	if (ledger_open(m->state, &ev->ledger, e) == -1)
		return err_wrap(e, "ledger");
	return open_trail(ev, m, e);
}

int
evidence_reopen(struct evidence *ev, const struct conf_main *m, struct err *e)
{
	struct trail *old = ev->trail;

	if (open_trail(ev, m, e) == -1)
		return -1;
	trail_close(old);
	ev->off = ev->full = false;
	ev->why[0] = '\0';
	return 0;
}

void
evidence_release(struct evidence *ev)
{
	struct ev_timer *seal = &ev->seal, *beat = &ev->heartbeat;
	struct ev_timer *tidy = &ev->tidy, *space = &ev->space;

	if (ev->loop != NULL) {
		ev_timer_stop(ev->loop, tidy);
		ev_timer_stop(ev->loop, space);
		ev_timer_stop(ev->loop, seal);
		ev_timer_stop(ev->loop, beat);
	}
	trail_close(ev->trail);
	if (ev->ledger != NULL)
		ledger_close(ev->ledger);
	if (ev->key != NULL)
		key_free(ev->key);
	free(ev->state);
	*ev = (struct evidence){ .off = true };
}

int
evidence_append(struct evidence *ev, enum record_type type,
    const struct buf *payload, struct err *e)
{
	struct ev_timer *seal = &ev->seal;

	if (ev->off)
		return err_set(e, ERR_TRAIL, "the trail is out of order");
	if (buf_failed(payload))
		(void)err_set(e, ERR_MEMORY, "no memory for a record");
	else if (trail_append(ev->trail, type, payload, clock_now(), e) == 0) {
		if (!ev_is_active(seal))
			ev_timer_again(ev->loop, seal);
		return 0;
	}
	err_wrap(e, "record %s", record_type_name(type));
	evidence_fail(ev, e);
	return -1;
}

int
evidence_sync(struct evidence *ev, struct err *e)
{
	if (ev->off)
		return err_set(e, ERR_TRAIL, "the trail is out of order");
	/* Holds and open operations in a file without a name are lost. */
	if (ledger_there(ev->ledger, e) == 0 && trail_sync(ev->trail, e) == 0)
		return 0;
	evidence_fail(ev, e);
	return -1;
}

/* By a checkpoint, or by that of a rotation. */
static int
seal_as(struct evidence *ev, const struct trail_rotation *r, struct err *e)
{
	struct ev_timer *seal = &ev->seal, *beat = &ev->heartbeat;
	struct wall now = clock_now();
	struct ev_timer *tidy = &ev->tidy;
	struct trail_head head;

	if (ev->off)
		return err_set(e, ERR_TRAIL, "the trail is out of order");
	ev_timer_stop(ev->loop, seal);
	if ((r != NULL ? trail_rotate(ev->trail, r, now, e) :
	    trail_checkpoint(ev->trail, now, e)) == -1)
		goto fail;
	head = trail_head(ev->trail);
	if (ledger_head_put(ev->ledger, head.size, head.root, e) == -1)
		goto fail;
	if (beat->repeat > 0)
		ev_timer_again(ev->loop, beat);
	if (tidy->data != NULL && !ev_is_active(tidy)) {
		ev_timer_set(tidy, 1., 0.);
		ev_timer_start(ev->loop, tidy);
	}
	if (ev->on_seal != NULL)
		ev->on_seal(ev->on_seal_ctx);
	return 0;
fail:
	err_wrap(e, r != NULL ? "key rotation" : "checkpoint");
	evidence_fail(ev, e);
	return -1;
}

int
evidence_seal(struct evidence *ev, struct err *e)
{
	return seal_as(ev, NULL, e);
}

int
evidence_rotate(struct evidence *ev, const struct trail_rotation *r,
    struct err *e)
{
	return seal_as(ev, r, e);
}

void
evidence_seal_if_needed(struct evidence *ev)
{
	struct ev_timer *seal = &ev->seal;
	struct err e = ERR_EMPTY;

	if (ev->trail == NULL)		/* a dry run has none */
		return;
	ev_timer_stop(ev->loop, seal);
	if (!ev->off && trail_unsealed(ev->trail) != 0)
		(void)evidence_seal(ev, &e);	/* said by evidence_fail() */
}

int
evidence_op_key(struct evidence *ev, uint32_t ep, struct commit_op *op,
    struct err *e)
{
	return key_ops(ev->state, ep, false, op, 1, e);
}

int
evidence_ops(struct evidence *ev, size_t n, struct commit_op *ret,
    struct err *e)
{
	if (ev->off)
		return err_set(e, ERR_TRAIL, "the trail is out of order");
	for (size_t i = 0; i < n; i++) {
		ssize_t got;

		do
			got = getrandom(ret[i].op, sizeof(ret[i].op), 0);
		while (got == -1 && errno == EINTR);
		must(got == (ssize_t)sizeof(ret[i].op));
	}
	if (key_ops(ev->state, trail_epoch(ev->trail), true, ret, n, e) == 0)
		return 0;
	evidence_fail(ev, e);
	return -1;
}
