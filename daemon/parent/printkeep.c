/*
 * printkeep - what a worker says of rows that have gone is believed for the
 * persons and the dataset of the request under way, and not without end.
 */
#include "printkeep.h"

#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/ledger_print.h"
#include "retention/log.h"
#include "retention/msg_print.h"

#include "erasing.h"
#include "job.h"
#include "parent.h"
#include "place.h"

#define MOST_OF_JOB 1000000		/* of one visit to a store */

static int
keep(struct job *j, const struct erasing *r, const char *body, size_t n,
    struct ledger_print *list, struct err *e)
{
	uint8_t file[PRINT_FILE_BYTES];
	struct wall now = clock_now();

	if (msg_print_get_done(body, n, file, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct msg_print x = msg_print_at(body, i);

		if (x.person >= r->n_persons)
			return err_set(e, ERR_PROTOCOL, "a person that was not "
			    "asked for");
		list[i] = (struct ledger_print){ .store = j->place->full,
			.dataset = j->dataset[j->at].rule->full,
			.kind = r->person[x.person].kind, .at = now };
		memcpy(list[i].file, file, sizeof(file));
		memcpy(list[i].hash, r->person[x.person].hash,
		    sizeof(list[i].hash));
		memcpy(list[i].print, x.print, sizeof(x.print));
	}
	j->n_printed += n;
	return ledger_print_add(j->parent->ev.ledger, list, n, e);
}

int
printkeep_on_printed(struct job *j, const char *body, size_t n,
    struct err *e)
{
	const struct erasing *r = j->kind == JOB_REQUEST && j->in_dialogue ?
	    erasing_find(j->parent, j->erasure) : NULL;
	struct ledger_print *list;
	struct err trouble = ERR_EMPTY;
	int rc;

	if (r == NULL || r->fix != NULL)
		return err_set(e, ERR_PROTOCOL, "not asked for");
	if (j->n_printed >= MOST_OF_JOB)
		return 0;
	list = calloc(MSG_PRINTED_MOST, sizeof(*list));
	rc = list == NULL ? err_set(&trouble, ERR_MEMORY, "no memory") :
	    keep(j, r, body, n, list, &trouble);
	free(list);
	if (rc == 0)
		return 0;
	if (trouble.code == ERR_PROTOCOL) {
		*e = trouble;
		return -1;
	}
	/* What goes, goes; it is known by less. */
	log_line(LOG_WARN, "store %s: prints of what went are not kept: %s",
	    j->place->full, trouble.text);
	return 0;
}

int
printkeep_send(struct job *j, const uint8_t (*print)[PRINT_BYTES], size_t n,
    struct err *e)
{
	struct buf out = BUF_EMPTY;
	size_t at = 0;
	int rc;

	do {
		buf_reset(&out);
		msg_print_put(&out, print, n, &at);
		rc = job_send(j, WIRE_PRINT, &out, e);
	} while (rc == 0 && at < n);
	buf_release(&out);
	return rc;
}

static void
add(void *ctx, const struct ledger_print *p)
{
	buf_add(ctx, p->print, PRINT_BYTES);
}

int
printkeep_tell(struct job *j, const struct rule_dataset *d, struct err *e)
{
	struct buf all = BUF_EMPTY;
	const struct ledger_print_sink sink = { &all, add };
	const void *from;
	int rc;

	if (!d->printed)
		return 0;
	rc = ledger_print_of_erasure(j->parent->ev.ledger, d->request != NULL ?
	    d->request : "", d->full, &sink, e);
	if (rc == 0 && buf_failed(&all))
		rc = err_set(e, ERR_MEMORY, "no memory");
	from = all.data;
	if (rc == 0)
		rc = printkeep_send(j, from, all.n / PRINT_BYTES, e);
	buf_release(&all);
	return rc;
}
