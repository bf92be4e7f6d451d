/*
 * logcount - see the header.
 */
#include "logcount.h"

#include <fcntl.h>
#include <unistd.h>

#include "retention/fd.h"

#include "logwalk.h"

struct tally {
	uint64_t n[JUDGE_FUTURE + 1];	/* by verdict */
	uint64_t gated[GATE_N_STATES];	/* of DUE, but for that */
	uint64_t unread;
	bool wanted;			/* only what is somebody's counts */
	bool has_due, has_kept;
	struct wall first_due, first_kept;
};

/* 0: go on, 1: enough, -1. */
typedef int file_fn(void *ctx, struct logjudge *j, const struct logfile *f,
    struct err *e);

static int
each_file(const struct rule_store *s, struct logjudge *j, file_fn *fn,
    void *ctx, size_t *ret_closed, struct err *e)
{
	struct logfile_set set;
	int rc = logfile_list(s, &set, e);

	if (rc == -1)
		set = (struct logfile_set){ .n = 0 };
	for (size_t i = 0; rc == 0 && i < set.n; i++) {
		struct logfile f;

		rc = logfile_open(set.path[i], false, &f, e);
		if (rc == 1)
			rc = fn(ctx, j, &f, e);
		logfile_close(&f);
		if (rc == -1 && rule_path_is_glob(s->path) &&
		    logfile_is_closed(e)) {
			set.closed++;
			*e = ERR_EMPTY;
			rc = 0;
		}
	}
	*ret_closed = set.closed;
	logfile_release(&set);
	return rc == -1 ? err_wrap(e, "store %s", s->full) : rc;
}

static void
earliest(bool *has, struct wall *first, struct wall t)
{
	if (!*has || t.ms < first->ms)
		*first = t;
	*has = true;
}

static int
count_line(void *ctx, const struct logjudge_line *l)
{
	struct tally *t = ctx;

	if (t->wanted && l->done)
		return 0;
	if (l->gate != GATE_OPEN) {
		t->gated[l->gate] += l->n;
		return 0;
	}
	t->n[l->verdict] += l->n;
	t->unread += l->unread;
	if (l->timed && l->verdict == JUDGE_DUE)
		earliest(&t->has_due, &t->first_due, l->t);
	if (l->timed && l->verdict == JUDGE_KEPT && !l->done)
		earliest(&t->has_kept, &t->first_kept, l->t);
	return 0;
}

static int
count_file(void *ctx, struct logjudge *j, const struct logfile *f,
    struct err *e)
{
	static const struct logjudge_line damaged = { .n = 1,
		.verdict = JUDGE_UNDATED, .unread = true };
	struct tally *t = ctx;
	const struct tally before = *t;
	const struct logwalk w = { j, count_line, t, false };
	struct err why = ERR_EMPTY;
	const int rc = logwalk_file(&w, f, &why);

	if (rc == -1) {
		*e = why;
		return -1;
	}
	if (rc == LOGWALK_DAMAGED) {
		*t = before;
		return count_line(t, &damaged);
	}
	return 0;
}

int
logcount_plan(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, struct store_counts *ret, struct logcount_unread *ret_unread,
    struct err *e)
{
	struct tally t = { .wanted = d->n_wanted != 0 };
	size_t closed = 0;
	struct store_counts c = { .clause = NULL };
	struct logjudge *j;

	if (logjudge_new(d, at, &j, e) == -1)
		return -1;
	if (each_file(s, j, count_file, &t, &closed, e) == -1 ||
	    (logjudge_failed(j) && err_set(e, ERR_MEMORY, "no memory for a "
	    "line") == -1)) {
		logjudge_free(j);
		return -1;
	}
	c.due = t.n[JUDGE_DUE];
	c.undated = t.n[JUDGE_UNDATED] + closed;
	c.future = t.n[JUDGE_FUTURE];
	c.kept = t.n[JUDGE_KEPT];
	c.held = t.gated[GATE_HELD];
	c.restricted = t.gated[GATE_RESTRICTED];
	c.total = c.due + c.undated + c.future + c.kept + c.held +
	    c.restricted;
	if (t.has_due)
		c.has_oldest = logjudge_due(j, t.first_due,
		    &c.oldest_due) == 0;
	if (t.has_kept)
		c.has_next = logjudge_due(j, t.first_kept, &c.next_due) == 0 &&
		    c.next_due.ms > at.ms;
	logjudge_free(j);
	*ret = c;
	*ret_unread = (struct logcount_unread){ t.unread, closed };
	return 0;
}

static int
peek_file(void *ctx, struct logjudge *j, const struct logfile *f,
    struct err *e)
{
	struct err why = ERR_EMPTY;
	const int rc = logwalk_has_due(j, f, &why);

	(void)ctx;
	if (rc == -1)
		*e = why;
	return rc;
}

int
logcount_peek(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, bool *ret_due, struct err *e)
{
	struct logjudge *j;
	size_t closed;
	int rc = logjudge_new(d, at, &j, e);

	if (rc == -1)
		return -1;
	rc = each_file(s, j, peek_file, NULL, &closed, e);
	logjudge_free(j);
	if (rc == -1)
		return -1;
	*ret_due = rc == 1;
	return 0;
}

static void
tell(const struct store_counts *c, const struct logcount_unread *unread,
    store_finding_fn *found, void *ctx)
{
	static const struct store_finding none = { STORE_WARNING, "no-lines",
		"no file with lines matches the path of the store", NULL };
	static const struct store_finding untimed = { STORE_WARNING,
		"bad-clock", "most lines have no time in this format; they are "
		"never due", NULL };
	char text[200];
	const uint64_t damaged = unread->damaged;
	const struct store_finding closed = { STORE_WARNING,
		"unread-folder", text, "let the owner of the files read them, or "
		"name the real folders" };
	const struct store_finding broken = { STORE_WARNING, "damaged", text,
		NULL };

	if (c->total == 0)
		found(ctx, &none);
	else if (c->undated - damaged - unread->closed > c->total / 2)
		found(ctx, &untimed);
	if (unread->closed > 0) {
		(void)snprintf(text, sizeof text, "%zu folders or files that the "
		    "pattern leads to cannot be read, or are reached by symbolic "
		    "links; they stay", unread->closed);
		found(ctx, &closed);
	}
	if (damaged == 0)
		return;
	(void)snprintf(text, sizeof text, "%llu files or lines cannot be read: "
	    "compressed and damaged, compressed in a way that is not known, or "
	    "a line too long; they are never due", (unsigned long long)damaged);
	found(ctx, &broken);
}

/* Deleting writes a new file beside the old one. */
static bool
is_beside_possible(const struct rule_store *s)
{
	struct logfile_set set;
	struct err e = ERR_EMPTY;
	const char *name;
	bool yes = true;

	if (logfile_list(s, &set, &e) == -1)
		return true;
	for (size_t i = 0; yes && i < set.n; i++) {
		int fd = logfile_folder(set.path[i], &name, &e);

		yes = fd == -1 || faccessat(fd, ".", W_OK, AT_EACCESS) == 0;
		fd_close(&fd);
	}
	logfile_release(&set);
	return yes;
}

void
logcount_check(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, store_finding_fn *found, void *ctx)
{
	struct store_counts c;
	const struct store_finding closed = { STORE_WARNING, "closed-folder",
		"the owner of the files may not write to their folder: nothing can "
		"be deleted from files that are closed", "anonymise, or leave "
		"deletion to logrotate (rotate, maxage); a folder that root writes "
		"logs to should stay closed" };
	struct logcount_unread unread;
	struct err why = ERR_EMPTY;

	if (logcount_plan(s, d, at, &c, &unread, &why) == 0) {
		tell(&c, &unread, found, ctx);
	} else {
		const struct store_finding f = { STORE_ERROR, "unreadable",
			why.text, NULL };

		found(ctx, &f);
	}
	if (d->action == RULE_DELETE && !is_beside_possible(s))
		found(ctx, &closed);
}
