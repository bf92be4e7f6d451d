/*
 * cli_plan - what is due, by workers that may only read.
 *
 * I3: the counts are the worker's, made by the code that a pass uses.
 * I7: a store that fails takes only its own datasets with it.
 */
#ifndef RETENTION_CLI_PLAN_H
#define RETENTION_CLI_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/msg.h"
#include "retention/rule.h"

struct conf_set;
struct pool;

struct cli_plan_row {
	const struct rule_notice *notice;
	const struct rule_store *store;
	struct rule_dataset d;		/* with its events filled in */
	bool counted;			/* false: error says why */
	struct msg_counted c;
	bool braked;
	bool explained;			/* a row was asked for: x, not c */
	struct explain x;
	const char *error;		/* NULL: none */
	const char *note;		/* NULL: none */
};

struct cli_plan {
	struct wall at;
	size_t n;
	struct cli_plan_row *rows;	/* in the order of the configuration */
};

struct cli_plan_job {
	const struct conf_set *set;
	struct wall at;
	size_t n_names;			/* 0: all datasets */
	const char *const *names;
	size_t n_key;			/* explain the row of this key, in place
					 * of counting; 0: none */
	const char *const *key;
	bool rules_only;		/* no store is opened but for events */
};

/* -1: a name is unknown (told with the nearest one), or no memory.  Failures
 * of stores are in the rows. */
int cli_plan_make(const struct cli_plan_job *job, struct pool *p,
    struct cli_plan *ret, struct err *e);

/* Would a pass stop before it starts?  `standard` is retentiond.conf's. */
bool cli_plan_brakes(const struct rule_dataset *d,
    const struct rule_brake *standard, const struct msg_counted *c);

/* Does erasing leave pseudonyms? */
bool cli_plan_keyed(const struct rule_dataset *d);

/* Does any dataset of the notice? */
bool cli_plan_needs_key(const struct rule_notice *n);

#endif
