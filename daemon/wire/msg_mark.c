/*
 * msg_mark - what the files of a store look like, as msg.c has the others.
 */
#include "retention/msg.h"

#include "retention/buf.h"

#include "codec.h"
#include "row.h"

#define OF struct msg_mark
static const struct codec_field mark_rows[] = {
	BYTES("file", file),
	COUNT("ino", ino, 0, INT64_MAX),
	COUNT("born", born, 0, INT64_MAX),
	COUNT("counter", counter, 0, UINT32_MAX),
	COUNT("cookie", cookie, 0, UINT32_MAX),
	BYTES("schema", schema),
};
static const struct codec_shape mark_shape = ROWS("a mark", mark_rows, OF);
#undef OF

#define OF struct msg_marked
static const struct codec_field marked_rows[] = {
	ARRAY("marks", mark, n, mark_shape, MSG_MARKS_MOST),
};
static const struct codec_shape marked_shape =
    ROWS("MARKED", marked_rows, OF);
#undef OF

struct from { uint64_t from; };

#define OF struct from
static const struct codec_field from_rows[] = {
	COUNT("from", from, 0, INT64_MAX),
};
static const struct codec_shape from_shape = ROWS("MARK", from_rows, OF);
#undef OF

void
msg_mark_put_from(struct buf *out, uint64_t from)
{
	codec_put(out, &from_shape, &(struct from){ from });
}

int
msg_mark_get_from(const char *json, size_t n, uint64_t *ret, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct from m = { 0 };

	if (codec_get(&t, &from_shape, NULL, &m, e) == -1)
		return -1;
	*ret = m.from;
	return 0;
}

void
msg_mark_put(struct buf *out, const struct msg_marked *m)
{
	codec_put(out, &marked_shape, m);
}

int
msg_mark_get(const char *json, size_t n, struct pool *p,
    struct msg_marked *ret, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct msg_marked m = { .n = 0 };

	if (codec_get(&t, &marked_shape, p, &m, e) == -1)
		return -1;
	*ret = m;
	return 0;
}
