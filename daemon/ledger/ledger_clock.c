/* ledger_clock - the last wall time seen, to notice a clock set back. */
#include "ledger_private.h"

int
ledger_clock_put(struct ledger *l, struct wall t, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_CLOCK_PUT);

	ledger_bind_int(s, 1, t.ms);
	return ledger_run(l, s, e);
}

int
ledger_clock_get(struct ledger *l, struct wall *ret, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_CLOCK_GET);
	int rc = ledger_step(l, s, e);

	if (rc == 1)
		ret->ms = sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return rc;
}
