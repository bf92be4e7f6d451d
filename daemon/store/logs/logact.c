/*
 * logact - see the header.
 *
 * Masking a plain file is done in place, line by line of the same length: it
 * keeps the file and works under a writer that appends.  Everything else
 * writes a new file.
 */
#include "logact.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "retention/fd.h"

#include "logcut.h"
#include "logmap.h"
#include "logread.h"
#include "logswap.h"
#include "pack.h"

/* Bytes that are looked at and written at once while others have the file
 * open: between the look and the write it may be emptied and filled anew. */
#define LIVE_RUN ((size_t)2048)

struct work {
	struct logfile *f;
	const struct rule_dataset *d;
	struct logjudge *j;
	struct logpick_set *s;
	size_t next;		/* of the picks */
	int fd;			/* the new file's */
	struct pack_writer *packed;	/* owned; NULL: plain */
	uint64_t kept;		/* bytes */
	bool beyond;		/* the blanks at the beginning */
};

bool
logact_possible(const struct logfile *f, const struct rule_dataset *d)
{
	return f->alone || (d->action == RULE_ANONYMISE && f->format == NULL) ||
	    logcut_wanted(f, d);
}

size_t
logact_trim(const struct logfile *f, const struct rule_dataset *d,
    struct logpick_set *s)
{
	size_t n = 0;

	if (!logact_possible(f, d)) {
		n = s->n;
		s->n = 0;
	} else if (logcut_wanted(f, d)) {
		n = logcut_trim(f, s);
	}
	return n;
}

const char *
logact_method(const struct logfile *f, const struct rule_dataset *d)
{
	if (d->unit == RULE_FILE)
		return "log-remove";
	if (d->action == RULE_ANONYMISE && f->format == NULL)
		return "log-mask-in-place";
	if (logcut_wanted(f, d))
		return "log-collapse";
	return "log-rewrite";
}

/* Is the line at the start of the block the next pick?  Drift is settled. */
static struct logpick *
picked(struct work *w, const struct logread_block *b, size_t n)
{
	struct logpick *p;

	while (w->next < w->s->n && w->s->pick[w->next].at < b->at)
		w->s->pick[w->next++].state = LOGPICK_DRIFT;
	if (w->next == w->s->n || w->s->pick[w->next].at != b->at)
		return NULL;
	p = &w->s->pick[w->next++];
	if (p->n != n ||
	    logjudge_line(w->j, w->f, b->p, n).verdict != JUDGE_DUE) {
		p->state = LOGPICK_DRIFT;
		return NULL;
	}
	return p;
}

static int
put(struct work *w, const char *p, size_t n, struct err *e)
{
	w->kept += n;
	if (n == 0)
		return 0;
	return w->packed != NULL ? pack_write(w->packed, p, n, e) :
	    fd_write_all(w->fd, p, n, e);
}

/* Blanks before all other lines: what a cut left of lines that went. */
static bool
is_leading_blank(struct work *w, const char *line, size_t n)
{
	w->beyond |= !w->d->collapse || !logjudge_is_blank(line, n);
	return !w->beyond;
}

/* Copies a block without (or with masked) picks. */
static int
copy_block(struct work *w, struct logread_block b, struct err *e)
{
	const char *from = b.p;

	w->beyond |= b.kind != LOGREAD_LINES;
	if (b.kind != LOGREAD_LINES)
		return put(w, b.p, b.n, e);
	for (size_t n; b.n > 0; b.p += n, b.n -= n, b.at += (off_t)n) {
		struct logpick *p;

		n = logread_line(&b);
		p = picked(w, &b, n);
		if (!is_leading_blank(w, b.p, n) && p == NULL)
			continue;
		if (put(w, from, (size_t)(b.p - from), e) == -1)
			return -1;
		from = b.p + n;
		if (p == NULL)
			continue;
		if (w->d->action == RULE_ANONYMISE) {
			size_t got;
			const char *masked = logjudge_masked(w->j, &got);

			if (put(w, masked, got, e) == -1)
				return -1;
		}
		p->state = LOGPICK_ERASED;
	}
	return put(w, from, (size_t)(b.p - from), e);
}

static int
each_block(struct work *w, int (*fn)(struct work *, struct logread_block,
    struct err *), struct err *e)
{
	struct logread r;
	struct logread_block b;
	int rc = logread_open(&r, w->f, e);

	while (rc == 0 && (rc = logread_next(&r, &b, e)) == 1)
		rc = fn(w, b, e);
	logread_close(&r);
	while (rc == 0 && w->next < w->s->n)
		w->s->pick[w->next++].state = LOGPICK_DRIFT;
	return rc;
}

static void
nothing_done(struct logpick_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->pick[i].state = LOGPICK_LEFT;
}

/* Rotated files have a number or date behind their last dot or dash, or are
 * compressed: nobody misses them.  Others stay, empty. */
static bool
may_go(const struct logfile *f)
{
	const char *end = strpbrk(f->name, ".-");

	for (const char *p = end; p != NULL; p = strpbrk(p + 1, ".-"))
		end = p;
	return f->format != NULL || (end != NULL && isdigit((unsigned char)end[1]));
}

/* What others took away with its content does not come to an end by us. */
static bool
is_unsettled(int rc, const struct logswap *swap, const struct err *e)
{
	return rc == -1 && swap->moved && e->code != ERR_CHANGED;
}

static int
rewrite(struct work *w, struct err *e)
{
	struct logswap swap = LOGSWAP_EMPTY;
	int rc = -1;

	if (logswap_begin(&swap, w->f, e) == -1)
		return -1;
	w->fd = swap.fd;
	if (w->f->format != NULL) {
		w->packed = pack_writer_new(w->f->format, swap.fd, w->f->fd,
		    e);
		if (w->packed == NULL)
			goto out;
	}
	rc = each_block(w, copy_block, e);
	if (rc == 0 && w->packed != NULL)
		rc = pack_finish(w->packed, e);
	if (rc == -1)
		goto out;
	if (w->kept == 0 && may_go(w->f)) {
		logswap_abort(&swap);
		rc = logswap_remove(&swap, w->f, e);
	} else {
		rc = logswap_commit(&swap, e);
	}
out:
	pack_writer_free(w->packed);
	logswap_abort(&swap);
	if (rc == -1)
		nothing_done(w->s);
	w->s->unsettled = is_unsettled(rc, &swap, e);
	return rc;
}

/* Write [from, to) of a block, unless the file is no longer what was read. */
static int
put_back(struct work *w, const struct logread_block *b, const char *changed,
    size_t from, size_t to, struct err *e)
{
	const struct logmap_change c = { b->at + (off_t)from, to - from,
		b->p + from, changed + from };

	return logmap_put(w->f->fd, &c, e);
}

static int
mask_lines(struct work *w, const struct logread_block *whole, char *changed,
    struct err *e)
{
	struct logread_block b = *whole;
	size_t from = 0;		/* of a run of changed lines */
	size_t to = 0;
	size_t first = w->next;
	const size_t most = w->f->alone ? SIZE_MAX : LIVE_RUN;

	for (size_t n; b.n > 0; b.p += n, b.n -= n, b.at += (off_t)n) {
		const size_t at = (size_t)(b.p - whole->p);
		size_t got;

		n = logread_line(&b);
		if (picked(w, &b, n) == NULL)
			continue;
		memcpy(changed + at, logjudge_mask(w->j, b.p, n, true, &got), n);
		if ((at != to || to - from >= most) && to > from) {
			if (put_back(w, whole, changed, from, to, e) == -1)
				return -1;
			from = at;
		}
		from = at != to ? at : from;
		to = at + n;
	}
	if (to > from && put_back(w, whole, changed, from, to, e) == -1)
		return -1;
	for (; first < w->next; first++)
		if (w->s->pick[first].state == LOGPICK_LEFT)
			w->s->pick[first].state = LOGPICK_ERASED;
	return 0;
}

static int
mask_block(struct work *w, struct logread_block b, struct err *e)
{
	char *changed;
	int rc;

	if (b.kind != LOGREAD_LINES || w->next == w->s->n ||
	    w->s->pick[w->next].at >= b.at + (off_t)b.n)
		return 0;
	changed = malloc(b.n);
	if (changed == NULL)
		return err_set(e, ERR_MEMORY, "no memory to mask");
	rc = mask_lines(w, &b, changed, e);
	explicit_bzero(changed, b.n);
	free(changed);
	return rc;
}

static int
in_place(struct work *w, struct err *e)
{
	const struct timespec times[2] = { w->f->st.st_atim, w->f->st.st_mtim };
	const int rc = each_block(w, mask_block, e);

	/* The time of change says what year lines are of: it stays, unless
	 * somebody else may be writing. */
	if (w->f->alone)
		(void)futimens(w->f->fd, times);
	if (fdatasync(w->f->fd) == -1) {
		nothing_done(w->s);
		return err_sys(e, "sync a log file");
	}
	return rc;
}

int
logact_run(struct logfile *f, const struct rule_dataset *d,
    struct logjudge *j, struct logpick_set *s, struct err *e)
{
	struct work w = { .f = f, .d = d, .j = j, .s = s, .fd = -1 };
	struct logswap swap = LOGSWAP_EMPTY;
	int rc;

	must(logact_possible(f, d));
	if (d->unit == RULE_FILE) {
		rc = logswap_remove(&swap, f, e);
		s->unsettled = is_unsettled(rc, &swap, e);
		if (rc == 0)
			s->pick[0].state = LOGPICK_ERASED;
		return rc;
	}
	if (d->action == RULE_ANONYMISE && f->format == NULL)
		return in_place(&w, e);
	if (logcut_wanted(f, d))
		return logcut_run(f, j, s, e);
	return rewrite(&w, e);
}
