/* ledger_fresh - the datasets that a policy made stricter. */
#include "ledger_private.h"

static int
of_dataset(struct ledger *l, enum ledger_statement which, const char *dataset,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, which);
	int rc;

	ledger_bind_text(s, 1, dataset);
	rc = ledger_step(l, s, e);
	(void)sqlite3_reset(s);
	return rc;
}

int
ledger_fresh_put(struct ledger *l, const char *dataset, struct err *e)
{
	return of_dataset(l, LEDGER_FRESH_PUT, dataset, e);
}

int
ledger_fresh_get(struct ledger *l, const char *dataset, struct err *e)
{
	return of_dataset(l, LEDGER_FRESH_GET, dataset, e);
}

int
ledger_fresh_drop(struct ledger *l, const char *dataset, struct err *e)
{
	return of_dataset(l, LEDGER_FRESH_DROP, dataset, e);
}
