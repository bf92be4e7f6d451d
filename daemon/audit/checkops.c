/*
 * checkops - the operations seen in a trail.  Open ones are kept whole, at
 * most MOST_OPEN; of the others the first 8 bytes of their random names are
 * remembered in two generations, so that memory stays bounded on any input.
 */
#include "checkops.h"

#include <stdlib.h>
#include <string.h>

#include "retention/commit.h"

#define MOST_OPEN 1024
#define FIRST_SLOTS 1024
#define MOST_SLOTS (1U << 21)	/* of a generation; half of them used */

struct seen {
	uint64_t *slots;	/* owned; 0 is free */
	size_t n_slots, used;
};

struct checkops {
	struct verify_open *open[MOST_OPEN];	/* owned, in order */
	size_t n_open;
	struct seen now, before;
};

struct checkops *
checkops_new(void)
{
	return calloc(1, sizeof(struct checkops));
}

void
checkops_free(struct checkops *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n_open; i++)
		free(o->open[i]);
	free(o->now.slots);
	free(o->before.slots);
	free(o);
}

static uint64_t
tag_of(const uint8_t op[COMMIT_OP_BYTES])
{
	uint64_t tag;

	memcpy(&tag, op, sizeof(tag));
	return tag != 0 ? tag : 1;
}

/* The slot that holds the tag, or the free one where it belongs. */
static uint64_t *
slot_of(const struct seen *s, uint64_t tag)
{
	size_t i = (size_t)(tag * UINT64_C(0x9e3779b97f4a7c15) >> 32);

	for (i &= s->n_slots - 1; s->slots[i] != 0 && s->slots[i] != tag;)
		i = (i + 1) & (s->n_slots - 1);
	return &s->slots[i];
}

static bool
was_seen(const struct seen *s, uint64_t tag)
{
	return s->n_slots != 0 && *slot_of(s, tag) == tag;
}

static int
grow(struct checkops *o)
{
	struct seen next = { .used = o->now.used };

	if (o->now.n_slots == MOST_SLOTS) {
		free(o->before.slots);
		o->before = o->now;
		o->now = (struct seen){ .slots = NULL };
		next.used = 0;
	}
	next.n_slots = o->now.n_slots != 0 ? 2 * o->now.n_slots : FIRST_SLOTS;
	next.slots = calloc(next.n_slots, sizeof(*next.slots));
	if (next.slots == NULL)
		return -1;
	for (size_t i = 0; i < o->now.n_slots; i++)
		if (o->now.slots[i] != 0)
			*slot_of(&next, o->now.slots[i]) = o->now.slots[i];
	free(o->now.slots);
	o->now = next;
	return 0;
}

static int
remember(struct checkops *o, uint64_t tag)
{
	if (2 * o->now.used >= o->now.n_slots && grow(o) == -1)
		return -1;
	*slot_of(&o->now, tag) = tag;
	o->now.used++;
	return 0;
}

static void
copy_text(const json_t *object, const char *key, char *ret, size_t room)
{
	const char *text = checkline_text(object, key);

	(void)snprintf(ret, room, "%s", text != NULL ? text : "");
}

/* The commitments in the record itself: n of them, ascending, of this root. */
static const char *
read_commitments(const json_t *object, struct verify_open *op)
{
	const json_t *list = json_object_get(object, "c");
	uint8_t root[32];

	if (op->n > RECORD_C_IN_LINE)
		return list == NULL ? NULL : "more commitments in the record "
		    "than the format allows";
	if (json_array_size(list) != op->n)
		return "the number of commitments is not n";
	for (size_t i = 0; i < op->n; i++)
		if (checkline_base64(json_array_get(list, i), op->c[i],
		    COMMIT_BYTES) == -1)
			return "a malformed commitment";
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
	    checkline_base64(json_object_get(l->object, "croot"), op->croot,
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
	uint64_t tag;

	*ret_op = NULL;
	if (o->n_open == MOST_OPEN)
		return beyond("more than 1,024 operations are open at once");
	op = calloc(1, sizeof(*op));
	if (op == NULL)
		return beyond("no memory to go on");
	bad = read_intent(l, op);
	tag = tag_of(op->op);
	if (bad == NULL && (was_seen(&o->now, tag) || was_seen(&o->before, tag)))
		bad = "an operation is announced for the second time";
	if (bad != NULL || remember(o, tag) == -1) {
		free(op);
		return bad != NULL ? tampered(bad) :
		    beyond("no memory to go on");
	}
	o->open[o->n_open++] = op;
	*ret_op = op;
	return (struct checkops_result){ .verdict = VERIFY_VALID };
}

/* erased + left + skipped = n, without overflow. */
static bool
adds_up(const json_t *object, uint64_t n)
{
	json_t *skipped = json_object_get(object, "skipped");
	uint64_t erased, left, sum;
	const char *key;
	json_t *v;

	if (checkline_uint(object, "erased", &erased) == -1 ||
	    checkline_uint(object, "left", &left) == -1 ||
	    __builtin_add_overflow(erased, left, &sum) ||
	    (skipped != NULL && !json_is_object(skipped)))
		return false;
	json_object_foreach(skipped, key, v) {
		uint64_t one;

		if (checkline_uint(skipped, key, &one) == -1 ||
		    __builtin_add_overflow(sum, one, &sum))
			return false;
	}
	return sum == n;
}

struct checkops_result
checkops_outcome(struct checkops *o, const struct checkline *l)
{
	uint8_t op[COMMIT_OP_BYTES];
	uint64_t n, tag;
	size_t i = 0;
	bool sound;

	if (checkline_hex(l->object, "op", op, COMMIT_OP_BYTES) == -1 ||
	    checkline_uint(l->object, "n", &n) == -1)
		return tampered("a malformed outcome");
	while (i < o->n_open &&
	    memcmp(o->open[i]->op, op, COMMIT_OP_BYTES) != 0)
		i++;
	tag = tag_of(op);
	if (i == o->n_open)
		return tampered(was_seen(&o->now, tag) ||
		    was_seen(&o->before, tag) ?
		    "an operation has a second outcome" :
		    "an outcome without an intent before it");
	sound = n == o->open[i]->n && adds_up(l->object, n);
	free(o->open[i]);
	o->n_open--;
	memmove(&o->open[i], &o->open[i + 1],
	    (o->n_open - i) * sizeof(struct verify_open *));
	if (!sound)
		return tampered("erased, left and skipped do not add up to n");
	return (struct checkops_result){ .verdict = VERIFY_VALID };
}

const struct verify_open *
checkops_open(const struct checkops *o, size_t i)
{
	return i < o->n_open ? o->open[i] : NULL;
}
