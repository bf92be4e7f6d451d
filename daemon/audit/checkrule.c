/*
 * checkrule - keys and seals, operations, evidence, pruning: one function per
 * type of record that can be judged beyond its place in the chain.
 */
#include "checkrule.h"

#include <string.h>

#include "retention/hex.h"

#include "checkitems.h"
#include "checkkey.h"

#define SKEW_MS 60000		/* between our clock and the anchor's */

void
checkrule_pin(struct check *c)
{
	const struct note_key *pin = c->o->pin;
	const struct note_key *k = &c->r.first_key;

	if (pin != NULL && (strcmp(pin->name, k->name) != 0 ||
	    memcmp(pin->pub, k->pub, 32) != 0))
		check_here(c, VERIFY_UNVERIFIABLE, "the trail begins with "
		    "another key than the one it is checked against");
}

static void
on_genesis(struct check *c, const struct checkline *l)
{
	if (checkkey_genesis(c, l) == -1) {
		check_lose(c, VERIFY_TAMPERED, "a malformed genesis record");
		return;
	}
	c->r.first_key = c->key;
	c->r.have_key = true;
	c->r.key_since = l->t;
	checkrule_pin(c);
}

static void
remember(struct check *c, const struct note_checkpoint *cp)
{
	struct check_past *p = &c->past[c->n_past++ % CHECK_PAST];

	p->size = cp->size;
	memcpy(p->root, cp->root, 32);
	p->last = c->r.last;
}

static void
on_cp(struct check *c, const struct checkline *l)
{
	const char *note = checkline_text(l->object, "note");
	bool final = checkvalue_true(checkline_value(l->object, "final"));
	struct note_checkpoint cp;
	uint8_t root[32];
	size_t n_text;
	struct err e;

	if (final != c->rotated) {
		check_lose(c, VERIFY_TAMPERED, final ?
		    "a final checkpoint without a rotation before it" :
		    "a rotation that its final checkpoint does not follow");
		return;
	}
	if (note == NULL || checkkey_seal(c, note, strlen(note),
	    &n_text) == -1) {
		check_lose(c, VERIFY_TAMPERED, "a checkpoint that the key of "
		    "this position did not sign");
		return;
	}
	merkle_root(&c->r.tree, root);
	if (note_checkpoint_parse(note, n_text, &cp, &e) == -1 ||
	    strcmp(cp.origin, c->key.name) != 0 ||
	    cp.size != l->seq || memcmp(cp.root, root, 32) != 0) {
		check_lose(c, VERIFY_TAMPERED, "a checkpoint that does not "
		    "match the records before it");
		return;
	}
	remember(c, &cp);
	c->r.checkpoints++;
	c->r.sealed = cp.size;
	if (final) {
		c->key = c->next_key;
		c->r.key_since = l->t;
		c->r.epoch++;
	}
}

static void
on_rotate(struct check *c, const struct checkline *l)
{
	if (checkkey_next(c, l) == -1)
		check_lose(c, VERIFY_TAMPERED, "a malformed rotation");
}

static void
on_rekey(struct check *c, const struct checkline *l)
{
	if (checkkey_next(c, l) == -1) {
		check_lose(c, VERIFY_TAMPERED, "a malformed rekey");
		return;
	}
	if (!c->has_recovery || !checkkey_recovered(c, l)) {
		check_lose(c, VERIFY_TAMPERED, c->has_recovery ?
		    "a rekey that the recovery key did not sign for these "
		    "records and this key" :
		    "a rekey, and genesis names no recovery key");
		return;
	}
	c->r.rekeys++;
	if (!c->o->accept_rekey)
		check_here(c, VERIFY_INCOMPLETE, "the signing key was lost and "
		    "replaced by means of the recovery key: what was sealed "
		    "before stands; ask why, then accept the rekey");
}

static void
on_intent(struct check *c, const struct checkline *l)
{
	const struct verify_open *op;
	struct checkops_result res = checkops_intent(c->ops, l, &op);
	enum verify_verdict v;
	const char *bad;

	c->r.intents++;
	if (res.why != NULL)
		check_here(c, res.verdict, res.why);
	if (op == NULL || op->n <= RECORD_C_IN_LINE || c->file.dirfd == -1)
		return;
	bad = checkitems_judge(c->file.dirfd, op, &v);
	if (bad != NULL)
		check_here(c, v, bad);
}

static void
on_outcome(struct check *c, const struct checkline *l)
{
	struct checkops_result res = checkops_outcome(c->ops, l);

	if (l->type == RECORD_DONE)
		c->r.done++;
	else
		c->r.failed++;
	if (res.why != NULL)
		check_here(c, res.verdict, res.why);
}

/* The checkpoint of that size, if it is among those remembered. */
static const struct check_past *
find_past(const struct check *c, uint64_t size)
{
	size_t n = c->n_past < CHECK_PAST ? (size_t)c->n_past : CHECK_PAST;

	for (size_t i = 0; i < n; i++)
		if (c->past[i].size == size)
			return &c->past[i];
	return NULL;
}

/* Of what an anchor's record says: the root it is over, and the time. */
static void
on_anchor(struct check *c, const struct checkline *l)
{
	const char *at = checkline_text(l->object, "at");
	const struct check_past *p;
	uint8_t root[32];
	uint64_t size;
	struct wall t;

	if (checkline_uint(l->object, "size", &size) == -1 || size == 0 ||
	    size > l->seq || at == NULL || checkline_time(at, &t) == -1 ||
	    checkline_base64(checkline_value(l->object, "root"), root,
	    32) == -1) {
		check_here(c, VERIFY_TAMPERED, "a malformed anchor");
		return;
	}
	p = find_past(c, size);
	if (p == NULL)
		return;			/* too long ago */
	if (memcmp(p->root, root, 32) != 0)
		check_here(c, VERIFY_TAMPERED, "an anchor over another root "
		    "than these records have");
	else if (t.ms + SKEW_MS < p->last.ms)
		check_finding(c, VERIFY_TAMPERED, size - 1, size - 1,
		    "a record that is later than the anchor over it");
}

static void (*const rules[RECORD_N_TYPES])(struct check *,
    const struct checkline *) = {
	[RECORD_GENESIS] = on_genesis,
	[RECORD_INTENT] = on_intent,
	[RECORD_DONE] = on_outcome,
	[RECORD_FAIL] = on_outcome,
	[RECORD_CP] = on_cp,
	[RECORD_ROTATE] = on_rotate,
	[RECORD_REKEY] = on_rekey,
	[RECORD_ANCHOR] = on_anchor,
};

void
checkrule_apply(struct check *c, const struct checkline *l)
{
	if (rules[l->type] != NULL)
		rules[l->type](c, l);
}
