/* wire: the first byte chooses a reader, the rest is a message's body.  What
 * a reader takes, its writer must be able to say again, and it stays. */
#include <stdint.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/msg.h"
#include "retention/pool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Writes *m, reads that, writes again: the same text twice. */
#define AGAIN(what, type)						\
	static void							\
	try_##what(const char *json, size_t n, struct pool *p)		\
	{								\
		struct buf one = BUF_EMPTY, two = BUF_EMPTY;		\
		struct err e = ERR_EMPTY;				\
		type m;							\
									\
		if (msg_get_##what(json, n, p, &m, &e) == -1) {		\
			must(e.code != ERR_NONE && e.text[0] != '\0');	\
			return;						\
		}							\
		msg_put_##what(&one, &m);				\
		must(!buf_failed(&one));				\
		must(msg_get_##what(one.data, one.n, p, &m, &e) == 0);	\
		msg_put_##what(&two, &m);				\
		must(one.n == two.n &&					\
		    memcmp(one.data, two.data, one.n) == 0);		\
		buf_release(&one);					\
		buf_release(&two);					\
	}								\
	struct try_##what##_swallows_semicolon

AGAIN(dataset, struct rule_dataset);
AGAIN(open, struct msg_open);
AGAIN(job, struct msg_job);
AGAIN(event, struct msg_event);
AGAIN(counted, struct msg_counted);
AGAIN(finding, struct msg_finding);
AGAIN(intend, struct msg_intend);
AGAIN(done, struct msg_done);
AGAIN(finished, struct msg_finished);

static void
try_ops(const char *json, size_t n, struct pool *p)
{
	struct commit_op *ops;
	struct err e = ERR_EMPTY;
	size_t k;
	uint8_t sum = 0;

	if (msg_get_ops(json, n, p, &ops, &k, &e) == -1)
		return;
	for (size_t i = 0; i < k; i++)
		sum = (uint8_t)(sum + ops[i].key[31]);
	must(k <= 64 && (k != 0 || sum == 0));
}

static void
try_items(const char *body, size_t n, struct pool *p)
{
	uint8_t op[COMMIT_OP_BYTES];
	const uint8_t (*c)[COMMIT_BYTES];
	struct err e = ERR_EMPTY;
	size_t k;

	(void)p;
	if (msg_get_items(body, n, op, &c, &k, &e) == 0)
		must((const char *)c[k - 1] + COMMIT_BYTES == body + n);
}

static void
try_small(const char *json, size_t n, struct pool *p)
{
	struct err e = ERR_EMPTY;
	struct wall at;
	uint64_t dev, ino;
	int64_t pid;
	size_t ops;
	bool yes;
	struct msg_go go;

	(void)p;
	if (msg_get_want(json, n, &ops, &e) == 0)
		must(ops >= 1 && ops <= 64);
	(void)msg_get_peeked(json, n, &yes, &e);
	(void)msg_get_ready(json, n, &dev, &ino, &e);
	(void)msg_get_go(json, n, &go, &e);
	(void)msg_get_fired(json, n, &yes, &at, &e);
	(void)msg_get_hello(json, n, &pid, &e);
	msg_get_failed(json, n, &e);
	must(e.code != ERR_NONE);
}

typedef void attempt(const char *body, size_t n, struct pool *p);

static attempt *const attempts[] = { try_dataset, try_open, try_job,
	try_event, try_counted, try_finding, try_ops, try_intend, try_done,
	try_finished, try_items, try_small };

#define N_ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pool *p = pool_new();

	if (n != 0 && p != NULL)	/* 'a' is the first */
		attempts[(data[0] + N_ATTEMPTS - 'a' % N_ATTEMPTS) %
		    N_ATTEMPTS]((const char *)data + 1, n - 1, p);
	pool_free(p);
	return 0;
}
