/* ledger_hold - what must not go, by whom and why, until it is released. */
#include <string.h>

#include "ledger_private.h"

static int
read_row(sqlite3_stmt *s, struct ledger_hold *ret)
{
	struct ledger_hold h = { .state = sqlite3_column_int(s, 1),
		.placed.ms = sqlite3_column_int64(s, 9),
		.until.ms = sqlite3_column_int64(s, 10),
		.released.ms = sqlite3_column_int64(s, 11),
		.uid = sqlite3_column_int64(s, 12) };

	if (ledger_column_text(s, 0, h.id, sizeof(h.id)) == -1 ||
	    ledger_column_text(s, 2, h.scope, sizeof(h.scope)) == -1 ||
	    ledger_column_text(s, 3, h.name, sizeof(h.name)) == -1 ||
	    ledger_column_text(s, 4, h.kind, sizeof(h.kind)) == -1 ||
	    ledger_column_blob(s, 5, h.hash, sizeof(h.hash)) == -1 ||
	    ledger_column_text(s, 6, h.matter, sizeof(h.matter)) == -1 ||
	    ledger_column_text(s, 7, h.issuer, sizeof(h.issuer)) == -1 ||
	    ledger_column_text(s, 8, h.reason, sizeof(h.reason)) == -1 ||
	    ledger_column_text(s, 13, h.user, sizeof(h.user)) == -1)
		return -1;
	*ret = h;
	return 0;
}

int
ledger_hold_add(struct ledger *l, const struct ledger_hold *h, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_HOLD_ADD);

	ledger_bind_text(s, 1, h->id);
	ledger_bind_int(s, 2, h->state);
	ledger_bind_text(s, 3, h->scope);
	ledger_bind_text(s, 4, h->name);
	ledger_bind_text(s, 5, h->kind);
	ledger_bind_blob(s, 6, h->hash, sizeof(h->hash));
	ledger_bind_text(s, 7, h->matter);
	ledger_bind_text(s, 8, h->issuer);
	ledger_bind_text(s, 9, h->reason);
	ledger_bind_int(s, 10, h->placed.ms);
	ledger_bind_int(s, 11, h->until.ms);
	ledger_bind_int(s, 12, h->uid);
	ledger_bind_text(s, 13, h->user);
	return ledger_run(l, s, e);
}

int
ledger_hold_release(struct ledger *l, const char *id, struct wall at,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_HOLD_RELEASE);

	ledger_bind_text(s, 1, id);
	ledger_bind_int(s, 2, at.ms);
	return ledger_run(l, s, e) == -1 ? -1 : sqlite3_changes(l->db) == 1;
}

int
ledger_hold_each(struct ledger *l, bool released_too, void *ctx,
    void (*each)(void *ctx, const struct ledger_hold *h), struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_HOLD_EACH);
	struct ledger_hold h;
	int rc;

	ledger_bind_int(s, 1, released_too);
	while ((rc = ledger_step(l, s, e)) == 1) {
		if (read_row(s, &h) == -1) {
			rc = ledger_bad_row("hold", e);
			break;
		}
		each(ctx, &h);
	}
	(void)sqlite3_reset(s);
	return rc;
}
