/* ledger_deferred - what holds kept of each dataset, as the trail says it. */
#include "ledger_private.h"

int
ledger_deferred_put(struct ledger *l, const char *dataset,
    const struct ledger_deferred *d, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_DEFERRED_PUT);

	ledger_bind_text(s, 1, dataset);
	ledger_bind_int(s, 2, (int64_t)d->held);
	ledger_bind_int(s, 3, (int64_t)d->restricted);
	ledger_bind_int(s, 4, (int64_t)d->gate);
	ledger_bind_int(s, 5, d->at.ms);
	return ledger_run(l, s, e);
}

int
ledger_deferred_get(struct ledger *l, const char *dataset,
    struct ledger_deferred *ret, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_DEFERRED_GET);
	int rc;

	ledger_bind_text(s, 1, dataset);
	rc = ledger_step(l, s, e);
	if (rc == 1)
		*ret = (struct ledger_deferred){
			.held = (uint64_t)sqlite3_column_int64(s, 0),
			.restricted = (uint64_t)sqlite3_column_int64(s, 1),
			.gate = (uint64_t)sqlite3_column_int64(s, 2),
			.at.ms = sqlite3_column_int64(s, 3),
		};
	(void)sqlite3_reset(s);
	return rc;
}
