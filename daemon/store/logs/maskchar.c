/*
 * maskchar - the table of byte classes, and escapes.
 */
#include "maskchar.h"

#define D (MASKCHAR_DIGIT | MASKCHAR_HEX | MASKCHAR_PRODUCT | MASKCHAR_ATOM | \
	MASKCHAR_LABEL)
#define L (MASKCHAR_LETTER | MASKCHAR_PRODUCT | MASKCHAR_ATOM | MASKCHAR_LABEL)
#define B MASKCHAR_BEFORE
#define P MASKCHAR_PRODUCT
#define A MASKCHAR_ATOM

const uint8_t maskchar_class[256] = {
	[0 ... 0x1f] = B, [0x7f] = B,
	[' '] = B, ['"'] = B, ['\''] = B | A, ['('] = B, ['['] = B, ['{'] = B,
	['<'] = B, [';'] = B, [','] = B, ['|'] = B, ['\\'] = B,
	['_'] = P | A, ['+'] = P | A, ['%'] = P | A, ['.'] = A, ['~'] = A,
	['-'] = P | A | MASKCHAR_LABEL,
	[':'] = MASKCHAR_COLON,
	['0' ... '9'] = D,
	['a' ... 'f'] = L | MASKCHAR_HEX, ['g' ... 'z'] = L,
	['A' ... 'F'] = L | MASKCHAR_HEX, ['G' ... 'Z'] = L,
	[0x80 ... 0xff] = P | A | MASKCHAR_LABEL,
};

static bool
hex_before(struct maskchar_view v, size_t i, size_t n)
{
	for (size_t k = 1; k <= n; k++)
		if (!maskchar_is(maskchar_at(v, i - k), MASKCHAR_HEX))
			return false;
	return true;
}

static bool
is_letter_escape(char c)
{
	return c == 'n' || c == 't' || c == 'r' || c == 'f' || c == 'b' ||
	    c == 'v' || c == 'a';
}

bool
maskchar_escape_ends(struct maskchar_view v, size_t i)
{
	if (maskchar_at(v, i - 2) == '\\')
		return is_letter_escape(maskchar_at(v, i - 1));
	if (maskchar_at(v, i - 3) == '%')
		return hex_before(v, i, 2);
	if (maskchar_at(v, i - 4) == '\\')
		return maskchar_at(v, i - 3) == 'x' && hex_before(v, i, 2);
	if (maskchar_at(v, i - 6) == '\\')
		return maskchar_at(v, i - 5) == 'u' && hex_before(v, i, 4);
	return false;
}
