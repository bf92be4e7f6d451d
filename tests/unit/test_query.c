/*
 * Every row of every clock, timing and zone: the SQL and judge_value() say
 * the same.
 */
#include <math.h>

#include "retention/judge.h"

#include "retention/timetext.h"

#include "storetest.h"
#include "tap.h"

#define NOW INT64_C(1709197200123)	/* 2024-02-29T09:00:00.123Z */

static uint64_t seed = 42;

static uint64_t
rnd(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % n;
}

/* A time near one of the places where answers change. */
static int64_t
near_ms(void)
{
	static const int64_t back_days[] = { 0, 1, 28, 29, 30, 31, 59, 60,
		365, 366, 730, 731, 1461 };
	static const int64_t off[] = { 0, 1, -1, 999, -999, 1000, -1000,
		3600000, -3600000 };
	int64_t t = NOW - back_days[rnd(13)] * CALENDAR_DAY_MS + off[rnd(9)];

	if (rnd(3) == 0)
		t = NOW - (int64_t)rnd(800) * CALENDAR_DAY_MS / 2;
	if (rnd(9) == 0)
		t = NOW + (int64_t)rnd(3) * CALENDAR_DAY_MS + off[rnd(9)];
	return t;
}

static void
iso_text(int64_t ms, char *out, size_t n)
{
	static const char *const zones[] = { "", "Z", " Z", "+01:00",
		" -05:30", "+14:59", "+15:00", "z ", " ", "Zx" };
	struct calendar_date d = calendar_date((ms - (ms % CALENDAR_DAY_MS +
	    CALENDAR_DAY_MS) % CALENDAR_DAY_MS) / CALENDAR_DAY_MS);
	int64_t part = (ms % CALENDAR_DAY_MS + CALENDAR_DAY_MS) %
	    CALENDAR_DAY_MS;
	int h = (int)(part / 3600000), m = (int)(part / 60000 % 60);
	int s = (int)(part / 1000 % 60), f = (int)(part % 1000);
	char sep = rnd(2) ? 'T' : ' ';
	int k = 0;

	k = snprintf(out, n, "%04d-%02d-%02d", (int)d.year, d.month, d.day);
	switch (rnd(6)) {
	case 0:
		return;
	case 1:
		k += snprintf(out + k, n - (size_t)k, "%c%02d:%02d", sep, h, m);
		break;
	case 2:
		k += snprintf(out + k, n - (size_t)k, "%c%02d:%02d:%02d", sep,
		    h, m, s);
		break;
	case 3:
		k += snprintf(out + k, n - (size_t)k, "%c%02d:%02d:%02d.%d",
		    sep, h, m, s, (int)rnd(10));
		break;
	default:
		k += snprintf(out + k, n - (size_t)k,
		    "%c%02d:%02d:%02d.%03d%.*s", sep, h, m, s, f,
		    (int)rnd(4), "999");
		break;
	}
	snprintf(out + k, n - (size_t)k, "%s", zones[rnd(10)]);
	if (rnd(12) == 0)
		out[rnd((uint64_t)k)] = "0:-T 9+Z"[rnd(8)];
}

static const char *const junk[] = { "", "never", "2023-02-30", "2024-02-30",
	"2023-02-29", "2024-13-01", "2024-01-32", "2024-1-1", "0000-01-01",
	"1969-12-31", "1969-12-31T23:30:00-01:00", "1970-01-01",
	"1970-01-01T00:00:00+00:01", "1970-01-01T00:00:00Z",
	"9999-12-31", "2024-02-28T24:00:00",
	"2024-02-28T23:60", "2024-02-28 10:00:60", "2024-02-28T10",
	"2024-02-28Z", "2024-02-28 10:00:00.", "2024-02-28 10:00:00.Z",
	"1700000000", "12e3", "now", "2024-02-28  10:00:00", "24-02-28",
	" 2024-02-28", "2024-02-28\n", "\xff\xfe", "2022-02-28 00:00:00.5+00:00" };

static int
bind_random(sqlite3_stmt *s, enum rule_clock clock)
{
	char text[96];
	int64_t ms = near_ms();
	double scale = clock == RULE_UNIX ? 0.001 : clock == RULE_UNIX_US ?
	    1000.0 : 1.0;

	if (rnd(8) == 0)
		return sqlite3_bind_text(s, 1, junk[rnd(31)], -1,
		    SQLITE_STATIC);
	switch (rnd(16)) {
	case 0:
		return sqlite3_bind_null(s, 1);
	case 1:
		return sqlite3_bind_blob(s, 1, "2020-01-01", 10,
		    SQLITE_STATIC);
	case 2:
		return sqlite3_bind_int64(s, 1, (int64_t[]){ -1, 0, 1,
		    INT64_MAX, INT64_MIN, INT64_MAX / 1000, 253402300800,
		    2440587, 2440588, 9999999, 10000000,
		    9999999999, 10000000000, 9999999999999,
		    10000000000000 }[rnd(15)]);
	case 3:
		return sqlite3_bind_double(s, 1, (double[]){ -0.5, 0.0004, 1e15,
		    1e300, HUGE_VAL, -HUGE_VAL, 2440587.5, 2440587.49999999,
		    9.5e18 }[rnd(9)]);
	case 4:
		return sqlite3_bind_text(s, 1, "2020-01-01\0junk", 15,
		    SQLITE_STATIC);
	default:
		break;
	}
	if (clock == RULE_ISO8601 || clock == RULE_DATE) {
		iso_text(ms, text, sizeof(text));
		if (clock == RULE_DATE && rnd(8))
			text[10] = '\0';
		return sqlite3_bind_text(s, 1, text, -1, SQLITE_TRANSIENT);
	}
	if (clock == RULE_JULIAN)
		return sqlite3_bind_double(s, 1, 2440587.5 + (double)ms / 864e5);
	if (rnd(2))
		return sqlite3_bind_double(s, 1, (double)ms * scale +
		    (rnd(2) ? 0 : 0.0003));
	return sqlite3_bind_int64(s, 1, clock == RULE_UNIX ? ms / 1000 :
	    clock == RULE_UNIX_US ? ms * 1000 + (int64_t)rnd(2) : ms);
}

static struct judge_value
value_of(sqlite3_stmt *s, int col)
{
	struct judge_value v = { .type = RULE_T_NULL };
	int type = sqlite3_column_type(s, col);

	if (type == SQLITE_INTEGER)
		v = (struct judge_value){ .type = RULE_T_INT,
			.i = sqlite3_column_int64(s, col) };
	else if (type == SQLITE_FLOAT)
		v = (struct judge_value){ .type = RULE_T_REAL,
			.r = sqlite3_column_double(s, col) };
	else if (type == SQLITE_TEXT)
		v = (struct judge_value){ .type = RULE_T_TEXT,
			.text = (const char *)sqlite3_column_text(s, col),
			.n_text = (size_t)sqlite3_column_bytes(s, col) };
	else if (type == SQLITE_BLOB)		/* unreadable, yet not NULL */
		v = (struct judge_value){ .type = RULE_T_TEXT, .text = "" };
	return v;
}

/* Every row by judge; the clause's rows must be exactly the due ones. */
static void
compare(struct fixture *f, const struct rule_dataset *d, const char *what)
{
	struct store_counts n = { .total = 0 }, want = { .total = 0 };
	struct zone *z = NULL;
	sqlite3_stmt *s;
	int wrong = 0;
	const char *first = "";

	if (d->timing.zone)
		must(timetext_zone(d->timing.zone, &z, &f->e) == 0);
	if (store_plan(f->st, d, (struct wall){ NOW }, &n, &f->e) == -1) {
		ok(0, "%s: plan: %s", what, f->e.text);
		timetext_zone_free(z);
		return;
	}
	if (!d->timing.zone) {	/* an auditor's shell has no functions of ours */
		fixture_sql(f, "DELETE FROM due");
		char *sql = sqlite3_mprintf("INSERT INTO due %s", n.clause);
		fixture_sql(f, sql);
		sqlite3_free(sql);
	}
	must(sqlite3_prepare_v2(f->app, "SELECT id, c, id IN (SELECT id FROM "
	    "due), quote(c) FROM t", -1, &s, NULL) == SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct judge_value v = value_of(s, 1);
		enum judge_verdict j = judge_value(&d->timing, z, &v,
		    (struct wall){ NOW });
		struct wall due;

		want.total++;
		want.due += j == JUDGE_DUE;
		want.kept += j == JUDGE_KEPT;
		want.undated += j == JUDGE_UNDATED;
		want.future += j == JUDGE_FUTURE;
		if (!d->timing.zone &&
		    (j == JUDGE_DUE) != (sqlite3_column_int(s, 2) == 1)) {
			if (wrong++ < 3)
				printf("# %s: %s judge %d sql %d\n", what,
				    sqlite3_column_text(s, 3), (int)j,
				    sqlite3_column_int(s, 2));
		}
		if (j == JUDGE_DUE && judge_due_at(&d->timing, z, &v, &due)
		    == 0 && (!want.has_oldest || due.ms <
		    want.oldest_due.ms)) {
			want.has_oldest = true;
			want.oldest_due = due;
		}
		if ((j == JUDGE_KEPT || (j == JUDGE_FUTURE &&
		    d->timing.keep == RULE_UNTIL)) && v.type != RULE_T_NULL &&
		    judge_due_at(&d->timing, z, &v, &due) == 0 &&
		    (!want.has_next || due.ms < want.next_due.ms)) {
			want.has_next = true;
			want.next_due = due;
		}
	}
	sqlite3_finalize(s);
	ok(wrong == 0 && n.total == want.total && n.due == want.due &&
	    n.kept == want.kept && n.undated == want.undated &&
	    n.future == want.future && want.due > 0, "%s: counts %llu/%llu "
	    "due %llu/%llu undated %llu/%llu future %llu/%llu %s", what,
	    (unsigned long long)n.total, (unsigned long long)want.total,
	    (unsigned long long)n.due, (unsigned long long)want.due,
	    (unsigned long long)n.undated, (unsigned long long)want.undated,
	    (unsigned long long)n.future, (unsigned long long)want.future,
	    first);
	ok(n.has_oldest == want.has_oldest && n.has_next == want.has_next &&
	    n.oldest_due.ms == want.oldest_due.ms &&
	    n.next_due.ms == want.next_due.ms, "%s: oldest %lld/%lld, next "
	    "%lld/%lld", what, (long long)n.oldest_due.ms,
	    (long long)want.oldest_due.ms, (long long)n.next_due.ms,
	    (long long)want.next_due.ms);
	free(n.clause);
	timetext_zone_free(z);
}

static void
clock_all(enum rule_clock clock, const char *encoding, bool index)
{
	static const struct period periods[] = { { 25, PERIOD_HOURS },
		{ 1, PERIOD_DAYS }, { 1, PERIOD_MONTHS }, { 2, PERIOD_YEARS },
		{ 1, PERIOD_WEEKS } };
	static const char *const zones[] = { NULL, "Europe/London",
		"Pacific/Auckland" };
	struct fixture f;
	sqlite3_stmt *s;
	char what[200];

	snprintf(what, sizeof(what), "PRAGMA encoding='%s'; CREATE TABLE t(id "
	    "INTEGER PRIMARY KEY, c); CREATE TABLE due(id); BEGIN", encoding);
	fixture_open(&f, what);
	if (index)
		fixture_sql(&f, "CREATE INDEX tc ON t(c)");
	must(sqlite3_prepare_v2(f.app, "INSERT INTO t(c) VALUES (?1)", -1, &s,
	    NULL) == SQLITE_OK);
	for (int i = 0; i < 3000; i++) {
		bind_random(s, clock);
		sqlite3_step(s);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	fixture_sql(&f, "COMMIT");
	fixture_store(&f, STORE_READ);
	for (size_t k = 0; k < 2 * 5 * 3; k++) {
		struct rule_dataset d = a_rule("t", k % 2 ? "c" : "likely(c)");

		d.timing.clock = clock;
		d.timing.period = periods[k / 2 % 5];
		d.timing.zone = zones[k / 10];
		if (k % 7 == 3) {
			d.timing.keep = RULE_UNTIL;
			d.timing.grace = d.timing.period;
		}
		snprintf(what, sizeof(what), "%s %s %lld %d %s%s",
		    rule_clock_name(clock), encoding,
		    (long long)d.timing.period.n, (int)d.timing.period.unit,
		    d.timing.zone ? d.timing.zone : "UTC",
		    d.timing.keep == RULE_UNTIL ? " until" : "");
		compare(&f, &d, what);
	}
	fixture_close(&f);
}

int
main(void)
{
	for (int c = 0; c < RULE_N_CLOCKS; c++) {
		clock_all((enum rule_clock)c, "UTF-8", c % 2);
		clock_all((enum rule_clock)c, "UTF-16le", !(c % 2));
	}
	return tap_done();
}
