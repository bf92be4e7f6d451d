/*
 * ledger_request - the register of what people asked for: their requests,
 * when each has to be answered, and what became of it store by store.
 *
 * A person is known by keyed hashes alone (subject.h).  Rows are never
 * removed: the register is the controller's account of its answers.
 */
#ifndef RETENTION_LEDGER_REQUEST_H
#define RETENTION_LEDGER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

struct ledger;

#define LEDGER_REQUEST_ID 24
#define LEDGER_MOST_PERSONS 8

struct ledger_person {			/* one identifier */
	char kind[64];
	uint8_t hash[32];
};

struct ledger_request {
	char id[LEDGER_REQUEST_ID];	/* 12 hex digits */
	char what[16];			/* "find", "copy", "correct", "erase",
					 * "restrict", "unrestrict" */
	char state[16];			/* "open"; closed: "done", "refused",
					 * "failed" */
	struct wall received;		/* when the person asked */
	struct wall due;		/* the last instant of the last day */
	struct wall made;		/* when it was entered */
	struct wall closed;		/* ms 0: it is open */
	int64_t uid;			/* who entered it */
	char user[64];
	size_t n_persons;
	struct ledger_person person[LEDGER_MOST_PERSONS];
};

/* New, or in place of what was known under that id; persons are only added. */
int ledger_request_put(struct ledger *l, const struct ledger_request *r,
    struct err *e);
/* 1 found, 0 not, -1 failed. */
int ledger_request_get(struct ledger *l, const char *id,
    struct ledger_request *ret, struct err *e);
/* Open ones first, then by due date.  `each` may ask the ledger, but not for
 * requests. */
int ledger_request_each(struct ledger *l, bool closed_too, void *ctx,
    void (*each)(void *ctx, const struct ledger_request *r), struct err *e);

/* What a request came to in one dataset; put again, it replaces. */
struct ledger_outcome {
	char dataset[256];		/* full name */
	char store[256];		/* full name */
	char state[16];			/* "found", "none", "erased", "failed"... */
	uint64_t rows, children, files, lines;
	uint64_t left;			/* of rows: what could not be done */
	char error[256];		/* "" none; names no data */
};
int ledger_request_outcome(struct ledger *l, const char *request,
    const struct ledger_outcome *o, struct err *e);
int ledger_request_outcomes(struct ledger *l, const char *request, void *ctx,
    void (*each)(void *ctx, const struct ledger_outcome *o), struct err *e);

#endif
