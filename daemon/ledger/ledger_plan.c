/* ledger_plan - what was proposed, what was approved, what became of it. */
#include <string.h>

#include "ledger_private.h"

static int
read_row(sqlite3_stmt *s, struct ledger_plan *ret)
{
	struct ledger_plan p = { .ep = (uint32_t)sqlite3_column_int64(s, 4),
		.n = (uint64_t)sqlite3_column_int64(s, 5),
		.erased = (uint64_t)sqlite3_column_int64(s, 6),
		.made.ms = sqlite3_column_int64(s, 9),
		.expires.ms = sqlite3_column_int64(s, 10),
		.decided.ms = sqlite3_column_int64(s, 11),
		.uid = sqlite3_column_int64(s, 12) };

	if (ledger_column_text(s, 0, p.id, sizeof(p.id)) == -1 ||
	    ledger_column_text(s, 1, p.dataset, sizeof(p.dataset)) == -1 ||
	    ledger_column_text(s, 2, p.why, sizeof(p.why)) == -1 ||
	    ledger_column_text(s, 3, p.state, sizeof(p.state)) == -1 ||
	    ledger_column_blob(s, 7, p.root, sizeof(p.root)) == -1 ||
	    ledger_column_blob(s, 8, p.rule, sizeof(p.rule)) == -1 ||
	    ledger_column_text(s, 13, p.user, sizeof(p.user)) == -1)
		return -1;
	*ret = p;
	return 0;
}

int
ledger_plan_put(struct ledger *l, const struct ledger_plan *p, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_PLAN_PUT);

	ledger_bind_text(s, 1, p->id);
	ledger_bind_text(s, 2, p->dataset);
	ledger_bind_text(s, 3, p->why);
	ledger_bind_text(s, 4, p->state);
	ledger_bind_int(s, 5, p->ep);
	ledger_bind_int(s, 6, (int64_t)p->n);
	ledger_bind_int(s, 7, (int64_t)p->erased);
	ledger_bind_blob(s, 8, p->root, sizeof(p->root));
	ledger_bind_blob(s, 9, p->rule, sizeof(p->rule));
	ledger_bind_int(s, 10, p->made.ms);
	ledger_bind_int(s, 11, p->expires.ms);
	ledger_bind_int(s, 12, p->decided.ms);
	ledger_bind_int(s, 13, p->uid);
	ledger_bind_text(s, 14, p->user);
	return ledger_run(l, s, e);
}

static int
find(struct ledger *l, enum ledger_statement which, const char *name,
    struct ledger_plan *ret, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, which);
	int rc;

	ledger_bind_text(s, 1, name);
	rc = ledger_step(l, s, e);
	if (rc == 1 && read_row(s, ret) == -1)
		rc = ledger_bad_row("plan", e);
	(void)sqlite3_reset(s);
	return rc;
}

int
ledger_plan_get(struct ledger *l, const char *id, struct ledger_plan *ret,
    struct err *e)
{
	return find(l, LEDGER_PLAN_GET, id, ret, e);
}

int
ledger_plan_live(struct ledger *l, const char *dataset,
    struct ledger_plan *ret, struct err *e)
{
	return find(l, LEDGER_PLAN_LIVE, dataset, ret, e);
}
