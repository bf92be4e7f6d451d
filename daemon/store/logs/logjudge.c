/*
 * logjudge - see the header.
 */
#include "logjudge.h"

#include "retention/calendar.h"
#include "retention/timetext.h"

#include "linecivil.h"
#include "lineend.h"
#include "linetime.h"
#include "lognamed.h"
#include "logread.h"
#include "logrival.h"
#include "logwanted.h"

/* What holds for all times of one day (of UTC). */
struct day {
	int64_t from_ms, to_ms;		/* empty at first */
	bool mixed;			/* it does not hold for all */
	enum judge_verdict verdict;
	bool agreed;			/* by the rivals; only if DUE */
};

struct logjudge {
	const struct rule_dataset *d;	/* borrowed */
	struct wall at;
	struct zone *z;			/* owned */
	struct linetime *lt;		/* owned; NULL: by the file */
	bool by_name;
	struct linemask *mask;		/* owned; NULL: lines are deleted */
	char *masked;			/* owned; LOGREAD_LINE_MOST bytes */
	size_t n_masked, used;
	struct day day;
	struct logrival *others;	/* owned; rivals with other clocks */
	struct logwanted *wanted;	/* owned; NULL: by time, not by person */
};

static int
refuse(const struct rule_dataset *d, struct err *e)
{
	if (d->action != RULE_DELETE &&
	    (d->action != RULE_ANONYMISE || d->unit == RULE_FILE))
		return err_set(e, ERR_REFUSED, "dataset %s: expected action "
		    "\"delete\", or \"anonymise\" with unit = \"line\", for a "
		    "log store", d->full);
	return 0;
}

static int
prepare_mask(struct logjudge *j, struct err *e)
{
	const struct linemask_set set = { j->d->mask.ip_prefix ?
		LINEMASK_IP_ANY : LINEMASK_IP_KEEP, j->d->mask.email_redact,
		j->d->mask.query_strip, j->d->mask.user_redact };

	if (j->d->n_wanted != 0) {
		j->wanted = logwanted_new(j->d, LOGREAD_LINE_MOST);
	} else {
		j->mask = linemask_new(&set, LOGREAD_LINE_MOST, e);
		j->masked = malloc(LOGREAD_LINE_MOST);
	}
	return j->wanted != NULL || (j->mask != NULL && j->masked != NULL) ?
	    0 : err_set(e, ERR_MEMORY, "no memory to mask");
}

static int
prepare(struct logjudge *j, struct err *e)
{
	const struct rule_dataset *d = j->d;
	const char *from = d->timing.from;

	if (refuse(d, e) == -1 || (d->timing.zone != NULL &&
	    timetext_zone(d->timing.zone, &j->z, e) == -1))
		return -1;
	if ((from == NULL || strcmp(from, "line") == 0) &&
	    d->time_format != NULL &&
	    linetime_new(d->time_format, j->z, &j->lt, e) == -1)
		return -1;
	if (logrival_new(d, j->at, &j->others, e) == -1)
		return -1;
	j->by_name = from != NULL && strcmp(from, "name") == 0;
	return d->action == RULE_ANONYMISE ? prepare_mask(j, e) : 0;
}

int
logjudge_new(const struct rule_dataset *d, struct wall at,
    struct logjudge **ret, struct err *e)
{
	struct logjudge *j = calloc(1, sizeof *j);

	if (j == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a dataset");
	j->d = d;
	j->at = at;
	j->day.to_ms = -1;
	if (prepare(j, e) == -1) {
		logjudge_free(j);
		return -1;
	}
	*ret = j;
	return 0;
}

void
logjudge_free(struct logjudge *j)
{
	if (j == NULL)
		return;
	if (j->masked != NULL)
		explicit_bzero(j->masked, j->used);
	free(j->masked);
	logwanted_free(j->wanted);
	logrival_free(j->others);
	linemask_free(j->mask);
	linetime_free(j->lt);
	timetext_zone_free(j->z);
	free(j);
}

bool
logjudge_by_file(const struct logjudge *j)
{
	return j->d->unit == RULE_FILE;
}

/* A part of a millisecond counts as a whole one: never too early. */
static struct wall
changed_at(const struct stat *st)
{
	return (struct wall){ (int64_t)st->st_mtim.tv_sec * 1000 +
		(st->st_mtim.tv_nsec + 999999) / 1000000 };
}

static enum judge_verdict
by(const struct rule_timing *timing, const struct logjudge *j, bool timed,
    struct wall t)
{
	struct rule_timing unix_ms = *timing;
	const struct judge_value v = { .type = timed ? RULE_T_INT : RULE_T_NULL,
		.i = t.ms };

	unix_ms.clock = RULE_UNIX_MS;
	return judge_value(&unix_ms, NULL, &v, j->at);
}

/* The longest retention wins: every rival must be due as well.  Of those
 * with another clock logrival knows. */
static bool
rivals_agree(const struct logjudge *j, bool timed, struct wall t)
{
	for (size_t i = 0; i < j->d->n_rivals; i++)
		if (logrival_same_clock(j->d, &j->d->rivals[i]) &&
		    by(&j->d->rivals[i].timing, j, timed, t) != JUDGE_DUE)
			return false;
	return true;
}

static struct day
judge(const struct logjudge *j, bool timed, struct wall t)
{
	struct day v = { .from_ms = 0 };

	v.verdict = by(&j->d->timing, j, timed, t);
	v.agreed = v.verdict == JUDGE_DUE && rivals_agree(j, timed, t);
	return v;
}

/*
 * What is due of a day is its first part, because a later time of the same day
 * is never due earlier (of two days it may be: calendar.h).  So what holds for
 * both ends of a day holds for all of it.  Not in the days when counts of
 * milliseconds begin to be times.
 */
static void
judge_day(struct logjudge *j, struct wall t)
{
	const int64_t from = t.ms - t.ms % CALENDAR_DAY_MS;
	const int64_t to = from + CALENDAR_DAY_MS - 1;
	const struct day a = judge(j, true, (struct wall){ from });
	const struct day b = judge(j, true, (struct wall){ to });

	j->day = a;
	j->day.from_ms = from;
	j->day.to_ms = to;
	j->day.mixed = a.verdict != b.verdict || a.agreed != b.agreed ||
	    from < LINECIVIL_UNIX_LEAST * 1000;
}

static struct day
verdict_of(struct logjudge *j, bool timed, struct wall t)
{
	if (!timed || t.ms < 0 || t.ms > INT64_MAX - CALENDAR_DAY_MS)
		return judge(j, timed, t);
	if (t.ms < j->day.from_ms || t.ms > j->day.to_ms)
		judge_day(j, t);
	return j->day.mixed ? judge(j, timed, t) : j->day;
}

const char *
logjudge_mask(struct logjudge *j, const char *line, size_t n,
    bool keep_length, size_t *ret_n)
{
	if (j->wanted != NULL) {	/* the line that was just judged */
		*ret_n = n;
		return logwanted_masked(j->wanted);
	}
	*ret_n = linemask_block(j->mask, line, n, j->masked, keep_length);
	j->n_masked = *ret_n;
	if (n > j->used)
		j->used = n;
	return j->masked;
}

const char *
logjudge_masked(const struct logjudge *j, size_t *ret_n)
{
	*ret_n = j->n_masked;
	return j->wanted != NULL ? logwanted_masked(j->wanted) : j->masked;
}

static bool
time_of(const struct logjudge *j, const struct logfile *f, const char *line,
    size_t n, struct wall *ret)
{
	const size_t text = n > 0 && line[n - 1] == '\n' ? n - 1 : n;

	*ret = changed_at(&f->st);
	if (j->by_name)
		return lognamed_at(j->z, f->name, ret);
	return j->lt == NULL || linetime_of(j->lt, line, text, *ret, ret);
}

bool
logjudge_is_blank(const char *line, size_t n)
{
	if (n < 2 || line[n - 1] != '\n')
		return false;
	while (n > 1 && *line == ' ')
		line++, n--;
	return n == 1;
}

static struct logjudge_line
wanted_line(struct logjudge *j, const struct logfile *f, const char *line,
    size_t n)
{
	struct logjudge_line l = { .n = 1, .verdict = JUDGE_KEPT };

	l.timed = time_of(j, f, line, n, &l.t);
	l.done = !logwanted_line(j->wanted, line, n, &l.gate);
	j->n_masked = n;
	if (!l.done && l.gate == GATE_OPEN && rivals_agree(j, l.timed, l.t) &&
	    logrival_agree(j->others, f, line, n))
		l.verdict = JUDGE_DUE;
	return l;
}

bool
logjudge_failed(const struct logjudge *j)
{
	return j->wanted != NULL && logwanted_failed(j->wanted);
}

struct logjudge_line
logjudge_line(struct logjudge *j, const struct logfile *f, const char *line,
    size_t n)
{
	struct logjudge_line l = { .n = 1, .timed = false };
	struct day v;
	size_t n_masked;

	if (j->wanted != NULL)
		return wanted_line(j, f, line, n);
	l.timed = time_of(j, f, line, n, &l.t);
	v = verdict_of(j, l.timed, l.t);
	l.verdict = v.verdict;
	/* What a cut leaves at a file's head; elsewhere it has no time. */
	if (l.verdict == JUDGE_UNDATED && j->d->collapse &&
	    logjudge_is_blank(line, n)) {
		l.verdict = JUDGE_KEPT;
		l.done = true;
	}
	if (l.verdict != JUDGE_DUE)
		return l;
	if (j->mask != NULL) {
		const char *masked = logjudge_mask(j, line, n, false, &n_masked);

		l.done = n_masked == n && memcmp(masked, line, n) == 0;
	}
	if (l.done || !v.agreed || !logrival_agree(j->others, f, line, n))
		l.verdict = JUDGE_KEPT;
	return l;
}

size_t
logjudge_next(struct logjudge *j, const struct logfile *f, const char *p,
    size_t n, struct logjudge_line *ret)
{
	const struct day *d = &j->day;
	const char *lf;
	size_t got = 0;

	/* What is not due by its time is not due, whatever the line is. */
	if (j->lt != NULL && j->wanted == NULL && !d->mixed && (d->verdict == JUDGE_KEPT ||
	    d->verdict == JUDGE_FUTURE)) {
		const struct wall span[2] = { { d->from_ms }, { d->to_ms } };

		*ret = (struct logjudge_line){ .verdict = d->verdict,
			.timed = true };
		got = linetime_run(j->lt, p, n, span, &ret->n, &ret->t);
	}
	if (got == 0) {
		lf = lineend_find(p, n);
		got = lf == NULL ? n : (size_t)(lf - p) + 1;
		*ret = logjudge_line(j, f, p, got);
	}
	return got;
}

/* The youngest time of all lines. */
static int
youngest(struct logjudge *j, const struct logfile *f, struct logjudge_line *l,
    struct err *e)
{
	struct logread r;
	struct logread_block b;
	int rc = logread_open(&r, f, e);

	while (rc == 0 && (rc = logread_next(&r, &b, e)) == 1) {
		rc = 0;
		if (b.kind != LOGREAD_LINES)
			l->unread = true;
		for (size_t n; !l->unread && b.n > 0; b.p += n, b.n -= n) {
			struct wall t;

			n = logread_line(&b);
			if (!time_of(j, f, b.p, n, &t))
				continue;
			if (!l->timed || t.ms > l->t.ms)
				l->t = t;
			l->timed = true;
		}
	}
	logread_close(&r);
	return rc;
}

int
logjudge_whole(struct logjudge *j, const struct logfile *f,
    struct logjudge_line *ret, struct err *e)
{
	struct logjudge_line l = { .n = 1, .timed = false };

	if (j->lt == NULL)
		l.timed = time_of(j, f, "", 0, &l.t);
	else if (youngest(j, f, &l, e) == -1)
		return -1;
	l.timed = l.timed && !l.unread;
	l.verdict = l.unread ? JUDGE_UNDATED :
	    by(&j->d->timing, j, l.timed, l.t);
	if (l.verdict == JUDGE_DUE && (!rivals_agree(j, l.timed, l.t) ||
	    !logrival_agree(j->others, f, "", 0)))
		l.verdict = JUDGE_KEPT;
	*ret = l;
	return 0;
}

int
logjudge_due(const struct logjudge *j, struct wall t, struct wall *ret)
{
	struct rule_timing unix_ms = j->d->timing;
	const struct judge_value v = { .type = RULE_T_INT, .i = t.ms };

	unix_ms.clock = RULE_UNIX_MS;
	return judge_due_at(&unix_ms, NULL, &v, ret);
}
