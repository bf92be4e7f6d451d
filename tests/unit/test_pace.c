/*
 * The pace of erasing, in made-up time: alone, a newcomer, an open but silent
 * connection, one that stirs, a waiter that sleeps long.
 */
#include "store/sqlite/pace.h"

#include "tap.h"

#define MS INT64_C(1000000)

struct world {
	struct pace p;
	struct mono now;
	int64_t version;
	int64_t longest_hold_ns, longest_rest_ns, shortest_rest_ns;
};

static void
start(struct world *w, bool alone)
{
	*w = (struct world){ .now = { 1000 * MS }, .version = 1,
		.shortest_rest_ns = INT64_MAX };
	pace_init(&w->p, 10, alone, w->now);
}

/* Hold until it is full, commit in `commit_ms`; the rest that is asked for. */
static int64_t
hold(struct world *w, int64_t commit_ms, bool alone, bool waited)
{
	struct pace_did did = { .alone = alone, .waited = waited };
	int64_t begun = w->now.ns, rest;

	pace_begin(&w->p, w->now);
	while (!pace_full(&w->p, w->now))
		w->now.ns += MS / 10;
	did.committing = w->now;
	w->now.ns += commit_ms * MS;
	if (w->now.ns - begun > w->longest_hold_ns)
		w->longest_hold_ns = w->now.ns - begun;
	rest = pace_rest(&w->p, &did, w->now);
	if (rest > w->longest_rest_ns)
		w->longest_rest_ns = rest;
	if (rest < w->shortest_rest_ns)
		w->shortest_rest_ns = rest;
	return rest;
}

static void
rested(struct world *w, int64_t rest_ns, bool stirred)
{
	struct pace_signs s = { .version = w->version, .stirred = stirred };

	w->now.ns += rest_ns;
	pace_rested(&w->p, &s, w->now);
}

static void
test_alone(void)
{
	struct world w;

	start(&w, true);
	ok(hold(&w, 20, true, false) == 0, "alone: no rest");
	rested(&w, 0, false);
	(void)hold(&w, 20, true, false);
	ok(w.longest_hold_ns > 7900 * MS && w.longest_hold_ns <= 8030 * MS,
	    "alone: held eight seconds");
}

static void
test_newcomer(void)
{
	struct world w;
	int64_t rest;

	start(&w, true);
	(void)hold(&w, 500, true, false);
	rested(&w, 0, false);
	rest = hold(&w, 500, false, false);
	ok(rest >= 15 * MS, "newcomer: a rest after the hold he came in");
	rested(&w, rest, false);
	w.longest_hold_ns = 0;
	rest = hold(&w, 2, false, false);
	ok(w.longest_hold_ns <= 12 * MS, "newcomer: short holds from there on"
	    " (%lld us)", (long long)w.longest_hold_ns / 1000);
	ok(rest >= w.longest_hold_ns, "newcomer: rests as long as holds");
	rested(&w, rest, false);
	(void)hold(&w, 2, true, false);
	w.longest_hold_ns = 0;
	rested(&w, 0, false);
	(void)hold(&w, 2, true, false);
	ok(w.longest_hold_ns > 70 * MS && w.longest_hold_ns <= 81 * MS,
	    "he left, and may come again: 80 ms");
	w.now.ns += 10000 * MS;
	(void)hold(&w, 2, true, false);
	rested(&w, 0, false);
	(void)hold(&w, 2, true, false);
	ok(w.longest_hold_ns > 1900 * MS, "he left long ago: long holds");
}

/* Every ten milliseconds somebody writes, so each rest sees a commit. */
static void
test_busy(void)
{
	struct world w;

	start(&w, false);
	for (int i = 0; i < 500; i++) {
		int64_t rest = hold(&w, 4, false, false);

		w.version++;
		rested(&w, rest, false);
	}
	ok(w.longest_hold_ns <= 11 * MS, "busy: holds never grow");
	ok(w.longest_rest_ns <= 20 * MS, "busy: no time lost by looking");
	ok(w.shortest_rest_ns >= 15 * MS, "busy: always a rest");
}

/* No commit of his is ever seen, because he sleeps 100 ms between two tries:
 * one of our rests has to be longer. */
static void
test_starving(void)
{
	struct world w;
	int64_t from, next;
	bool got_in = false;

	start(&w, false);
	from = w.now.ns;
	next = from + 7 * MS;
	while (!got_in && w.now.ns - from < 5000 * MS) {
		int64_t rest = hold(&w, 15, false, false);

		while (next < w.now.ns)		/* tried in vain */
			next += 100 * MS;
		got_in = next < w.now.ns + rest;
		w.version += got_in;
		rested(&w, rest, false);
	}
	ok(got_in && w.now.ns - from < 500 * MS, "starving: gets in within "
	    "half a second (%lld ms)", (long long)(w.now.ns - from) / MS);
	w.longest_hold_ns = 0;
	(void)hold(&w, 5, false, false);
	ok(w.longest_hold_ns <= 11 * MS, "starving: heard");
}

static void
test_silent(void)
{
	struct world w;
	int64_t grown = 0, unlooked = 0, most = 0;

	start(&w, false);
	for (int i = 0; i < 400; i++) {
		int64_t rest = hold(&w, 4, false, false);

		unlooked = rest >= 105 * MS ? 0 : unlooked + 1;
		most = unlooked > most ? unlooked : most;
		rested(&w, rest, false);
		if (!grown && w.p.budget_ns > 10 * MS)
			grown = w.now.ns;
	}
	ok(grown > 1000 * MS + 500 * MS, "silent: holds do not grow at once");
	ok(w.longest_hold_ns > 70 * MS && w.longest_hold_ns <= 81 * MS,
	    "silent: they grow to 80 ms");
	ok(most <= 12, "silent: he is looked for all the time (%lld)",
	    (long long)most);

	int64_t rest = hold(&w, 4, false, false);

	rested(&w, rest, true);
	w.longest_hold_ns = 0;
	rest = hold(&w, 4, false, false);
	ok(w.longest_hold_ns <= 11 * MS, "stirred: back at 10 ms");
	rested(&w, rest, false);
	(void)hold(&w, 4, false, true);
	ok(w.p.quiet == 0 && w.p.heard.ns == w.now.ns,
	    "having waited for the lock is a sign");
}

static void
test_slow_disk(void)
{
	struct world w;
	int64_t rest = 0;

	start(&w, false);
	for (int i = 0; i < 20; i++) {
		rest = hold(&w, 60, false, false);
		w.version++;
		rested(&w, rest, false);
	}
	ok(w.longest_hold_ns <= 71 * MS, "slow commits: little is added");
	ok(rest >= 60 * MS, "slow commits: rests as long");
	pace_init(&w.p, 0, false, w.now);
	ok(w.p.lock_ns == 10 * MS, "no lock_ms given: 10 ms");
}

int
main(void)
{
	test_alone();
	test_newcomer();
	test_busy();
	test_starving();
	test_silent();
	test_slow_disk();
	return tap_done();
}
