/* note: public known answers verify; every change to a note is refused. */
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/note.h"
#include "retention/sha256.h"

#include "tap.h"

static const char peter[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char foo[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char host1[] =
    "retentiond.example/host1+344da091+"
    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
static const char peter_note[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNI"
    "uGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
static const char foo_note[] = "This is an example message.\n\n"
    "\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ON"
    "ncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
static const char empty_note[] = "retentiond.example/host1\n0\n"
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
    "\xe2\x80\x94 retentiond.example/host1 NE2gkavM+tZl9UjWDiGOUI6tod+p0FzttNI"
    "0IiQ/oo/fWrcVHdo7cgG/UfDaOhVr7P+p0plYNT6Sn8Ly0WZO8rNSVQw=\n";

static struct note_key
key(const char *vkey)
{
	struct note_key k = { .name = "" };
	struct err e;

	if (note_key_parse(vkey, &k, &e) == -1)
		printf("# %s\n", e.text);
	return k;
}

static int
verifies(const char *note, size_t n, const struct note_key *keys, size_t n_keys)
{
	size_t n_text;
	struct err e;

	return note_verify(note, n, keys, n_keys, &n_text, NULL, &e) == 0;
}

static void
test_known(void)
{
	struct note_key keys[3] = { key(peter), key(foo), key(host1) };
	struct note_checkpoint cp;
	struct err e = ERR_EMPTY;
	size_t n_text = 0;
	uint32_t which = 0;
	uint8_t empty[32];
	char vkey[NOTE_VKEY_BYTES];

	ok(note_verify(peter_note, strlen(peter_note), keys, 3, &n_text,
	    &which, &e) == 0 && which == 1, "PeterNeumann: %s", e.text);
	ok(strncmp(peter_note + n_text - 4, "is.\n\n", 5) == 0,
	    "the text ends with its LF");
	ok(note_verify(foo_note, strlen(foo_note), keys, 3, &n_text, &which,
	    &e) == 0 && which == 2, "example.com/foo: %s", e.text);
	ok(note_verify(empty_note, strlen(empty_note), keys, 3, &n_text,
	    &which, &e) == 0 && which == 4, "empty tree: %s", e.text);
	sha256_once("", 0, empty);
	ok(note_checkpoint_parse(empty_note, n_text, &cp, &e) == 0 &&
	    cp.size == 0 && memcmp(cp.root, empty, 32) == 0 &&
	    strcmp(cp.origin, "retentiond.example/host1") == 0,
	    "its checkpoint");
	note_key_text(&keys[2], vkey);
	ok(strcmp(vkey, host1) == 0, "vkey there and back");
}

static void
test_flips(void)
{
	struct note_key k = key(host1);
	char note[sizeof(empty_note)];
	int passed = 0;

	for (size_t i = 0; i < 8 * strlen(empty_note); i++) {
		memcpy(note, empty_note, sizeof(note));
		note[i / 8] = (char)(note[i / 8] ^ 1 << i % 8);
		passed += verifies(note, strlen(empty_note), &k, 1);
	}
	ok(passed == 0, "no note with one flipped bit verifies");
	for (size_t n = 0; n < strlen(empty_note); n++)
		passed += verifies(empty_note, n, &k, 1);
	ok(passed == 0, "no shortened note verifies");
	ok(verifies(empty_note, strlen(empty_note), &k, 1), "itself does");
}

static void
add(struct buf *b, const char *text, int times)
{
	while (times-- > 0)
		buf_puts(b, text);
}

static void
test_signatures(void)
{
	static const char other[] = "\xe2\x80\x94 example.net/other AAAAAAAA\n";
	struct note_key keys[2] = { key(host1), key(host1) };
	struct buf b = BUF_EMPTY;

	buf_puts(&b, empty_note);
	add(&b, other, 99);
	ok(verifies(b.data, b.n, keys, 1), "99 unknown ones are ignored");
	add(&b, other, 1);
	ok(!verifies(b.data, b.n, keys, 1), "101 signatures: malformed");
	ok(!verifies(foo_note, strlen(foo_note), keys, 1), "no known key");
	memcpy(keys[1].pub, keys[0].id, 4);
	ok(!verifies(empty_note, strlen(empty_note), keys + 1, 1),
	    "same name and id, other key: refused");
	keys[0].id[0] ^= 1;
	ok(!verifies(empty_note, strlen(empty_note), keys, 1),
	    "same name, other id: not known");
	buf_reset(&b);
	buf_puts(&b, empty_note);
	buf_puts(&b, "\xe2\x80\x94 retentiond.example/host1 NE2gkQAA\n");
	keys[0] = key(host1);
	ok(!verifies(b.data, b.n, keys, 1),
	    "a good and a bad signature by one key: refused");
	buf_release(&b);
}

static void
test_keys(void)
{
	static const char *const bad[] = { "", "a", "a+344da091", "a+344DA091+AA",
		"+344da091+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
		"retentiond.example/host2+344da091+"
		    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
		"retentiond.example/host1+344da091+"
		    "AtdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
		"retentiond.example/host1+344da091+"
		    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1EaAA==" };
	char name[NOTE_NAME_BYTES + 1];
	uint8_t pub[32] = { 0 };
	struct note_key k;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(note_key_parse(bad[i], &k, &e) == -1, "bad vkey %zu: %s", i,
		    e.text);
	ok(note_key_make("a b", pub, &k, &e) == -1, "a space");
	ok(note_key_make("a+b", pub, &k, &e) == -1, "a plus");
	ok(note_key_make("a\nb", pub, &k, &e) == -1, "a line feed");
	memset(name, 'n', sizeof(name));
	name[NOTE_NAME_BYTES] = '\0';
	ok(note_key_make(name, pub, &k, &e) == -1, "256 bytes");
	name[NOTE_NAME_BYTES - 1] = '\0';
	ok(note_key_make(name, pub, &k, &e) == 0, "255 bytes");
}

static void
test_checkpoints(void)
{
#define ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	static const struct { const char *text; int rc; } rows[] = {
		{ "o\n0\n" ROOT "\n", 0 },
		{ "o\n18446744073709551615\n" ROOT "\n", 0 },
		{ "o\n18446744073709551616\n" ROOT "\n", -1 },
		{ "o\n00\n" ROOT "\n", -1 }, { "o\n01\n" ROOT "\n", -1 },
		{ "o\n+1\n" ROOT "\n", -1 }, { "o\n\n" ROOT "\n", -1 },
		{ "o\n1\n" ROOT, -1 }, { "\n1\n" ROOT "\n", -1 },
		{ "o\n1\n" ROOT "\nmore\n", -1 }, { "o\n1\n" ROOT "\n\n", -1 },
		{ "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", -1 },
		{ "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", -1 },
		{ "o\n1\nAAAA\n", -1 }, { "", -1 }, { "o\r\n1\n" ROOT "\n", -1 },
	};
#undef ROOT
	struct note_checkpoint cp;
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ok(note_checkpoint_parse(rows[i].text, strlen(rows[i].text),
		    &cp, &e) == rows[i].rc, "checkpoint %zu", i);
		if (rows[i].rc == -1)
			continue;
		buf_reset(&b);
		(void)note_checkpoint_text(&cp, &b);
		ok(strcmp(buf_text(&b), rows[i].text) == 0, "and back");
	}
	buf_release(&b);
}

int
main(void)
{
	test_known();
	test_flips();
	test_signatures();
	test_keys();
	test_checkpoints();
	return tap_done();
}
