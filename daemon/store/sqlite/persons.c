/*
 * persons - whose row it is, in place of when it is due.
 */
#include "persons.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/pool.h"

#include "imprint.h"
#include "query.h"
#include "sql.h"
#include "table.h"

/* What columns name the persons, and until when their rows are wanted. */
static size_t
put_wanted(const struct query *q, struct buf *b)
{
	const struct rule_dataset *d = q->d;
	size_t n = 0;

	for (size_t i = 0; i < d->n_wanted; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || strcmp(d->wanted[k].kind,
			    d->wanted[i].kind) == 0;
		for (size_t k = 0; !seen && k < d->n_subject; k++) {
			if (strcmp(d->subject[k].kind, d->wanted[i].kind) != 0)
				continue;
			buf_puts(b, n++ == 0 ? "max(0, " : ", ");
			buf_puts(b, "retention_wanted(");
			sql_ident(b, d->subject[k].column);
			buf_putf(b, ", %zu)", i);
		}
	}
	buf_puts(b, n > 0 ? ")" : "");
	return n;
}

/* A person's request: whose row it is takes the place of when it is due.  The
 * rest of the query, its gate above all, is as ever (I3, I4). */
int
persons_make(struct query *q, struct err *e)
{
	const struct rule_dataset *d = q->d;
	struct buf b = BUF_EMPTY;

	if (d->n_wanted == 0)
		return 0;
	for (size_t k = 0; k < d->n_subject; k++)
		if (table_column(q->table, d->subject[k].column) == NULL)
			return err_set(e, ERR_STORE, "table %s has no column "
			    "%s, which names a person", q->table->name,
			    d->subject[k].column);
	if (imprint_make(q, e) == -1)
		return -1;
	buf_putf(&b, "(coalesce(%s, 0) < ", q->when.instant);
	if (put_wanted(q, &b) == 0) {
		buf_release(&b);
		return err_set(e, ERR_REFUSED, "no column names a person of "
		    "the kinds that were asked for");
	}
	imprint_narrow(q, &b);
	buf_puts(&b, ")");
	q->when = (struct when){ .absent = "0", .instant = "NULL",
		.future = "0", .coarse = "1", .due = buf_failed(&b) ? NULL :
		    pool_dup(q->pool, buf_text(&b)) };
	buf_release(&b);
	return q->when.due ? 0 : err_set(e, ERR_MEMORY, "no memory");
}
