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
