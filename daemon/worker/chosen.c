#include "chosen.h"

#include <stdlib.h>
#include <string.h>

void
chosen_init(struct chosen *x, const struct commit_op *op, const char *store)
{
	*x = (struct chosen){ .op = *op, .store = store };
}

void
chosen_release(struct chosen *x)
{
	commit_maker_free(x->maker);
	free(x->c);
	explicit_bzero(x, sizeof(*x));
}

int
chosen_add(struct chosen *x, const uint8_t (*c)[COMMIT_BYTES], size_t n,
    struct err *e)
{
	if (n > MSG_PLAN_MOST - x->n)
		return err_set(e, ERR_PROTOCOL, "a plan of more than %d items",
		    MSG_PLAN_MOST);
	if (x->n + n > x->room) {
		size_t room = x->room != 0 ? x->room * 2 : 4096;
		uint8_t (*more)[COMMIT_BYTES];

		if (room < x->n + n)
			room = x->n + n;
		more = realloc(x->c, room * sizeof(*more));
		if (more == NULL)
			return err_set(e, ERR_MEMORY, "no memory for a plan");
		x->c = more;
		x->room = room;
	}
	memcpy(x->c + x->n, c, n * sizeof(*c));
	x->n += n;
	return 0;
}

bool
chosen_in_order(const struct chosen *x)
{
	for (size_t i = 1; i < x->n; i++)
		if (memcmp(x->c[i - 1], x->c[i], COMMIT_BYTES) >= 0)
			return false;
	return true;
}

int
chosen_seal(struct chosen *x, uint8_t ret_root[32], struct err *e)
{
	commit_root(x->c, x->n, ret_root);
	return chosen_in_order(x) ? 0 : err_set(e, ERR_REFUSED, "keys differ "
	    "in their type only, such as 1 and '1': they cannot be told "
	    "apart in a plan");
}

static int
commit(struct chosen *x, const char *object, const void *key, size_t n,
    uint8_t ret[COMMIT_BYTES], struct err *e)
{
	if (x->maker == NULL || strcmp(x->object, object) != 0) {
		commit_maker_free(x->maker);
		x->maker = NULL;
		if (strlen(object) < sizeof(x->object))
			x->maker = commit_maker_new(&x->op, x->store, object);
		if (x->maker == NULL)
			return err_set(e, ERR_MEMORY, "commitments: no "
			    "memory, or a name is too long");
		memcpy(x->object, object, strlen(object) + 1);
	}
	return commit_maker_item(x->maker, key, n, ret) == 0 ? 0 :
	    err_set(e, ERR_REFUSED, "a key is too long to be committed to");
}

static int
collect(void *ctx, const char *object, const void *key, size_t n,
    struct err *e)
{
	struct chosen *x = ctx;
	uint8_t c[1][COMMIT_BYTES];

	if (x->n == MSG_PLAN_MOST) {
		x->more = true;
		return 0;
	}
	if (commit(x, object, key, n, c[0], e) == -1)
		return -1;
	return chosen_add(x, (const void *)c, 1, e);
}

static int
only(void *ctx, const char *object, const void *key, size_t n, struct err *e)
{
	struct chosen *x = ctx;
	uint8_t c[COMMIT_BYTES];

	if (commit(x, object, key, n, c, e) == -1)
		return -1;
	if (commit_find((const void *)x->c, x->n, c) < 0)
		return 0;
	x->matched++;
	return 1;
}

struct store_pick
chosen_collect(struct chosen *x)
{
	return (struct store_pick){ .ctx = x, .item = collect };
}

struct store_pick
chosen_only(struct chosen *x)
{
	return (struct store_pick){ .ctx = x, .item = only };
}
