/*
 * trailopen - the first record, or the state that the last one left.  What a
 * crash cut short is settled here, before anybody can append.
 */
#include "trailopen.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/key.h"

#include "rotate.h"
#include "trailcore.h"

/* The recovery key, if one was made, can only be named here. */
static int
put_genesis(struct trail *t, const struct trail_settings *s, struct err *e)
{
	const struct note_key *k = key_public(t->key);
	struct buf payload = BUF_EMPTY;
	struct jsonw w = JSONW(&payload);
	char vkey[NOTE_VKEY_BYTES];
	struct note_key recovery;
	int has = key_recovery_public(s->state, &recovery, e);
	int rc;

	if (has == -1)
		return -1;
	note_key_text(k, vkey);
	w.comma = true;
	jsonw_text(&w, "origin", k->name);
	jsonw_text(&w, "vkey", vkey);
	if (has == 1) {
		note_key_text(&recovery, vkey);
		jsonw_text(&w, "recovery", vkey);
	}
	jsonw_text(&w, "build", s->build);
	rc = trail_put(t, RECORD_GENESIS, &payload, s->now, e);
	buf_release(&payload);
	return rc;
}

int
trailopen_begin(struct trail *t, const struct trail_settings *s,
    struct err *e)
{
	if (trailfile_has_checkpoint(&t->file) || t->file.last != 0 ||
	    t->file.n_segments > 1 ||
	    (s->at_least != NULL && s->at_least->size != 0))
		return err_set(e, ERR_TRAIL, "the trail's records are gone: "
		    "restore them, or keep what is left as evidence and start "
		    "on a new state folder");
	if (s->rekey != NULL)
		return err_set(e, ERR_REFUSED, "there is no trail whose key "
		    "could be replaced");
	if (key_lost(t->key))
		return err_set(e, ERR_CONFIG, "key current: missing");
	if (key_drop_next(t->key, e) == -1)
		return -1;
	t->was_new = true;
	t->first_key = *key_public(t->key);
	t->key_since = s->now;
	return put_genesis(t, s, e) == 0 ? trail_sync(t, e) : -1;
}

int
trailopen_resume(struct trail *t, const struct trail_settings *s,
    struct err *e)
{
	const struct verify_report *r = &t->before.report;
	struct buf payload = BUF_EMPTY;
	int rc;

	if (trailresume_read(s, &t->scan, &t->before, e) == -1 ||
	    trailfile_resume(&t->file, r->torn, r->records, s->now, e) == -1)
		return -1;
	if (t->before.unborn)
		return trailopen_begin(t, s, e);
	if (t->file.bytes == 0 && t->file.last != r->records)
		return err_set(e, ERR_TRAIL, "the last segment is empty and "
		    "does not belong there");
	t->now = (struct head){ .tree = r->tree, .last = r->last,
		.rotating = r->rotating, .open = t->scan.n_ops, .unsealed = r->checkpoints == 0 ?
		    r->records : r->records - r->sealed - 1 };
	memcpy(t->now.leaf, r->leaf, sizeof(t->now.leaf));
	t->good = t->now;
	t->ep = r->epoch;
	t->first_key = r->first_key;
	t->key_since = r->key_since;
	t->was_unclean = !r->closed || r->torn != 0;
	if (rotate_settle(t, s, e) == -1 || trail_keep_resume(t, e) == -1)
		return -1;
	if (r->torn == 0)
		return 0;
	record_recover(&payload, r->torn, "torn record at the end");
	rc = trail_put(t, RECORD_RECOVER, &payload, s->now, e);
	buf_release(&payload);
	return rc == 0 ? trail_sync(t, e) : -1;
}
