/*
 * pack - the table of formats, and what all of them have in common.
 */
#include "pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/fd.h"

#include "packlane.h"

#define BLOCK ((size_t)64 << 10)

#ifdef WITHOUT_ZSTD
#define ZSTD NULL
#else
#define ZSTD &pack_zstd
#endif
#ifdef WITHOUT_LZMA
#define XZ NULL
#else
#define XZ &pack_xz
#endif

/* Those without a codec are here so that their bytes are not taken for
 * lines. */
static const struct pack_format formats[] = {
	{ "gzip", &pack_gzip, 2, { 0x1f, 0x8b } },
	{ "zstd", ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ "xz", XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ "bzip2", NULL, 3, { 'B', 'Z', 'h' } },
	{ "compress", NULL, 2, { 0x1f, 0x9d } },
	{ "lz4", NULL, 4, { 0x04, 0x22, 0x4d, 0x18 } },
	{ "lzip", NULL, 5, { 'L', 'Z', 'I', 'P', 1 } },
	{ "lzop", NULL, 9, { 0x89, 'L', 'Z', 'O', 0, 13, 10, 26, 10 } },
	{ "zip", NULL, 4, { 'P', 'K', 3, 4 } },
};

/* A bzip2 file goes on with its level and the digits of pi or, if it is
 * empty, of their square root: three letters alone may be text. */
static bool
is_bzip2(const uint8_t *head, size_t n)
{
	return n >= 6 && head[3] >= '1' && head[3] <= '9' &&
	    (memcmp(head + 4, "1A", 2) == 0 ||
	    memcmp(head + 4, "\x17\x72", 2) == 0);
}

/* zstd's frames that hold no data: 0x184D2A50 to 0x184D2A5F. */
static bool
is_skippable(const uint8_t *head, size_t n)
{
	return n >= 4 && (head[0] & 0xf0) == 0x50 &&
	    memcmp(head + 1, "\x2a\x4d\x18", 3) == 0;
}

const struct pack_format *
pack_find(const uint8_t *head, size_t n)
{
	static const struct pack_format skippable = { .name = "zstd" };

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		const struct pack_format *f = &formats[i];

		if (n >= f->n_magic && memcmp(head, f->magic, f->n_magic) == 0)
			return f->magic[0] != 'B' || is_bzip2(head, n) ? f :
			    NULL;
	}
	return is_skippable(head, n) ? &skippable : NULL;
}

struct pack_reader {
	const struct pack_format *f;	/* borrowed */
	int fd;				/* borrowed */
	void *member;			/* owned; NULL: between two */
	off_t at;			/* of what is read next */
	bool eof;
	size_t from, n;			/* what buf still has */
	uint8_t buf[BLOCK];
};

static int
damaged(struct err *e)
{
	return err_set(e, ERR_STORE, "a compressed log file is damaged or cut "
	    "short; it is left as it is");
}

struct pack_reader *
pack_reader_new(const struct pack_format *f, int fd, struct err *e)
{
	struct pack_reader *r;

	if (f->codec == NULL) {
		(void)err_set(e, ERR_STORE, "a log file is compressed with "
		    "%s, which is not read here; it is left as it is", f->name);
		return NULL;
	}
	r = calloc(1, sizeof *r);
	if (r == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory to read a compressed "
		    "log file");
		return NULL;
	}
	r->f = f;
	r->fd = fd;
	return r;
}

void
pack_reader_free(struct pack_reader *r)
{
	if (r == NULL)
		return;
	r->f->codec->reader_free(r->member);
	explicit_bzero(r->buf, sizeof r->buf);
	free(r);
}

/* At least `least` bytes in buf, if the file has them. */
static int
fill(struct pack_reader *r, size_t least, struct err *e)
{
	if (r->n >= least || r->eof)
		return 0;
	memmove(r->buf, r->buf + r->from, r->n);
	r->from = 0;
	while (!r->eof && r->n < least) {
		const ssize_t got = pread(r->fd, r->buf + r->n, BLOCK - r->n,
		    r->at);

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return err_sys(e, "read a compressed log file");
		r->eof = got == 0;
		r->n += (size_t)got;
		r->at += got;
	}
	return 0;
}

/* Nothing but zeros to the end? */
static int
padding(struct pack_reader *r, struct err *e)
{
	for (;;) {
		if (fill(r, 1, e) == -1)
			return -1;
		if (r->n == 0)
			return 0;
		for (size_t i = 0; i < r->n; i++)
			if (r->buf[r->from + i] != 0)
				return damaged(e);
		r->n = 0;
	}
}

/* Between members: 1: there is another, and it is begun; 0: the end. */
static int
begin(struct pack_reader *r, struct err *e)
{
	const bool first = r->at == 0;

	if (fill(r, r->f->n_magic, e) == -1)
		return -1;
	if (!first && (r->n == 0 || r->buf[r->from] == 0))
		return padding(r, e);
	if (r->n < r->f->n_magic ||
	    memcmp(r->buf + r->from, r->f->magic, r->f->n_magic) != 0)
		return damaged(e);
	r->member = r->f->codec->reader();
	return r->member != NULL ? 1 :
	    err_set(e, ERR_MEMORY, "no memory to read a compressed log file");
}

ssize_t
pack_read(struct pack_reader *r, void *to, size_t n, struct err *e)
{
	must(n > 0);
	for (;;) {
		struct pack_io io;
		enum pack_step step;
		int rc = r->member != NULL ? 1 : begin(r, e);

		if (rc != 1)
			return rc;
		if (fill(r, 1, e) == -1)
			return -1;
		io = (struct pack_io){ r->buf + r->from, r->n, to, n };
		step = r->f->codec->read(r->member, &io);
		if (step == PACK_DAMAGED || (step == PACK_ON &&
		    io.n_in == r->n && io.n_out == n))
			return damaged(e);
		r->from += r->n - io.n_in;
		r->n = io.n_in;
		if (step == PACK_END) {
			r->f->codec->reader_free(r->member);
			r->member = NULL;
		}
		if (io.n_out < n)
			return (ssize_t)(n - io.n_out);
	}
}

struct pack_writer {
	const struct pack_format *f;	/* borrowed */
	int fd;				/* borrowed */
	void *x;			/* owned */
	struct packlane *lane;		/* owned; x, fd and buf are its thread's */
	uint8_t buf[BLOCK];
};

static int
compress(void *ctx, const void *p, size_t n, bool finish, struct err *e)
{
	struct pack_writer *w = ctx;
	struct pack_io io = { p, n, NULL, 0 };
	enum pack_step step = PACK_ON;

	while (step == PACK_ON && (io.n_in > 0 || finish)) {
		io.out = w->buf;
		io.n_out = sizeof w->buf;
		step = w->f->codec->write(w->x, &io, finish);
		if (step == PACK_DAMAGED)
			return err_set(e, ERR_MEMORY, "a log file cannot be "
			    "compressed");
		if (fd_write_all(w->fd, w->buf, sizeof w->buf - io.n_out,
		    e) == -1)
			return -1;
	}
	return 0;
}

struct pack_writer *
pack_writer_new(const struct pack_format *f, int fd, int like, struct err *e)
{
	struct pack_writer *w = calloc(1, sizeof *w);
	uint8_t head[PACK_HEAD];
	const ssize_t n = pread(like, head, sizeof head, 0);

	must(f->codec != NULL);
	if (w != NULL) {
		w->f = f;
		w->fd = fd;
		w->x = f->codec->writer(f->codec->level(head,
		    n < 0 ? 0 : (size_t)n));
		w->lane = packlane_new(compress, w);
	}
	if (w == NULL || w->x == NULL || w->lane == NULL) {
		pack_writer_free(w);
		(void)err_set(e, ERR_MEMORY, "no memory to write a compressed "
		    "log file");
		return NULL;
	}
	return w;
}

void
pack_writer_free(struct pack_writer *w)
{
	if (w == NULL)
		return;
	packlane_free(w->lane);
	w->f->codec->writer_free(w->x);
	explicit_bzero(w->buf, sizeof w->buf);
	free(w);
}

int
pack_write(struct pack_writer *w, const void *p, size_t n, struct err *e)
{
	return packlane_put(w->lane, p, n, e);
}

int
pack_finish(struct pack_writer *w, struct err *e)
{
	return packlane_finish(w->lane, e);
}
