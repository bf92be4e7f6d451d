/*
 * Years of a daemon's life under a clock of its own: the real query, judge,
 * decision, gates, clock steps and schedule, on a real database.  Every record
 * goes within one pass of its due time, none before, none under hold, through
 * arrivals, holds, reloads, windows, clock steps, the brake and crashes.
 *
 *   SIMULATE_YEARS (1), SIMULATE_SEEDS (2), SIMULATE_SEED (1): first of them
 */
#include "simacts.h"
#include "simsink.h"
#include "tap.h"

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
