/*
 * check - the rules of the trail, record by record.  The first break of the
 * chain, of the head or of a seal ends the judging (`lost`): what follows
 * cannot be told from what was put there.  Other findings do not end it.
 */
#include "check.h"

#include <inttypes.h>
#include <string.h>

#include "checkprune.h"
#include "checkrule.h"

void
check_finding(struct check *c, enum verify_verdict v, uint64_t from,
    uint64_t to, const char *text)
{
	struct verify_finding f = { .verdict = v, .from_seq = from,
		.to_seq = to };

	c->findings++;
	if (verify_verdict_graver(v, c->r.verdict))
		c->r.verdict = v;
	if (c->o->finding == NULL)
		return;
	(void)snprintf(f.text, sizeof(f.text), "%s", text);
	c->o->finding(c->o->ctx, &f);
}

void
check_here(struct check *c, enum verify_verdict v, const char *text)
{
	check_finding(c, v, c->r.records, c->r.records, text);
}

void
check_lose(struct check *c, enum verify_verdict v, const char *text)
{
	check_here(c, v, text);
	c->lost = true;
}

/* Where it stands: position, chain, epoch, segment, genesis first. */
static const char *
out_of_place(const struct check *c, const struct checkline *l)
{
	const struct checkfile *f = &c->file;

	if (l->seq != c->r.records)
		return "not the record that belongs here: records were "
		    "removed, added or moved";
	if (f->first_in_segment && f->n_segments != 0 &&
	    f->segments[f->next - 1] != l->seq)
		return "a segment is missing or was renamed";
	if (memcmp(l->prev, c->r.leaf, 32) != 0)
		return "the chain is broken: the record before this one was "
		    "changed";
	if (l->ep != c->r.epoch)
		return "a record of another epoch";
	if ((l->type == RECORD_GENESIS) != (l->seq == 0))
		return "the first record, and only the first, is genesis";
	if (c->rotated && l->type != RECORD_CP && l->type != RECORD_REKEY)
		return "a rotation that its final checkpoint does not follow";
	return NULL;
}

/* Before a checkpoint: is this a place to go on from another time? */
static void
take_mark(struct check *c, const struct checkline *l)
{
	const struct checkfile *f = &c->file;

	if (c->o->state_file == NULL || l->type != RECORD_CP || c->rotated ||
	    c->findings != 0 || checkops_n_open(c->ops) != 0 || f->next == 0)
		return;
	c->mark = (struct check_mark){ .r = c->r, .key = c->key,
		.stopped = c->stopped, .segment = f->segments[f->next - 1],
		.segments = f->next, .at = f->at_line, .size = l->seq };
	c->mark.r.checkpoints--;	/* it will be counted again */
}

static void
accept(struct check *c, const struct checkline *l, const char *line, size_t n)
{
	take_mark(c, l);
	if (l->type == RECORD_PRUNE)
		checkprune_told(c, line, n);
	if (c->o->record != NULL)
		c->o->record(c->o->ctx, l->seq, line, n);
	merkle_leaf(line, n, c->r.leaf);
	merkle_add(&c->r.tree, c->r.leaf);
	if (c->mark.size != 0 && c->mark.size == l->seq)
		merkle_root(&c->r.tree, c->mark.root);
	if (c->r.records == 0)
		c->r.first = l->t;
	c->r.last = l->t;
	c->r.records++;
	c->r.closed = c->stopped && l->type == RECORD_CP;
	c->stopped = l->type == RECORD_STOP;
	c->rekeyed = l->type == RECORD_REKEY;
	c->rotated = l->type == RECORD_ROTATE || c->rekeyed;
	c->sealed = l->type == RECORD_CP;
}

/* NULL, or why the claim is none by a key of this position. */
static const char *
judge(struct check *c, const struct checkclaim *one, const uint8_t *root,
    bool *ret_other)
{
	const struct note_key keys[2] = { c->key, c->next_key };
	struct checkclaim_place at = { .keys = c->rekeyed ? keys + 1 : keys,
		.n_keys = c->rotated && !c->rekeyed ? 2 : 1, .root = root,
		.last = c->r.last };

	return checkclaim_judge(&c->claims, one, &at, ret_other);
}

/* Claims about exactly the records so far. */
static void
compare_claims(struct check *c)
{
	uint8_t root[32];

	while (c->claims.next < c->claims.n &&
	    c->claims.list[c->claims.next].size <= c->r.records) {
		const struct checkclaim *one = &c->claims.list[c->claims.next++];
		const char *bad;
		char text[200];
		bool other;

		merkle_root(&c->r.tree, root);
		bad = judge(c, one, root, &other);
		c->r.anchors += bad == NULL &&
		    (one->outside || one->at.ms != 0);
		if (bad == NULL)
			continue;
		(void)snprintf(text, sizeof(text), "%s %s", one->what, bad);
		check_finding(c, other ? VERIFY_UNVERIFIABLE : VERIFY_TAMPERED,
		    0, one->size - 1, text);
	}
}

void
check_begin(struct check *c)
{
	struct checkclaims *l = &c->claims;

	for (; l->next < l->n && l->list[l->next].size < c->r.records;
	    l->next++)
		if (l->list[l->next].outside)
			check_finding(c, VERIFY_UNVERIFIABLE, 0,
			    l->list[l->next].size - 1, "a copy kept elsewhere "
			    "is of records that were pruned: it cannot be "
			    "compared");
	compare_claims(c);
}

void
check_record(struct check *c, const char *line, size_t n)
{
	struct checkline l;
	char why[200] = "";
	enum verify_verdict v = checkline_read(line, n, &l, why);
	const char *bad;

	if (v != VERIFY_VALID) {
		check_lose(c, v, why);
		return;
	}
	bad = out_of_place(c, &l);
	if (bad != NULL)
		check_lose(c, VERIFY_TAMPERED, bad);
	if (!c->lost && l.t.ms < c->r.last.ms && l.seq != 0)
		check_here(c, VERIFY_TAMPERED, "time runs backwards");
	if (!c->lost)
		checkrule_apply(c, &l);
	if (!c->lost) {
		accept(c, &l, line, n);
		compare_claims(c);
	}
	checkline_release(&l);
}

/* Claims that reach beyond the records: the trail was cut, or grafted. */
static void
end_claims(struct check *c)
{
	for (size_t i = c->claims.next; i < c->claims.n; i++) {
		const struct checkclaim *one = &c->claims.list[i];
		bool other;
		const char *bad = judge(c, one, NULL, &other);
		char text[200];

		(void)snprintf(text, sizeof(text), "%s knows of %" PRIu64
		    " records, and the trail has fewer: it was cut back",
		    one->what, one->size);
		if (bad != NULL)
			(void)snprintf(text, sizeof(text), "%s %s", one->what,
			    bad);
		check_finding(c, other ? VERIFY_UNVERIFIABLE : VERIFY_TAMPERED,
		    c->r.records, one->size - 1, text);
	}
}

static void
on_twice(void *ctx, uint64_t before, uint64_t again)
{
	check_finding(ctx, VERIFY_TAMPERED, before, again,
	    "an operation is announced for the second time");
}

static void
end_ops(struct check *c)
{
	struct err e = ERR_EMPTY;
	char text[200];

	if (checkops_end(c->ops, c, on_twice, &e) == 0)
		return;
	(void)snprintf(text, sizeof(text), "whether an operation is announced "
	    "twice cannot be told: %.100s", e.text);
	check_finding(c, VERIFY_UNVERIFIABLE, 0, c->r.records, text);
}

static void
end_open(struct check *c)
{
	const struct verify_open *op;

	for (size_t i = 0; (op = checkops_open(c->ops, i)) != NULL; i++) {
		check_finding(c, VERIFY_INCOMPLETE, op->seq, op->seq,
		    "an intent without an outcome");
		if (c->o->open != NULL)
			c->o->open(c->o->ctx, op);
	}
}

void
check_end(struct check *c)
{
	uint64_t last = c->r.records - (c->r.records != 0);

	if (c->claims.malformed != 0)
		check_finding(c, VERIFY_TAMPERED, 0, last,
		    "a note beside the trail is malformed");
	if (c->r.records == 0 && !c->lost)
		check_finding(c, VERIFY_UNVERIFIABLE, 0, 0, "no record at all");
	if (c->o->pin == NULL && !c->o->holds_key)
		check_finding(c, VERIFY_UNVERIFIABLE, 0, last,
		    "no key to check against: give the one noted at the start");
	end_ops(c);
	if (!c->lost) {
		end_claims(c);
		end_open(c);
		checkprune_end(c);
	}
	checkanchor_end(c);
	if (c->file.torn != 0)
		check_finding(c, VERIFY_INCOMPLETE, c->r.records, c->r.records,
		    "a torn record at the end");
	if (c->r.records == 0 || c->lost)
		return;
	if (!c->sealed)
		check_finding(c, VERIFY_INCOMPLETE, c->r.checkpoints == 0 ? 0 :
		    c->r.sealed + 1, last, "records without a checkpoint");
	else if (!c->r.closed)
		check_finding(c, VERIFY_INCOMPLETE, last, last,
		    "not closed by stop and a checkpoint");
	if (c->o->max_age_ms != 0 &&
	    c->o->now.ms - c->r.last.ms > c->o->max_age_ms)
		check_finding(c, VERIFY_INCOMPLETE, last, last,
		    "the last record is older than allowed: a stale copy?");
}
