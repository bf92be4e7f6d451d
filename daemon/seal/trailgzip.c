/*
 * trailgzip - written beside, synced, read back and compared with the plain
 * segment, renamed, folder synced; only then the plain one goes.  After a
 * kill both may be there; the plain one counts, and is done again.
 */
#include "trailgzip.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "retention/fd.h"

#define PART ((size_t)256 << 10)
#define GZIP_BITS (15 + 16)

struct trailgzip_work {
	int logfd;			/* borrowed */
	int in, out;			/* owned */
	char plain[32], packed[40], temp[48];
	z_stream z;
	bool deflating;
	gzFile again;			/* owned: reading back */
	unsigned char a[PART], b[PART];
};

static void
drop(struct trailgzip *g)
{
	struct trailgzip_work *w = g->work;

	g->work = NULL;
	if (w->deflating)
		(void)deflateEnd(&w->z);
	if (w->again != NULL)
		(void)gzclose(w->again);
	fd_close(&w->in);
	fd_close(&w->out);
	free(w);
}

void
trailgzip_stop(struct trailgzip *g)
{
	if (g->work == NULL)
		return;
	(void)unlinkat(g->work->logfd, g->work->temp, 0);
	drop(g);
}

int
trailgzip_begin(struct trailgzip *g, int logfd, uint64_t seq, struct err *e)
{
	struct trailgzip_work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return err_set(e, ERR_MEMORY, "no memory to compress");
	g->work = w;
	w->logfd = logfd;
	w->in = w->out = -1;
	(void)snprintf(w->plain, sizeof(w->plain), "%018" PRIu64 ".jsonl", seq);
	(void)snprintf(w->packed, sizeof(w->packed), "%s.gz", w->plain);
	(void)snprintf(w->temp, sizeof(w->temp), ".%s.new", w->packed);
	(void)unlinkat(logfd, w->temp, 0);	/* left by a crash */
	w->in = openat(logfd, w->plain, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	w->out = w->in == -1 ? -1 : openat(logfd, w->temp,
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (w->out == -1)
		(void)err_sys(e, "compress %s", w->plain);
	else if (deflateInit2(&w->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
	    GZIP_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		(void)err_set(e, ERR_MEMORY, "no memory to compress");
	else
		w->deflating = true;
	if (w->deflating)
		return 0;
	trailgzip_stop(g);
	return -1;
}

static int
sync_failed(const char *what, struct err *e)
{
	(void)err_sys(e, "%s: fsync", what);
	e->code = ERR_TRAIL;
	return -1;
}

/* Pack one part.  1: more; 0: all of it is in the temporary file, synced. */
static int
pack(struct trailgzip_work *w, struct err *e)
{
	ssize_t n = read(w->in, w->a, PART);
	int flush = n == 0 ? Z_FINISH : Z_NO_FLUSH;
	int rc;

	if (n == -1)
		return err_sys(e, "%s: read", w->plain);
	w->z.next_in = w->a;
	w->z.avail_in = (uInt)n;
	do {
		w->z.next_out = w->b;
		w->z.avail_out = PART;
		rc = deflate(&w->z, flush);
		if (rc == Z_STREAM_ERROR)
			return err_set(e, ERR_MEMORY, "compressing failed");
		if (fd_write_all(w->out, w->b, PART - w->z.avail_out, e) == -1)
			return err_wrap(e, "%s", w->temp);
	} while (w->z.avail_out == 0 || (n == 0 && rc != Z_STREAM_END));
	if (n != 0)
		return 1;
	(void)deflateEnd(&w->z);
	w->deflating = false;
	return fsync(w->out) == -1 ? sync_failed(w->temp, e) : 0;
}

static int
begin_reading(struct trailgzip_work *w, struct err *e)
{
	int fd = fcntl(w->out, F_DUPFD_CLOEXEC, 3);

	if (fd == -1 || lseek(fd, 0, SEEK_SET) == -1 ||
	    lseek(w->in, 0, SEEK_SET) == -1) {
		(void)err_sys(e, "%s", w->temp);
		fd_close(&fd);
		return -1;
	}
	w->again = gzdopen(fd, "rb");
	if (w->again == NULL) {
		fd_close(&fd);
		return err_set(e, ERR_MEMORY, "no memory to compress");
	}
	return 1;
}

/* Compare one part.  1: more; 0: all of it is the same. */
static int
compare(struct trailgzip_work *w, struct err *e)
{
	int n = gzread(w->again, w->b, PART);
	size_t at = 0;

	if (n < 0)
		return err_set(e, ERR_STORE, "%s cannot be read back", w->temp);
	while (at < PART) {
		ssize_t got = read(w->in, w->a + at, PART - at);

		if (got == -1)
			return err_sys(e, "%s: read", w->plain);
		if (got == 0)
			break;
		at += (size_t)got;
	}
	if (at != (size_t)n || memcmp(w->a, w->b, at) != 0)
		return err_set(e, ERR_STORE, "%s is not what was compressed",
		    w->temp);
	return n == 0 ? 0 : 1;
}

static int
put_in_place(struct trailgzip_work *w, struct err *e)
{
	if (renameat(w->logfd, w->temp, w->logfd, w->packed) == -1)
		return err_sys(e, "%s: rename", w->packed);
	if (fsync(w->logfd) == -1)
		return sync_failed("log folder", e);
	if (unlinkat(w->logfd, w->plain, 0) == -1)
		return err_sys(e, "%s: unlink", w->plain);
	return fsync(w->logfd) == -1 ? sync_failed("log folder", e) : 0;
}

int
trailgzip_step(struct trailgzip *g, struct err *e)
{
	struct trailgzip_work *w = g->work;
	int rc = w->deflating ? pack(w, e) : compare(w, e);

	if (rc == 0 && w->again == NULL)
		rc = begin_reading(w, e);
	else if (rc == 0)
		rc = put_in_place(w, e);
	if (rc == 0)
		drop(g);
	else if (rc == -1)
		trailgzip_stop(g);
	return rc;
}
