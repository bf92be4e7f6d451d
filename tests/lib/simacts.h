/*
 * simacts - of a simulated life: what people and clocks do, and the look at
 * what went.
 */
#ifndef TESTS_SIMACTS_H
#define TESTS_SIMACTS_H

#include "simhost.h"

/* A pass at once, as agenda_want_all() and agenda_run() have it. */
static inline void
disturb(struct sim *s)
{
	s->disturbed = s->t;
	s->wake = s->t;
}

static inline void
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

static inline void
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

static inline void
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
static inline void
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

#endif
