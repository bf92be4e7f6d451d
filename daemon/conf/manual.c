#include "manual.h"

#include <string.h>

#define WIDTH 72

static void
put_word(struct buf *b, const char *word, size_t n)
{
	if (word[0] == '.' || word[0] == '\'')	/* no request of ours */
		buf_puts(b, "\\&");
	for (size_t i = 0; i < n; i++) {
		if (word[i] == '\\')
			buf_puts(b, "\\e");
		else
			buf_add(b, word + i, 1);
	}
}

/* Text as roff likes it: short lines, a new one for each sentence. */
static void
put_text(struct buf *b, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		put_word(b, text, n);
		column += n + 1;
		text += n + (text[n] == ' ');
		if (*text != '\0' && text[-2] != '.' && column < WIDTH) {
			buf_puts(b, " ");
			continue;
		}
		buf_puts(b, "\n");
		column = 0;
	}
}

static void
put_row(struct buf *b, const struct schema_row *row)
{
	char text[512];

	buf_putf(b, ".It Ic %s%s\n", row->name,
	    row->required ? " No (required)" : "");
	put_text(b, row->sentence);
	(void)snprintf(text, sizeof(text), "Expected: %s%s.",
	    row->type == SCHEMA_WORD ? "the word " : "", schema_expected(row));
	put_text(b, text);
	if (row->preset != NULL && row->preset[0] != '-')
		buf_putf(b, "Default: %s.\n",
		    row->preset[0] == '\0' ? "none" : row->preset);
}

void
manual_write(enum schema_context context, struct buf *ret)
{
	const struct schema *s = schema_of(context);

	if (s->title[0] != '\0')
		buf_putf(ret, ".Ss Settings of %s\n", s->title);
	else
		buf_puts(ret, ".Ss Settings of the file itself\n");
	put_text(ret, s->about);
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
