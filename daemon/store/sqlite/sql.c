/*
 * sql - quoting, and the check of conditions that policies hold.
 *
 * A condition is pasted between parentheses into our statements, so it must
 * not be able to close them, to open a comment, or to take our parameters.
 */
#include "sql.h"

#include <ctype.h>

#include "retention/buf.h"

#include "db.h"
#include "guard.h"

static void
quoted(struct buf *b, const char *text, char quote)
{
	buf_add(b, &quote, 1);
	for (; *text; text++) {
		if (*text == quote)
			buf_add(b, &quote, 1);
		buf_add(b, text, 1);
	}
	buf_add(b, &quote, 1);
}

void
sql_ident(struct buf *b, const char *name)
{
	quoted(b, name, '"');
}

void
sql_text(struct buf *b, const char *text)
{
	quoted(b, text, '\'');
}

void
sql_real(struct buf *b, double r)
{
	char digits[40];

	sqlite3_snprintf(sizeof(digits), digits, "%!.17g", r);
	buf_puts(b, digits);
}

/* The end of what is quoted from *p on, or NULL when it never ends. */
static const char *
after_quote(const char *p)
{
	const char end = *p == '[' ? ']' : *p;

	for (p++; *p; p++) {
		if (*p != end)
			continue;
		if (end != ']' && p[1] == end)
			p++;
		else
			return p + 1;
	}
	return NULL;
}

static bool
word_before(const char *start, const char *p)
{
	return p > start && (isalnum((unsigned char)p[-1]) || p[-1] == '_' ||
	    p[-1] == '$' || (unsigned char)p[-1] >= 0x80);
}

int
sql_closed(const char *text, struct err *e)
{
	int depth = 0;

	for (const char *p = text; *p; ) {
		if (strchr("'\"`[", *p)) {
			p = after_quote(p);
			if (!p)
				return err_set(e, ERR_REFUSED,
				    "a quote is not closed");
			continue;
		}
		if ((p[0] == '-' && p[1] == '-') ||
		    (p[0] == '/' && p[1] == '*'))
			return err_set(e, ERR_REFUSED,
			    "comments are not allowed");
		if (strchr(";?:@", *p) || (*p == '$' && !word_before(text, p)))
			return err_set(e, ERR_REFUSED,
			    "'%c' is not allowed", *p);
		depth += (*p == '(') - (*p == ')');
		if (depth < 0)
			break;
		p++;
	}
	if (depth != 0)
		return err_set(e, ERR_REFUSED, "parentheses do not match");
	return 0;
}

int
sql_condition(struct db *db, const char *table, const char *what,
    const char *text, struct err *e)
{
	struct buf b = BUF_EMPTY;
	sqlite3_stmt *s = NULL;
	int rc = -1;

	if (sql_closed(text, e) == -1)
		goto out;
	buf_puts(&b, "SELECT 1 FROM ");
	sql_ident(&b, table);
	buf_putf(&b, " WHERE (%s)", text);
	if (buf_failed(&b)) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		goto out;
	}
	db->guard->mode = GUARD_EXPRESSION;
	db->guard->only = table;
	rc = db_prepare_strict(db, buf_text(&b), &s, e);
	db->guard->mode = GUARD_SCHEMA;
	db->guard->only = NULL;
	sqlite3_finalize(s);
out:
	if (rc == -1)
		err_wrap(e, "%s", what);
	buf_release(&b);
	return rc;
}
