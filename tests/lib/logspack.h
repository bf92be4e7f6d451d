/*
 * logspack - compressed log files to put in a store: whole, and damaged.
 */
#ifndef TESTS_LOGSPACK_H
#define TESTS_LOGSPACK_H

#include "retention/buf.h"
#include "retention/fd.h"

#include "logstest.h"
#include "store/logs/pack.h"

static const struct { const char *name; uint8_t magic[6]; } logspack_kinds[] = {
	{ "gzip", { 0x1f, 0x8b } },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd } },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 } },
};
#define LOGSPACK_KINDS (sizeof logspack_kinds / sizeof logspack_kinds[0])

static inline const struct pack_format *
logspack_format(size_t kind)
{
	return pack_find(logspack_kinds[kind].magic, 6);
}

/* Append a member with n bytes of text to a file. */
static inline void
logspack_put(const struct logs *l, const char *name, size_t kind,
    const char *text, size_t n)
{
	const int fd = open(logs_path(l, name), O_RDWR | O_CREAT | O_APPEND,
	    0600);
	struct err e = ERR_EMPTY;
	struct pack_writer *w = pack_writer_new(logspack_format(kind), fd, fd,
	    &e);

	must(fd != -1 && w != NULL);
	must(pack_write(w, text, n, &e) == 0 && pack_finish(w, &e) == 0);
	pack_writer_free(w);
	close(fd);
}

/* Lines as logs_put() makes them, as text; free(). */
static inline char *
logspack_lines(const char *kinds, int n)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int i = 0; i < n; i++)
		for (const char *k = kinds; *k != '\0'; k++)
			if (*k == 'o')
				fprintf(f, LOGS_OLD, i % 250 + 1);
			else
				fprintf(f, LOGS_NEW, i % 250 + 1);
	fclose(f);
	return text;
}

/* Append bytes as they are. */
static inline void
logspack_raw(const struct logs *l, const char *name, const void *p, size_t n)
{
	const int fd = open(logs_path(l, name), O_WRONLY | O_CREAT | O_APPEND,
	    0600);
	struct err e = ERR_EMPTY;

	must(fd != -1 && fd_write_all(fd, p, n, &e) == 0);
	close(fd);
}

/* Of the file: bytes as they are, or what they unpack to. */
static inline struct buf
logspack_get(const struct logs *l, const char *name)
{
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	must(fd_read_file(logs_path(l, name), BUF_MOST, &b, &e) == 0);
	return b;
}

static inline struct buf
logspack_unpack(const struct logs *l, const char *name, size_t kind)
{
	const int fd = open(logs_path(l, name), O_RDONLY);
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	struct pack_reader *r = pack_reader_new(logspack_format(kind), fd, &e);
	char part[1000];
	ssize_t n;

	while (r != NULL && (n = pack_read(r, part, sizeof part, &e)) > 0)
		buf_add(&b, part, (size_t)n);
	pack_reader_free(r);
	close(fd);
	return b;
}

static inline bool
logspack_is(struct buf *b, const void *p, size_t n)
{
	const bool same = b->n == n && memcmp(buf_text(b), p, n) == 0;

	buf_release(b);
	return same;
}

#endif
