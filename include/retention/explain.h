/*
 * explain - why one row goes or stays, as plain data: made by a store engine,
 * shown to the operator who named the row.  Times and verdicts only; never the
 * key nor another value.
 */
#ifndef RETENTION_EXPLAIN_H
#define RETENTION_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/gate.h"

enum explain_clock {
	EXPLAIN_NO_CLOCK,	/* the rule asks no time of the row */
	EXPLAIN_DATED,
	EXPLAIN_ABSENT,		/* `until`: nothing has happened yet */
	EXPLAIN_UNDATED,	/* a `from` that cannot be read: never due */
	EXPLAIN_FUTURE,		/* implausible: never due */
	EXPLAIN_N_CLOCKS
};

struct explain_rival {
	const char *dataset;
	bool matches, due;
	bool has_due_at;
	struct wall due_at;
};

struct explain {
	uint64_t rows;		/* of that key; 0: none, and nothing below */
	bool matches;		/* the dataset's `where` */
	enum explain_clock clock;
	bool has_time;
	struct wall time;	/* that the rule counts from */
	bool due;		/* by the dataset's own timing */
	bool has_due_at;
	struct wall due_at;
	size_t n_rivals;
	const struct explain_rival *rivals;
	bool outlasted;		/* no rival keeps it longer */
	bool needs;		/* there is something left to do to it */
	enum gate_state gate;	/* of the row's persons */
	enum gate_state whole;	/* of the dataset */
	bool goes;		/* the very predicate that erasing tests */
};

#endif
