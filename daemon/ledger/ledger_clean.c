/* ledger_clean - as which a pass left a store's file, until the next one. */
#include "retention/ledger_erasure.h"

#include <string.h>

#include "ledger_private.h"

int
ledger_clean_put(struct ledger *l, const char *store, const char *says,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_CLEAN_PUT);

	ledger_bind_text(s, 1, store);
	ledger_bind_text(s, 2, says);
	return ledger_run(l, s, e);
}

int
ledger_clean_take(struct ledger *l, const char *store,
    char ret[LEDGER_CLEAN_BYTES], struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_CLEAN_GET);
	const char *text;
	int rc;

	ledger_bind_text(s, 1, store);
	rc = ledger_step(l, s, e);
	if (rc == 1) {
		text = (const char *)sqlite3_column_text(s, 0);
		if (text == NULL || strlen(text) >= LEDGER_CLEAN_BYTES)
			rc = ledger_bad_row("clean", e);
		else
			memcpy(ret, text, strlen(text) + 1);
	}
	(void)sqlite3_reset(s);
	if (rc != 1)
		return rc;
	s = ledger_statement(l, LEDGER_CLEAN_DROP);
	ledger_bind_text(s, 1, store);
	return ledger_run(l, s, e) == -1 ? -1 : 1;
}
