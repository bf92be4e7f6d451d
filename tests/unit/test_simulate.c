/*
 * Years of a daemon's life under a clock of its own: the real query, judge,
 * decision, gates, clock steps and schedule, on a real database.  Every record
 * goes within one pass of its due time, none before, none under hold, through
 * arrivals, holds, reloads, windows, clock steps, the brake and crashes.
 *
 *   SIMULATE_YEARS (1), SIMULATE_SEEDS (2), SIMULATE_SEED (1): first of them
 */
#include <stdarg.h>
#include <sqlite3.h>
#include <unistd.h>

#include "parent/clockstep.h"
#include "parent/decide.h"
#include "parent/schedule.h"
#include "retention/calendar.h"
#include "retention/gate.h"
#include "retention/judge.h"
#include "retention/store.h"
#include "retention/subject.h"

#include "tap.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define START INT64_C(1767225600000)	/* 2026-01-01 */
#define CHECK_EVERY DAY
#define MAX_STEP (26 * HOUR)
#define SETS 3
#define PEOPLE 8
#define HOLDS 12
#define OPS 64

enum { BOOKS, MARKS, LEAVERS };

struct row {
	int64_t at_s;			/* 0: `until` has not happened */
	int64_t came_ms;
	int set, who;
	bool there, known;		/* known: counted as not due yet */
};

struct op {
	struct commit_op id;
	uint8_t (*c)[COMMIT_BYTES];
	size_t n;
	char object[16];
};

struct sim {
	uint64_t seed, rnd;
	int64_t t, end;			/* the true time */
	int64_t skew;			/* of the wall clock */
	int64_t boots;
	/* the host */
	char dir[64], path[96];
	sqlite3 *app;
	sqlite3_stmt *look[SETS], *put[SETS], *leave;
	struct row *row;
	size_t n, room;
	int64_t next_arrival, next_act;
	/* the daemon */
	struct rule_store store;
	struct rule_dataset d[SETS], was[SETS];
	struct rule_subject subject;
	struct rule_column column;
	uint8_t key[32], hash[PEOPLE][GATE_HASH_BYTES];
	struct gate_hold hold[HOLDS];
	bool used[HOLDS];
	struct clockstep_sight sight;
	bool seen, doubt, fresh[SETS], braked[SETS], approved[SETS];
	int64_t wake, check, down;	/* true times */
	int64_t disturbed, passed;
	bool crash;			/* in the next pass */
	int crash_in;			/* calls of the sink from now */
	struct op op[OPS];
	size_t n_ops;
	int op_set;
	/* what came of it */
	const char *wrong;
	char what[200];
	uint64_t erased, passes, held, crashes, steps, brakes, windows,
	    resumed, in_time;
};

static uint64_t
rnd(struct sim *s, uint64_t n)
{
	uint64_t z = (s->rnd += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % n;
}

__attribute__((format(printf, 2, 3)))
static void
wrong(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->wrong != NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(s->what, sizeof(s->what), fmt, ap);
	va_end(ap);
	s->wrong = s->what;
}

static struct wall
wall(const struct sim *s)
{
	return (struct wall){ s->t + s->skew };
}

/* The oracle: the calendar of the C library, nothing of ours. */
static int64_t
due_ms(const struct sim *s, const struct row *r)
{
	const struct rule_timing *x = &s->d[r->set].timing;
	struct period p = r->set == LEAVERS ? x->grace : x->period;
	time_t at = (time_t)r->at_s;
	struct tm tm;
	int day;

	if (r->at_s == 0)
		return INT64_MAX;
	if (p.unit == PERIOD_DAYS)
		return (r->at_s + p.n * 86400) * 1000;
	must(p.unit == PERIOD_MONTHS && gmtime_r(&at, &tm) != NULL);
	day = tm.tm_mday;
	tm.tm_mon += (int)p.n;
	at = timegm(&tm);
	must(gmtime_r(&at, &tm) != NULL);
	if (tm.tm_mday != day) {	/* ran over into the next month */
		at -= tm.tm_mday * 86400;
	}
	return (int64_t)at * 1000;
}

static bool
is_held(const struct sim *s, const struct row *r)
{
	for (int i = 0; i < HOLDS; i++) {
		const struct gate_hold *h = &s->hold[i];

		if (!s->used[i] || (h->until.ms != 0 &&
		    h->until.ms <= wall(s).ms))
			continue;
		if (h->scope == GATE_ALL || h->scope == GATE_STORE ||
		    (h->scope == GATE_DATASET &&
		    strcmp(h->name, s->d[r->set].full) == 0) ||
		    (h->scope == GATE_SUBJECT && r->set == BOOKS &&
		    memcmp(h->hash, s->hash[r->who], GATE_HASH_BYTES) == 0))
			return true;
	}
	return false;
}

static void
sql(struct sim *s, const char *text)
{
	char *why = NULL;

	if (sqlite3_exec(s->app, text, NULL, NULL, &why) != SQLITE_OK)
		wrong(s, "SQL: %s", why);
	sqlite3_free(why);
}

static sqlite3_stmt *
prepare(struct sim *s, const char *text)
{
	sqlite3_stmt *st = NULL;

	must(sqlite3_prepare_v2(s->app, text, -1, &st, NULL) == SQLITE_OK);
	return st;
}

static void
arrive(struct sim *s, int set, int64_t at_ms)
{
	struct row r = { .set = set, .came_ms = s->t, .there = true,
		.at_s = set == LEAVERS ? 0 : at_ms / 1000,
		.who = (int)rnd(s, PEOPLE) };
	char mail[40];

	if (s->n == s->room) {
		s->room = s->room != 0 ? 2 * s->room : 1024;
		s->row = realloc(s->row, s->room * sizeof(*s->row));
		must(s->row != NULL);
	}
	s->row[s->n++] = r;
	(void)snprintf(mail, sizeof(mail), "p%d@example.org", r.who);
	(void)sqlite3_reset(s->put[set]);
	must(sqlite3_bind_int64(s->put[set], 1, (int64_t)s->n) == SQLITE_OK &&
	    sqlite3_bind_text(s->put[set], 2, mail, -1, SQLITE_TRANSIENT) ==
	    SQLITE_OK);
	if (r.at_s != 0)
		must(sqlite3_bind_int64(s->put[set], 3, r.at_s) == SQLITE_OK);
	else
		must(sqlite3_bind_null(s->put[set], 3) == SQLITE_OK);
	must(sqlite3_step(s->put[set]) == SQLITE_DONE);
	(void)sqlite3_reset(s->put[set]);
}

static void
arrivals(struct sim *s)
{
	uint64_t n = rnd(s, 6);

	sql(s, "BEGIN");
	for (uint64_t i = 0; i < n; i++)
		arrive(s, (int)rnd(s, SETS), s->t - (int64_t)rnd(s, DAY));
	if (rnd(s, 150) == 0)		/* an import of what is due already */
		for (int i = 0; i < 40; i++)
			arrive(s, (int)rnd(s, 2), s->t -
			    (int64_t)rnd(s, 200 * DAY));
	for (size_t i = 0; i < s->n; i++) {	/* some leave */
		struct row *r = &s->row[i];

		if (r->set != LEAVERS || !r->there || r->at_s != 0 ||
		    rnd(s, 30) != 0)
			continue;
		r->at_s = s->t / 1000;
		r->came_ms = s->t;
		r->known = false;
		(void)sqlite3_reset(s->leave);
		(void)sqlite3_bind_int64(s->leave, 1, r->at_s);
		(void)sqlite3_bind_int64(s->leave, 2, (int64_t)i + 1);
		must(sqlite3_step(s->leave) == SQLITE_DONE);
	}
	sql(s, "COMMIT");
	s->next_arrival = s->t + (int64_t)rnd(s, 2 * DAY) + 1;
}

/* A pass at once, as agenda_want_all() and agenda_run() have it. */
static void
disturb(struct sim *s)
{
	s->disturbed = s->t;
	s->wake = s->t;
}

static void
place_hold(struct sim *s)
{
	static const char *const names[] = { "n/books", "n/marks",
		"n/leavers" };
	int i = (int)rnd(s, HOLDS), who = (int)rnd(s, PEOPLE);
	struct gate_hold *h = &s->hold[i];

	if (rnd(s, 3) != 0) {
		for (i = 0; i < HOLDS && !s->used[i]; i++)
			continue;
		if (i < HOLDS)
			disturb(s);
		if (i < HOLDS)
			s->used[i] = false;	/* released */
		return;
	}
	*h = (struct gate_hold){ .state = rnd(s, 4) == 0 ? GATE_RESTRICTED :
	    GATE_HELD, .scope = rnd(s, 3) != 0 ? GATE_SUBJECT :
	    (enum gate_scope)rnd(s, GATE_SUBJECT), .kind = "", .name = "" };
	if (h->scope == GATE_STORE)
		h->name = "n/site";
	if (h->scope == GATE_DATASET)
		h->name = names[rnd(s, SETS)];
	if (h->scope == GATE_SUBJECT) {
		h->kind = "email";
		memcpy(h->hash, s->hash[who], GATE_HASH_BYTES);
	}
	if (h->scope != GATE_SUBJECT || rnd(s, 3) == 0)
		h->until.ms = s->t + (int64_t)rnd(s, 30 * DAY) + 1;
	s->used[i] = true;
}

static void
reload(struct sim *s)
{
	static const int64_t days[] = { 30, 60, 90, 120 };
	struct rule_dataset *d = &s->d[rnd(s, 2)];
	int64_t had = d->timing.period.n;

	if (d == &s->d[MARKS])
		d->timing.period.n = 1 + (int)rnd(s, 3);
	else
		d->timing.period.n = (int)days[rnd(s, 4)];
	if (d->timing.period.n < had)
		s->fresh[d - s->d] = true;
	d->window = rnd(s, 3) == 0 ? (struct rule_window){ 60, 300 } :
	    (struct rule_window){ 0, 0 };
	for (size_t i = 0; i < s->n; i++)
		s->row[i].known = false;
	disturb(s);
}

static void
act(struct sim *s)
{
	switch (rnd(s, 10)) {
	case 0: case 1: case 2: case 3:
		place_hold(s);
		break;
	case 4:
		reload(s);
		break;
	case 5:				/* the clock jumps, or is put right */
		s->skew = s->skew != 0 ? 0 : (rnd(s, 2) ? 1 : -1) *
		    (int64_t)(27 * HOUR + rnd(s, 400 * DAY));
		s->steps++;
		disturb(s);
		break;
	case 6:
		s->crash = true;
		break;
	default:			/* the operator comes by */
		if (s->skew != 0)
			disturb(s);
		s->skew = 0;
		if (s->doubt) {
			s->doubt = s->seen = false;
			disturb(s);
		}
		for (int i = 0; i < SETS; i++)
			if (s->braked[i]) {
				s->approved[i] = true;
				disturb(s);
			}
	}
	s->next_act = s->t + (int64_t)rnd(s, 3 * DAY) + 1;
}

/* What went since the last look, and whether it was right. */
static void
look(struct sim *s, int set)
{
	size_t i = 0;
	bool more = sqlite3_step(s->look[set]) == SQLITE_ROW;

	for (; i < s->n; i++) {
		struct row *r = &s->row[i];
		int64_t id = (int64_t)i + 1, from;
		bool is = more && sqlite3_column_int64(s->look[set], 0) == id;

		if (is)
			more = sqlite3_step(s->look[set]) == SQLITE_ROW;
		if (r->set != set || r->there == is)
			continue;
		r->there = false;
		s->erased++;
		from = due_ms(s, r);
		if (is)
			wrong(s, "row %zu came back", i + 1);
		if (s->t < from)
			wrong(s, "row %zu of %s went %lld ms early", i + 1,
			    s->d[set].full, (long long)(from - s->t));
		if (is_held(s, r))
			wrong(s, "row %zu of %s went under hold", i + 1,
			    s->d[set].full);
		if (!r->known || s->disturbed >= s->passed)
			continue;
		if (s->d[set].window.to_min != 0 && from < s->t / DAY * DAY +
		    s->d[set].window.from_min * 60 * SECOND)
			from = s->t / DAY * DAY +
			    s->d[set].window.from_min * 60 * SECOND;
		s->in_time++;
		if (s->t - from > 2 * SECOND)
			wrong(s, "row %zu of %s went %lld ms late", i + 1,
			    s->d[set].full, (long long)(s->t - from));
	}
	(void)sqlite3_reset(s->look[set]);
}

/* The sink: takes note, and dies when it is time to. */
static bool
dies(struct sim *s)
{
	return s->crash && --s->crash_in < 0;
}

static int
take_ops(void *ctx, size_t n, struct commit_op *ret, struct err *e)
{
	struct sim *s = ctx;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(ret[i].op); k++)
			ret[i].op[k] = ret[i].key[k] = (uint8_t)rnd(s, 256);
	return dies(s) ? err_set(e, ERR_TRAIL, "died") : 0;
}

static int
take_intent(void *ctx, const struct commit_op *op, const char *object,
    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
    struct err *e)
{
	struct sim *s = ctx;
	struct op *o = &s->op[s->n_ops];

	(void)root;
	if (dies(s))
		return err_set(e, ERR_TRAIL, "died");
	must(s->n_ops < OPS);
	*o = (struct op){ .id = *op, .n = n, .c = malloc(n * COMMIT_BYTES) };
	must(o->c != NULL);
	memcpy(o->c, c, n * COMMIT_BYTES);
	(void)snprintf(o->object, sizeof(o->object), "%s", object);
	s->n_ops++;
	return 0;
}

static int
take_go(void *ctx, struct err *e)
{
	return dies(ctx) ? err_set(e, ERR_TRAIL, "died") : 1;
}

static int
take_done(void *ctx, const struct store_outcome *o, struct err *e)
{
	struct sim *s = ctx;

	if (o->erased + o->left + o->skipped_drift != o->n)
		wrong(s, "an outcome that does not add up");
	if (dies(s))
		return err_set(e, ERR_TRAIL, "died");
	for (size_t i = 0; i < s->n_ops; i++)
		if (memcmp(s->op[i].id.op, o->op, COMMIT_OP_BYTES) == 0) {
			free(s->op[i].c);
			s->op[i] = s->op[--s->n_ops];
			return 0;
		}
	wrong(s, "an outcome of nothing");
	return 0;
}

static struct store_sink
sink_of(struct sim *s)
{
	return (struct store_sink){ .ctx = s, .ops = take_ops,
		.intend = take_intent, .go = take_go, .done = take_done };
}

static bool
crashed(struct sim *s)
{
	if (!s->crash || s->crash_in >= 0)
		return false;
	s->crash = false;
	s->crashes++;
	s->boots += rnd(s, 4) == 0;
	s->down = s->t + (int64_t)rnd(s, 2 * HOUR);
	return true;
}

static void
gates_of(struct sim *s, int set, struct gates *g)
{
	struct err e = ERR_EMPTY;

	*g = GATES_OPEN;
	memcpy(g->key, s->key, sizeof(g->key));
	for (int i = 0; i < HOLDS; i++)
		if (s->used[i] && gates_apply(g, &s->hold[i], "n/site",
		    &s->d[set], wall(s), &e) == -1)
			wrong(s, "gates: %s", e.text);
	gates_seal(g);
	s->d[set].gates = g;
}

static void
check_clock(struct sim *s)
{
	struct clockstep_sight now = { .wall = wall(s),
		.boot = { s->t * 1000000 } };

	(void)snprintf(now.boot_id, sizeof(now.boot_id), "%lld",
	    (long long)s->boots);
	if (s->doubt)
		return;
	if (s->seen && clockstep_judge(&s->sight, &now, MAX_STEP) !=
	    CLOCKSTEP_NONE) {
		s->doubt = true;
		return;
	}
	s->sight = now;
	s->seen = true;
}

/* -1: the daemon died. */
static int
resume(struct sim *s, struct store *st)
{
	struct store_pending p[OPS];
	struct store_sink sink = sink_of(s);
	struct rule_dataset *d = &s->d[s->op_set];
	bool may = !s->doubt && judge_in_window(d->window, wall(s)) &&
	    memcmp(&s->was[s->op_set].timing.period, &d->timing.period,
	    sizeof(d->timing.period)) == 0;
	struct err e = ERR_EMPTY;
	struct gates g;
	int rc;

	if (s->n_ops == 0)
		return 0;
	s->resumed++;
	gates_of(s, s->op_set, &g);
	for (size_t i = 0; i < s->n_ops; i++)
		p[i] = (struct store_pending){ s->op[i].id, s->op[i].n,
			(const void *)s->op[i].c, s->op[i].object };
	rc = store_resume(st, d, wall(s), p, s->n_ops, may, &sink, &e);
	d->gates = NULL;
	gates_release(&g);
	look(s, s->op_set);
	if (crashed(s))
		return -1;
	if (rc == -1 || s->n_ops != 0)
		wrong(s, "resume: %zu are open: %s", s->n_ops, e.text);
	return 0;
}

/* I3: the plan counts what the oracle counts; due and free rows are told. */
static uint64_t
compare(struct sim *s, int set, const struct store_counts *n)
{
	uint64_t due = 0, held = 0, total = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct row *r = &s->row[i];
		bool is;

		if (r->set != set || !r->there)
			continue;
		total++;
		is = due_ms(s, r) <= wall(s).ms && r->at_s * 1000 <=
		    wall(s).ms + DAY;
		held += is && is_held(s, r);
		due += is && !is_held(s, r);
	}
	s->held += held;
	if (n->due != due || n->held + n->restricted < held ||
	    (set != MARKS && n->total != total))
		wrong(s, "%s: the plan says %llu due, %llu held of %llu; they "
		    "are %llu, %llu of %llu", s->d[set].full,
		    (unsigned long long)n->due, (unsigned long long)
		    (n->held + n->restricted), (unsigned long long)n->total,
		    (unsigned long long)due, (unsigned long long)held,
		    (unsigned long long)total);
	return due;
}

static int
erase(struct sim *s, struct store *st, int set)
{
	struct store_sink sink = sink_of(s);
	struct store_result r = { .erased = 0 };
	struct err e = ERR_EMPTY;
	int rc;

	s->was[set] = s->d[set];
	s->op_set = set;
	do {
		rc = store_erase(st, &s->d[set], wall(s), &sink, &r, &e);
		look(s, set);
		if (crashed(s))
			return -1;
	} while (rc == 0 && r.more && s->wrong == NULL);
	if (rc == -1)
		wrong(s, "%s: %s", s->d[set].full, e.text);
	for (size_t i = 0; i < s->n; i++)
		if (s->row[i].there && s->row[i].set == set &&
		    due_ms(s, &s->row[i]) <= s->t && !is_held(s, &s->row[i]))
			wrong(s, "row %zu of %s is due and stayed", i + 1,
			    s->d[set].full);
	s->approved[set] = s->braked[set] = s->fresh[set] = false;
	return 0;
}

static int
one_set(struct sim *s, struct store *st, int set, struct wall *next)
{
	struct store_counts n = { .total = 0 };
	struct err e = ERR_EMPTY;
	struct gates g;
	struct decide_case c = { .dataset = &s->d[set],
		.brake = { 10, 0.20 }, .now = wall(s), .fresh = s->fresh[set],
		.may_enforce = !s->doubt, .approved = s->approved[set] };
	enum decide_verdict v;
	int rc = 0;

	gates_of(s, set, &g);
	if (store_plan(st, &s->d[set], wall(s), &n, &e) == -1)
		wrong(s, "plan: %s", e.text);
	free(n.clause);
	c.due = compare(s, set, &n);
	c.total = n.total;
	v = decide_dataset(&c);
	s->brakes += v == DECIDE_BRAKE && !s->braked[set];
	s->braked[set] = v == DECIDE_BRAKE;
	s->windows += v == DECIDE_WINDOW;
	for (size_t i = 0; i < s->n; i++)
		if (s->row[i].set == set)
			s->row[i].known = v == DECIDE_WINDOW ||
			    (due_ms(s, &s->row[i]) > s->t &&
			    !s->doubt && s->skew == 0) ||
			    (v == DECIDE_ACT && !is_held(s, &s->row[i]) &&
			    s->row[i].known);
	if (v == DECIDE_ACT)
		rc = erase(s, st, set);
	if (n.has_next)
		*next = schedule_earlier(*next, n.next_due);
	if (v == DECIDE_WINDOW)
		*next = schedule_earlier(*next, schedule_window_opens(
		    s->d[set].window, wall(s)));
	s->d[set].gates = NULL;
	gates_release(&g);
	return rc;
}

static void
pass(struct sim *s)
{
	struct store *st = NULL;
	struct wall next = { 0 };
	struct err e = ERR_EMPTY;
	int64_t delay;
	int rc;

	s->passes++;
	if (s->t >= s->check)
		s->check = s->t + CHECK_EVERY;
	s->crash_in = (int)rnd(s, 8);
	check_clock(s);
	if (store_open(&s->store, STORE_WRITE, NULL, &st, &e) == -1) {
		wrong(s, "open: %s", e.text);
		return;
	}
	rc = resume(s, st);
	for (int i = 0; i < SETS && rc == 0; i++)
		rc = one_set(s, st, i, &next);
	store_close(st);
	s->passed = s->t;
	if (rc == -1) {			/* started again when it is up */
		s->wake = s->disturbed = s->down;
		return;
	}
	s->wake = s->check;
	if (next.ms == 0)
		return;
	delay = next.ms + 1 - wall(s).ms;	/* as agenda.c arms it */
	if (delay < schedule_spacing_ms(0))
		delay = schedule_spacing_ms(0);
	if (s->t + delay < s->wake)
		s->wake = s->t + delay;
}

static void
rules(struct sim *s)
{
	static const char *const names[] = { "n/books", "n/marks",
		"n/leavers" };
	static const char *const tables[] = { "book", "mark", "leaver" };

	s->subject = (struct rule_subject){ "email", "email" };
	s->column = (struct rule_column){ .name = "email",
		.method = RULE_NULL };
	for (int i = 0; i < SETS; i++)
		s->d[i] = (struct rule_dataset){ .name = names[i] + 2,
			.full = names[i], .store = "site",
			.table = tables[i], .action = RULE_DELETE,
			.mode = RULE_ENFORCE, .brake = { .rows = -1 },
			.timing = { .keep = RULE_PERIOD, .from = "at",
			.clock = RULE_UNIX, .period = { 90, PERIOD_DAYS } } };
	s->d[BOOKS].n_subject = s->d[BOOKS].n_persons = 1;
	s->d[BOOKS].subject = s->d[BOOKS].persons = &s->subject;
	s->d[MARKS].action = RULE_ANONYMISE;
	s->d[MARKS].n_columns = 1;
	s->d[MARKS].columns = &s->column;
	s->d[MARKS].timing.period = (struct period){ 2, PERIOD_MONTHS };
	s->d[LEAVERS].timing.keep = RULE_UNTIL;
	s->d[LEAVERS].timing.period = (struct period){ 0, PERIOD_DAYS };
	s->d[LEAVERS].timing.grace = (struct period){ 7, PERIOD_DAYS };
}

static void
begin(struct sim *s, uint64_t seed, int64_t years)
{
	bool memory = access("/dev/shm", W_OK) == 0;
	struct err e;

	*s = (struct sim){ .seed = seed, .rnd = seed, .t = START,
		.end = START + years * 365 * DAY, .next_arrival = START,
		.next_act = START + 30 * DAY, .check = START, .wake = START };
	(void)snprintf(s->dir, sizeof(s->dir), "%s/simulate.XXXXXX", memory ?
	    "/dev/shm" : "/tmp");
	must(mkdtemp(s->dir) != NULL);
	(void)snprintf(s->path, sizeof(s->path), "%s/site.db", s->dir);
	must(sqlite3_open(s->path, &s->app) == SQLITE_OK);
	sql(s, "CREATE TABLE book(id INTEGER PRIMARY KEY, email TEXT, at INT);"
	    "CREATE TABLE mark(id INTEGER PRIMARY KEY, email TEXT, at INT);"
	    "CREATE TABLE leaver(id INTEGER PRIMARY KEY, email TEXT, at INT);"
	    "CREATE INDEX b ON book(at); CREATE INDEX l ON leaver(at);");
	s->look[BOOKS] = prepare(s, "SELECT id FROM book ORDER BY id");
	s->look[MARKS] = prepare(s, "SELECT id FROM mark WHERE email IS NOT "
	    "NULL ORDER BY id");
	s->look[LEAVERS] = prepare(s, "SELECT id FROM leaver ORDER BY id");
	s->put[BOOKS] = prepare(s, "INSERT INTO book VALUES(?1,?2,?3)");
	s->put[MARKS] = prepare(s, "INSERT INTO mark VALUES(?1,?2,?3)");
	s->put[LEAVERS] = prepare(s, "INSERT INTO leaver VALUES(?1,?2,?3)");
	s->leave = prepare(s, "UPDATE leaver SET at=?1 WHERE id=?2");
	s->store = (struct rule_store){ .name = "site", .full = "n/site",
		.kind = RULE_SQLITE, .path = s->path, .lock_ms = 10,
		.busy_ms = 300 };
	rules(s);
	for (int i = 0; i < PEOPLE; i++) {
		char mail[40];

		(void)snprintf(mail, sizeof(mail), "p%d@example.org", i);
		must(subject_hash(s->key, "email", mail, strlen(mail),
		    s->hash[i], &e) == 0);
	}
}

static void
end(struct sim *s)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	char path[120];

	for (int i = 0; i < SETS; i++) {
		(void)sqlite3_finalize(s->look[i]);
		(void)sqlite3_finalize(s->put[i]);
	}
	(void)sqlite3_finalize(s->leave);
	(void)sqlite3_close(s->app);
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", s->path, tails[i]);
		(void)unlink(path);
	}
	(void)rmdir(s->dir);
	for (size_t i = 0; i < s->n_ops; i++)
		free(s->op[i].c);
	free(s->row);
}

static void
simulate(uint64_t seed, int64_t years, struct sim *sum)
{
	struct sim s;

	begin(&s, seed, years);
	while (s.t < s.end && s.wrong == NULL) {
		int64_t next = s.next_arrival < s.next_act ? s.next_arrival :
		    s.next_act;

		if (s.wake < s.down)
			s.wake = s.down;
		s.t = s.wake <= next ? (s.wake > s.t ? s.wake : s.t) : next;
		if (s.wake <= next)
			pass(&s);
		else if (next == s.next_arrival)
			arrivals(&s);
		else
			act(&s);
	}
	ok(s.wrong == NULL, "seed %llu: %lld years, %llu passes: %llu went, "
	    "%llu of them to the second, none early, none held%s%s",
	    (unsigned long long)seed, (long long)years,
	    (unsigned long long)s.passes, (unsigned long long)s.erased,
	    (unsigned long long)s.in_time, s.wrong ? ": " : "",
	    s.wrong ? s.wrong : "");
	if (s.wrong != NULL)
		printf("# SIMULATE_SEED=%llu SIMULATE_SEEDS=1, at %lld ms\n",
		    (unsigned long long)seed, (long long)s.t);
	sum->erased += s.erased;
	sum->in_time += s.in_time;
	sum->held += s.held;
	sum->crashes += s.crashes;
	sum->resumed += s.resumed;
	sum->steps += s.steps;
	sum->brakes += s.brakes;
	sum->windows += s.windows;
	end(&s);
}

static int64_t
setting(const char *name, int64_t preset)
{
	const char *text = getenv(name);
	int64_t n = text != NULL ? strtoll(text, NULL, 10) : preset;

	return n > 0 ? n : preset;
}

int
main(void)
{
	int64_t years = setting("SIMULATE_YEARS", 1);
	int64_t seeds = setting("SIMULATE_SEEDS", 2);
	int64_t first = setting("SIMULATE_SEED", 1);
	struct sim sum = { .n = 0 };

	for (int64_t i = 0; i < seeds; i++)
		simulate((uint64_t)(first + i), years, &sum);
	ok(sum.erased > 200 && sum.in_time > 100 && sum.held && sum.crashes &&
	    sum.resumed && sum.steps && sum.brakes && sum.windows,
	    "%llu to the second, and met %llu held, %llu crashes, %llu "
	    "resumed, %llu steps, %llu brakes, %llu windows",
	    (unsigned long long)sum.in_time, (unsigned long long)sum.held,
	    (unsigned long long)sum.crashes, (unsigned long long)sum.resumed,
	    (unsigned long long)sum.steps, (unsigned long long)sum.brakes,
	    (unsigned long long)sum.windows);
	return tap_done();
}
