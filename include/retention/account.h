/*
 * account - the retention report over a period: per dataset what was promised,
 * what the trail says was done, what was put off and what failed, and how well
 * the trail itself stands.  Counts only; nothing in it is about a person.
 * Reads records as verify_trail() hands them out; opens nothing and asks for
 * no time.
 */
#ifndef RETENTION_ACCOUNT_H
#define RETENTION_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/verify.h"

struct account;
struct buf;

struct account_period {
	bool has_from, has_to;
	struct wall from, to;		/* to excluded */
};

struct account *account_new(const struct account_period *p);
void account_free(struct account *a);	/* NULL is fine */

/* Of struct verify_options, with the account as its context. */
void account_record(void *ctx, uint64_t seq, const char *line, size_t n);

/* What a policy of today says about a dataset, and how its data stand; absent
 * text is NULL. */
struct account_promise {
	const char *dataset, *store, *notice, *controller, *owner, *review_by;
	const char *promise, *basis, *rule, *mode, *action;
	bool counted;			/* else `error` says why not */
	uint64_t total, due, held, restricted, undated, future;
	bool braked, has_oldest, has_next;
	struct wall oldest_due, next_due;
	const char *error;
};

struct account_ground {			/* what it rests on; borrowed */
	const struct verify_report *report;
	const struct note_key *pin;	/* NULL: none was given */
	const char *finding;		/* the gravest one; NULL: none */
	struct wall now;
	const char *policies_error;	/* why there are no promises; NULL */
	size_t n_promises;
	const struct account_promise *promise;
	const char *holds_unknown;	/* why; NULL: they are known */
	size_t holds, restrictions;	/* in force now */
};

/* The seconds by which the oldest item is over its time; 0: none is. */
int64_t account_overdue(const struct account_promise *p, struct wall now);

/* As text, or one HTML page without scripts that needs nothing else; and as
 * JSON.  Missing memory shows as a failed `out`. */
void account_text(const struct account *a, const struct account_ground *g,
    bool html, struct buf *out);
void account_json(const struct account *a, const struct account_ground *g,
    struct buf *out);

#endif
