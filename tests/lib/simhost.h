/*
 * simhost - of a simulated life: the host, its applications, and an oracle
 * that knows when a row is due by the calendar of the C library alone.
 */
#ifndef TESTS_SIMHOST_H
#define TESTS_SIMHOST_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

static inline uint64_t
rnd(struct sim *s, uint64_t n)
{
	uint64_t z = (s->rnd += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % n;
}

__attribute__((format(printf, 2, 3)))
static inline void
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

static inline struct wall
wall(const struct sim *s)
{
	return (struct wall){ s->t + s->skew };
}

/* The oracle: the calendar of the C library, nothing of ours. */
static inline int64_t
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

static inline bool
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

static inline void
sql(struct sim *s, const char *text)
{
	char *why = NULL;

	if (sqlite3_exec(s->app, text, NULL, NULL, &why) != SQLITE_OK)
		wrong(s, "SQL: %s", why);
	sqlite3_free(why);
}

static inline sqlite3_stmt *
prepare(struct sim *s, const char *text)
{
	sqlite3_stmt *st = NULL;

	must(sqlite3_prepare_v2(s->app, text, -1, &st, NULL) == SQLITE_OK);
	return st;
}

static inline void
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

static inline void
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

#endif
