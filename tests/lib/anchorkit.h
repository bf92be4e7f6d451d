/* anchorkit - a trail, a time stamping authority and witnesses, for tests. */
#ifndef TESTS_ANCHORKIT_H
#define TESTS_ANCHORKIT_H

#include <spawn.h>
#include <sys/wait.h>

#include <openssl/evp.h>

#include "retention/anchor.h"

#include "rewritekit.h"

extern char **environ;

struct witness {
	EVP_PKEY *pair;
	char vkey[NOTE_VKEY_BYTES];
	struct note_key key;
};

static struct attack at;
static char dir[] = "/tmp/anchor-test-XXXXXX";
static struct buf note;		/* the newest checkpoint's */

/* The same text for the same name, to the end. */
static inline const char *
in_dir(const char *name)
{
	static char path[32][128];
	char want[128];
	size_t i = 0;

	(void)snprintf(want, sizeof(want), "%s/%s", dir, name);
	while (i < 31 && path[i][0] != '\0' && strcmp(path[i], want) != 0)
		i++;
	memcpy(path[i], want, sizeof(want));
	return path[i];
}

/* tests/lib/tsa.sh, silent; a NULL argument ends the list. */
static inline void
tsa(const char *does, const char *a, const char *b, const char *c,
    const char *when)
{
	const char *argv[] = { "sh", "-c", "exec tests/lib/tsa.sh \"$@\" "
	    ">/dev/null 2>&1", "tsa", does, a, b, c, when, NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, (char **)(uintptr_t)argv,
	    environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0)
		printf("# tests/lib/tsa.sh %s failed\n", does);
}

static inline void
put(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct err e;

	if (fd == -1 || fd_write_all(fd, bytes, n, &e) == -1)
		printf("# cannot write %s\n", path);
	(void)close(fd);
}

static inline struct buf
get(const char *path)
{
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	if (fd_read_file(path, ANCHOR_MOST_BYTES, &b, &e) == -1)
		printf("# %s\n", e.text);
	return b;
}

static inline struct anchor_bytes
of(const struct buf *b)
{
	return (struct anchor_bytes){ b->data, b->n };
}

/* ERR_NONE: for this note, and trusted. */
static inline enum err_code
believed(enum anchor_kind k, const struct buf *b,
    const struct anchor_trust *t, struct anchor_evidence *ret)
{
	struct err e = ERR_EMPTY;

	if (anchor_read(k, of(b), of(&note), ret, &e) == 0)
		(void)anchor_trusted(of(b), t, ret, &e);
	return e.code;
}

static inline void
make_witness(struct witness *w, const char *name)
{
	uint8_t raw[33] = { 4 }, id[NOTE_NAME_BYTES + 34], hash[32];
	size_t n = strlen(name), len = 32;
	char hex[9], base64[HEX_BASE64_BYTES(33)];
	struct err e = ERR_EMPTY;

	w->pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	(void)EVP_PKEY_get_raw_public_key(w->pair, raw + 1, &len);
	memcpy(id, name, n);
	id[n] = '\n';
	memcpy(id + n + 1, raw, 33);
	sha256_once(id, n + 34, hash);
	hex_text(hash, 4, hex);
	hex_base64(raw, 33, base64);
	(void)snprintf(w->vkey, sizeof(w->vkey), "%s+%s+%s", name, hex, base64);
	ok(anchor_witness(w->vkey, &w->key, &e) == 0, "witness %s%s", name,
	    e.text);
}

/* Append the line of a witness to a note, over `text` of the note. */
static inline void
cosign(struct buf *b, const struct witness *w, uint64_t s, size_t n_text)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf signed_ = BUF_EMPTY;
	char base64[HEX_BASE64_BYTES(76)];
	uint8_t raw[76];
	size_t len = 64;

	buf_putf(&signed_, "cosignature/v1\ntime %" PRIu64 "\n", s);
	buf_add(&signed_, b->data, n_text);
	memcpy(raw, w->key.id, 4);
	for (int i = 0; i < 8; i++)
		raw[4 + i] = (uint8_t)(s >> (56 - 8 * i));
	(void)EVP_DigestSignInit(ctx, NULL, NULL, NULL, w->pair);
	(void)EVP_DigestSign(ctx, raw + 12, &len, (uint8_t *)signed_.data,
	    signed_.n);
	EVP_MD_CTX_free(ctx);
	hex_base64(raw, 76, base64);
	buf_putf(b, "\xe2\x80\x94 %s %s\n", w->key.name, base64);
	buf_release(&signed_);
}

static inline size_t
text_of(const struct buf *b)
{
	return (size_t)(strstr(b->data, "\n\n") - b->data) + 1;
}

static inline struct buf
cosigned(const struct witness *w, uint64_t s)
{
	struct buf b = BUF_EMPTY;

	buf_add(&b, note.data, note.n);
	cosign(&b, w, s, text_of(&note));
	return b;
}

/* A trail with three checkpoints, the newest of them in `note`. */
static inline void
anchors_begin(void)
{
	if (mkdtemp(dir) == NULL)
		exit(1);
	make(&at);
	note = get(path_of(&at, "checkpoint"));
	put(in_dir("note"), note.data, note.n);
}

static inline void
anchors_end(void)
{
	buf_release(&note);
	drop(&at);
	(void)nftw(dir, kit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
