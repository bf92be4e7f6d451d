/*
 * cli_value - a column's value as JSON and as CSV, whatever is in it.
 *
 * JSON: NULL null, a number as it is, text as text; text that is not UTF-8
 * {"text_base64":"..."}, a BLOB {"base64":"..."}; a number that JSON has no
 * word for as text.
 * CSV (RFC 4180): NULL nothing, text in quotes; a text that a spreadsheet
 * would take for a formula (it begins with = + - @, tab, CR or LF, perhaps
 * after spaces) has an apostrophe put before it; bytes "base64:...".
 */
#ifndef RETENTION_CLI_VALUE_H
#define RETENTION_CLI_VALUE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct jsonw;

struct cli_value {
	char type;			/* of find.h: n i r t b */
	const char *bytes;
	size_t n;
};

void cli_value_json(struct jsonw *w, const char *key,
    const struct cli_value *v);
/* Without the comma. */
void cli_value_csv(struct buf *out, const struct cli_value *v);
/* For a page of HTML and for a terminal: text, made harmless by the caller. */
void cli_value_plain(struct buf *out, const struct cli_value *v);
/* Markup is escaped, control characters are left out. */
void cli_value_html(struct buf *out, const char *text, size_t n);

bool cli_value_is_utf8(const char *text, size_t n);

#endif
