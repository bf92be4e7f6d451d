/* plain - what may be shown as it is, character by character. */
#include "retention/plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "retention/buf.h"

enum way { LINE, LINES, HTML };

/* Length of the well-formed UTF-8 sequence at s (0: none) and its value. */
static size_t
sequence(const unsigned char *s, uint32_t *ret_c)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 :
	    s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
	uint32_t c = n < 2 ? s[0] : s[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)	/* the NUL stops here as well */
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (n == 0 || c < least[n] || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_c = c;
	return n;
}

static bool
harmless(uint32_t c)
{
	static const struct { uint32_t from, to; } bad[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c >= bad[i].from && c <= bad[i].to)
			return false;
	return true;
}

static const char *
entity(uint32_t c)
{
	static const struct { char c; const char *text; } list[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (c == (unsigned char)list[i].c)
			return list[i].text;
	return NULL;
}

static void
add(struct buf *out, const char *text, enum way way)
{
	const unsigned char *s = (const unsigned char *)text;

	while (s != NULL && *s != '\0') {
		uint32_t c = 0;
		size_t n = sequence(s, &c);
		const char *instead = way == HTML ? entity(c) : NULL;

		if (n == 0 || !(harmless(c) || (way == LINES && c == '\n')))
			buf_puts(out, "?");
		else if (instead != NULL)
			buf_puts(out, instead);
		else
			buf_add(out, s, n);
		s += n != 0 ? n : 1;
	}
}

void
plain_add(struct buf *out, const char *text)
{
	add(out, text, LINE);
}

void
plain_add_lines(struct buf *out, const char *text)
{
	add(out, text, LINES);
}

void
plain_add_html(struct buf *out, const char *text)
{
	add(out, text, HTML);
}
