/* rewritekit - takes a finished trail apart, changes it as the holder of its
 * key could, and puts it back. */
#ifndef TESTS_REWRITEKIT_H
#define TESTS_REWRITEKIT_H

#include <fcntl.h>

#include "retention/hex.h"

#include "trailkit.h"

/* A trail on disk, taken apart into lines, changed, and put back. */
struct attack {
	struct kit k;
	char *line[64];		/* owned, without LF */
	size_t n;
};

static inline const char *
path_of(struct attack *a, const char *name)
{
	static char path[160];

	(void)snprintf(path, sizeof(path), "%s/trail/%s", a->k.state, name);
	return path;
}

#define LOG "log/000000000000000000.jsonl"

static inline void
put_file(struct attack *a, const char *name, const void *bytes, size_t n)
{
	int fd;
	struct err e;

	(void)unlink(path_of(a, name));
	fd = open(path_of(a, name), O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1 || fd_write_all(fd, bytes, n, &e) == -1)
		printf("# cannot write %s\n", name);
	(void)close(fd);
}

/* genesis start intent done cp | intent(70) done cp | stop cp */
static inline void
make(struct attack *a)
{
	struct buf b = BUF_EMPTY;
	struct err e;
	char *at, *lf;

	kit_make(&a->k);
	(void)kit_open(&a->k, 1 << 20, NULL, &e);
	(void)kit_plain(&a->k, RECORD_START, &e);
	(void)kit_intent(&a->k, 1, 2, &e);
	(void)kit_done(&a->k, 1, 2, 2, &e);
	(void)trail_checkpoint(a->k.trail, kit_now(&a->k), &e);
	(void)kit_intent(&a->k, 2, 70, &e);
	(void)kit_done(&a->k, 2, 70, 70, &e);
	(void)trail_checkpoint(a->k.trail, kit_now(&a->k), &e);
	(void)kit_plain(&a->k, RECORD_STOP, &e);
	(void)trail_checkpoint(a->k.trail, kit_now(&a->k), &e);
	kit_shut(&a->k);
	(void)fd_read_file(path_of(a, LOG), 1 << 20, &b, &e);
	a->n = 0;
	for (at = b.data; (lf = strchr(at, '\n')) != NULL; at = lf + 1)
		a->line[a->n++] = strndup(at, (size_t)(lf - at));
	buf_release(&b);
}

static inline void
drop(struct attack *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->line[i]);
	kit_drop(&a->k);
}

static inline void
put_back(struct attack *a)
{
	struct buf b = BUF_EMPTY;

	for (size_t i = 0; i < a->n; i++)
		buf_putf(&b, "%s\n", a->line[i]);
	put_file(a, LOG, buf_text(&b), b.n);
	buf_release(&b);
}

static inline void
replace(struct attack *a, size_t i, const char *from, const char *to)
{
	struct buf b = BUF_EMPTY;
	char *at = strstr(a->line[i], from);

	if (at == NULL) {
		printf("# nothing to replace in %zu: %s\n", i, a->line[i]);
		return;
	}
	buf_add(&b, a->line[i], (size_t)(at - a->line[i]));
	buf_puts(&b, to);
	buf_puts(&b, at + strlen(from));
	free(a->line[i]);
	a->line[i] = strdup(buf_text(&b));
	buf_release(&b);
}

static inline void
keep(struct attack *a, size_t n)
{
	while (a->n > n)
		free(a->line[--a->n]);
}

/* Number and chain anew; with a key also seal anew. */
static inline void
rechain(struct attack *a, const struct key *key)
{
	struct merkle m = MERKLE_EMPTY;
	uint8_t leaf[32] = { 0 }, sig[64];
	struct err e;

	for (size_t i = 0; i < a->n; i++) {
		char *rest = strstr(a->line[i], ",\"ep\"");
		char *prev = strstr(a->line[i], "\"prev\":\"");
		bool cp = strstr(a->line[i], "\"type\":\"cp\"") != NULL;
		struct buf b = BUF_EMPTY, note = BUF_EMPTY;
		struct note_checkpoint c = { .size = i };

		hex_text(leaf, 32, c.origin);	/* a scratch of 65 bytes */
		memcpy(prev + 8, c.origin, 64);
		buf_putf(&b, "{\"v\":1,\"seq\":%zu%s", i, rest);
		if (cp && key != NULL) {
			memcpy(c.origin, key_public(key)->name,
			    sizeof(c.origin));
			merkle_root(&m, c.root);
			(void)note_checkpoint_text(&c, &note);
			(void)key_sign(key, note.data, note.n, sig, &e);
			note_add_signature(&note, true, key_public(key), sig);
			b.n = (size_t)(strstr(b.data, "\"note\":\"") + 8 -
			    b.data);
			for (size_t j = 0; j < note.n; j++)
				if (note.data[j] == '\n')
					buf_puts(&b, "\\n");
				else if (note.data[j] == '\xe2')
					buf_puts(&b, "\\u2014"), j += 2;
				else
					buf_add(&b, note.data + j, 1);
			buf_puts(&b, "\"}");
			put_file(a, "checkpoint", note.data, note.n);
		}
		free(a->line[i]);
		a->line[i] = strdup(buf_text(&b));
		merkle_leaf(b.data, b.n, leaf);
		merkle_add(&m, leaf);
		buf_release(&b);
		buf_release(&note);
	}
}

#endif
