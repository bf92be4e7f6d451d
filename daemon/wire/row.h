/*
 * row - short names for the rows of a codec shape.  OF is defined by the
 * user as the struct that the rows are about.
 */
#ifndef DAEMON_WIRE_ROW_H
#define DAEMON_WIRE_ROW_H

#include <stddef.h>

#include "codec.h"

#define ROW_AT(f) .at = offsetof(OF, f)

#define TEXT(k, f) { .key = k, .type = CODEC_TEXT, ROW_AT(f) }
#define MAYBE(k, f) { .key = k, .type = CODEC_MAYBE_TEXT, ROW_AT(f) }
#define SAID(k, f) { .key = k, .type = CODEC_SAID, ROW_AT(f) }
#define BOOL(k, f) { .key = k, .type = CODEC_BOOL, ROW_AT(f) }
#define INT(k, f, lo, hi) { .key = k, .type = CODEC_INT, ROW_AT(f), \
	.least = (lo), .most = (hi) }
#define ENUM(k, f, n) INT(k, f, 0, (n) - 1)
#define INT64(k, f, lo, hi) { .key = k, .type = CODEC_INT64, ROW_AT(f), \
	.least = (lo), .most = (hi) }
#define TIME(k, f) INT64(k, f.ms, INT64_MIN, INT64_MAX)
#define COUNT(k, f, lo, hi) { .key = k, .type = CODEC_COUNT, ROW_AT(f), \
	.least = (lo), .most = (hi) }
#define REAL(k, f) { .key = k, .type = CODEC_REAL, ROW_AT(f) }
#define MAYBE_TIME(k, f, has) { .key = k, .type = CODEC_MAYBE_INT64, \
	ROW_AT(f.ms), .aside = offsetof(OF, has), \
	.least = INT64_MIN, .most = INT64_MAX }
#define BYTES(k, f) { .key = k, .type = CODEC_BYTES, ROW_AT(f), \
	.most = sizeof(((OF *)0)->f) }
#define MAYBE_BYTES(k, f, has) { .key = k, .type = CODEC_MAYBE_BYTES, \
	ROW_AT(f), .aside = offsetof(OF, has), \
	.most = sizeof(((OF *)0)->f) }
#define OBJECT(k, f, shape) { .key = k, .type = CODEC_OBJECT, ROW_AT(f), \
	.of = &(shape) }
#define ARRAY(k, f, n, shape, hi) { .key = k, .type = CODEC_ARRAY, ROW_AT(f), \
	.aside = offsetof(OF, n), .most = (hi), .of = &(shape) }
#define TEXTS(k, f, n, hi) { .key = k, .type = CODEC_TEXTS, ROW_AT(f), \
	.aside = offsetof(OF, n), .most = (hi) }

#define ROWS(name, rows, type) { (name), (rows), \
	sizeof(rows) / sizeof((rows)[0]), sizeof(type) }

#endif
