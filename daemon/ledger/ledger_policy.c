/* ledger_policy - the digest of the policy set last recorded in the trail. */
#include "ledger_private.h"

int
ledger_policy_put(struct ledger *l, const uint8_t digest[32], struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_POLICY_PUT);

	ledger_bind_blob(s, 1, digest, 32);
	return ledger_run(l, s, e);
}

int
ledger_policy_get(struct ledger *l, uint8_t ret_digest[32], struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_POLICY_GET);
	int rc = ledger_step(l, s, e);

	if (rc == 1 && ledger_column_blob(s, 0, ret_digest, 32) == -1)
		rc = ledger_bad_row("policy", e);
	(void)sqlite3_reset(s);
	return rc;
}
