/*
 * simsink - of a simulated life: the sink of a store, which takes note of what
 * is intended and dies when it is time to.
 */
#ifndef TESTS_SIMSINK_H
#define TESTS_SIMSINK_H

#include "simhost.h"

/* The sink: takes note, and dies when it is time to. */
static inline bool
dies(struct sim *s)
{
	return s->crash && --s->crash_in < 0;
}

static inline int
take_ops(void *ctx, size_t n, struct commit_op *ret, struct err *e)
{
	struct sim *s = ctx;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(ret[i].op); k++)
			ret[i].op[k] = ret[i].key[k] = (uint8_t)rnd(s, 256);
	return dies(s) ? err_set(e, ERR_TRAIL, "died") : 0;
}

static inline int
take_intent(void *ctx, const struct commit_op *op, const char *object,
    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
    struct err *e)
{
	struct sim *s = ctx;
	struct op *o = &s->op[s->n_ops];

	(void)root;
	if (dies(s))
		return err_set(e, ERR_TRAIL, "died");
	must(s->n_ops < OPS);
	*o = (struct op){ .id = *op, .n = n, .c = malloc(n * COMMIT_BYTES) };
	must(o->c != NULL);
	memcpy(o->c, c, n * COMMIT_BYTES);
	(void)snprintf(o->object, sizeof(o->object), "%s", object);
	s->n_ops++;
	return 0;
}

static inline int
take_go(void *ctx, struct err *e)
{
	return dies(ctx) ? err_set(e, ERR_TRAIL, "died") : 1;
}

static inline int
take_done(void *ctx, const struct store_outcome *o, struct err *e)
{
	struct sim *s = ctx;

	if (o->erased + o->left + o->skipped_drift != o->n)
		wrong(s, "an outcome that does not add up");
	if (dies(s))
		return err_set(e, ERR_TRAIL, "died");
	for (size_t i = 0; i < s->n_ops; i++)
		if (memcmp(s->op[i].id.op, o->op, COMMIT_OP_BYTES) == 0) {
			free(s->op[i].c);
			s->op[i] = s->op[--s->n_ops];
			return 0;
		}
	wrong(s, "an outcome of nothing");
	return 0;
}

static inline struct store_sink
sink_of(struct sim *s)
{
	return (struct store_sink){ .ctx = s, .ops = take_ops,
		.intend = take_intent, .go = take_go, .done = take_done };
}

static inline bool
crashed(struct sim *s)
{
	if (!s->crash || s->crash_in >= 0)
		return false;
	s->crash = false;
	s->crashes++;
	s->boots += rnd(s, 4) == 0;
	s->down = s->t + (int64_t)rnd(s, 2 * HOUR);
	return true;
}

#endif
