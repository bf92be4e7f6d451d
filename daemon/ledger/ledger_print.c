/* ledger_print - by what erased rows are known again. */
#include "retention/ledger_print.h"

#include <string.h>

#include "ledger_private.h"

static int
add_one(struct ledger *l, const struct ledger_print *p, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_PRINT_PUT);

	ledger_bind_text(s, 1, p->store);
	ledger_bind_blob(s, 2, p->file, sizeof(p->file));
	ledger_bind_text(s, 3, p->dataset);
	ledger_bind_text(s, 4, p->kind);
	ledger_bind_blob(s, 5, p->hash, sizeof(p->hash));
	ledger_bind_blob(s, 6, p->print, sizeof(p->print));
	ledger_bind_int(s, 7, p->at.ms);
	ledger_bind_int(s, 8, PRINT_MOST);
	return ledger_run(l, s, e);
}

int
ledger_print_add(struct ledger *l, const struct ledger_print *list, size_t n,
    struct err *e)
{
	struct err ignored = ERR_EMPTY;
	int rc = 0;

	if (ledger_run(l, ledger_statement(l, LEDGER_BEGIN), e) == -1)
		return -1;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_one(l, &list[i], e);
	if (rc == 0 && ledger_run(l, ledger_statement(l, LEDGER_COMMIT),
	    e) == 0)
		return 0;
	(void)ledger_run(l, ledger_statement(l, LEDGER_ROLLBACK), &ignored);
	return -1;
}

int
ledger_print_each(struct ledger *l, const char *store,
    const uint8_t file[PRINT_FILE_BYTES],
    const struct ledger_print_sink *sink, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_PRINT_EACH);
	char dataset[256], kind[64];
	int rc;

	ledger_bind_text(s, 1, store);
	ledger_bind_blob(s, 2, file, PRINT_FILE_BYTES);
	while ((rc = ledger_step(l, s, e)) == 1) {
		struct ledger_print p = { .store = store, .dataset = dataset,
			.kind = kind, .at.ms = sqlite3_column_int64(s, 4) };

		memcpy(p.file, file, sizeof(p.file));
		if (ledger_column_text(s, 0, dataset, sizeof(dataset)) == -1 ||
		    ledger_column_text(s, 1, kind, sizeof(kind)) == -1 ||
		    ledger_column_blob(s, 2, p.hash, sizeof(p.hash)) == -1 ||
		    ledger_column_blob(s, 3, p.print, sizeof(p.print)) == -1) {
			rc = ledger_bad_row("print", e);
			break;
		}
		sink->each(sink->ctx, &p);
	}
	(void)sqlite3_reset(s);
	return rc;
}

int
ledger_print_of_erasure(struct ledger *l, const char *id, const char *dataset,
    const struct ledger_print_sink *sink, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_PRINTS);
	struct ledger_print p = { .dataset = dataset };
	int rc;

	ledger_bind_text(s, 1, id);
	ledger_bind_text(s, 2, dataset);
	while ((rc = ledger_step(l, s, e)) == 1) {
		if (ledger_column_blob(s, 0, p.print,
		    sizeof(p.print)) == -1) {
			rc = ledger_bad_row("a print of a request", e);
			break;
		}
		sink->each(sink->ctx, &p);
	}
	(void)sqlite3_reset(s);
	return rc;
}
