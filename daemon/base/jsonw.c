#include "retention/jsonw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/hex.h"

/* One UTF-8 sequence (RFC 3629); its length, or 0 when malformed. */
static size_t
decode(const uint8_t *s, size_t n, uint32_t *ret_c)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 :
	    (s[0] & 0xf0) == 0xe0 ? 3 : (s[0] & 0xf8) == 0xf0 ? 4 : 0;
	uint32_t c;

	if (len == 0 || len > n)
		return 0;
	c = len == 1 ? s[0] : s[0] & (0xffU >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_c = c;
	return len;
}

static void
put_char(struct buf *out, uint32_t c)
{
	if (c == '"' || c == '\\')
		buf_putf(out, "\\%c", (char)c);
	else if (c == '\n')
		buf_puts(out, "\\n");
	else if (c >= 0x20 && c < 0x7f)
		buf_putf(out, "%c", (char)c);
	else if (c < 0x10000)
		buf_putf(out, "\\u%04" PRIx32, c);
	else
		buf_putf(out, "\\u%04" PRIx32 "\\u%04" PRIx32,
		    0xd800 + ((c - 0x10000) >> 10),
		    0xdc00 + ((c - 0x10000) & 0x3ff));
}

/* Characters that stand for themselves, in a row. */
static size_t
plain(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' &&
	    text[i] != '\\')
		i++;
	return i;
}

static void
put_string(struct buf *out, const char *text, size_t n)
{
	buf_puts(out, "\"");
	while (n != 0) {
		size_t len = plain(text, n);
		uint32_t c = 0xfffd;

		if (len != 0) {
			buf_add(out, text, len);
		} else {
			len = decode((const uint8_t *)text, n, &c);
			put_char(out, c);
			len = len != 0 ? len : 1;
		}
		text += len;
		n -= len;
	}
	buf_puts(out, "\"");
}

static void
begin(struct jsonw *w, const char *key)
{
	if (w->comma)
		buf_puts(w->out, ",");
	w->comma = true;
	if (key == NULL)
		return;
	put_string(w->out, key, strlen(key));
	buf_puts(w->out, ":");
}

void
jsonw_object(struct jsonw *w, const char *key)
{
	begin(w, key);
	buf_puts(w->out, "{");
	w->comma = false;
}

void
jsonw_array(struct jsonw *w, const char *key)
{
	begin(w, key);
	buf_puts(w->out, "[");
	w->comma = false;
}

void
jsonw_end_object(struct jsonw *w)
{
	buf_puts(w->out, "}");
	w->comma = true;
}

void
jsonw_end_array(struct jsonw *w)
{
	buf_puts(w->out, "]");
	w->comma = true;
}

void
jsonw_textn(struct jsonw *w, const char *key, const char *text, size_t n)
{
	begin(w, key);
	put_string(w->out, text, n);
}

void
jsonw_text(struct jsonw *w, const char *key, const char *text)
{
	if (text == NULL)
		jsonw_null(w, key);
	else
		jsonw_textn(w, key, text, strlen(text));
}

void
jsonw_int(struct jsonw *w, const char *key, int64_t n)
{
	begin(w, key);
	buf_putf(w->out, "%" PRId64, n);
}

void
jsonw_bool(struct jsonw *w, const char *key, bool b)
{
	begin(w, key);
	buf_puts(w->out, b ? "true" : "false");
}

void
jsonw_null(struct jsonw *w, const char *key)
{
	begin(w, key);
	buf_puts(w->out, "null");
}

typedef void encode_fn(const void *bytes, size_t n, char *ret_text);

static void
put_encoded(struct jsonw *w, const char *key, const void *bytes, size_t n,
    encode_fn *encode)
{
	char small[256];
	size_t need = 2 * n + 8;
	char *text = need <= sizeof(small) ? small : malloc(need);

	if (text == NULL) {
		w->out->failed = true;
		return;
	}
	encode(bytes, n, text);
	jsonw_text(w, key, text);
	if (text != small)
		free(text);
}

void
jsonw_hex(struct jsonw *w, const char *key, const void *bytes, size_t n)
{
	put_encoded(w, key, bytes, n, hex_text);
}

void
jsonw_base64(struct jsonw *w, const char *key, const void *bytes, size_t n)
{
	put_encoded(w, key, bytes, n, hex_base64);
}

void
jsonw_raw(struct jsonw *w, const char *key, const char *json)
{
	begin(w, key);
	buf_puts(w->out, json);
}
