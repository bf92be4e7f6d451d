/* ledger_clock - the last time seen, to notice a clock that was set. */
#include "ledger_private.h"

int
ledger_clock_put(struct ledger *l, const struct ledger_clock *c,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_CLOCK_PUT);

	ledger_bind_int(s, 1, c->at.ms);
	ledger_bind_int(s, 2, c->since_boot_ms);
	ledger_bind_text(s, 3, c->boot);
	return ledger_run(l, s, e);
}

int
ledger_clock_get(struct ledger *l, struct ledger_clock *ret, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_CLOCK_GET);
	int rc = ledger_step(l, s, e);

	if (rc == 1) {
		ret->at.ms = sqlite3_column_int64(s, 0);
		ret->since_boot_ms = sqlite3_column_int64(s, 1);
		if (ledger_column_text(s, 2, ret->boot,
		    sizeof(ret->boot)) == -1)
			rc = ledger_bad_row("sight", e);
	}
	(void)sqlite3_reset(s);
	return rc;
}
