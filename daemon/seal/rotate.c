/*
 * rotate - the key ratchet: from one signing key to the next, so that who
 * takes a key today cannot rewrite what was sealed before today.
 *
 *   1  keys/next and K_ep of its epoch durable
 *   2  rotate record, synced
 *   3  final checkpoint by both keys, synced
 *   4  keys/current overwritten, removed, replaced by keys/next
 *   5  the next record bears the next epoch
 *
 * A crash leaves one of: next without record (taken back), record without
 * checkpoint (3 is done again), checkpoint and both keys (4 is done again).
 */
#include "rotate.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/key.h"

#include "trailcore.h"

/* Steps 3 to 5. */
static int
finish(struct trail *t, enum trail_signer who, struct wall now, struct err *e)
{
	if (trail_seal(t, who, now, e) == -1)
		return -1;
	if (key_take_next(t->key, e) == -1)
		return trail_broke(t, e);
	t->ep++;
	t->key_since = t->now.last;
	return 0;
}

/* The recovery key's words: these records, that key. */
static int
vouch(struct trail *t, const struct key *recovery, struct buf *note,
    struct err *e)
{
	struct note_rekey r = { .size = t->now.tree.n,
	    .next = *key_next(t->key) };
	uint8_t sig[64];

	merkle_root(&t->now.tree, r.root);
	if (note_rekey_text(&r, note) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	if (key_sign(recovery, note->data, note->n, sig, e) == -1)
		return -1;
	note_add_signature(note, true, key_public(recovery), sig);
	return buf_failed(note) ? err_set(e, ERR_MEMORY, "no memory") : 0;
}

static int
put_record(struct trail *t, const struct trail_rotation *r,
    const struct key *recovery, struct wall now, struct err *e)
{
	char vkey[NOTE_VKEY_BYTES];
	struct buf payload = BUF_EMPTY, note = BUF_EMPTY;
	struct record_key record = { .next = t->ep + 1, .vkey = vkey,
	    .why = r->why, .who = r->who };
	int rc = 0;

	note_key_text(key_next(t->key), vkey);
	if (recovery == NULL)
		record_key_rotate(&payload, &record);
	else if ((rc = vouch(t, recovery, &note, e)) == 0)
		record_key_rekey(&payload, &record, note.data, note.n);
	if (rc == 0)
		rc = trail_put(t, recovery == NULL ? RECORD_ROTATE :
		    RECORD_REKEY, &payload, now, e);
	buf_release(&note);
	buf_release(&payload);
	return rc;
}

/* Steps 1 and 2, and what follows; by the recovery key when there is one. */
static int
begin(struct trail *t, const struct trail_rotation *r,
    const struct key *recovery, struct wall now, struct err *e)
{
	if (t->ep == UINT32_MAX)
		return err_set(e, ERR_TRAIL, "no epoch is left");
	/* A rekey's first record stands directly after what was found. */
	if (trail_sync(t, e) == -1)
		return -1;
	if (key_make_next(t->key, t->ep + 1, e) == -1 ||
	    put_record(t, r, recovery, now, e) == -1)
		return trail_broke(t, e);
	if (trail_sync(t, e) == -1)
		return -1;
	return finish(t, recovery == NULL ? TRAIL_BOTH : TRAIL_NEXT, now, e);
}

int
rotate_run(struct trail *t, const struct trail_rotation *r, struct wall now,
    struct err *e)
{
	return begin(t, r, NULL, now, e);
}

static bool
same(const struct note_key *a, const struct note_key *b)
{
	return a != NULL && strcmp(a->name, b->name) == 0 &&
	    memcmp(a->pub, b->pub, 32) == 0;
}

enum left { IN_ORDER, TO_SEAL, TO_REPLACE, LOST };

static enum left
look(const struct trail *t, const struct verify_report *r)
{
	const struct note_key *now = key_public(t->key);
	const struct note_key *next = key_next(t->key);

	if (r->rotating)
		return same(next, &r->next_key) && (r->rekeying ||
		    same(now, &r->key)) ? TO_SEAL : LOST;
	if (same(next, &r->key))
		return TO_REPLACE;
	return same(now, &r->key) ? IN_ORDER : LOST;
}

static int
rekey(struct trail *t, const struct trail_settings *s, struct err *e)
{
	const struct verify_report *r = &t->before.report;

	if (r->recovery.name[0] == '\0')
		return err_set(e, ERR_REFUSED, "the trail names no recovery "
		    "key: restore keys/current from its backup, or start on a "
		    "new state folder");
	if (!same(key_public(s->rekey->recovery), &r->recovery))
		return err_set(e, ERR_REFUSED, "this is not the recovery key "
		    "that the trail's first record names");
	if (key_drop_next(t->key, e) == -1)
		return -1;
	return begin(t, &s->rekey->rotation, s->rekey->recovery, s->now, e);
}

int
rotate_settle(struct trail *t, const struct trail_settings *s, struct err *e)
{
	const struct verify_report *r = &t->before.report;
	enum left left = look(t, r);

	if (s->rekey != NULL && left != LOST && !r->rekeying)
		return err_set(e, ERR_REFUSED, "the signing key is there: it "
		    "is replaced by 'retentionctl key rotate'");
	if (left == TO_SEAL)
		return finish(t, r->rekeying ? TRAIL_NEXT : TRAIL_BOTH,
		    s->now, e);
	if (left == TO_REPLACE)
		return key_take_next(t->key, e);
	if (left == IN_ORDER)
		return key_drop_next(t->key, e);
	if (s->rekey != NULL)
		return rekey(t, s, e);
	return err_set(e, ERR_TRAIL, "keys/current is not the key that the "
	    "trail ends with: restore it from its backup, or put another in "
	    "its place (retentionctl key rekey)");
}
