#include "retention/hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";
static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
hex_text(const void *bytes, size_t n, char *ret_text)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < n; i++) {
		ret_text[2 * i] = digits[b[i] >> 4];
		ret_text[2 * i + 1] = digits[b[i] & 15];
	}
	ret_text[2 * n] = '\0';
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
hex_bytes(const char *text, size_t n, uint8_t *ret_bytes)
{
	if (strnlen(text, 2 * n + 1) != 2 * n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int high = digit_value(text[2 * i]);
		int low = digit_value(text[2 * i + 1]);

		if (high == -1 || low == -1)
			return -1;
		ret_bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

void
hex_base64(const void *bytes, size_t n, char *ret_text)
{
	const uint8_t *b = bytes;

	for (; n >= 3; n -= 3, b += 3) {
		*ret_text++ = base64[b[0] >> 2];
		*ret_text++ = base64[(b[0] & 3) << 4 | b[1] >> 4];
		*ret_text++ = base64[(b[1] & 15) << 2 | b[2] >> 6];
		*ret_text++ = base64[b[2] & 63];
	}
	if (n != 0) {
		uint8_t second = n == 2 ? b[1] : 0;

		*ret_text++ = base64[b[0] >> 2];
		*ret_text++ = base64[(b[0] & 3) << 4 | second >> 4];
		*ret_text++ = n == 2 ? base64[(second & 15) << 2] : '=';
		*ret_text++ = '=';
	}
	*ret_text = '\0';
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ssize_t
hex_from_base64(const char *text, size_t n_text, uint8_t *ret_bytes,
    size_t most)
{
	size_t pads = 0, used = 0;

	if (n_text % 4 != 0)
		return -1;
	if (n_text != 0 && text[n_text - 1] == '=')
		pads = text[n_text - 2] == '=' ? 2 : 1;
	if (n_text / 4 * 3 - pads > most)
		return -1;
	for (size_t i = 0; i < n_text; i += 4) {
		size_t here = i + 4 == n_text ? 3 - pads : 3;
		uint32_t word = 0;

		for (size_t j = 0; j < 4; j++) {
			int v = j <= here ? base64_value(text[i + j]) : 0;

			if (v == -1)
				return -1;
			word = word << 6 | (uint32_t)v;
		}
		if ((here == 1 && (word & 0xffff) != 0) ||
		    (here == 2 && (word & 0xff) != 0))
			return -1;	/* spare bits must be zero */
		for (size_t j = 0; j < here; j++)
			ret_bytes[used++] = (uint8_t)(word >> (16 - 8 * j));
	}
	return (ssize_t)used;
}
