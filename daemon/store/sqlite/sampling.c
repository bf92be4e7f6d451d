/*
 * sampling - prints are made before rows go, and told when they have gone.
 */
#include "sampling.h"

#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/store.h"

#include "db.h"
#include "imprint.h"
#include "items.h"
#include "query.h"
#include "sql.h"

struct sampling {
	const struct query *q;		/* borrowed */
	const struct store_sink *sink;
	sqlite3_stmt *row;		/* owned */
	size_t n, room, most;		/* of the group; in all */
	struct store_print *list;	/* owned */
	size_t *item;			/* owned: the row of each */
	uint32_t *taken;		/* owned: of each person, so far */
};

/* max(-1, retention_whose("email", 0), ...) */
static void
put_whose(const struct query *q, struct buf *b)
{
	const struct rule_dataset *d = q->d;

	buf_puts(b, "max(-1, -1");
	for (size_t i = 0; i < d->n_wanted; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || strcmp(d->wanted[k].kind,
			    d->wanted[i].kind) == 0;
		for (size_t k = 0; !seen && k < d->n_subject; k++) {
			if (strcmp(d->subject[k].kind, d->wanted[i].kind) != 0)
				continue;
			buf_puts(b, ", retention_whose(");
			sql_ident(b, d->subject[k].column);
			buf_putf(b, ", %zu)", i);
		}
	}
	buf_puts(b, ")");
}

int
sampling_new(const struct query *q, const struct store_sink *sink,
    struct sampling **ret, struct err *e)
{
	const size_t persons = q->d->n_wanted;
	struct sampling *s;
	struct buf b = BUF_EMPTY;
	int rc = -1;

	*ret = NULL;
	if (imprint_columns(q) == NULL || sink->prints == NULL ||
	    persons > UINT16_MAX)
		return 0;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	s->q = q;
	s->sink = sink;
	s->most = persons * PRINT_MOST;
	s->taken = calloc(persons, sizeof(*s->taken));
	buf_puts(&b, "SELECT ");
	put_whose(q, &b);
	buf_putf(&b, ", %s FROM %s WHERE %s", imprint_columns(q), q->from,
	    q->is_key);
	if (s->taken == NULL || buf_failed(&b))
		(void)err_set(e, ERR_MEMORY, "no memory");
	else
		rc = query_prepare(q, buf_text(&b), false, &s->row, e);
	buf_release(&b);
	if (rc == -1)
		sampling_free(s);
	else
		*ret = s;
	return rc;
}

void
sampling_free(struct sampling *s)
{
	if (s == NULL)
		return;
	sqlite3_finalize(s->row);
	free(s->list);
	free(s->item);
	free(s->taken);
	free(s);
}

static bool
make_room(struct sampling *s)
{
	size_t room = s->room != 0 ? s->room * 2 : 64;
	struct store_print *list;
	size_t *item;

	if (s->n < s->room)
		return true;
	list = reallocarray(s->list, room, sizeof(*list));
	if (list != NULL)
		s->list = list;
	item = reallocarray(s->item, room, sizeof(*item));
	if (item != NULL)
		s->item = item;
	if (list == NULL || item == NULL)
		return false;
	s->room = room;
	return true;
}

/* Without memory there are fewer; what goes, goes all the same. */
void
sampling_take(struct sampling *s, const struct items *items)
{
	if (s == NULL)
		return;
	s->n = 0;
	for (size_t i = 0; i < items->n && s->most > 0; i++) {
		int64_t person = -1;

		if (items_bind(items, i, s->row) == SQLITE_OK &&
		    sqlite3_step(s->row) == SQLITE_ROW)
			person = sqlite3_column_int64(s->row, 0);
		if (person >= 0 && (size_t)person < s->q->d->n_wanted &&
		    s->taken[person] < PRINT_MOST && make_room(s)) {
			s->list[s->n].person = (uint16_t)person;
			imprint_row(s->q, s->row, 1,
			    s->list[s->n].print);
			s->item[s->n++] = i;
			s->taken[person]++;
			s->most--;
		}
		sqlite3_reset(s->row);
	}
	sqlite3_clear_bindings(s->row);
}

int
sampling_tell(struct sampling *s, const struct items *items,
    struct err *e)
{
	uint8_t file[PRINT_FILE_BYTES];
	size_t n = 0;

	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (items->item[s->item[i]].state == ITEM_ERASED)
			s->list[n++] = s->list[i];
	if (n == 0)
		return 0;
	imprint_file(s->q->db, file);
	return s->sink->prints(s->sink->ctx, file, s->list, n, e);
}
