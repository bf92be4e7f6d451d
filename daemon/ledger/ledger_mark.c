/* ledger_mark - what the files of stores looked like when last seen. */
#include "retention/ledger_erasure.h"

#include <string.h>

#include "ledger_private.h"

int
ledger_mark_put(struct ledger *l, const char *store,
    const struct ledger_mark *m, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_MARK_PUT);

	ledger_bind_text(s, 1, store);
	ledger_bind_blob(s, 2, m->file, sizeof(m->file));
	ledger_bind_int(s, 3, (int64_t)m->dev);
	ledger_bind_int(s, 4, (int64_t)m->ino);
	ledger_bind_int(s, 5, (int64_t)m->counter);
	ledger_bind_int(s, 6, (int64_t)m->cookie);
	ledger_bind_blob(s, 7, m->schema, sizeof(m->schema));
	return ledger_run(l, s, e);
}

int
ledger_mark_get(struct ledger *l, const char *store, const uint8_t file[16],
    struct ledger_mark *ret, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_MARK_GET);
	struct ledger_mark m = { .dev = 0 };
	int rc;

	ledger_bind_text(s, 1, store);
	ledger_bind_blob(s, 2, file, sizeof(m.file));
	rc = ledger_step(l, s, e);
	if (rc == 1) {
		memcpy(m.file, file, sizeof(m.file));
		m.dev = (uint64_t)sqlite3_column_int64(s, 0);
		m.ino = (uint64_t)sqlite3_column_int64(s, 1);
		m.counter = (uint64_t)sqlite3_column_int64(s, 2);
		m.cookie = (uint64_t)sqlite3_column_int64(s, 3);
		if (ledger_column_blob(s, 4, m.schema, sizeof(m.schema)) == -1)
			rc = ledger_bad_row("mark", e);
		else
			*ret = m;
	}
	(void)sqlite3_reset(s);
	return rc;
}
