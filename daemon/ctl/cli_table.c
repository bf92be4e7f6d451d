#include "cli_table.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/err.h"
#include "retention/pool.h"

#include "cli_out.h"

#define MOST_COLUMNS 16

struct cell {
	const char *text;	/* in the pool */
	struct cell *next;
};

struct cli_table {
	struct pool *pool;	/* owned; holds the table as well */
	const char *const *heads;
	size_t n;
	size_t width[MOST_COLUMNS];
	size_t n_cells;
	struct cell *first, **last;
	bool failed;
};

static const char *
head_text(const struct cli_table *t, size_t i)
{
	return t->heads[i] + (t->heads[i][0] == '>' ? 1 : 0);
}

struct cli_table *
cli_table_new(const char *const *heads, size_t n)
{
	struct pool *p = pool_new();
	struct cli_table *t = p != NULL ? pool_alloc(p, sizeof(*t)) : NULL;

	must(n >= 1 && n <= MOST_COLUMNS);
	if (t == NULL) {
		pool_free(p);
		return NULL;
	}
	t->pool = p;
	t->heads = heads;
	t->n = n;
	t->last = &t->first;
	for (size_t i = 0; i < n; i++)
		t->width[i] = cli_out_width(head_text(t, i));
	return t;
}

void
cli_table_free(struct cli_table *t)
{
	if (t != NULL)
		pool_free(t->pool);
}

void
cli_table_text(struct cli_table *t, const char *text)
{
	struct buf b = BUF_EMPTY;
	struct cell *c = pool_alloc(t->pool, sizeof(*c));
	size_t column = t->n_cells % t->n;
	size_t width;

	if (text == NULL || text[0] == '\0')
		text = column + 1 < t->n ? "-" : "";
	cli_out_safe(&b, text);
	if (c != NULL)
		c->text = pool_dup(t->pool, buf_text(&b));
	if (c == NULL || c->text == NULL || buf_failed(&b)) {
		t->failed = true;
	} else {
		width = cli_out_width(c->text);
		if (width > t->width[column])
			t->width[column] = width;
		*t->last = c;
		t->last = &c->next;
		t->n_cells++;
	}
	buf_release(&b);
}

void
cli_table_count(struct cli_table *t, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, n);
	cli_table_text(t, text);
}

static void
spaces(struct buf *out, size_t n)
{
	buf_putf(out, "%*s", (int)n, "");
}

/* A cell with its padding; `*owed` blanks come before the next text. */
static void
put_cell(const struct cli_table *t, size_t i, const char *text, size_t *owed,
    struct buf *out)
{
	size_t pad = t->width[i] - cli_out_width(text);
	bool right = t->heads[i][0] == '>';

	if (text[0] == '\0') {
		*owed += pad + 2;
		return;
	}
	spaces(out, *owed + (right ? pad : 0));
	buf_puts(out, text);
	*owed = 2 + (right ? 0 : pad);
}

void
cli_table_print(const struct cli_table *t, struct buf *out)
{
	const struct cell *c = t->first;
	size_t owed = 0;

	if (t->failed)
		out->failed = true;
	if (t->failed || c == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		put_cell(t, i, head_text(t, i), &owed, out);
	buf_puts(out, "\n");
	for (; c != NULL;) {
		owed = 0;
		for (size_t i = 0; i < t->n && c != NULL; i++, c = c->next)
			put_cell(t, i, c->text, &owed, out);
		buf_puts(out, "\n");
	}
}

int
cli_table_show(struct cli_table *t, const char *empty)
{
	struct buf out = BUF_EMPTY;
	int rc;

	if (t == NULL)
		out.failed = true;
	else
		cli_table_print(t, &out);
	if (t != NULL && t->n_cells == 0 && empty != NULL)
		buf_puts(&out, empty);
	rc = cli_out_flush(&out);
	cli_table_free(t);
	buf_release(&out);
	return rc;
}
