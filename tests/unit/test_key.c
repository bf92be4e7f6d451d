/* key: made once and for the owner only; the RFC 8032 seed signs as it must. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/key.h"
#include "retention/sha256.h"

#include "tap.h"

static char state[64];

static const char *
at(const char *name)
{
	static char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", state, name);
	return path;
}

static void
put(const char *name, const void *bytes, size_t n, mode_t mode)
{
	int fd;

	(void)unlink(at(name));
	fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, mode);
	if (fd == -1 || write(fd, bytes, n) != (ssize_t)n)
		printf("# cannot write %s\n", name);
	(void)close(fd);
}

static mode_t
mode(const char *name)
{
	struct stat st;

	return stat(at(name), &st) == 0 ? st.st_mode & 0777 : 0;
}

static void
test_init(void)
{
	struct key *a = NULL, *b = NULL;
	struct err e = ERR_EMPTY;
	bool made = false;

	ok(key_load(state, "host1.example.org", &a, &e) == -1 &&
	    e.code == ERR_CONFIG, "no key: %s", e.text);
	ok(key_init(state, &made, &e) == 0 && made, "made: %s", e.text);
	ok(mode("") == 0700 && mode("keys") == 0700 &&
	    mode("keys/commit") == 0700 && mode("keys/current") == 0600 &&
	    mode("keys/pseudonym.key") == 0600, "for the owner only");
	ok(key_load(state, "host1.example.org", &a, &e) == 0, "loads");
	ok(key_init(state, &made, &e) == 0 && !made, "not made again");
	ok(key_load(state, "host1.example.org", &b, &e) == 0 &&
	    memcmp(key_public(a)->pub, key_public(b)->pub, 32) == 0,
	    "the same key still");
	key_free(a);
	key_free(b);
	key_free(NULL);
	ok(key_load(state, "host 1", &a, &e) == -1 && e.code == ERR_CONFIG,
	    "an origin with a space: %s", e.text);
}

static void
test_refusals(void)
{
	static const uint8_t bytes[33] = { 1 };
	struct key *k = NULL;
	struct err e = ERR_EMPTY;

	put("keys/current", bytes, 31, 0600);
	ok(key_load(state, "o", &k, &e) == -1 && e.code == ERR_CONFIG,
	    "31 bytes: %s", e.text);
	put("keys/current", bytes, 33, 0600);
	ok(key_load(state, "o", &k, &e) == -1 && e.code == ERR_CONFIG,
	    "33 bytes");
	put("keys/current", bytes, 32, 0640);
	ok(key_load(state, "o", &k, &e) == -1 &&
	    strstr(e.text, "chmod 600") != NULL, "group: %s", e.text);
	put("keys/current", bytes, 32, 0600);
	(void)chmod(at("keys"), 0750);
	ok(key_load(state, "o", &k, &e) == -1 &&
	    strstr(e.text, "chmod 700") != NULL, "folder: %s", e.text);
	(void)chmod(at("keys"), 0700);
	ok(key_load(state, "o", &k, &e) == 0, "32 bytes, 0600: %s", e.text);
	key_free(k);
	(void)unlink(at("keys/current"));
	ok(symlink("commit", at("keys/current")) == 0 && key_load(state, "o", &k, &e) == -1, "a link: %s", e.text);
	(void)unlink(at("keys/current"));
}

/* RFC 8032 test 1's seed, and the checkpoint of the empty tree. */
static void
test_sign(void)
{
	static const char want[] = "NE2gkavM+tZl9UjWDiGOUI6tod+p0FzttNI0IiQ/oo/"
	    "fWrcVHdo7cgG/UfDaOhVr7P+p0plYNT6Sn8Ly0WZO8rNSVQw=\n";
	struct note_checkpoint cp = { .origin = "retentiond.example/host1" };
	struct buf note = BUF_EMPTY;
	uint8_t seed[32], sig[64];
	char vkey[NOTE_VKEY_BYTES];
	struct err e = ERR_EMPTY;
	struct key *k = NULL;

	(void)hex_bytes("9d61b19deffd5a60ba844af492ec2cc4"
	    "4449c5697b326919703bac031cae7f60", 32, seed);
	put("keys/current", seed, 32, 0600);
	ok(key_load(state, cp.origin, &k, &e) == 0, "seed: %s", e.text);
	note_key_text(key_public(k), vkey);
	ok(strcmp(vkey, "retentiond.example/host1+344da091+"
	    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea") == 0, "%s", vkey);
	sha256_once("", 0, cp.root);
	(void)note_checkpoint_text(&cp, &note);
	ok(key_sign(k, note.data, note.n, sig, &e) == 0, "sign");
	note_add_signature(&note, true, key_public(k), sig);
	ok(strlen(buf_text(&note)) > sizeof(want) && strcmp(buf_text(&note) +
	    note.n - strlen(want), want) == 0, "the known signature");
	buf_release(&note);
	key_free(k);
}

/* Beside a trail a missing key was lost; another would hide that. */
static void
test_lost(void)
{
	const char *const names[] = { "keys/current", "keys/pseudonym.key" };
	uint8_t seed[32] = { 9 }, k[32];
	struct err e = ERR_EMPTY;
	char path[256];
	bool made;

	ok(key_epoch_old(state, 7, k, &e) == -1 && e.code == ERR_CONFIG &&
	    strstr(e.text, "missing") != NULL, "old epoch: %s", e.text);
	ok(key_epoch(state, 7, k, &e) == 0 && key_epoch_old(state, 7, seed,
	    &e) == 0 && memcmp(seed, k, 32) == 0, "is read when it is there");
	(void)snprintf(path, sizeof(path), "%s/trail", state);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/trail/log", state);
	(void)mkdir(path, 0700);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		e = ERR_EMPTY;
		(void)snprintf(path, sizeof(path), "%s/%s", state, names[i]);
		(void)unlink(path);
		ok(key_init(state, &made, &e) == -1 && e.code == ERR_CONFIG &&
		    access(path, F_OK) == -1, "lost %s: %s", names[i], e.text);
		put(names[i], seed, 32, 0600);
	}
	ok(key_init(state, &made, &e) == 0 && !made, "restored");
	(void)rmdir(at("trail/log"));
	(void)rmdir(at("trail"));
	(void)unlink(at("keys/commit/7.key"));
}

/* The keys of operations, without K_ep; values of the golden trail. */
static void
test_ops(void)
{
	struct commit_op op = { .op = { 0 } };
	uint8_t k[32], want[32];
	struct err e = ERR_EMPTY;

	for (uint8_t i = 0; i < 32; i++)
		k[i] = i;
	memcpy(op.op, k, sizeof(op.op));
	put("keys/commit/3.key", k, 32, 0600);
	(void)hex_bytes("17b1ee9d5634a20b5eb8ea310475066c"
	    "dd7c8f4dd0dae833f63bcd016a87657e", 32, want);
	ok(key_ops(state, 3, false, &op, 1, &e) == 0 &&
	    memcmp(op.key, want, 32) == 0, "an operation's key: %s", e.text);
	(void)unlink(at("keys/commit/3.key"));
	ok(key_ops(state, 3, false, &op, 1, &e) == -1 &&
	    access(at("keys/commit/3.key"), F_OK) == -1,
	    "none of an epoch whose key is gone: %s", e.text);
}

static void
test_derived(void)
{
	uint8_t a[32], b[32], stored[32];
	struct err e = ERR_EMPTY;

	ok(key_epoch(state, 0, a, &e) == 0 && key_epoch(state, 0, b, &e) == 0 &&
	    memcmp(a, b, 32) == 0, "an epoch's key stays: %s", e.text);
	ok(mode("keys/commit/0.key") == 0600, "for the owner only");
	ok(key_epoch(state, 1, b, &e) == 0 && memcmp(a, b, 32) != 0,
	    "the next epoch has another");
	memset(stored, 0x0b, sizeof(stored));
	put("keys/pseudonym.key", stored, 32, 0600);
	ok(key_pseudonym(state, "a", a, &e) == 0 &&
	    key_pseudonym(state, "b", b, &e) == 0 && memcmp(a, b, 32) != 0,
	    "pseudonym keys differ by notice: %s", e.text);
	sha256_hmac(stored, 32, "retentiond/pseudonym/v1\0a", 25, b);
	ok(memcmp(a, b, 32) == 0, "by the definition");
}

int
main(void)
{
	char top[] = "/tmp/key-test-XXXXXX";

	if (mkdtemp(top) == NULL)
		return 1;
	(void)snprintf(state, sizeof(state), "%s/state", top);
	test_init();
	test_refusals();
	test_sign();
	test_derived();
	test_ops();
	test_lost();
	for (const char *const *f = (const char *const[]){ "keys/current",
	    "keys/pseudonym.key", "keys/commit/0.key", "keys/commit/1.key",
	    NULL }; *f != NULL; f++)
		(void)unlink(at(*f));
	(void)rmdir(at("keys/commit"));
	(void)rmdir(at("keys"));
	(void)rmdir(state);
	ok(rmdir(top) == 0, "nothing else was made");
	return tap_done();
}
