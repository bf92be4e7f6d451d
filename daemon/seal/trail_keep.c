/*
 * trail_keep - each step is durable before the next destroys anything:
 * prune: keys.chain, record, checkpoint, `pruned`, then the segments;
 * shred: record, then the key.  A start takes up what was cut short.
 */
#include "retention/trail_keep.h"

#include <inttypes.h>
#include <string.h>

#include "retention/cut.h"
#include "retention/fd.h"
#include "retention/key.h"
#include "retention/record_keep.h"

#include "keyshred.h"
#include "trailprune.h"
#include "trailsegs.h"
#include "trailcore.h"

static int
refuse_unknown(const struct trail *t, struct err *e)
{
	if (t->broken)
		return err_set(e, ERR_TRAIL, "the trail is out of order");
	if (t->scan.failed)
		return err_set(e, ERR_REFUSED, "not all of the trail is known "
		    "for lack of memory; start the daemon again");
	return 0;
}

/* Of the records that are durable; 1, 0, -1 as cut_find(). */
static int
find(struct trail *t, const struct trail_keep_limits *l, struct cut *ret,
    struct err *e)
{
	struct cut_limits limits = { .before = l->before,
		.most = t->file.last, .pin = &t->first_key,
		.temp = t->file.state };
	struct buf path = BUF_EMPTY;
	int rc;

	if (l->covered < limits.most)
		limits.most = l->covered;
	buf_putf(&path, "%s/trail", t->file.state);
	rc = buf_failed(&path) ? err_set(e, ERR_MEMORY, "no memory") :
	    cut_find(buf_text(&path), &limits, ret, e);
	buf_release(&path);
	return rc;
}

static int
append_prune(struct trail *t, const struct cut *cut, struct record_who who,
    struct wall now, struct err *e)
{
	struct buf payload = BUF_EMPTY;
	int rc = fd_replace_at(t->file.trailfd, "keys.chain", 0600,
	    buf_text(&cut->chain), cut->chain.n, e);

	record_keep_prune(&payload, cut, who);
	if (rc == -1)
		rc = trail_broke(t, e);
	else
		rc = trail_append(t, RECORD_PRUNE, &payload, now, e);
	if (rc == 0) {
		buf_reset(&t->prune);
		buf_add(&t->prune, buf_text(&t->scan.prune), t->scan.prune.n);
		t->scan.first = cut->last;
		t->scan.first_seq = cut->seq;
	}
	if (rc == 0 && (buf_failed(&t->prune) || t->scan.failed)) {
		(void)err_set(e, ERR_MEMORY, "no memory to prune");
		rc = trail_broke(t, e);
	}
	buf_release(&payload);
	return rc;
}

int
trail_keep_prune(struct trail *t, const struct trail_keep_limits *l,
    struct wall now, struct trail_keep_pruned *ret, struct err *e)
{
	struct cut cut;
	int rc;

	if (refuse_unknown(t, e) == -1 || trail_sync(t, e) == -1)
		return -1;
	if (t->prune.n != 0)
		return err_set(e, ERR_REFUSED, "an earlier prune is not yet "
		    "carried out; try again after the next checkpoint");
	rc = find(t, l, &cut, e);
	if (rc == -1 && e->code == ERR_TRAIL) {
		(void)trail_broke(t, e);	/* evidence changed under us */
	} else if (rc == 0 && cut.crossed) {
		rc = err_set(e, ERR_REFUSED, "an operation was open at the end "
		    "of each segment that is old enough");
	} else if (rc == 1) {
		*ret = (struct trail_keep_pruned){ .first = cut.seq,
			.crossed = cut.crossed,
			.records = cut.seq - t->scan.first_seq };
		trailgzip_stop(&t->gzip);
		rc = append_prune(t, &cut, l->who, now, e) == -1 ? -1 : 1;
	}
	cut_release(&cut);
	return rc;
}

int
trail_keep_finish(struct trail *t, struct err *e)
{
	if (t->prune.n == 0)
		return 0;
	trailgzip_stop(&t->gzip);
	return trailprune_finish(&t->file, &t->prune, e);
}

int
trail_keep_resume(struct trail *t, struct err *e)
{
	const struct trailscan *s = &t->scan;

	if (s->failed)
		return err_set(e, ERR_MEMORY, "no memory for the trail");
	for (size_t i = 0; i < s->n_shreds; i++)
		if (s->shred[i] < t->ep &&
		    !trailscan_is_open(s, s->shred[i]) &&
		    keyshred_destroy(t->file.statefd, s->shred[i], e) == -1)
			return -1;
	buf_reset(&t->prune);
	buf_add(&t->prune, buf_text(&s->prune), s->prune.n);
	return buf_failed(&t->prune) ? err_set(e, ERR_MEMORY, "no memory") : 0;
}

int
trail_keep_shred(struct trail *t, uint32_t ep,
    const struct trail_keep_limits *l, struct wall now, struct err *e)
{
	struct buf payload = BUF_EMPTY;
	int rc;

	if (refuse_unknown(t, e) == -1)
		return -1;
	if (ep >= t->ep)
		return err_set(e, ERR_REFUSED, "epoch %" PRIu32 " is %s; its "
		    "key is in use until it is over", ep,
		    ep == t->ep ? "the present one" : "yet to come");
	if (trailscan_is_open(&t->scan, ep))
		return err_set(e, ERR_REFUSED, "an operation of epoch %" PRIu32
		    " has no outcome yet, and needs the key to find one", ep);
	rc = keyshred_exists(t->file.statefd, ep, e);
	if (rc != 1)
		return rc;
	record_keep_shred(&payload, ep, l->why, l->who);
	rc = trail_append(t, RECORD_SHRED, &payload, now, e);
	buf_release(&payload);
	if (rc == -1 || trail_sync(t, e) == -1)
		return -1;
	if (keyshred_destroy(t->file.statefd, ep, e) == -1)
		return trail_broke(t, e);
	return 1;
}

struct wall
trail_keep_ended(const struct trail *t, uint32_t ep)
{
	return trailscan_ended(&t->scan, ep);
}

struct wall
trail_keep_oldest(const struct trail *t)
{
	return t->scan.first;
}

/* The first segment that is to be compressed: 1, 0, -1. */
static int
find_plain(const struct trail *t, uint64_t covered, uint64_t *ret,
    struct err *e)
{
	size_t after = covered == UINT64_MAX ? 2 : 1;
	struct trailsegs all;
	int rc = trailsegs_list(t->file.logfd, &all, e);
	int found = 0;

	for (size_t i = 0; rc == 0 && found == 0 && i + after < all.n; i++) {
		if (!all.list[i].plain || all.list[i + 1].seq > covered)
			continue;
		*ret = all.list[i].seq;
		found = 1;
	}
	trailsegs_release(&all);
	return rc == 0 ? found : -1;
}

int
trail_keep_tidy(struct trail *t, uint64_t covered, struct err *e)
{
	uint64_t seq;
	int rc;

	if (refuse_unknown(t, e) == -1)
		return -1;
	if (t->prune.n != 0)
		return 0;
	if (t->gzip.work == NULL) {
		rc = find_plain(t, covered, &seq, e);
		if (rc == 1)
			rc = trailgzip_begin(&t->gzip, t->file.logfd, seq, e);
		else if (rc == 0)
			return 0;
	} else {
		rc = trailgzip_step(&t->gzip, e);
	}
	if (rc == -1 && e->code == ERR_TRAIL)
		return trail_broke(t, e);
	return rc == -1 ? -1 : 1;
}
