#include "leaving.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/log.h"

#include "job.h"
#include "parent.h"
#include "place.h"

int
leaving_forget(struct job *j, struct err *e)
{
	char says[LEDGER_CLEAN_BYTES];

	j->left[0] = '\0';
	return ledger_clean_take(j->parent->ev.ledger, j->place->full, says,
	    e) == -1 ? -1 : 0;
}

int
leaving_tell(struct job *j, struct err *e)
{
	char says[LEDGER_CLEAN_BYTES], clean[MSG_CLEAN_BYTES];
	struct buf out = BUF_EMPTY;
	struct err ignored;
	int rc;

	j->left[0] = '\0';
	if (j->store->kind != RULE_SQLITE)
		return 0;
	rc = ledger_clean_take(j->parent->ev.ledger, j->place->full, says, e);
	/* Nonsense in the ledger is no knowledge. */
	if (rc != 1 || msg_clean_get(says, strlen(says), clean, &ignored) == -1)
		return rc == -1 ? -1 : 0;
	msg_clean_put(&out, clean);
	rc = job_send(j, WIRE_CLEAN, &out, e);
	buf_release(&out);
	return rc;
}

int
leaving_on_left(struct job *j, const char *body, size_t n, struct err *e)
{
	return msg_clean_get(body, n, j->left, e);
}

void
leaving_keep(struct job *j)
{
	struct err e = ERR_EMPTY;

	if (j->left[0] != '\0' && ledger_clean_put(j->parent->ev.ledger,
	    j->place->full, j->left, &e) == -1)
		log_line(LOG_WARN, "store %s: the next pass looks at all of "
		    "it: %s", j->place->full, e.text);
	j->left[0] = '\0';
}
