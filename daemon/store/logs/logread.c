/*
 * logread - see the header.
 */
#include "logread.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK ((size_t)256 << 10)

int
logread_open(struct logread *r, const struct logfile *f, struct err *e)
{
	*r = (struct logread){ .f = f, .room = BLOCK };
	r->p = malloc(r->room);
	if (r->p == NULL)
		return err_set(e, ERR_MEMORY, "no memory to read a log file");
	if (f->gz) {
		int fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 3);

		if (fd == -1 || lseek(fd, 0, SEEK_SET) == -1)
			return err_sys(e, "read a compressed log file");
		r->gz = gzdopen(fd, "rb");
		if (r->gz == NULL)
			return err_set(e, ERR_MEMORY, "no memory to read a "
			    "compressed log file");
		(void)gzbuffer(r->gz, 128 << 10);
	}
	return 0;
}

void
logread_close(struct logread *r)
{
	if (r->gz != NULL)
		(void)gzclose_r(r->gz);
	if (r->p != NULL)
		explicit_bzero(r->p, r->room);
	free(r->p);
	r->gz = NULL;
	r->p = NULL;
}

static ssize_t
more(struct logread *r, struct err *e)
{
	const size_t n = r->room - r->n;
	ssize_t got;

	if (r->gz != NULL) {
		int why = Z_OK;

		got = gzread(r->gz, r->p + r->n, (unsigned)n);
		if (got <= 0)
			(void)gzerror(r->gz, &why);
		if (got < 0 || (why != Z_OK && why != Z_STREAM_END))
			return err_set(e, ERR_STORE, "a compressed log file is "
			    "damaged or cut short; it is left as it is");
		return got;
	}
	do
		got = pread(r->f->fd, r->p + r->n, n, r->at + (off_t)r->n);
	while (got == -1 && errno == EINTR);
	return got == -1 ? err_sys(e, "read a log file") : got;
}

static int
grow(struct logread *r, struct err *e)
{
	char *p;

	if (r->room >= LOGREAD_LINE_MOST)
		return err_set(e, ERR_STORE, "a log file has a line of more than "
		    "%zu bytes; it is left as it is", LOGREAD_LINE_MOST);
	p = realloc(r->p, r->room * 2);
	if (p == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a long line");
	r->p = p;
	r->room *= 2;
	return 0;
}

int
logread_next(struct logread *r, struct logread_block *ret, struct err *e)
{
	const char *lf = NULL;

	memmove(r->p, r->p + r->given, r->n - r->given);
	r->n -= r->given;
	r->at += (off_t)r->given;
	r->given = 0;
	while (!r->eof && lf == NULL) {
		ssize_t got;

		if (r->n == r->room && grow(r, e) == -1)
			return -1;
		got = more(r, e);
		if (got == -1)
			return -1;
		r->n += (size_t)got;
		r->eof = got == 0;
		lf = memrchr(r->p, '\n', r->n);
	}
	r->given = r->eof ? r->n : (size_t)(lf - r->p) + 1;
	*ret = (struct logread_block){ r->p, r->given, r->at };
	return r->given > 0;
}

size_t
logread_line(const struct logread_block *b)
{
	const char *lf = memchr(b->p, '\n', b->n);

	return lf == NULL ? b->n : (size_t)(lf - b->p) + 1;
}
