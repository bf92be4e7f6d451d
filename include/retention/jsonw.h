/*
 * jsonw - writes JSON: ASCII only, keys in the order given, no spaces.
 *
 * A sticky writer over a buf.  Text that is not valid UTF-8 is written with
 * U+FFFD in place of each bad byte; everything beyond ASCII as \uXXXX.
 * Reading JSON is jansson's business.
 */
#ifndef RETENTION_JSONW_H
#define RETENTION_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct jsonw {
	struct buf *out;	/* borrowed */
	bool comma;		/* a value was written at this level */
};

#define JSONW(b) ((struct jsonw){ .out = (b) })

/* key is NULL inside arrays and for the outermost value. */
void jsonw_object(struct jsonw *w, const char *key);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_end_object(struct jsonw *w);
void jsonw_end_array(struct jsonw *w);
void jsonw_text(struct jsonw *w, const char *key, const char *text); /* NULL: null */
void jsonw_textn(struct jsonw *w, const char *key, const char *text, size_t n);
void jsonw_int(struct jsonw *w, const char *key, int64_t n);
void jsonw_bool(struct jsonw *w, const char *key, bool b);
void jsonw_null(struct jsonw *w, const char *key);
void jsonw_hex(struct jsonw *w, const char *key, const void *bytes, size_t n);
void jsonw_base64(struct jsonw *w, const char *key, const void *bytes, size_t n);
void jsonw_raw(struct jsonw *w, const char *key, const char *json);  /* trusted */

#endif
