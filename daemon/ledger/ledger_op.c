/* ledger_op - the jobs behind operations whose outcome is not recorded yet. */
#include <stdlib.h>
#include <string.h>

#include "ledger_private.h"

int
ledger_op_put(struct ledger *l, const uint8_t op[COMMIT_OP_BYTES],
    const char *job, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_OP_PUT);

	ledger_bind_blob(s, 1, op, COMMIT_OP_BYTES);
	ledger_bind_text(s, 2, job);
	return ledger_run(l, s, e);
}

int
ledger_op_get(struct ledger *l, const uint8_t op[COMMIT_OP_BYTES],
    char **ret_job, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_OP_GET);
	int rc;

	ledger_bind_blob(s, 1, op, COMMIT_OP_BYTES);
	rc = ledger_step(l, s, e);
	if (rc == 1) {
		const char *job = (const char *)sqlite3_column_text(s, 0);
		char *copy = job != NULL ? strdup(job) : NULL;

		if (job == NULL)
			rc = ledger_bad_row("op", e);
		else if (copy == NULL)
			rc = err_set(e, ERR_MEMORY, "ledger: no memory");
		else
			*ret_job = copy;
	}
	(void)sqlite3_reset(s);
	return rc;
}

int
ledger_op_drop(struct ledger *l, const uint8_t op[COMMIT_OP_BYTES],
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_OP_DROP);

	ledger_bind_blob(s, 1, op, COMMIT_OP_BYTES);
	return ledger_run(l, s, e);
}

int
ledger_op_keep(struct ledger *l, const uint8_t *ops, size_t n, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_OP_KEEP);

	ledger_bind_blob(s, 1, n != 0 ? ops : (const uint8_t *)"",
	    n * COMMIT_OP_BYTES);
	return ledger_run(l, s, e);
}
