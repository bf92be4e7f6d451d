/* msg: bodies that are wrong in one respect are refused, and change nothing. */
#include <string.h>

#include "retention/buf.h"
#include "retention/msg.h"

#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
test_items(struct buf *b, struct err *e)
{
	uint8_t op[COMMIT_OP_BYTES], c[2][COMMIT_BYTES], back[COMMIT_OP_BYTES];
	const uint8_t (*got)[COMMIT_BYTES] = NULL;
	static const char big[16 + 32 * 2001];
	size_t n = 0;

	memset(op, 3, sizeof(op));
	memset(c, 4, sizeof(c));
	msg_put_items(b, op, (const uint8_t (*)[COMMIT_BYTES])c, 2);
	ok(msg_get_items(b->data, b->n, back, &got, &n, e) == 0 && n == 2 &&
	    memcmp(op, back, 16) == 0 && memcmp(got, c, 64) == 0, "items");
	ok(msg_get_items(b->data, 79, back, &got, &n, e) == -1, "a byte short");
	ok(msg_get_items(b->data, 16, back, &got, &n, e) == -1, "no item");
	ok(msg_get_items(b->data, 3, back, &got, &n, e) == -1, "no op");
	ok(msg_get_items(big, sizeof(big) - 32, back, &got, &n, e) == 0 &&
	    n == 2000, "2,000 items");
	ok(msg_get_items(big, sizeof(big), back, &got, &n, e) == -1, "2,001");
	buf_reset(b);
}

static void
test_refused(void)
{
	static const struct { const char *what, *json; } bad[] = {
		{ "nothing", "" },
		{ "cut short", "{\"erased\":1,\"skipped_drift\":0,\"left\"" },
		{ "no object", "[1]" },
		{ "a key twice", "{\"erased\":1,\"erased\":1,"
		    "\"skipped_drift\":0,\"left\":0,\"more\":false,"
		    "\"stopped\":false}" },
		{ "unknown key", "{\"erased\":1,\"skipped_drift\":0,\"left\":0,"
		    "\"more\":false,\"stopped\":false,\"x\":1}" },
		{ "missing key", "{\"erased\":1,\"skipped_drift\":0,\"left\":0,"
		    "\"more\":false}" },
		{ "wrong type", "{\"erased\":\"1\",\"skipped_drift\":0,"
		    "\"left\":0,\"more\":false,\"stopped\":false}" },
		{ "a real for a whole number", "{\"erased\":1.0,"
		    "\"skipped_drift\":0,\"left\":0,\"more\":false,"
		    "\"stopped\":false}" },
		{ "negative", "{\"erased\":-1,\"skipped_drift\":0,\"left\":0,"
		    "\"more\":false,\"stopped\":false}" },
		{ "number for a bool", "{\"erased\":1,\"skipped_drift\":0,"
		    "\"left\":0,\"more\":0,\"stopped\":false}" },
		{ "beyond 64 bits", "{\"erased\":9223372036854775808,"
		    "\"skipped_drift\":0,\"left\":0,\"more\":false,"
		    "\"stopped\":false}" },
		{ "something behind", "{\"erased\":1,\"skipped_drift\":0,"
		    "\"left\":0,\"more\":false,\"stopped\":false} x" },
	};
	struct msg_finished f = { .erased = 42 };
	struct err e;

	for (size_t i = 0; i < N(bad); i++) {
		e = ERR_EMPTY;
		ok(msg_get_finished(bad[i].json, strlen(bad[i].json), NULL, &f,
		    &e) == -1 && e.code == ERR_PROTOCOL && f.erased == 42,
		    "refused, %s: %s", bad[i].what, e.text);
	}
}

int
main(void)
{
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	test_items(&b, &e);
	test_refused();
	buf_release(&b);
	return tap_done();
}
