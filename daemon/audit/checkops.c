/*
 * checkops - the operations seen in a trail.  Open ones are kept whole, at
 * most MOST_OPEN; whether a name was used before is told at the end, by
 * checkuniq, so that memory stays bounded on any input.
 */
#include "checkops.h"

#include <stdlib.h>
#include <string.h>

#include "retention/commit.h"

#include "checkuniq.h"

#define MOST_OPEN 1024

struct checkops {
	struct verify_open *open[MOST_OPEN];	/* owned, in order */
	size_t n_open;
	struct checkuniq *names;		/* owned */
};

struct checkops *
checkops_new(const char *folder)
{
	struct checkops *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->names = checkuniq_new(folder);
	if (o->names == NULL) {
		free(o);
		return NULL;
	}
	return o;
}

void
checkops_free(struct checkops *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n_open; i++)
		free(o->open[i]);
	checkuniq_free(o->names);
	free(o);
}

static size_t
find_open(const struct checkops *o, const uint8_t op[COMMIT_OP_BYTES])
{
	size_t i = 0;

	while (i < o->n_open &&
	    memcmp(o->open[i]->op, op, COMMIT_OP_BYTES) != 0)
		i++;
	return i;
}

static void
copy_text(const struct checkobject *object, const char *key, char *ret, size_t room)
{
	const char *text = checkline_text(object, key);
	size_t n = text != NULL ? strnlen(text, room - 1) : 0;

	if (n != 0)
		memcpy(ret, text, n);
	ret[n] = '\0';
}

/* The commitments in the record itself: n of them, ascending, of this root. */
static const char *
read_commitments(const struct checkobject *object, struct verify_open *op)
{
	struct checkvalue list = checkline_value(object, "c");
	struct checkvalue one = { .at = NULL };
	uint8_t root[32];
	size_t n = 0;

	if (op->n > RECORD_C_IN_LINE)
		return list.n == 0 ? NULL : "more commitments in the record "
		    "than the format allows";
	while ((one = checkvalue_next(list, one)).n != 0 && n < op->n)
		if (checkline_base64(one, op->c[n++], COMMIT_BYTES) == -1)
			return "a malformed commitment";
	if (n != op->n || one.n != 0)
		return "the number of commitments is not n";
	for (size_t i = 1; i < op->n; i++)
		if (memcmp(op->c[i - 1], op->c[i], COMMIT_BYTES) >= 0)
			return "the commitments are not in order";
	commit_root(op->c, op->n, root);
	if (memcmp(root, op->croot, 32) != 0)
		return "the commitments do not match their root";
	return NULL;
}

static const char *
read_intent(const struct checkline *l, struct verify_open *op)
{
	const char *cutoff = checkline_text(l->object, "cutoff");

	if (checkline_hex(l->object, "op", op->op, COMMIT_OP_BYTES) == -1 ||
	    checkline_uint(l->object, "n", &op->n) == -1 ||
	    checkline_base64(checkline_value(l->object, "croot"), op->croot,
	    32) == -1)
		return "a malformed intent";
	if (cutoff != NULL && checkline_time(cutoff, &op->cutoff) == -1)
		return "an intent with a malformed cut-off";
	op->seq = l->seq;
	op->ep = l->ep;
	copy_text(l->object, "dataset", op->dataset, sizeof(op->dataset));
	copy_text(l->object, "store", op->store, sizeof(op->store));
	copy_text(l->object, "object", op->object, sizeof(op->object));
	copy_text(l->object, "action", op->action, sizeof(op->action));
	return read_commitments(l->object, op);
}

static struct checkops_result
tampered(const char *why)
{
	return (struct checkops_result){ VERIFY_TAMPERED, why };
}

static struct checkops_result
beyond(const char *why)
{
	return (struct checkops_result){ VERIFY_UNVERIFIABLE, why };
}

struct checkops_result
checkops_intent(struct checkops *o, const struct checkline *l,
    const struct verify_open **ret_op)
{
	struct verify_open *op;
	const char *bad;
	struct err e;

	*ret_op = NULL;
	if (o->n_open == MOST_OPEN)
		return beyond("more than 1,024 operations are open at once");
	op = malloc(sizeof(*op));
	if (op == NULL)
		return beyond("no memory to go on");
	op->cutoff.ms = 0;
	bad = read_intent(l, op);
	if (bad == NULL && find_open(o, op->op) != o->n_open)
		bad = "an operation is announced while it is open";
	if (bad != NULL) {
		free(op);
		return tampered(bad);
	}
	o->open[o->n_open++] = op;
	*ret_op = op;
	if (checkuniq_add(o->names, op->op, l->seq, &e) == -1)
		return beyond("no room for the names of more operations: from "
		    "here on one could be announced twice unseen");
	return (struct checkops_result){ .verdict = VERIFY_VALID };
}

/* erased + left + skipped = n, without overflow. */
static bool
adds_up(const struct checkobject *object, uint64_t n)
{
	struct checkvalue list = checkline_value(object, "skipped");
	struct checkscan skipped = { .n = 0 };
	uint64_t erased, left, sum;

	if (checkline_uint(object, "erased", &erased) == -1 ||
	    checkline_uint(object, "left", &left) == -1 ||
	    __builtin_add_overflow(erased, left, &sum) ||
	    (list.n != 0 && checkscan_object(list.at, list.n, &skipped) == -1))
		return false;
	for (size_t i = 0; i < skipped.n; i++) {
		uint64_t one;

		if (checkvalue_uint(skipped.member[i].value, &one) == -1 ||
		    __builtin_add_overflow(sum, one, &sum))
			return false;
	}
	return sum == n;
}

struct checkops_result
checkops_outcome(struct checkops *o, const struct checkline *l)
{
	uint8_t op[COMMIT_OP_BYTES];
	uint64_t n;
	size_t i;
	bool sound;

	if (checkline_hex(l->object, "op", op, COMMIT_OP_BYTES) == -1 ||
	    checkline_uint(l->object, "n", &n) == -1)
		return tampered("a malformed outcome");
	i = find_open(o, op);
	if (i == o->n_open)
		return tampered("an outcome without an open intent before it: "
		    "none was announced, or it had its outcome");
	sound = n == o->open[i]->n && adds_up(l->object, n);
	free(o->open[i]);
	o->n_open--;
	memmove(&o->open[i], &o->open[i + 1],
	    (o->n_open - i) * sizeof(struct verify_open *));
	if (!sound)
		return tampered("erased, left and skipped do not add up to n");
	return (struct checkops_result){ .verdict = VERIFY_VALID };
}

int
checkops_end(struct checkops *o, void *ctx,
    void (*twice)(void *ctx, uint64_t before, uint64_t again), struct err *e)
{
	return checkuniq_end(o->names, ctx, twice, e);
}

size_t
checkops_n_open(const struct checkops *o)
{
	return o->n_open;
}

const struct verify_open *
checkops_open(const struct checkops *o, size_t i)
{
	return i < o->n_open ? o->open[i] : NULL;
}
