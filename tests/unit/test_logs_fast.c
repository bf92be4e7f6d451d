/*
 * What is remembered from line to line to be fast changes no answer: neither
 * a time of the combined format, nor what is due.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retention/calendar.h"
#include "retention/judge.h"
#include "store/logs/linetime.h"
#include "store/logs/logjudge.h"
#include "tap.h"

#define DAY INT64_C(86400000)
#define NOW INT64_C(1795348800000)	/* 22 Nov 2026, 12:00 */

static uint64_t seed = 7;

static unsigned
pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* Without its first quote and what follows a line is never looked at fast. */
static size_t
plain_bytes(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (line[i] == '"' && (i == 0 || line[i - 1] != '\\'))
			return i;
	return n;
}

static size_t
make_line(char line[400])
{
	static const char letters[] = "\"\"[[]\\: +/059-\n";
	static const char *const months[] = { "Feb", "Dec", "Nov" };
	size_t n = (size_t)snprintf(line, 400, "%.*s %s [%02u/%s/%u:%02u:%02u:"
	    "%02u %s] \"GET /%.*s HTTP/1.1\" 200 \"[x]\" \"%0*u\"",
	    (int)pick(90), "2001:db8::1 a very long name of a client that goes "
	    "on until the brackets are far away from the start",
	    pick(4) == 0 ? "\\\"" : "-", pick(32), months[pick(3)],
	    2026 + pick(2), pick(25), pick(61), pick(62),
	    pick(3) == 0 ? "-0330" : "+0000", (int)pick(60), "a path that is as "
	    "long or short as it comes, up to sixty or so bytes", 20 +
	    (int)pick(90), 7u);

	for (unsigned k = pick(3); k > 0; k--)
		line[pick((unsigned)n)] = letters[pick(sizeof letters - 1)];
	return n;
}

static void
test_times(void)
{
	const struct wall near = { NOW };
	struct linetime *fast, *slow;
	struct err e = ERR_EMPTY;
	int bad = 0;
	int read = 0;

	must(linetime_new("combined", NULL, &fast, &e) == 0 &&
	    linetime_new("combined", NULL, &slow, &e) == 0);
	for (int i = 0; i < 300000; i++) {
		char line[400];
		const size_t n = make_line(line);
		struct wall a = { 1 };
		struct wall b = { 1 };
		const bool is = linetime_of(fast, line, n, near, &a);

		read += is;
		if (is != linetime_of(slow, line, plain_bytes(line, n), near,
		    &b) || (is && a.ms != b.ms)) {
			printf("# %.*s\n", (int)n, line);
			bad++;
		}
	}
	ok(bad == 0 && read > 100000 && read < 290000,
	    "300,000 lines, of which %d have a time: %d differ", read, bad);
	linetime_free(fast);
	linetime_free(slow);
}

static enum judge_verdict
expect(const struct rule_dataset *d, int64_t ms)
{
	const struct wall now = { NOW };
	const struct judge_value v = { .type = RULE_T_INT, .i = ms };
	struct rule_timing t = d->timing;
	enum judge_verdict verdict;

	t.clock = RULE_UNIX_MS;
	verdict = judge_value(&t, NULL, &v, now);
	for (size_t i = 0; i < d->n_rivals; i++) {
		t = d->rivals[i].timing;
		t.clock = RULE_UNIX_MS;
		if (verdict == JUDGE_DUE &&
		    judge_value(&t, NULL, &v, now) != JUDGE_DUE)
			verdict = JUDGE_KEPT;
	}
	return verdict;
}

/* Seconds since 1970, which most often lie near an edge. */
static int64_t
make_time(const int64_t *edge, unsigned n_edges)
{
	const int64_t to = pick(4) == 0 ? 3 * DAY : 3000;

	return (edge[pick(n_edges)] + (int64_t)pick((unsigned)(2 * to)) - to) /
	    1000;
}

static void
test_verdicts(struct period own, struct period other)
{
	struct rule_rival rival = { .timing = { .keep = RULE_PERIOD,
		.from = "line", .period = other }, .time_format = "%s" };
	const struct rule_dataset d = { .name = "d", .full = "n/d",
		.timing = { .keep = RULE_PERIOD, .from = "line", .period = own },
		.action = RULE_DELETE, .unit = RULE_LINE, .time_format = "%s",
		.rivals = &rival, .n_rivals = other.n > 0 };
	const int64_t edge[] = { NOW, NOW + DAY, NOW - 90 * DAY,
		INT64_C(1787659200000), INT64_C(1772280000000), NOW - 30 * DAY,
		NOW - 365 * DAY, INT64_C(100000000000), INT64_C(10000000000) };
	const struct logfile f = LOGFILE_EMPTY;
	struct logjudge *j;
	struct err e = ERR_EMPTY;
	int seen[JUDGE_FUTURE + 1] = { 0 };
	int bad = 0;

	must(logjudge_new(&d, (struct wall){ NOW }, &j, &e) == 0);
	for (int i = 0; i < 200000; i++) {
		const int64_t s = make_time(edge, sizeof edge / sizeof edge[0]);
		char line[40];
		const int n = snprintf(line, sizeof line, "%012lld\n",
		    (long long)s);
		const enum judge_verdict v =
		    logjudge_line(j, &f, line, (size_t)n).verdict;

		seen[v]++;
		bad += v != (s < 100000000 ? JUDGE_UNDATED :
		    expect(&d, s * 1000));
	}
	logjudge_free(j);
	ok(bad == 0 && seen[JUDGE_DUE] > 1000 && seen[JUDGE_KEPT] > 1000 &&
	    seen[JUDGE_FUTURE] > 1000 && seen[JUDGE_UNDATED] > 1000,
	    "keep %lld: %d of 200,000 verdicts differ", (long long)own.n, bad);
}

/* Lines of a few days, in which something is wrong now and then. */
static size_t
make_block(char *to, size_t most)
{
	static const int ago[] = { 91, 90, 90, 89, 0, -1 };
	static const char letters[] = "\"\"[[]\\: +/059-\n\n";
	size_t n = 0;

	while (n + 500 < most) {
		const struct calendar_date day = calendar_date(NOW / DAY -
		    ago[pick(6)]);
		const bool west = pick(8) == 0;

		for (unsigned k = pick(40); k > 0 && n + 500 < most; k--) {
			const size_t from = n;

			n += (size_t)snprintf(to + n, 450, "%.*s - - [%02d/"
			    "%s/%d:%02u:%02u:%02u %s]%s\"GET /%.*s\" \"%0*u\"\n",
			    (int)pick(20), "2001:db8::1:2:3:4:5:6", day.day,
			    day.month == 8 ? "Aug" : day.month == 11 ? "Nov" :
			    "Sep", (int)day.year, pick(25), pick(60), pick(61),
			    west ? "-0330" : "+0000", pick(99) == 0 ?
			    " [09/Nov/2026:00:00:00 +0000] " : " ",
			    (int)pick(30), "a path, long or short, as it comes",
			    1 + (int)pick(pick(9) == 0 ? 300 : 90), 7u);
			if (pick(30) == 0)
				to[from + pick((unsigned)(n - from))] =
				    letters[pick(sizeof letters - 1)];
		}
	}
	return n - (n > 0 && pick(2) == 0);	/* its last line feed */
}

/* The lines that `l` speaks of, judged one by one. */
static bool
is_as_told(struct logjudge *slow, const char *p, size_t n,
    const struct logjudge_line *l)
{
	const struct logfile f = LOGFILE_EMPTY;
	struct wall first = { INT64_MAX };
	uint64_t lines = 0;

	for (size_t i = 0; i < n; lines++) {
		const char *lf = memchr(p + i, '\n', n - i);
		const size_t k = lf == NULL ? n - i :
		    (size_t)(lf - p) + 1 - i;
		const struct logjudge_line one = logjudge_line(slow, &f, p + i,
		    k);

		if (one.verdict != l->verdict || one.timed != l->timed ||
		    one.done != l->done)
			return false;
		if (one.timed && one.t.ms < first.ms)
			first = one.t;
		i += k;
	}
	return lines == l->n && (!l->timed || first.ms == l->t.ms);
}

static void
test_runs(void)
{
	enum { MOST = 40000 };
	const struct rule_dataset d = { .name = "d", .full = "n/d",
		.timing = { .keep = RULE_PERIOD, .from = "line",
		.period = { 90, PERIOD_DAYS } }, .action = RULE_DELETE,
		.unit = RULE_LINE, .time_format = "combined" };
	const struct logfile f = LOGFILE_EMPTY;
	struct logjudge *j, *slow;
	struct err e = ERR_EMPTY;
	uint64_t lines = 0, told = 0;
	unsigned bad = 0;
	uint64_t seen[JUDGE_FUTURE + 1] = { 0 };

	must(logjudge_new(&d, (struct wall){ NOW }, &j, &e) == 0 &&
	    logjudge_new(&d, (struct wall){ NOW }, &slow, &e) == 0);
	for (int i = 0; i < 300; i++) {
		char *block = malloc(MOST);
		const size_t n = make_block(block, MOST);
		struct logjudge_line l;

		block = realloc(block, n);	/* asan sees a byte more */
		for (size_t at = 0, k; at < n; at += k, told++) {
			k = logjudge_next(j, &f, block + at, n - at, &l);
			bad += !is_as_told(slow, block + at, k, &l);
			seen[l.verdict] += l.n;
			lines += l.n;
		}
		free(block);
	}
	ok(bad == 0, "lines judged together are judged as one by one: %u differ",
	    bad);
	ok(seen[JUDGE_DUE] > 1000 && seen[JUDGE_KEPT] > 1000 &&
	    seen[JUDGE_FUTURE] > 1000 && seen[JUDGE_UNDATED] > 100,
	    "all kinds of them");
#if defined(__x86_64__)
	ok(told < lines * 9 / 10, "%llu lines in %llu runs",
	    (unsigned long long)lines, (unsigned long long)told);
#endif
	logjudge_free(j);
	logjudge_free(slow);
}

int
main(void)
{
	test_times();
	test_runs();
	test_verdicts((struct period){ 90, PERIOD_DAYS }, (struct period){ 0,
		PERIOD_DAYS });
	test_verdicts((struct period){ 30, PERIOD_DAYS }, (struct period){ 3,
		PERIOD_MONTHS });
	test_verdicts((struct period){ 9, PERIOD_MONTHS }, (struct period){ 1,
		PERIOD_YEARS });
	return tap_done();
}
