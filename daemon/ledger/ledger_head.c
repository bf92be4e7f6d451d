/* ledger_head - the head of the trail at its newest checkpoint. */
#include "ledger_private.h"

int
ledger_head_put(struct ledger *l, uint64_t size, const uint8_t root[32],
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_HEAD_PUT);

	if (size > INT64_MAX)
		return err_set(e, ERR_INPUT, "ledger: trail size out of range");
	ledger_bind_int(s, 1, (int64_t)size);
	ledger_bind_blob(s, 2, root, 32);
	return ledger_run(l, s, e);
}

int
ledger_head_get(struct ledger *l, uint64_t *ret_size, uint8_t ret_root[32],
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_HEAD_GET);
	int rc = ledger_step(l, s, e);

	if (rc == 1 && (sqlite3_column_int64(s, 0) < 0 ||
	    ledger_column_blob(s, 1, ret_root, 32) == -1))
		rc = ledger_bad_row("head", e);
	if (rc == 1)
		*ret_size = (uint64_t)sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return rc;
}
