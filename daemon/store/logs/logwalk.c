/*
 * logwalk - see the header.
 */
#include "logwalk.h"

#include "logread.h"

static int
block(const struct logwalk *w, const struct logfile *f,
    struct logread_block b)
{
	static const struct logjudge_line too_long = { .n = 1,
		.verdict = JUDGE_UNDATED, .unread = true };
	int rc = 0;

	if (b.kind != LOGREAD_LINES)
		return b.kind == LOGREAD_LONG ? w->on_line(w->ctx, &too_long) :
		    0;
	for (size_t n; rc == 0 && b.n > 0; b.p += n, b.n -= n) {
		struct logjudge_line l;

		n = logjudge_next(w->j, f, b.p, b.n, &l);
		rc = w->on_line(w->ctx, &l);
	}
	return rc;
}

static int
whole(const struct logwalk *w, const struct logfile *f, struct err *e)
{
	struct logjudge_line l;

	return logjudge_whole(w->j, f, &l, e) == -1 ? -1 :
	    w->on_line(w->ctx, &l);
}

static int
lines(const struct logwalk *w, const struct logfile *f, struct err *e)
{
	struct logread r;
	struct logread_block b;
	int enough = 0;
	int rc = logread_open(&r, f, e);

	while (rc == 0 && (rc = logread_next(&r, &b, e)) == 1) {
		if (!enough)
			enough = block(w, f, b);
		if (enough && (f->format == NULL || w->at_once))
			break;
		rc = 0;
	}
	logread_close(&r);
	return rc == -1 ? -1 : enough;
}

int
logwalk_file(const struct logwalk *w, const struct logfile *f, struct err *e)
{
	const int rc = logjudge_by_file(w->j) ? whole(w, f, e) :
	    lines(w, f, e);

	if (rc == -1)
		return e->code == ERR_STORE ? LOGWALK_DAMAGED : -1;
	return rc == 1 ? LOGWALK_ENOUGH : LOGWALK_END;
}

static int
is_due(void *ctx, const struct logjudge_line *l)
{
	(void)ctx;
	return l->verdict == JUDGE_DUE;
}

int
logwalk_has_due(struct logjudge *j, const struct logfile *f, struct err *e)
{
	const struct logwalk w = { j, is_due, NULL, false };
	const int rc = logwalk_file(&w, f, e);

	return rc == -1 ? -1 : rc == LOGWALK_ENOUGH;
}

int
logwalk_may_have_due(struct logjudge *j, const struct logfile *f,
    struct err *e)
{
	const struct logwalk w = { j, is_due, NULL, true };
	const int rc = logwalk_file(&w, f, e);

	return rc == -1 ? -1 : rc == LOGWALK_ENOUGH;
}
