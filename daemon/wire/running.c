/*
 * running - the same shapes that a worker gets its rules by.
 */
#include "retention/running.h"

#include "codec.h"
#include "row.h"
#include "shape.h"

#define MOST_NOTICES 1000
#define MOST_STORES 1000
#define MOST_DATASETS 10000

#define OF struct rule_notice
static const struct codec_field notice_rows[] = {
	TEXT("id", id),
	ARRAY("stores", stores, n_stores, shape_store, MOST_STORES),
	ARRAY("datasets", datasets, n_datasets, shape_dataset, MOST_DATASETS),
};
static const struct codec_shape notice_shape =
    ROWS("a notice", notice_rows, OF);
#undef OF

#define OF struct running
static const struct codec_field running_rows[] = {
	BYTES("digest", digest),
	ARRAY("notices", notices, n_notices, notice_shape, MOST_NOTICES),
};
static const struct codec_shape running_shape =
    ROWS("the running rules", running_rows, OF);
#undef OF

void
running_put(struct buf *out, const struct running *r)
{
	codec_put(out, &running_shape, r);
}

/* A dataset whose store is missing would be compared with nothing. */
static int
check_stores(const struct running *r, struct err *e)
{
	for (size_t i = 0; i < r->n_notices; i++)
		for (size_t k = 0; k < r->notices[i].n_datasets; k++)
			if (rule_store_of(&r->notices[i],
			    &r->notices[i].datasets[k]) == NULL)
				return err_set(e, ERR_INPUT, "a dataset "
				    "without its store");
	return 0;
}

int
running_get(const char *json, size_t n, struct pool *p, struct running *ret,
    struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_INPUT };
	struct running r = { .n_notices = 0 };

	if (codec_get(&t, &running_shape, p, &r, e) == -1 ||
	    check_stores(&r, e) == -1)
		return -1;
	*ret = r;
	return 0;
}
