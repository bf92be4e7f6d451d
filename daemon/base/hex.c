#include "retention/hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";
static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* By the character, 0 to 127: its value; -1: not a digit. */
static const int8_t base64_values[128] = {
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
	-1,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1,
	-1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
};

static const int8_t hex_values[128] = {
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
};

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
value(const int8_t table[128], char c)
{
	return (unsigned char)c < 128 ? table[(unsigned char)c] : -1;
}

int
hex_bytes(const char *text, size_t n, uint8_t *ret_bytes)
{
	if (strnlen(text, 2 * n + 1) != 2 * n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int high = value(hex_values, text[2 * i]);
		int low = value(hex_values, text[2 * i + 1]);

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
			int v = j <= here ? value(base64_values, text[i + j]) : 0;

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
