/*
 * docket - the register of what people asked for: entered, answered, and due.
 *
 * Every request has one row of the ledger, a record of the trail when it is
 * entered and one when it is closed.  An identifier passes through here as a
 * borrowed text and becomes a keyed hash; the caller wipes it.
 *
 * Due: one calendar month after the day of receipt (calendar.h), to the end
 * of that day in UTC, unless the request says otherwise.
 */
#ifndef PARENT_DOCKET_H
#define PARENT_DOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/ctl.h"
#include "retention/err.h"
#include "retention/ledger_request.h"
#include "retention/record.h"

struct parent;

struct docket_new {
	const char *what;		/* "copy", ...; see docket_knows() */
	const char *id;			/* of an open one that is answered now;
					 * NULL: a new one */
	size_t n_persons;
	const struct ctl_person *person;
	bool has_received, has_due;	/* without: now, and a month later */
	struct wall received, due;
};

bool docket_knows(const char *what);

/*
 * Enter a request: ledger, then trail, durable.  With `id`: find the open one
 * of that name instead; ERR_REFUSED unless it is for the same thing and names
 * no person but these.
 */
int docket_open(struct parent *p, const struct docket_new *n,
    const struct record_who *who, struct ledger_request *ret, struct err *e);

/* What it came to so far in a dataset; in the ledger alone. */
int docket_outcome(struct parent *p, const char *id,
    const struct ledger_outcome *o, struct err *e);

/* Close it, with all outcomes of the ledger in the record.  ERR_REFUSED when
 * there is no open request of that id.  `state`: "done", "refused", "failed";
 * `reason`: NULL none; a digest of it is kept. */
int docket_close(struct parent *p, const char *id, const char *state,
    const char *reason, const struct record_who *who, struct err *e);

#endif
