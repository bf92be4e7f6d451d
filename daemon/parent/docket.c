#include "docket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/log.h"
#include "retention/record_request.h"
#include "retention/sha256.h"

#include "docketday.h"
#include "gating.h"
#include "parent.h"

#define ID_BYTES 6

static const char *const kinds[] = { "find", "copy", "correct", "erase",
	"restrict", "unrestrict" };

bool
docket_knows(const char *what)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], what) == 0)
			return true;
	return false;
}

static int
dates(const struct docket_new *n, struct wall now, struct ledger_request *r,
    struct err *e)
{
	r->received = n->has_received ? n->received : now;
	if (r->received.ms > now.ms)
		return err_set(e, ERR_INPUT, "received: this time is still to "
		    "come");
	r->due = n->has_due ? docketday_end(n->due) :
	    docketday_month(r->received);
	if (r->due.ms < r->received.ms)
		return err_set(e, ERR_INPUT, "due: before the request was "
		    "received");
	return 0;
}

static int
hash_persons(struct parent *p, const struct docket_new *n,
    struct ledger_request *r, struct err *e)
{
	if (n->n_persons == 0 || n->n_persons > LEDGER_MOST_PERSONS)
		return err_set(e, ERR_INPUT, "expected 1 to %d identifiers of "
		    "the person", LEDGER_MOST_PERSONS);
	for (size_t i = 0; i < n->n_persons; i++) {
		struct ledger_person *to = &r->person[r->n_persons];

		if (strlen(n->person[i].kind) >= sizeof(to->kind))
			return err_set(e, ERR_INPUT, "kind: more than %zu "
			    "bytes", sizeof(to->kind) - 1);
		(void)snprintf(to->kind, sizeof(to->kind), "%s",
		    n->person[i].kind);
		if (gating_subject(p, to->kind, n->person[i].value, to->hash,
		    e) == -1)
			return -1;
		r->n_persons++;
	}
	return 0;
}

static bool
names(const struct ledger_request *r, const struct ledger_person *one)
{
	for (size_t i = 0; i < r->n_persons; i++)
		if (strcmp(r->person[i].kind, one->kind) == 0 &&
		    memcmp(r->person[i].hash, one->hash,
		    sizeof(one->hash)) == 0)
			return true;
	return false;
}

/* The one that is answered: an identifier more may have come to light since. */
static int
take_up(struct parent *p, const struct docket_new *n,
    const struct ledger_request *now, struct ledger_request *ret,
    struct err *e)
{
	int rc = ledger_request_get(p->ev.ledger, n->id, ret, e);

	if (rc == -1)
		return -1;
	if (rc == 0 || ret->closed.ms != 0)
		return err_set(e, ERR_REFUSED, "no request of that name is "
		    "open; see 'retentionctl subject requests'");
	if (strcmp(ret->what, n->what) != 0)
		return err_set(e, ERR_REFUSED, "request %s is for '%s'",
		    ret->id, ret->what);
	for (size_t i = 0; i < ret->n_persons; i++)
		if (!names(now, &ret->person[i]))
			return err_set(e, ERR_REFUSED, "request %s is of "
			    "another person, or by another identifier of kind "
			    "%s", ret->id, ret->person[i].kind);
	return 0;
}

struct outcomes {
	struct ledger_outcome *list;	/* owned */
	size_t n, room;
	bool failed;
};

static void
add_outcome(void *ctx, const struct ledger_outcome *o)
{
	struct outcomes *all = ctx;

	if (all->n == all->room && !all->failed) {
		size_t room = all->room != 0 ? all->room * 2 : 16;
		void *more = reallocarray(all->list, room, sizeof(*all->list));

		all->failed = more == NULL;
		if (more != NULL) {
			all->list = more;
			all->room = room;
		}
	}
	if (!all->failed)
		all->list[all->n++] = *o;
}

static int
append(struct parent *p, struct record_request *r, const struct outcomes *all,
    struct err *e)
{
	struct record_request_outcome *o = calloc(all->n + 1, sizeof(*o));
	struct buf payload = BUF_EMPTY;
	int rc = -1;

	if (o == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < all->n; i++)
		o[i] = (struct record_request_outcome){
			.dataset = all->list[i].dataset,
			.store = all->list[i].store,
			.state = all->list[i].state,
			.rows = all->list[i].rows,
			.children = all->list[i].children,
			.files = all->list[i].files,
			.lines = all->list[i].lines,
			.left = all->list[i].left };
	r->n_outcomes = all->n;
	r->outcome = o;
	record_request(&payload, r);
	rc = evidence_append(&p->ev, RECORD_REQUEST, &payload, e);
	buf_release(&payload);
	free(o);
	if (rc == 0)
		rc = evidence_sync(&p->ev, e);
	if (rc == 0)
		(void)evidence_seal(&p->ev, e);
	return rc;
}

static int
record(struct parent *p, const struct ledger_request *q, const char *reason,
    const struct record_who *who, struct err *e)
{
	struct record_request_person person[LEDGER_MOST_PERSONS];
	struct outcomes all = { .n = 0 };
	uint8_t digest[SHA256_BYTES];
	struct record_request r = { .id = q->id, .what = q->what,
		.state = q->state, .n_persons = q->n_persons,
		.person = person, .received = q->received, .due = q->due,
		.who = *who };
	int rc;

	for (size_t i = 0; i < q->n_persons; i++)
		person[i] = (struct record_request_person){
			q->person[i].kind, q->person[i].hash };
	if (reason != NULL && reason[0] != '\0') {
		sha256_once(reason, strlen(reason), digest);
		r.reason = digest;
	}
	rc = ledger_request_outcomes(p->ev.ledger, q->id, &all, add_outcome, e);
	if (rc == 0 && all.failed)
		rc = err_set(e, ERR_MEMORY, "no memory");
	if (rc == 0)
		rc = append(p, &r, &all, e);
	free(all.list);
	return rc;
}

int
docket_open(struct parent *p, const struct docket_new *n,
    const struct record_who *who, struct ledger_request *ret, struct err *e)
{
	struct ledger_request r = { .state = "open", .made = clock_now(),
		.uid = who->uid };
	uint8_t id[ID_BYTES];

	if (!docket_knows(n->what))
		return err_set(e, ERR_INPUT, "expected find, copy, correct, "
		    "erase, restrict or unrestrict");
	if (evidence_off(&p->ev))
		return err_set(e, ERR_TRAIL, "%s", p->ev.why);
	if (dates(n, r.made, &r, e) == -1 || hash_persons(p, n, &r, e) == -1)
		return -1;
	if (n->id != NULL)
		return take_up(p, n, &r, ret, e);
	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return err_sys(e, "getrandom");
	hex_text(id, sizeof(id), r.id);
	(void)snprintf(r.what, sizeof(r.what), "%s", n->what);
	(void)snprintf(r.user, sizeof(r.user), "%s", who->user);
	if (ledger_request_put(p->ev.ledger, &r, e) == -1 ||
	    record(p, &r, NULL, who, e) == -1)
		return -1;
	log_line(LOG_NOTICE, "request %s: %s, entered by %s (uid %lld)", r.id,
	    r.what, who->user, (long long)who->uid);
	*ret = r;
	return 0;
}

int
docket_outcome(struct parent *p, const char *id,
    const struct ledger_outcome *o, struct err *e)
{
	return ledger_request_outcome(p->ev.ledger, id, o, e);
}

int
docket_close(struct parent *p, const char *id, const char *state,
    const char *reason, const struct record_who *who, struct err *e)
{
	struct ledger_request r;
	int rc = ledger_request_get(p->ev.ledger, id, &r, e);

	if (rc == -1)
		return -1;
	if (rc == 0 || r.closed.ms != 0)
		return err_set(e, ERR_REFUSED, "no request of that name is "
		    "open; see 'retentionctl subject requests'");
	(void)snprintf(r.state, sizeof(r.state), "%s", state);
	r.closed = clock_now();
	/* Recorded first: what the ledger calls closed stands in the trail. */
	if (record(p, &r, reason, who, e) == -1 ||
	    ledger_request_put(p->ev.ledger, &r, e) == -1)
		return -1;
	log_line(LOG_NOTICE, "request %s: %s, %s, closed by %s (uid %lld)",
	    r.id, r.what, r.state, who->user, (long long)who->uid);
	return 0;
}
