/*
 * logpick - see the header.
 */
#include "logpick.h"

#include <inttypes.h>

#include "logread.h"

void
logpick_release(struct logpick_set *s)
{
	free(s->pick);
	*s = (struct logpick_set){ 0 };
}

int
logpick_add(struct logpick_set *s, struct logpick p, struct err *e)
{
	if (s->n == s->room) {
		const size_t room = s->room == 0 ? 1024 : s->room * 2;
		struct logpick *more = realloc(s->pick, room * sizeof *more);

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "no memory for due lines");
		s->pick = more;
		s->room = room;
	}
	s->pick[s->n++] = p;
	return 0;
}

/* A due line, or the file: is it among what may go?  1/0/-1. */
static int
takes(const struct logpick_set *s, const struct logfile *f, off_t at,
    struct err *e)
{
	char key[LOGPICK_KEY];
	int rc;

	if (s->pick_only == NULL)
		return 1;
	rc = s->pick_only->item(s->pick_only->ctx, s->object, key,
	    logpick_key(f, at, key), e);
	return rc == 1 && s->survey ? 0 : rc;
}

static int
select_block(struct logpick_set *s, const struct logfile *f,
    struct logjudge *j, struct logread_block b, struct err *e)
{
	int rc;

	if (b.kind != LOGREAD_LINES) {
		s->all = false;
		return 0;
	}
	for (size_t n; b.n > 0 && !s->more; b.p += n, b.n -= n,
	    b.at += (off_t)n) {
		struct logjudge_line l;

		n = logjudge_next(j, f, b.p, b.n, &l);
		if ((b.p[n - 1] != '\n' && !f->alone) ||
		    l.verdict != JUDGE_DUE) {
			s->all = false;
			continue;
		}
		rc = takes(s, f, b.at, e);
		if (rc == -1)
			return -1;
		if (rc == 0) {
			s->all = false;
		} else if (s->n == LOGPICK_MOST) {
			s->more = true;
			s->all = false;
		} else if (logpick_add(s, (struct logpick){ b.at, (uint32_t)n,
		    (uint16_t)(s->n / COMMIT_MAX_ITEMS), LOGPICK_LEFT },
		    e) == -1) {
			return -1;
		}
	}
	return 0;
}

static int
select_whole(struct logpick_set *s, const struct logfile *f,
    struct logjudge *j, struct err *e)
{
	struct logjudge_line l;
	int rc;

	if (logjudge_whole(j, f, &l, e) == -1)
		return -1;
	rc = l.verdict == JUDGE_DUE ? takes(s, f, LOGPICK_WHOLE, e) : 0;
	if (rc == -1)
		return -1;
	s->all = rc == 1;
	return s->all ? logpick_add(s, (struct logpick){ LOGPICK_WHOLE, 0, 0,
	    LOGPICK_LEFT }, e) : 0;
}

int
logpick_select(struct logpick_set *s, const struct logfile *f,
    struct logjudge *j, struct err *e)
{
	struct logread r;
	struct logread_block b;
	int rc;

	s->n = 0;
	s->more = false;
	s->all = true;
	if (logjudge_by_file(j))
		return select_whole(s, f, j, e);
	rc = logread_open(&r, f, e);
	while (rc == 0 && (!s->more || f->format != NULL) &&
	    (rc = logread_next(&r, &b, e)) == 1)
		rc = select_block(s, f, j, b, e);
	logread_close(&r);
	return rc == -1 ? -1 : 0;
}

size_t
logpick_key(const struct logfile *f, off_t at, char ret[LOGPICK_KEY])
{
	int n = snprintf(ret, LOGPICK_KEY, "%" PRIu64 ":%" PRIu64,
	    (uint64_t)f->st.st_dev, (uint64_t)f->st.st_ino);

	if (at != LOGPICK_WHOLE)
		n += snprintf(ret + n, LOGPICK_KEY - (size_t)n, ":%" PRId64,
		    (int64_t)at);
	return (size_t)n;
}

/* Operation k: the picks from k * COMMIT_MAX_ITEMS on; c has room for all. */
static int
intend_one(const struct logpick_round *r, size_t k,
    const struct logpick_set *s, const struct logfile *f,
    uint8_t (*c)[COMMIT_BYTES], struct err *e)
{
	struct commit_maker *m = commit_maker_new(&r->op[k], r->store,
	    r->object);
	const size_t from = k * COMMIT_MAX_ITEMS;
	const size_t n = s->n - from < COMMIT_MAX_ITEMS ? s->n - from :
	    COMMIT_MAX_ITEMS;
	uint8_t root[32];
	char key[LOGPICK_KEY];
	int rc = 0;

	if (m == NULL)
		return err_set(e, ERR_MEMORY, "no memory for commitments");
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = commit_maker_item(m, key,
		    logpick_key(f, s->pick[from + i].at, key), c[i]);
	commit_maker_free(m);
	if (rc == -1)
		return err_set(e, ERR_STORE, "a line's key is too long");
	commit_root(c, n, root);
	return r->sink->intend(r->sink->ctx, &r->op[k], r->object,
	    (const uint8_t (*)[COMMIT_BYTES])c, n, root, e);
}

int
logpick_intend(struct logpick_round *r, const struct logpick_set *s,
    const struct logfile *f, struct err *e)
{
	uint8_t (*c)[COMMIT_BYTES] = malloc(sizeof *c * COMMIT_MAX_ITEMS);
	int rc;

	if (c == NULL)
		return err_set(e, ERR_MEMORY, "no memory for commitments");
	r->n_ops = (s->n + COMMIT_MAX_ITEMS - 1) / COMMIT_MAX_ITEMS;
	rc = r->sink->ops(r->sink->ctx, r->n_ops, r->op, e);
	for (size_t k = 0; rc == 0 && k < r->n_ops; k++)
		rc = intend_one(r, k, s, f, c, e);
	free(c);
	return rc;
}
