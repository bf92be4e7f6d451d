/*
 * chosen - the items of a saved plan, by their commitments alone: being
 * collected while the plan is made, or given, when only they may go.
 */
#ifndef DAEMON_WORKER_CHOSEN_H
#define DAEMON_WORKER_CHOSEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/commit.h"
#include "retention/err.h"
#include "retention/msg.h"
#include "retention/store.h"

struct chosen {
	struct commit_op op;		/* the plan's id and key; wiped */
	const char *store;		/* full name; borrowed */
	struct commit_maker *maker;	/* owned; for `object` */
	char object[256];
	uint8_t (*c)[COMMIT_BYTES];	/* owned */
	size_t n, room;
	uint64_t matched;		/* due items that were found in c */
	bool more;			/* collecting: there was no room */
};

void chosen_init(struct chosen *x, const struct commit_op *op,
    const char *store);
void chosen_release(struct chosen *x);	/* of zeros and twice is fine */

int chosen_add(struct chosen *x, const uint8_t (*c)[COMMIT_BYTES], size_t n,
    struct err *e);
/* Sorted and none twice, as the searching by halves needs it? */
bool chosen_in_order(const struct chosen *x);
/* Sorts what was collected.  -1: two items cannot be told apart. */
int chosen_seal(struct chosen *x, uint8_t ret_root[32], struct err *e);

/* Collects whatever is due, up to MSG_PLAN_MOST. */
struct store_pick chosen_collect(struct chosen *x);
/* Takes what is in the plan and counts it. */
struct store_pick chosen_only(struct chosen *x);

#endif
