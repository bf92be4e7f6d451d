/* digest: SHA-256, HMAC and RFC 6962 roots give the published answers. */
#include <string.h>

#include "retention/hex.h"
#include "retention/merkle.h"
#include "retention/sha256.h"

#include "tap.h"

static const char *
text(const uint8_t h[32])
{
	static char t[65];

	hex_text(h, 32, t);
	return t;
}

static void
test_sha256(void)
{
	struct sha256 *h = sha256_new();
	struct sha256 *copy = sha256_new();
	uint8_t ret[32];
	char a[1000];

	sha256_once("", 0, ret);
	ok(strcmp(text(ret), "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855") == 0, "empty");
	sha256_once("abc", 3, ret);
	ok(strcmp(text(ret), "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad") == 0, "abc");
	memset(a, 'a', sizeof(a));
	for (int i = 0; i < 1000; i++)
		sha256_add(h, a, sizeof(a));
	sha256_end(h, ret);
	ok(strcmp(text(ret), "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0") == 0, "a million a");
	sha256_add(h, "a", 1);
	sha256_copy(copy, h);
	sha256_add(h, "xx", 2);
	sha256_end(h, ret);
	sha256_add(copy, "bc", 2);
	sha256_end(copy, ret);
	ok(strcmp(text(ret), "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad") == 0,
	    "end starts again; a copy goes its own way");
	sha256_free(h);
	sha256_free(copy);
	sha256_free(NULL);
}

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block). */
static void
test_hmac(void)
{
	static const char long_text[] =
	    "Test Using Larger Than Block-Size Key - Hash Key First";
	uint8_t key[131];
	uint8_t ret[32];

	memset(key, 0x0b, 20);
	sha256_hmac(key, 20, "Hi There", 8, ret);
	ok(strcmp(text(ret), "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7") == 0, "RFC 4231 case 1");
	sha256_hmac("Jefe", 4, "what do ya want for nothing?", 28, ret);
	ok(strcmp(text(ret), "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843") == 0, "RFC 4231 case 2");
	memset(key, 0xaa, sizeof(key));
	sha256_hmac(key, sizeof(key), long_text, strlen(long_text), ret);
	ok(strcmp(text(ret), "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54") == 0, "RFC 4231 case 6");
}

static void
test_merkle(void)
{
	static const char *const leaves[8] = { "", "00", "10", "2021", "3031",
		"40414243", "5051525354555657",
		"606162636465666768696a6b6c6d6e6f" };
	static const char *const roots[9] = {
		[0] = "e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855",
		[1] = "6e340b9cffb37a989ca544e6bb780a2c"
		    "78901d3fb33738768511a30617afa01d",
		[3] = "aeb6bcfe274b70a14fb067a5e5578264"
		    "db0fa9b51af5e0ba159158f329e06e77",
		[5] = "4e3bbb1f7b478dcfe71fb631631519a3"
		    "bca12c9aefca1612bfce4c13a86264d4",
		[8] = "5dc9da79a70659a9ad559cb701ded9a2"
		    "ab9d823aad2f4960cfe370eff4604328",
	};
	struct merkle m = MERKLE_EMPTY;
	uint8_t bytes[16], hash[32];

	for (size_t i = 0; i <= 8; i++) {
		merkle_root(&m, hash);
		if (roots[i] != NULL)
			ok(strcmp(text(hash), roots[i]) == 0,
			    "root of %zu leaves", i);
		if (i == 8)
			break;
		(void)hex_bytes(leaves[i], strlen(leaves[i]) / 2, bytes);
		merkle_leaf(bytes, strlen(leaves[i]) / 2, hash);
		merkle_add(&m, hash);
	}
}

/* The streaming root is the recursive definition, at every size. */
static void
recursive(uint8_t (*leaf)[32], size_t n, uint8_t ret[32])
{
	uint8_t left[32], right[32];
	size_t k = 1;

	if (n == 1) {
		memcpy(ret, leaf[0], 32);
		return;
	}
	while (2 * k < n)
		k *= 2;
	recursive(leaf, k, left);
	recursive(leaf + k, n - k, right);
	merkle_node(left, right, ret);
}

static void
test_merkle_sizes(void)
{
	struct merkle m = MERKLE_EMPTY;
	uint8_t leaf[130][32], want[32], got[32];
	int bad = 0;

	for (size_t i = 0; i < 130; i++) {
		merkle_leaf(&i, sizeof(i), leaf[i]);
		merkle_add(&m, leaf[i]);
		merkle_root(&m, got);
		recursive(leaf, i + 1, want);
		bad += memcmp(want, got, 32) != 0;
	}
	ok(bad == 0, "streaming root equals the definition for 1 to 130");
}

int
main(void)
{
	test_sha256();
	test_hmac();
	test_merkle();
	test_merkle_sizes();
	return tap_done();
}
