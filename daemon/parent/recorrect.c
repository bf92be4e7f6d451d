/* recorrect - corrections of a store, by the register. */
#include "recorrect.h"

#include <stdlib.h>
#include <string.h>

#include "retention/ledger_request.h"
#include "retention/log.h"

#include "parent.h"

struct done {
	const char *store;
	size_t n, room;
	struct one {
		char id[LEDGER_REQUEST_ID];
		struct ledger_outcome o;
	} *list;			/* owned */
	char id[LEDGER_REQUEST_ID];	/* of the request at hand */
	struct parent *p;
	struct err *e;
	bool failed;
};

static void
add_outcome(void *ctx, const struct ledger_outcome *o)
{
	struct done *d = ctx;
	struct one *to;

	if (strcmp(o->store, d->store) != 0 ||
	    (strcmp(o->state, "corrected") != 0 &&
	    strcmp(o->state, "uncertain") != 0))
		return;
	if (d->n == d->room) {
		size_t room = d->room != 0 ? d->room * 2 : 16;
		struct one *more = reallocarray(d->list, room, sizeof(*more));

		if (more == NULL) {
			d->failed = true;
			return;
		}
		d->list = more;
		d->room = room;
	}
	to = &d->list[d->n++];
	memcpy(to->id, d->id, sizeof(to->id));
	to->o = *o;
}

static void
add_request(void *ctx, const struct ledger_request *r)
{
	struct done *d = ctx;

	if (strcmp(r->what, "correct") != 0 || strcmp(r->state, "done") != 0)
		return;
	memcpy(d->id, r->id, sizeof(d->id));
	if (ledger_request_outcomes(d->p->ev.ledger, r->id, d, add_outcome,
	    d->e) == -1)
		d->failed = true;
}

int
recorrect_tell(struct parent *p, const char *store, struct err *e)
{
	struct done d = { .store = store, .p = p, .e = e };
	int rc = ledger_request_each(p->ev.ledger, true, &d, add_request, e);

	if (rc == 0 && d.failed)
		rc = e->code != ERR_NONE ? -1 :
		    err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; rc == 0 && i < d.n; i++) {
		struct ledger_outcome *o = &d.list[i].o;

		(void)snprintf(o->state, sizeof(o->state), "uncertain");
		(void)snprintf(o->error, sizeof(o->error), "the store came "
		    "out of a backup since: look, and correct again");
		log_line(LOG_WARN, "request %s: what it corrected in dataset "
		    "%s may have come back: look, and correct it again",
		    d.list[i].id, o->dataset);
		rc = ledger_request_outcome(p->ev.ledger, d.list[i].id, o, e);
	}
	free(d.list);
	return rc;
}
