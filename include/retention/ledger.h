/*
 * ledger - the daemon's own SQLite file (state/ledger.db): events, the head
 * of the trail, open operations, what each dataset did last, the last time
 * seen.  Never personal data.  WAL, synchronous=FULL.
 */
#ifndef RETENTION_LEDGER_H
#define RETENTION_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/err.h"

struct ledger;

int ledger_open(const char *state, struct ledger **ret, struct err *e);
void ledger_close(struct ledger *l);
/* -1: the file is not where it was opened, or another lies there; what is
 * written to this one is lost with the process. */
int ledger_there(const struct ledger *l, struct err *e);

/* Events.  Declaring twice is refused (ERR_REFUSED); times may lie ahead. */
struct ledger_event {
	char name[128];
	struct wall at;			/* when it happened */
	struct wall declared;		/* when it was declared */
	int64_t uid;
	char user[64];
};
int ledger_event_add(struct ledger *l, const struct ledger_event *ev,
    struct err *e);
/* 1 found, 0 not, -1 failed. */
int ledger_event_get(struct ledger *l, const char *name,
    struct ledger_event *ret, struct err *e);
int ledger_event_each(struct ledger *l, void *ctx,
    void (*each)(void *ctx, const struct ledger_event *ev), struct err *e);

/* Holds and restrictions.  A subject is a keyed hash; the rest comes from the
 * operator.  They are never removed: a released one is history. */
struct ledger_hold {
	char id[24];
	int state;			/* enum gate_state */
	char scope[16];			/* gates_scope_name() */
	char name[256];			/* store or dataset; "" otherwise */
	char kind[64];			/* of a subject; "" otherwise */
	uint8_t hash[32];
	char matter[256], issuer[256], reason[1024];
	struct wall placed, until, released;	/* ms 0: open */
	int64_t uid;
	char user[64];
};
int ledger_hold_add(struct ledger *l, const struct ledger_hold *h,
    struct err *e);
/* 1 released, 0 no such hold in force, -1 failed. */
int ledger_hold_release(struct ledger *l, const char *id, struct wall at,
    struct err *e);
int ledger_hold_each(struct ledger *l, bool released_too, void *ctx,
    void (*each)(void *ctx, const struct ledger_hold *h), struct err *e);

/* Saved plans, each with what became of it.  Live: open or approved. */
#define LEDGER_PLAN_ID (2 * COMMIT_OP_BYTES)
struct ledger_plan {
	char id[LEDGER_PLAN_ID + 1];	/* hex; "": none */
	char dataset[256];
	char why[16];			/* "review", "brake", "saved" */
	char state[16];			/* "open", "approved"; "finished",
					 * "rejected", "expired", "replaced",
					 * "void" */
	uint32_t ep;			/* whose key its commitments are by */
	uint64_t n, erased;
	uint8_t root[32];		/* over its commitments */
	uint8_t rule[32];		/* digest of the rule it was made by */
	struct wall made, expires;
	struct wall decided;		/* ms 0: not yet */
	int64_t uid;			/* who decided */
	char user[64];
};
/* New, or in place of what was known. */
int ledger_plan_put(struct ledger *l, const struct ledger_plan *p,
    struct err *e);
int ledger_plan_get(struct ledger *l, const char *id, struct ledger_plan *ret,
    struct err *e);			/* 1/0/-1 */
/* The newest live one of a dataset. */
int ledger_plan_live(struct ledger *l, const char *dataset,
    struct ledger_plan *ret, struct err *e);	/* 1/0/-1 */

/* The trail's head after each checkpoint. 1/0/-1 as above. */
int ledger_head_put(struct ledger *l, uint64_t size, const uint8_t root[32],
    struct err *e);
int ledger_head_get(struct ledger *l, uint64_t *ret_size, uint8_t ret_root[32],
    struct err *e);

/* The job text behind an open intent, to resolve it under the rule that made
 * it even when the policy has changed since. */
int ledger_op_put(struct ledger *l, const uint8_t op[COMMIT_OP_BYTES],
    const char *job, struct err *e);
int ledger_op_get(struct ledger *l, const uint8_t op[COMMIT_OP_BYTES],
    char **ret_job, struct err *e);		/* malloc'd; 1/0/-1 */
int ledger_op_drop(struct ledger *l, const uint8_t op[COMMIT_OP_BYTES],
    struct err *e);
/* Drops all but the n operations whose names stand one behind the other. */
int ledger_op_keep(struct ledger *l, const uint8_t *ops, size_t n,
    struct err *e);

/* What a dataset did last, for status across restarts. */
struct ledger_dataset {
	char dataset[256];
	struct wall last_pass;		/* ms 0: never */
	uint64_t erased_total;
	uint64_t due, undated, future;
	struct wall oldest_due;		/* ms 0: none */
	char last_error[256];		/* "" none */
};
int ledger_dataset_put(struct ledger *l, const struct ledger_dataset *d,
    struct err *e);
int ledger_dataset_get(struct ledger *l, const char *dataset,
    struct ledger_dataset *ret, struct err *e);	/* 1/0/-1 */

/* The digest of the policy set last recorded in the trail. 1/0/-1. */
int ledger_policy_put(struct ledger *l, const uint8_t digest[32], struct err *e);
int ledger_policy_get(struct ledger *l, uint8_t ret_digest[32], struct err *e);

/* Datasets whose rules have become stricter and were not passed since.
 * 1 it is one, 0 not, -1 failed. */
int ledger_fresh_put(struct ledger *l, const char *dataset, struct err *e);
int ledger_fresh_get(struct ledger *l, const char *dataset, struct err *e);
int ledger_fresh_drop(struct ledger *l, const char *dataset, struct err *e);

/* What the trail was last told to be kept by holds.  1/0/-1. */
struct ledger_deferred {
	uint64_t held, restricted, gate;
	struct wall at;			/* of that record */
};
int ledger_deferred_put(struct ledger *l, const char *dataset,
    const struct ledger_deferred *d, struct err *e);
int ledger_deferred_get(struct ledger *l, const char *dataset,
    struct ledger_deferred *ret, struct err *e);

/* The last time seen that was in order. 1/0/-1. */
struct ledger_clock {
	struct wall at;
	int64_t since_boot_ms;		/* CLOCK_BOOTTIME then */
	char boot[64];			/* id of that boot; "": unknown */
};
int ledger_clock_put(struct ledger *l, const struct ledger_clock *c,
    struct err *e);
int ledger_clock_get(struct ledger *l, struct ledger_clock *ret,
    struct err *e);

#endif
