/*
 * codec - structs to JSON objects and back, by one table for both ways.
 *
 * A shape lists the fields of a struct.  Reading is strict: every key of the
 * shape is there (unless it is optional), no other and none twice, of the
 * right type and within its range.  Texts and arrays come from a pool.
 */
#ifndef DAEMON_WIRE_CODEC_H
#define DAEMON_WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct buf;
struct pool;

enum codec_type {
	CODEC_TEXT,		/* const char *; never NULL */
	CODEC_MAYBE_TEXT,	/* const char *; NULL is null */
	CODEC_SAID,		/* as MAYBE_TEXT, for people: mended UTF-8 */
	CODEC_BOOL,		/* bool */
	CODEC_INT,		/* int or an enum, least..most */
	CODEC_INT64,		/* int64_t, least..most */
	CODEC_COUNT,		/* uint64_t or size_t, least..most */
	CODEC_REAL,		/* double, finite */
	CODEC_MAYBE_INT64,	/* int64_t and its bool has_...: null without */
	CODEC_BYTES,		/* `most` bytes as hex */
	CODEC_MAYBE_BYTES,	/* the same and its bool has_... */
	CODEC_OBJECT,		/* a struct inside */
	CODEC_ARRAY,		/* size_t and const struct *, at most `most` */
	CODEC_TEXTS,		/* size_t and const char *const * */
	CODEC_N_TYPES
};

struct codec_shape;

struct codec_field {
	const char *key;
	enum codec_type type;
	size_t at;			/* offset of the value */
	size_t aside;			/* offset of its count or has_... */
	int64_t least, most;
	const struct codec_shape *of;	/* OBJECT, ARRAY */
	bool optional;			/* may be absent: left as it is */
};

struct codec_shape {
	const char *what;		/* for messages */
	const struct codec_field *fields;
	size_t n_fields;
	size_t bytes;			/* of the struct */
};

#define CODEC_MOST_NESTED 8	/* levels of a shape within itself */

/* Appends one object; text that cannot be kept as it is fails the buf. */
void codec_put(struct buf *out, const struct codec_shape *s, const void *from);

/*
 * Reads one object into *ret, which holds the defaults of optional fields and
 * is left alone on failure.  `code` is the class of a malformed text.
 */
struct codec_text {
	const char *json;
	size_t n;
	enum err_code code;
};
int codec_get(const struct codec_text *t, const struct codec_shape *s,
    struct pool *p, void *ret, struct err *e);

#endif
