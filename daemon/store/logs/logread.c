/*
 * logread - see the header.
 */
#include "logread.h"

#include <errno.h>
#include <unistd.h>

#include "pack.h"

#define BLOCK ((size_t)256 << 10)

int
logread_open(struct logread *r, const struct logfile *f, struct err *e)
{
	*r = (struct logread){ .f = f, .room = BLOCK };
	r->p = malloc(r->room);
	if (r->p == NULL)
		return err_set(e, ERR_MEMORY, "no memory to read a log file");
	if (f->format != NULL) {
		r->packed = pack_reader_new(f->format, f->fd, e);
		if (r->packed == NULL)
			return -1;
	}
	return 0;
}

void
logread_close(struct logread *r)
{
	pack_reader_free(r->packed);
	if (r->p != NULL)
		explicit_bzero(r->p, r->room);
	free(r->p);
	r->packed = NULL;
	r->p = NULL;
}

static ssize_t
more(struct logread *r, struct err *e)
{
	const size_t n = r->room - r->n;
	ssize_t got;

	if (r->packed != NULL)
		return pack_read(r->packed, r->p + r->n, n, e);
	do
		got = pread(r->f->fd, r->p + r->n, n, r->at + (off_t)r->n);
	while (got == -1 && errno == EINTR);
	return got == -1 ? err_sys(e, "read a log file") : got;
}

static int
grow(struct logread *r, struct err *e)
{
	char *p = realloc(r->p, r->room * 2);

	if (p == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a long line");
	r->p = p;
	r->room *= 2;
	return 0;
}

/* What was given before makes room. */
static void
drop(struct logread *r)
{
	memmove(r->p, r->p + r->given, r->n - r->given);
	r->n -= r->given;
	r->at += (off_t)r->given;
	r->given = 0;
}

int
logread_next(struct logread *r, struct logread_block *ret, struct err *e)
{
	enum logread_kind kind = r->inside ? LOGREAD_LONG_ON : LOGREAD_LINES;
	const char *lf;

	drop(r);
	lf = r->inside ? memchr(r->p, '\n', r->n) :
	    memrchr(r->p, '\n', r->n);
	while (!r->eof && lf == NULL && !(r->inside && r->n > 0)) {
		ssize_t got;

		if (r->n == LOGREAD_LINE_MOST) {
			kind = LOGREAD_LONG;
			r->inside = true;
			break;
		}
		if (r->n == r->room && grow(r, e) == -1)
			return -1;
		got = more(r, e);
		if (got == -1)
			return -1;
		lf = r->inside ? memchr(r->p, '\n', (size_t)got) :
		    memrchr(r->p + r->n, '\n', (size_t)got);
		r->n += (size_t)got;
		r->eof = got == 0;
	}
	if (lf != NULL)
		r->inside = false;
	r->given = lf == NULL ? r->n : (size_t)(lf - r->p) + 1;
	*ret = (struct logread_block){ r->p, r->given, r->at, kind };
	return r->given > 0;
}
