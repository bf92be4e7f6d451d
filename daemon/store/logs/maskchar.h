/*
 * maskchar - classes of bytes and reading a text past its ends: outside of it
 * everything is a line feed.  Shared by mask and its halves.
 */
#ifndef STORE_LOGS_MASKCHAR_H
#define STORE_LOGS_MASKCHAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MASKCHAR_DIGIT = 1, MASKCHAR_LETTER = 2, MASKCHAR_HEX = 4,
	MASKCHAR_COLON = 8, MASKCHAR_PRODUCT = 16, MASKCHAR_BEFORE = 32,
	MASKCHAR_ATOM = 64, MASKCHAR_LABEL = 128 };

extern const uint8_t maskchar_class[256];

struct maskchar_view {
	const char *p;
	size_t n;
};

static inline bool
maskchar_is(char c, int classes)
{
	return (maskchar_class[(unsigned char)c] & classes) != 0;
}

/* Byte i; i may have wrapped below zero. */
static inline char
maskchar_at(struct maskchar_view v, size_t i)
{
	return i < v.n ? v.p[i] : '\n';
}

/* Does an escape (\n, \xHH, \uHHHH, %HH) end right before i? */
bool maskchar_escape_ends(struct maskchar_view v, size_t i);

#endif
