#include "erasenote.h"

#include <string.h>

#include "retention/buf.h"

#include "correcting.h"
#include "docket.h"
#include "erasing.h"
#include "parent.h"

/* Asked for by a person, so the register has it. */
static bool
is_asked(const struct erasing *r)
{
	return strcmp(r->row.what, "request") == 0 ||
	    correcting_is(&r->row);
}

const char *
erasenote_what(const struct erasing *r)
{
	return strcmp(r->row.what, "request") == 0 ? "erase" : r->row.what;
}

int
erasenote_record(struct parent *p, const struct record_erasure *r,
    struct err *e)
{
	struct buf payload = BUF_EMPTY;
	int rc;

	record_erasure(&payload, r);
	rc = evidence_append(&p->ev, RECORD_REQUEST, &payload, e);
	buf_release(&payload);
	return rc == 0 ? evidence_sync(&p->ev, e) : -1;
}

int
erasenote_begun(struct parent *p, const struct erasing *r, const char *why,
    struct err *e)
{
	struct record_person persons[ERASING_MOST_PERSONS];
	struct record_erasure x = { .id = r->row.id, .what = r->row.what,
		.state = "open", .n_persons = r->n_persons,
		.persons = persons, .why = why,
		.user = r->row.user[0] != '\0' ? r->row.user : NULL,
		.uid = r->row.uid };

	if (is_asked(r))
		return 0;
	must(r->n_persons <= ERASING_MOST_PERSONS);
	for (size_t i = 0; i < r->n_persons; i++)
		persons[i] = (struct record_person){ r->person[i].kind,
			r->person[i].hash };
	return erasenote_record(p, &x, e);
}

/* The register's words are done and refused: of what was left it has the
 * outcomes.  Closed already: a kill came in between. */
int
erasenote_end(struct parent *p, const struct erasing *r,
    const struct record_erasure *x, struct err *e)
{
	struct record_who who = { r->row.uid, r->row.user };
	struct ledger_request q;
	int rc;

	if (!is_asked(r))
		return erasenote_record(p, x, e);
	/* What could not be corrected is still asked for, and due. */
	if (correcting_is(&r->row) && strcmp(x->state, "done") != 0)
		return 0;
	rc = ledger_request_get(p->ev.ledger, r->row.id, &q, e);
	if (rc == -1)
		return -1;
	if (rc == 0 || q.closed.ms != 0)
		return 0;
	return docket_close(p, r->row.id, strcmp(x->state, "done") == 0 ?
	    "done" : "refused", r->row.reason, &who, e);
}

int
erasenote_outcome(struct parent *p, const struct erasing *r,
    const struct erasing_part *x, struct err *e)
{
	struct ledger_outcome o = { .rows = x->p.erased, .left = x->p.left };

	if (!is_asked(r))
		return 0;
	memcpy(o.dataset, x->p.dataset, sizeof(o.dataset));
	memcpy(o.store, x->p.store, sizeof(o.store));
	(void)snprintf(o.state, sizeof(o.state), "%s",
	    strcmp(x->p.state, "done") != 0 ? x->p.state :
	    correcting_is(&r->row) ? "corrected" : "erased");
	memcpy(o.error, x->p.error, sizeof(o.error));
	return docket_outcome(p, r->row.id, &o, e);
}
