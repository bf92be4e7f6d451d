/*
 * logcut - see the header.
 */
#include "logcut.h"

#include "logblank.h"
#include "logread.h"

#define FIRST 4096

bool
logcut_wanted(const struct logfile *f, const struct rule_dataset *d)
{
	return d->collapse && d->action == RULE_DELETE && !f->alone &&
	    f->format == NULL && d->unit == RULE_LINE && d->timing.from != NULL &&
	    strcmp(d->timing.from, "line") == 0;
}

/* A walk over the lines at the head: blank ones, and then picks. */
struct head {
	const struct logfile *f;
	struct logjudge *j;		/* NULL: the picks are believed */
	struct logpick_set *s;
	size_t n;			/* picks in it */
	off_t end;			/* of the last of them */
	size_t n_first;			/* bytes of the file's beginning */
	char first[FIRST];
};

/* Line b->p is one of the head's? */
static bool
belongs(struct head *h, const struct logread_block *b, size_t n)
{
	const struct logpick *p = h->n < h->s->n ? &h->s->pick[h->n] : NULL;

	if (b->p[n - 1] != '\n')
		return false;
	/* Blanks of earlier cuts come first; others are somebody's lines. */
	if (p == NULL || p->at != b->at)
		return h->n == 0 && logjudge_is_blank(b->p, n);
	if (p->n != n || (h->j != NULL && logjudge_line(h->j, h->f, b->p,
	    n).verdict != JUDGE_DUE))
		return false;
	h->n++;
	h->end = b->at + (off_t)n;
	return true;
}

/* 1: the head ends here. */
static int
head_of_block(struct head *h, struct logread_block b)
{
	if (b.kind != LOGREAD_LINES)
		return 1;
	if (b.at == 0) {
		h->n_first = b.n < FIRST ? b.n : FIRST;
		memcpy(h->first, b.p, h->n_first);
	}
	for (size_t n; b.n > 0; b.p += n, b.n -= n, b.at += (off_t)n) {
		n = logread_line(&b);
		if (!belongs(h, &b, n) || h->n == h->s->n)
			return 1;
	}
	return 0;
}

static int
find_head(struct head *h, struct err *e)
{
	struct logread r;
	struct logread_block b;
	int rc = logread_open(&r, h->f, e);

	while (rc == 0 && (rc = logread_next(&r, &b, e)) == 1) {
		rc = head_of_block(h, b);
		if (rc == 1)
			break;
	}
	logread_close(&r);
	return rc == -1 ? -1 : 0;
}

size_t
logcut_trim(const struct logfile *f, struct logpick_set *s)
{
	struct head h = { .f = f, .s = s };
	struct err e = ERR_EMPTY;
	const size_t before = s->n;

	if (s->n == 0)
		return 0;
	if (!logblank_possible(f) || find_head(&h, &e) == -1 ||
	    logblank_blocks(f, h.end) <= 0)
		h.n = 0;
	explicit_bzero(h.first, sizeof h.first);
	s->n = h.n;
	return before - s->n;
}

int
logcut_run(const struct logfile *f, struct logjudge *j, struct logpick_set *s,
    struct err *e)
{
	struct head plan = { .f = f, .s = s };
	struct head h = { .f = f, .j = j, .s = s };
	struct logblank c;
	int rc = 0;

	/* A mark tells a recovery where lines were: it stays until then. */
	if (f->watch == -1 || logblank_marked(f) || !logblank_possible(f))
		return 0;
	if (find_head(&plan, e) == -1)
		return -1;
	if (logblank_blocks(f, plan.end) <= 0)
		goto out;
	rc = logblank_begin(f, plan.end, &c, e);
	/* Judged after that: the beginning must still be it afterwards. */
	if (rc == 0)
		rc = find_head(&h, e);
	if (rc == 0 && h.end == plan.end)
		rc = logblank_run(f, &c, h.first, h.n_first, e);
	else
		h.n = 0;
	for (size_t i = 0; rc == 0 && i < h.n; i++)
		s->pick[i].state = LOGPICK_ERASED;
out:
	explicit_bzero(plan.first, sizeof plan.first);
	explicit_bzero(h.first, sizeof h.first);
	return rc;
}
