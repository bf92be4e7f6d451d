/* ledger_request - what people asked for, until when, and what became of it. */
#include "retention/ledger_request.h"

#include <string.h>

#include "ledger_private.h"

static int
read_row(sqlite3_stmt *s, struct ledger_request *ret)
{
	struct ledger_request r = { .received.ms = sqlite3_column_int64(s, 3),
		.due.ms = sqlite3_column_int64(s, 4),
		.made.ms = sqlite3_column_int64(s, 5),
		.closed.ms = sqlite3_column_int64(s, 6),
		.uid = sqlite3_column_int64(s, 7) };

	if (ledger_column_text(s, 0, r.id, sizeof(r.id)) == -1 ||
	    ledger_column_text(s, 1, r.what, sizeof(r.what)) == -1 ||
	    ledger_column_text(s, 2, r.state, sizeof(r.state)) == -1 ||
	    ledger_column_text(s, 8, r.user, sizeof(r.user)) == -1)
		return -1;
	*ret = r;
	return 0;
}

static int
read_persons(struct ledger *l, struct ledger_request *r, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_PERSON_EACH);
	int rc;

	ledger_bind_text(s, 1, r->id);
	while ((rc = ledger_step(l, s, e)) == 1) {
		struct ledger_person *p = &r->person[r->n_persons];

		if (r->n_persons == LEDGER_MOST_PERSONS ||
		    ledger_column_text(s, 0, p->kind, sizeof(p->kind)) == -1 ||
		    ledger_column_blob(s, 1, p->hash, sizeof(p->hash)) == -1) {
			rc = ledger_bad_row("request_person", e);
			break;
		}
		r->n_persons++;
	}
	(void)sqlite3_reset(s);
	return rc;
}

static int
put_row(struct ledger *l, const struct ledger_request *r, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_REQUEST_PUT);

	ledger_bind_text(s, 1, r->id);
	ledger_bind_text(s, 2, r->what);
	ledger_bind_text(s, 3, r->state);
	ledger_bind_int(s, 4, r->received.ms);
	ledger_bind_int(s, 5, r->due.ms);
	ledger_bind_int(s, 6, r->made.ms);
	ledger_bind_int(s, 7, r->closed.ms);
	ledger_bind_int(s, 8, r->uid);
	ledger_bind_text(s, 9, r->user);
	return ledger_run(l, s, e);
}

static int
put_persons(struct ledger *l, const struct ledger_request *r, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->n_persons; i++) {
		sqlite3_stmt *s = ledger_statement(l, LEDGER_PERSON_PUT);

		ledger_bind_text(s, 1, r->id);
		ledger_bind_text(s, 2, r->person[i].kind);
		ledger_bind_blob(s, 3, r->person[i].hash,
		    sizeof(r->person[i].hash));
		rc = ledger_run(l, s, e);
	}
	return rc;
}

int
ledger_request_put(struct ledger *l, const struct ledger_request *r,
    struct err *e)
{
	struct err ignored = ERR_EMPTY;

	if (ledger_run(l, ledger_statement(l, LEDGER_BEGIN), e) == -1)
		return -1;
	if (put_row(l, r, e) == 0 && put_persons(l, r, e) == 0 &&
	    ledger_run(l, ledger_statement(l, LEDGER_COMMIT), e) == 0)
		return 0;
	(void)ledger_run(l, ledger_statement(l, LEDGER_ROLLBACK), &ignored);
	return -1;
}

int
ledger_request_get(struct ledger *l, const char *id,
    struct ledger_request *ret, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_REQUEST_GET);
	struct ledger_request r;
	int rc;

	ledger_bind_text(s, 1, id);
	rc = ledger_step(l, s, e);
	if (rc == 1 && read_row(s, &r) == -1)
		rc = ledger_bad_row("request", e);
	(void)sqlite3_reset(s);
	if (rc == 1 && read_persons(l, &r, e) == -1)
		rc = -1;
	if (rc == 1)
		*ret = r;
	return rc;
}

int
ledger_request_each(struct ledger *l, bool closed_too, void *ctx,
    void (*each)(void *ctx, const struct ledger_request *r), struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_REQUEST_EACH);
	struct ledger_request r;
	int rc;

	ledger_bind_int(s, 1, closed_too);
	while ((rc = ledger_step(l, s, e)) == 1) {
		if (read_row(s, &r) == -1) {
			rc = ledger_bad_row("request", e);
			break;
		}
		rc = read_persons(l, &r, e);
		if (rc == -1)
			break;
		each(ctx, &r);
	}
	(void)sqlite3_reset(s);
	return rc;
}

int
ledger_request_outcome(struct ledger *l, const char *request,
    const struct ledger_outcome *o, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_OUTCOME_PUT);

	ledger_bind_text(s, 1, request);
	ledger_bind_text(s, 2, o->dataset);
	ledger_bind_text(s, 3, o->store);
	ledger_bind_text(s, 4, o->state);
	ledger_bind_int(s, 5, (int64_t)o->rows);
	ledger_bind_int(s, 6, (int64_t)o->children);
	ledger_bind_int(s, 7, (int64_t)o->files);
	ledger_bind_int(s, 8, (int64_t)o->lines);
	ledger_bind_int(s, 9, (int64_t)o->left);
	ledger_bind_text(s, 10, o->error);
	return ledger_run(l, s, e);
}

static int
read_outcome(sqlite3_stmt *s, struct ledger_outcome *ret)
{
	struct ledger_outcome o = {
		.rows = (uint64_t)sqlite3_column_int64(s, 3),
		.children = (uint64_t)sqlite3_column_int64(s, 4),
		.files = (uint64_t)sqlite3_column_int64(s, 5),
		.lines = (uint64_t)sqlite3_column_int64(s, 6),
		.left = (uint64_t)sqlite3_column_int64(s, 7) };

	if (ledger_column_text(s, 0, o.dataset, sizeof(o.dataset)) == -1 ||
	    ledger_column_text(s, 1, o.store, sizeof(o.store)) == -1 ||
	    ledger_column_text(s, 2, o.state, sizeof(o.state)) == -1 ||
	    ledger_column_text(s, 8, o.error, sizeof(o.error)) == -1)
		return -1;
	*ret = o;
	return 0;
}

int
ledger_request_outcomes(struct ledger *l, const char *request, void *ctx,
    void (*each)(void *ctx, const struct ledger_outcome *o), struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_OUTCOME_EACH);
	struct ledger_outcome o;
	int rc;

	ledger_bind_text(s, 1, request);
	while ((rc = ledger_step(l, s, e)) == 1) {
		if (read_outcome(s, &o) == -1) {
			rc = ledger_bad_row("request_outcome", e);
			break;
		}
		each(ctx, &o);
	}
	(void)sqlite3_reset(s);
	return rc;
}
