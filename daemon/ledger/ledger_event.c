/* ledger_event - named events: declared once, never changed, never removed. */
#include "ledger_private.h"

static int
read_row(sqlite3_stmt *s, struct ledger_event *ret)
{
	struct ledger_event ev = { .at.ms = sqlite3_column_int64(s, 1),
		.declared.ms = sqlite3_column_int64(s, 2),
		.uid = sqlite3_column_int64(s, 3) };

	if (ledger_column_text(s, 0, ev.name, sizeof(ev.name)) == -1 ||
	    ledger_column_text(s, 4, ev.user, sizeof(ev.user)) == -1)
		return -1;
	*ret = ev;
	return 0;
}

int
ledger_event_add(struct ledger *l, const struct ledger_event *ev,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_EVENT_ADD);
	int rc;

	ledger_bind_text(s, 1, ev->name);
	ledger_bind_int(s, 2, ev->at.ms);
	ledger_bind_int(s, 3, ev->declared.ms);
	ledger_bind_int(s, 4, ev->uid);
	ledger_bind_text(s, 5, ev->user);
	rc = ledger_run(l, s, e);
	if (rc == -1 && (sqlite3_extended_errcode(l->db) & 0xff) ==
	    SQLITE_CONSTRAINT)
		return err_set(e, ERR_REFUSED, "event %s was declared before: "
		    "an event happens once", ev->name);
	return rc;
}

int
ledger_event_get(struct ledger *l, const char *name,
    struct ledger_event *ret, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_EVENT_GET);
	int rc;

	ledger_bind_text(s, 1, name);
	rc = ledger_step(l, s, e);
	if (rc == 1 && read_row(s, ret) == -1)
		rc = ledger_bad_row("event", e);
	(void)sqlite3_reset(s);
	return rc;
}

int
ledger_event_each(struct ledger *l, void *ctx,
    void (*each)(void *ctx, const struct ledger_event *ev), struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_EVENT_EACH);
	struct ledger_event ev;
	int rc;

	while ((rc = ledger_step(l, s, e)) == 1) {
		if (read_row(s, &ev) == -1) {
			rc = ledger_bad_row("event", e);
			break;
		}
		each(ctx, &ev);
	}
	(void)sqlite3_reset(s);
	return rc;
}
