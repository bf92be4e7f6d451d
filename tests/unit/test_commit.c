/* commit: the golden trail's keys, salts and commitments come out exactly. */
#include <stdlib.h>
#include <string.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/hex.h"
#include "retention/merkle.h"
#include "retention/sha256.h"

#include "tap.h"

static const char golden_c[2][65] = {
	"e0951f7d9be3af425dac39d0b5456ce525270b41b455bea4958d04fb398582d0",
	"df3c6a24d65f0eb3feec311a0941fe8f4473932d3b1137667eebc6e52b7fcbd9",
};

static struct commit_op
golden_op(void)
{
	struct commit_op op;
	uint8_t k_ep[32];

	for (size_t i = 0; i < 32; i++)
		k_ep[i] = (uint8_t)i;
	memcpy(op.op, k_ep, 16);
	commit_op_key(k_ep, op.op, op.key);
	return op;
}

static int
is(const uint8_t *bytes, const char *hex)
{
	char t[65];

	hex_text(bytes, 32, t);
	return strcmp(t, hex) == 0;
}

static void
test_golden(void)
{
	struct commit_op op = golden_op();
	struct commit_maker *m = commit_maker_new(&op, "crm", "customers");
	uint8_t c[2][32], root[32];
	char b64[HEX_BASE64_BYTES(32)];

	ok(is(op.key, "17b1ee9d5634a20b5eb8ea310475066c"
	    "dd7c8f4dd0dae833f63bcd016a87657e"), "K_op");
	ok(commit_maker_item(m, "4711", 4, c[0]) == 0 &&
	    is(c[0], golden_c[0]), "c of 4711");
	ok(commit_maker_item(m, "4712", 4, c[1]) == 0 &&
	    is(c[1], golden_c[1]), "c of 4712");
	commit_root(c, 2, root);
	ok(is(c[0], golden_c[1]) && is(c[1], golden_c[0]), "root sorts");
	hex_base64(root, 32, b64);
	ok(strcmp(b64, "3RmPVZh7vn6ffpLZNQmQNP1Vgjx45G7g7hJ2ptWQnaA=") == 0,
	    "croot");
	commit_maker_free(m);
	commit_maker_free(NULL);
}

/* The salts of the golden README, by the definition written out. */
static void
test_definition(void)
{
	static const char id[] = "\0\3crm\0\11customers\0\0044711";
	struct commit_op op = golden_op();
	uint8_t text[128], salt[32], c[32];
	size_t n = sizeof("retentiond/salt/v1");

	memcpy(text, "retentiond/salt/v1", n);
	memcpy(text + n, id, sizeof(id) - 1);
	sha256_hmac(op.key, 32, text, n + sizeof(id) - 1, salt);
	ok(is(salt, "782021138a627252554598ef69c45bfd"
	    "a42065052cd4794378b6702c81c40146"), "salt of 4711");
	n = sizeof("retentiond/commit/v1");
	memcpy(text, "retentiond/commit/v1", n);
	memcpy(text + n, salt, 32);
	memcpy(text + n + 32, id, sizeof(id) - 1);
	sha256_once(text, n + 32 + sizeof(id) - 1, c);
	ok(is(c, golden_c[0]), "the definition gives the same c");
}

static void
test_apart(void)
{
	struct commit_op op = golden_op();
	struct commit_maker *a = commit_maker_new(&op, "ab", "c");
	struct commit_maker *b = commit_maker_new(&op, "a", "bc");
	struct commit_maker *d;
	uint8_t x[32], y[32];

	(void)commit_maker_item(a, "1", 1, x);
	(void)commit_maker_item(b, "1", 1, y);
	ok(memcmp(x, y, 32) != 0, "lengths keep names apart");
	op.op[0] ^= 1;
	commit_op_key(x, op.op, op.key);
	d = commit_maker_new(&op, "ab", "c");
	(void)commit_maker_item(d, "1", 1, y);
	(void)commit_maker_item(a, "1", 1, x);
	ok(memcmp(x, y, 32) != 0, "another operation: unlinkable");
	(void)commit_maker_item(a, "1", 1, y);
	ok(memcmp(x, y, 32) == 0, "the same item again: the same");
	commit_maker_free(a);
	commit_maker_free(b);
	commit_maker_free(d);
}

static void
test_limits(void)
{
	struct commit_op op = golden_op();
	struct commit_maker *m = commit_maker_new(&op, "s", "o");
	char *big = malloc(65537);
	uint8_t c[32];

	memset(big, 'x', 65536);
	big[65536] = '\0';
	ok(commit_maker_item(m, big, 65535, c) == 0, "65,535 bytes fit");
	ok(commit_maker_item(m, big, 65536, c) == -1, "65,536 do not");
	ok(commit_maker_item(m, "", 0, c) == 0, "an empty key is a key");
	ok(commit_maker_new(&op, big, "o") == NULL, "store too long");
	ok(commit_maker_new(&op, "s", big) == NULL, "object too long");
	commit_maker_free(m);
	free(big);
}

static void
test_find(void)
{
	uint8_t c[100][32], root[32], missing[32] = { 0 };
	int bad = 0;

	for (size_t i = 0; i < 100; i++)
		sha256_once(&i, sizeof(i), c[i]);
	commit_root(c, 100, root);
	for (long i = 0; i < 100; i++)
		bad += commit_find(c, 100, c[i]) != i;
	ok(bad == 0, "every one is found where it is");
	ok(commit_find(c, 100, missing) == -1, "another is not");
	ok(commit_find(c, 0, missing) == -1, "nothing in nothing");
	commit_root(c, 0, root);
	sha256_once("", 0, missing);
	ok(memcmp(root, missing, 32) == 0, "root of nothing");
}

static void
test_speed(void)
{
	struct commit_op op = golden_op();
	struct commit_maker *m = commit_maker_new(&op, "site", "feedback");
	struct mono from = clock_mono();
	uint8_t c[32];
	char key[24];
	int done = 0;

	for (int i = 0; i < 200000; i++) {
		int n = snprintf(key, sizeof(key), "%d", 1000000 + i);

		done += commit_maker_item(m, key, (size_t)n, c) == 0;
	}
	ok(done == 200000, "200,000 commitments in %lld ms",
	    (long long)clock_since_ms(from, clock_mono()));
	commit_maker_free(m);
}

int
main(void)
{
	test_golden();
	test_definition();
	test_apart();
	test_limits();
	test_find();
	test_speed();
	return tap_done();
}
