/*
 * msg_plan - the messages about a saved plan, as msg.c has the others.
 */
#include "retention/msg.h"

#include <string.h>

#include "retention/buf.h"

#include "codec.h"
#include "row.h"

#define OF struct msg_only
static const struct codec_field only_rows[] = {
	BYTES("op", op.op),
	BYTES("key", op.key),
	COUNT("n", n, 0, MSG_PLAN_MOST),
};
static const struct codec_shape only_shape = ROWS("ONLY", only_rows, OF);
#undef OF

#define OF struct msg_surveyed
static const struct codec_field surveyed_rows[] = {
	COUNT("n", n, 0, MSG_PLAN_MOST),
	COUNT("held", held, 0, MSG_PLAN_MOST),
	BOOL("more", more),
	BYTES("root", root),
};
static const struct codec_shape surveyed_shape =
    ROWS("SURVEYED", surveyed_rows, OF);
#undef OF

static int
get(const char *json, size_t n, const struct codec_shape *s, void *ret,
    struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };

	return codec_get(&t, s, NULL, ret, e);
}

void
msg_plan_put_only(struct buf *out, const struct msg_only *m)
{
	codec_put(out, &only_shape, m);
}

void
msg_plan_put_surveyed(struct buf *out, const struct msg_surveyed *m)
{
	codec_put(out, &surveyed_shape, m);
}

int
msg_plan_get_only(const char *json, size_t n, struct msg_only *ret, struct err *e)
{
	struct msg_only m = { .n = 0 };
	int rc = get(json, n, &only_shape, &m, e);

	if (rc == 0)
		*ret = m;
	explicit_bzero(&m, sizeof(m));
	return rc;
}

int
msg_plan_get_surveyed(const char *json, size_t n, struct msg_surveyed *ret,
    struct err *e)
{
	struct msg_surveyed m = { .n = 0 };

	if (get(json, n, &surveyed_shape, &m, e) == -1)
		return -1;
	*ret = m;
	return 0;
}
