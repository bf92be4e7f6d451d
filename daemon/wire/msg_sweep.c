/*
 * msg_sweep - the messages about the overwriting of what is dead.
 */
#include "retention/msg.h"
#include "retention/msg_sweep.h"

#include "codec.h"
#include "row.h"

#define OF struct msg_swept
static const struct codec_field swept_rows[] = {
	COUNT("n", n, 0, INT64_MAX),
	COUNT("of", of, 0, INT64_MAX),
};
static const struct codec_shape swept_shape = ROWS("SWEPT", swept_rows, OF);
#undef OF

#define OF struct msg_swept_all
static const struct codec_field all_rows[] = {
	COUNT("files", files, 0, INT64_MAX),
	COUNT("left", left, 0, INT64_MAX),
	COUNT("pages", pages, 0, INT64_MAX),
	COUNT("strange", strange, 0, INT64_MAX),
	COUNT("locks", locks, 0, INT64_MAX),
#define DEAD_ROW(name, word) COUNT(#word, dead[DEAD_##name], 0, INT64_MAX),
	DEAD_KINDS(DEAD_ROW)
#undef DEAD_ROW
	INT64("longest_ms", longest_ms, 0, INT64_MAX),
	INT64("ms", ms, 0, INT64_MAX),
	BOOL("sealed", sealed),
	MAYBE("why", why),
	SAID("why_text", why_text),
	MAYBE("assurance", assurance),
};
static const struct codec_shape all_shape = ROWS("SWEPT_ALL", all_rows, OF);
#undef OF

void
msg_sweep_put(struct buf *out, const struct msg_swept *m)
{
	codec_put(out, &swept_shape, m);
}

int
msg_sweep_get(const char *json, size_t n, struct msg_swept *ret, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct msg_swept m = { .n = 0 };

	if (codec_get(&t, &swept_shape, NULL, &m, e) == -1)
		return -1;
	*ret = m;
	return 0;
}

void
msg_sweep_put_all(struct buf *out, const struct msg_swept_all *m)
{
	codec_put(out, &all_shape, m);
}

int
msg_sweep_get_all(const char *json, size_t n, struct pool *p,
    struct msg_swept_all *ret, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct msg_swept_all m = { .files = 0 };

	if (codec_get(&t, &all_shape, p, &m, e) == -1)
		return -1;
	*ret = m;
	return 0;
}
