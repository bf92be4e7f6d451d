/*
 * checkscan - one JSON object, read in one pass without allocation.
 *
 * Accepted is what RFC 8259 allows, less: bytes beyond printable ASCII, space
 * between tokens, fractions, exponents, "-0", integers beyond int64, NUL
 * escapes, lone surrogates, escapes in keys, a key twice in one object, more
 * than CHECKSCAN_MOST keys in one, and more than 16 levels.
 */
#ifndef AUDIT_CHECKSCAN_H
#define AUDIT_CHECKSCAN_H

#include <stddef.h>
#include <stdint.h>

#define CHECKSCAN_MOST 64

struct checkvalue {
	const char *at;			/* first byte; of a text, its quote */
	size_t n;			/* 0: there is none */
};

struct checkmember {
	const char *key;		/* no NUL */
	size_t n_key;
	struct checkvalue value;
};

/* The members in order; everything is borrowed from the line. */
struct checkscan {
	size_t n;
	struct checkmember member[CHECKSCAN_MOST];
};

/* All of the n bytes are one object: 0, or -1. */
int checkscan_object(const char *line, size_t n, struct checkscan *ret);

/* The length of the one value that begins at `at`; 0: there is none. */
size_t checkscan_value(const char *at, const char *end);

/* What stands behind a backslash: its length and code point; 0: malformed. */
size_t checkscan_escape(const char *at, const char *end, uint32_t *ret);

#endif
