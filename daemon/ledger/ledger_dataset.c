/* ledger_dataset - what each dataset did last. */
#include "ledger_private.h"

int
ledger_dataset_put(struct ledger *l, const struct ledger_dataset *d,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_DATASET_PUT);

	ledger_bind_text(s, 1, d->dataset);
	ledger_bind_int(s, 2, d->last_pass.ms);
	ledger_bind_int(s, 3, (int64_t)d->erased_total);
	ledger_bind_int(s, 4, (int64_t)d->due);
	ledger_bind_int(s, 5, (int64_t)d->undated);
	ledger_bind_int(s, 6, (int64_t)d->future);
	ledger_bind_int(s, 7, d->oldest_due.ms);
	ledger_bind_text(s, 8, d->last_error);
	return ledger_run(l, s, e);
}

static int
read_row(sqlite3_stmt *s, struct ledger_dataset *ret)
{
	struct ledger_dataset d = {
		.last_pass.ms = sqlite3_column_int64(s, 1),
		.erased_total = (uint64_t)sqlite3_column_int64(s, 2),
		.due = (uint64_t)sqlite3_column_int64(s, 3),
		.undated = (uint64_t)sqlite3_column_int64(s, 4),
		.future = (uint64_t)sqlite3_column_int64(s, 5),
		.oldest_due.ms = sqlite3_column_int64(s, 6),
	};

	if (ledger_column_text(s, 0, d.dataset, sizeof(d.dataset)) == -1 ||
	    ledger_column_text(s, 7, d.last_error, sizeof(d.last_error)) == -1)
		return -1;
	*ret = d;
	return 0;
}

int
ledger_dataset_get(struct ledger *l, const char *dataset,
    struct ledger_dataset *ret, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_DATASET_GET);
	int rc;

	ledger_bind_text(s, 1, dataset);
	rc = ledger_step(l, s, e);
	if (rc == 1 && read_row(s, ret) == -1)
		rc = ledger_bad_row("dataset", e);
	(void)sqlite3_reset(s);
	return rc;
}
