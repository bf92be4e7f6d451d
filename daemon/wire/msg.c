/*
 * msg - the bodies of the messages.  What they consist of is said in shape.c;
 * here are the few checks that concern more than one field.
 */
#include "retention/msg.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/pool.h"
#include "retention/wire.h"

#include "codec.h"
#include "shape.h"

static int
get(const char *json, size_t n, const struct codec_shape *s, void *ret,
    struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };

	return codec_get(&t, s, NULL, ret, e);
}

/* A reader with a pool that is made from a shape and nothing else. */
#define GETTER(what, type)						\
	int								\
	msg_get_##what(const char *json, size_t n, struct pool *p,	\
	    type *ret, struct err *e)					\
	{								\
		struct codec_text t = { .json = json, .n = n,		\
		    .code = ERR_PROTOCOL };				\
		type m = { 0 };						\
		int rc = codec_get(&t, &shape_##what, p, &m, e);	\
									\
		if (rc == 0)						\
			*ret = m;					\
		explicit_bzero(&m, sizeof(m));				\
		return rc;						\
	}								\
	struct msg_get_##what##_swallows_semicolon

#define PUTTER(what, type)						\
	void								\
	msg_put_##what(struct buf *out, const type *m)			\
	{								\
		codec_put(out, &shape_##what, m);			\
	}								\
	struct msg_put_##what##_swallows_semicolon

PUTTER(dataset, struct rule_dataset);
GETTER(dataset, struct rule_dataset);
PUTTER(open, struct msg_open);
GETTER(open, struct msg_open);
PUTTER(job, struct msg_job);
GETTER(job, struct msg_job);
PUTTER(event, struct msg_event);
GETTER(event, struct msg_event);
PUTTER(counted, struct msg_counted);
GETTER(counted, struct msg_counted);
PUTTER(finding, struct msg_finding);
GETTER(finding, struct msg_finding);
PUTTER(intend, struct msg_intend);
GETTER(intend, struct msg_intend);
PUTTER(done, struct msg_done);
GETTER(done, struct msg_done);
PUTTER(finished, struct msg_finished);
PUTTER(gates, struct msg_gates);

int
msg_get_finished(const char *json, size_t n, struct pool *p,
    struct msg_finished *ret, struct err *e)
{
	struct msg_finished m = { 0 };

	(void)p;
	if (get(json, n, &shape_finished, &m, e) == -1)
		return -1;
	*ret = m;
	return 0;
}

int
msg_get_gates(const char *json, size_t n, struct msg_gates *ret,
    struct err *e)
{
	struct msg_gates m = { 0 };
	int rc = get(json, n, &shape_gates, &m, e);

	if (rc == 0)
		*ret = m;
	explicit_bzero(&m, sizeof(m));
	return rc;
}

void
msg_put_gated(struct buf *out, const struct gates *g, size_t *at)
{
	const struct gate_subject *first = &g->subject[*at];
	uint8_t head[2] = { first->state,
		(uint8_t)strlen(g->kind[first->kind]) };

	buf_add(out, head, sizeof(head));
	buf_add(out, g->kind[first->kind], head[1]);
	for (size_t n = 0; *at < g->n && n < MSG_GATED_MOST; n++, ++*at) {
		const struct gate_subject *s = &g->subject[*at];

		if (s->kind != first->kind || s->state != first->state)
			return;
		buf_add(out, s->hash, GATE_HASH_BYTES);
	}
}

int
msg_get_gated(const char *body, size_t n, uint64_t most, struct gates *g,
    struct err *e)
{
	const uint8_t *b = (const uint8_t *)body;
	size_t head = n >= 2 ? 2 + (size_t)b[1] : 0;
	size_t hashes = head != 0 && n > head ? (n - head) / GATE_HASH_BYTES :
	    0;
	char kind[256];

	if (hashes == 0 || (n - head) % GATE_HASH_BYTES != 0 || b[0] >=
	    GATE_N_STATES || memchr(b + 2, 0, b[1]) != NULL)
		return err_set(e, ERR_PROTOCOL, "GATED: %zu bytes; expected a "
		    "state, a kind and hashes", n);
	if (hashes > most || g->n > most - hashes)
		return err_set(e, ERR_PROTOCOL, "GATED: more than the %llu "
		    "subjects announced", (unsigned long long)most);
	memcpy(kind, b + 2, b[1]);
	kind[b[1]] = '\0';
	for (; head < n; head += GATE_HASH_BYTES)
		if (gates_add(g, kind, b + head, (enum gate_state)b[0],
		    e) == -1)
			return -1;
	return 0;
}

void
msg_put_hello(struct buf *out, int64_t pid)
{
	struct shape_hello m = { .version = WIRE_VERSION, .pid = pid };

	codec_put(out, &shape_hello, &m);
}

int
msg_get_hello(const char *json, size_t n, int64_t *ret_pid, struct err *e)
{
	struct shape_hello m = { 0 };

	if (get(json, n, &shape_hello, &m, e) == -1)
		return -1;
	if (m.version != WIRE_VERSION)
		return err_set(e, ERR_PROTOCOL, "HELLO: version %lld; this "
		    "program speaks %d", (long long)m.version, WIRE_VERSION);
	*ret_pid = m.pid;
	return 0;
}

void
msg_put_ops(struct buf *out, const struct commit_op *ops, size_t n)
{
	struct shape_ops m = { .n = n, .ops = ops };

	codec_put(out, &shape_ops, &m);
}

int
msg_get_ops(const char *json, size_t n, struct pool *p,
    struct commit_op **ret_ops, size_t *ret_n, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct shape_ops m = { 0 };

	if (codec_get(&t, &shape_ops, p, &m, e) == -1)
		return -1;
	memcpy(ret_ops, &m.ops, sizeof(*ret_ops));	/* pool memory */
	*ret_n = m.n;
	return 0;
}

void
msg_put_items(struct buf *out, const uint8_t op[COMMIT_OP_BYTES],
    const uint8_t (*c)[COMMIT_BYTES], size_t n)
{
	must(n != 0 && n <= WIRE_ITEMS_A_PACKET);
	buf_add(out, op, COMMIT_OP_BYTES);
	buf_add(out, c, n * COMMIT_BYTES);
}

int
msg_get_items(const char *body, size_t n_body,
    uint8_t ret_op[COMMIT_OP_BYTES], const uint8_t (**ret_c)[COMMIT_BYTES],
    size_t *ret_n, struct err *e)
{
	size_t bytes = n_body - COMMIT_OP_BYTES;
	const char *c = body + COMMIT_OP_BYTES;

	if (n_body <= COMMIT_OP_BYTES || bytes % COMMIT_BYTES != 0 ||
	    bytes / COMMIT_BYTES > WIRE_ITEMS_A_PACKET)
		return err_set(e, ERR_PROTOCOL, "items: %zu bytes; expected "
		    "%d and 1 to %d times %d", n_body, COMMIT_OP_BYTES,
		    WIRE_ITEMS_A_PACKET, COMMIT_BYTES);
	memcpy(ret_op, body, COMMIT_OP_BYTES);
	memcpy(ret_c, &c, sizeof(*ret_c));
	*ret_n = bytes / COMMIT_BYTES;
	return 0;
}

void
msg_put_want(struct buf *out, size_t ops)
{
	struct shape_want m = { .ops = ops };

	codec_put(out, &shape_want, &m);
}

int
msg_get_want(const char *json, size_t n, size_t *ret_ops, struct err *e)
{
	struct shape_want m = { 0 };

	if (get(json, n, &shape_want, &m, e) == -1)
		return -1;
	*ret_ops = m.ops;
	return 0;
}

void
msg_put_peeked(struct buf *out, bool due)
{
	struct shape_peeked m = { .due = due };

	codec_put(out, &shape_peeked, &m);
}

int
msg_get_peeked(const char *json, size_t n, bool *ret_due, struct err *e)
{
	struct shape_peeked m = { 0 };

	if (get(json, n, &shape_peeked, &m, e) == -1)
		return -1;
	*ret_due = m.due;
	return 0;
}

void
msg_put_ready(struct buf *out, uint64_t dev, uint64_t ino)
{
	/* A number too large for JSON is nobody's: then nobody is found. */
	struct shape_ready m = { (int64_t)(dev & INT64_MAX),
		(int64_t)(ino & INT64_MAX) };

	codec_put(out, &shape_ready, &m);
}

int
msg_get_ready(const char *json, size_t n, uint64_t *ret_dev,
    uint64_t *ret_ino, struct err *e)
{
	struct shape_ready m = { 0 };

	if (get(json, n, &shape_ready, &m, e) == -1)
		return -1;
	*ret_dev = (uint64_t)m.dev;
	*ret_ino = (uint64_t)m.ino;
	return 0;
}

void
msg_put_go(struct buf *out, const struct msg_go *go)
{
	struct shape_go m = { .appends = go->appends, .alone = go->alone };

	codec_put(out, &shape_go, &m);
}

int
msg_get_go(const char *json, size_t n, struct msg_go *ret, struct err *e)
{
	struct shape_go m = { 0 };

	if (get(json, n, &shape_go, &m, e) == -1)
		return -1;
	*ret = (struct msg_go){ .appends = m.appends, .alone = m.alone };
	return 0;
}

void
msg_put_fired(struct buf *out, bool fired, struct wall at)
{
	struct shape_fired m = { .fired = fired, .at_ms = at.ms };

	codec_put(out, &shape_fired, &m);
}

int
msg_get_fired(const char *json, size_t n, bool *ret_fired,
    struct wall *ret_at, struct err *e)
{
	struct shape_fired m = { 0 };

	if (get(json, n, &shape_fired, &m, e) == -1)
		return -1;
	*ret_fired = m.fired;
	ret_at->ms = m.at_ms;
	return 0;
}

void
msg_put_events(struct buf *out, const struct msg_known_event *list, size_t n)
{
	struct shape_events m = { .n = n, .list = list };

	codec_put(out, &shape_events, &m);
}

int
msg_get_events(const char *json, size_t n, struct pool *p,
    const struct msg_known_event **ret_list, size_t *ret_n, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_INPUT };
	struct shape_events m = { 0 };

	if (codec_get(&t, &shape_events, p, &m, e) == -1)
		return -1;
	*ret_list = m.list;
	*ret_n = m.n;
	return 0;
}

void
msg_put_holds(struct buf *out, const struct gate_hold *list, size_t n)
{
	struct shape_holds m = { .n = n, .list = list };

	codec_put(out, &shape_holds, &m);
}

int
msg_get_holds(const char *json, size_t n, struct pool *p,
    const struct gate_hold **ret_list, size_t *ret_n, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_INPUT };
	struct shape_holds m = { 0 };

	if (codec_get(&t, &shape_holds, p, &m, e) == -1)
		return -1;
	*ret_list = m.list;
	*ret_n = m.n;
	return 0;
}

void
msg_put_failed(struct buf *out, const struct err *e)
{
	struct shape_failed m = { .code = err_class(e->code),
	    .sys_errno = e->sys_errno, .text = e->text };

	codec_put(out, &shape_failed, &m);
}

static int
get_failed(const char *json, size_t n, struct pool *p, struct err *ret)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct shape_failed m = { 0 };

	if (p == NULL || codec_get(&t, &shape_failed, p, &m, ret) == -1)
		return -1;
	for (int code = ERR_NONE + 1; code < ERR_N_CODES; code++) {
		if (strcmp(err_class((enum err_code)code), m.code) != 0)
			continue;
		(void)err_set(ret, (enum err_code)code, "%s",
		    m.text != NULL ? m.text : "");
		ret->sys_errno = (int)m.sys_errno;
		return 0;
	}
	return -1;
}

void
msg_get_failed(const char *json, size_t n, struct err *ret)
{
	struct pool *p = pool_new();

	if (get_failed(json, n, p, ret) == -1)
		(void)err_set(ret, ERR_PROTOCOL,
		    "the worker failed, and its report cannot be read");
	pool_free(p);
}
