#include "cli_value.h"

#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/jsonw.h"

/* Bytes of the well-formed sequence at `at` (RFC 3629); 0: none. */
static size_t
sequence(const unsigned char *at, size_t n)
{
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 :
	    at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed &&
	    at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
	    (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

bool
cli_value_is_utf8(const char *text, size_t n)
{
	while (n != 0) {
		size_t len = sequence((const unsigned char *)text, n);

		if (len == 0)
			return false;
		text += len;
		n -= len;
	}
	return true;
}

/* JSON's grammar of numbers (RFC 8259, section 6) has no inf, nan, 1. */
static bool
is_number(const struct cli_value *v)
{
	return (v->type == 'i' || v->type == 'r') && v->n != 0 && v->n < 40 &&
	    strspn(v->bytes, "0123456789.e+-") == v->n;
}

static void
put_base64(struct buf *out, const struct cli_value *v)
{
	char part[HEX_BASE64_BYTES(3 * 1024)];

	for (size_t at = 0; at < v->n; at += 3 * 1024) {
		size_t n = v->n - at < 3 * 1024 ? v->n - at : 3 * 1024;

		hex_base64(v->bytes + at, n, part);
		buf_puts(out, part);
	}
	explicit_bzero(part, sizeof(part));
}

static void
json_bytes(struct jsonw *w, const char *key, const char *what,
    const struct cli_value *v)
{
	jsonw_object(w, key);
	jsonw_raw(w, what, "\"");
	put_base64(w->out, v);
	buf_puts(w->out, "\"");
	jsonw_end_object(w);
}

void
cli_value_json(struct jsonw *w, const char *key, const struct cli_value *v)
{
	char number[40];

	if (is_number(v)) {
		memcpy(number, v->bytes, v->n);
		number[v->n] = '\0';
		jsonw_raw(w, key, number);
	} else if (v->type == 'n') {
		jsonw_null(w, key);
	} else if (v->type == 'b') {
		json_bytes(w, key, "base64", v);
	} else if (!cli_value_is_utf8(v->bytes, v->n)) {
		json_bytes(w, key, "text_base64", v);
	} else {
		jsonw_textn(w, key, v->bytes, v->n);
	}
}

/* Would a spreadsheet calculate it? */
static bool
is_formula(const char *text, size_t n)
{
	size_t at = 0;

	while (at < n && text[at] == ' ')
		at++;
	return at < n && text[at] != '\0' &&
	    strchr("=+-@\t\r\n", text[at]) != NULL;
}

void
cli_value_csv(struct buf *out, const struct cli_value *v)
{
	if (v->type == 'n')
		return;
	if (v->type == 'i' || v->type == 'r') {
		buf_add(out, v->bytes, v->n);
		return;
	}
	if (v->type == 'b' || !cli_value_is_utf8(v->bytes, v->n)) {
		buf_puts(out, "\"base64:");
		put_base64(out, v);
		buf_puts(out, "\"");
		return;
	}
	buf_puts(out, is_formula(v->bytes, v->n) ? "\"'" : "\"");
	for (size_t i = 0; i < v->n; i++) {
		if (v->bytes[i] == '\0')
			buf_puts(out, "\xef\xbf\xbd");
		else if (v->bytes[i] == '"')
			buf_puts(out, "\"\"");
		else
			buf_add(out, &v->bytes[i], 1);
	}
	buf_puts(out, "\"");
}

void
cli_value_plain(struct buf *out, const struct cli_value *v)
{
	if (v->type == 'n')
		buf_puts(out, "-");
	else if (v->type == 'b' || !cli_value_is_utf8(v->bytes, v->n))
		buf_putf(out, "(%zu bytes)", v->n);
	else
		buf_add(out, v->bytes, v->n);
}

void
cli_value_html(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		switch (text[i]) {
		case '&':
			buf_puts(out, "&amp;");
			break;
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '>':
			buf_puts(out, "&gt;");
			break;
		case '"':
			buf_puts(out, "&quot;");
			break;
		default:
			if ((unsigned char)text[i] >= ' ' || text[i] == '\n')
				buf_add(out, &text[i], 1);
		}
	}
}
