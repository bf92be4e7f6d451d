/*
 * msg_explain - the question about one row, and its answer.
 */
#include <string.h>

#include "retention/buf.h"
#include "retention/msg.h"

#include "codec.h"
#include "row.h"
#include "shape.h"

#define MOST_KEY 256
#define MOST_RIVALS 256

#define OF struct msg_explain
static const struct codec_field question_rows[] = {
	TIME("at", at),
	OBJECT("dataset", dataset, shape_dataset),
	TEXTS("key", key, n_key, MOST_KEY),
};
static const struct codec_shape question_shape =
    ROWS("EXPLAIN", question_rows, OF);
#undef OF

#define OF struct explain_rival
static const struct codec_field rival_rows[] = {
	TEXT("dataset", dataset),
	BOOL("matches", matches),
	BOOL("due", due),
	MAYBE_TIME("due_at", due_at, has_due_at),
};
static const struct codec_shape rival_shape =
    ROWS("a rival's verdict", rival_rows, OF);
#undef OF

#define OF struct explain
static const struct codec_field answer_rows[] = {
	COUNT("rows", rows, 0, INT64_MAX),
	BOOL("matches", matches),
	ENUM("clock", clock, EXPLAIN_N_CLOCKS),
	MAYBE_TIME("time", time, has_time),
	BOOL("due", due),
	MAYBE_TIME("due_at", due_at, has_due_at),
	ARRAY("rivals", rivals, n_rivals, rival_shape, MOST_RIVALS),
	BOOL("outlasted", outlasted),
	BOOL("needs", needs),
	ENUM("gate", gate, GATE_N_STATES),
	ENUM("whole", whole, GATE_N_STATES),
	BOOL("goes", goes),
};
static const struct codec_shape answer_shape =
    ROWS("EXPLAINED", answer_rows, OF);
#undef OF

void
msg_explain_put(struct buf *out, const struct msg_explain *m)
{
	codec_put(out, &question_shape, m);
}

int
msg_explain_get(const char *json, size_t n, struct pool *p,
    struct msg_explain *ret, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct msg_explain m = { 0 };
	int rc = codec_get(&t, &question_shape, p, &m, e);

	if (rc == 0)
		*ret = m;
	return rc;
}

void
msg_explain_put_answer(struct buf *out, const struct explain *x)
{
	codec_put(out, &answer_shape, x);
}

int
msg_explain_get_answer(const char *json, size_t n, struct pool *p,
    struct explain *ret, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct explain x = { .rows = 0 };
	int rc = codec_get(&t, &answer_shape, p, &x, e);

	if (rc == 0)
		*ret = x;
	return rc;
}
