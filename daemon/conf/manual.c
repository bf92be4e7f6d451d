#include "manual.h"

/* Text that roff takes as it is: nothing of ours is a request. */
static void
put_escaped(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			buf_puts(b, "\\e");
		else if (*text == '"')
			buf_puts(b, "\\(dq");
		else
			buf_add(b, text, 1);
	}
}

static void
put_line(struct buf *b, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_puts(b, "\\&");
	put_escaped(b, text);
	buf_puts(b, "\n");
}

static void
put_row(struct buf *b, const struct schema_row *row)
{
	buf_puts(b, ".It Ic ");
	put_escaped(b, row->name);
	buf_puts(b, row->required ? " No (required)\n" : "\n");
	put_line(b, row->sentence);
	if (row->type == SCHEMA_WORD)
		buf_puts(b, "Expected: the word ");
	else
		buf_puts(b, "Expected: ");
	put_escaped(b, schema_expected(row));
	buf_puts(b, ".\n");
	if (row->preset != NULL && row->preset[0] != '-') {
		buf_puts(b, "Default: ");
		put_escaped(b, row->preset[0] == '\0' ? "none" : row->preset);
		buf_puts(b, ".\n");
	}
}

void
manual_write(enum schema_context context, struct buf *ret)
{
	const struct schema *s = schema_of(context);

	if (s->title[0] != '\0')
		buf_putf(ret, ".Ss Settings of %s\n", s->title);
	else
		buf_puts(ret, ".Ss Settings of the file itself\n");
	put_line(ret, s->about);
	buf_puts(ret, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < s->n_rows; i++)
		put_row(ret, &s->rows[i]);
	buf_puts(ret, ".El\n");
	for (size_t i = 0; i < s->n_rows; i++)
		if ((s->rows[i].type == SCHEMA_GROUP ||
		    s->rows[i].type == SCHEMA_LIST) &&
		    s->rows[i].inner != context)
			manual_write(s->rows[i].inner, ret);
}
