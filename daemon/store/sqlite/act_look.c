/* act_look - I2: is what was erased due still? */
#include "act.h"

#include "act_private.h"

int
act_look(struct act *a, struct err *e)
{
	int rc = SQLITE_DONE;

	/* One read lock for all of them. */
	if (db_exec(a->q->db, "BEGIN", e) == -1)
		return -1;
	for (size_t i = 0; rc == SQLITE_DONE && i < a->items->n; i++) {
		struct item *it = &a->items->item[i];

		if (it->state == ITEM_LEFT || it->state == ITEM_CHOSEN)
			continue;
		rc = act_private_run(a, i, a->look);
		if (rc == SQLITE_ROW) {
			it->state = ITEM_LEFT;
			rc = SQLITE_DONE;
		}
	}
	act_private_undo(a);
	return rc == SQLITE_DONE ? 0 : db_fail(a->q->db, rc, e, "look again");
}

static bool
is_halted(const struct act *a)
{
	return a->sink != NULL && a->sink->halted != NULL &&
	    a->sink->halted(a->sink->ctx);
}

/* Where all is one transaction, nothing but the wait for its lock can be
 * stopped; and what was stopped meanwhile does not begin. */
int
act_look_lock(struct act *a)
{
	struct db *db = a->q->db;
	int most = db->store->busy_ms > 0 ? (int)db->store->busy_ms : 5000;
	struct mono since = clock_mono();
	int rc;

	sqlite3_busy_timeout(db->h, most < 200 ? most : 200);
	do
		rc = db_run(a->begin);
	while (rc == SQLITE_BUSY && !is_halted(a) &&
	    clock_since_ms(since, clock_mono()) < most);
	sqlite3_busy_timeout(db->h, most);
	if (rc != SQLITE_DONE || !is_halted(a))
		return rc;
	act_private_undo(a);
	return SQLITE_BUSY;
}

enum step
act_look_kept(struct act *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (act_private_run(a, i, a->taken) != SQLITE_DONE) {
			(void)err_set(a->row_err, ERR_REFUSED, "a column does "
			    "not keep the value as it was given");
			return STEP_BROKEN;
		}
	return STEP_DONE;
}
