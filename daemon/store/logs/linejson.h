/*
 * linejson - finds one field of a line of JSON.  Pure; any bytes.
 *
 * The line must be an object.  A path "a.b" means the field "b" of the
 * object "a", or the field "a.b" of the line itself.  A line that ends too
 * early still gives the fields before; one whose brackets and quotes do not
 * go up at a last "}", or with more behind that, may have had them put in by
 * whoever was logged.
 */
#ifndef STORE_LOGS_LINEJSON_H
#define STORE_LOGS_LINEJSON_H

#include <stdbool.h>
#include <stddef.h>

#define LINEJSON_PARTS 8
#define LINEJSON_VALUE 64

struct linejson_path {
	const char *whole;	/* borrowed; "a.b" */
	size_t n_whole;
	size_t n;		/* parts */
	struct { const char *p; size_t n; } part[LINEJSON_PARTS];
};

/* false: an empty part or too many of them. `text` is borrowed. */
bool linejson_path(const char *text, struct linejson_path *ret);

struct linejson_value {
	bool is_text;		/* a string, without its escapes */
	size_t n;
	char text[LINEJSON_VALUE];
};

/*
 * Calls found() for every value of the path that is a string or number of at
 * most LINEJSON_VALUE bytes (a field may be there more than once).  False: do
 * not believe them, the line is no object, nor one cut short.
 */
typedef void linejson_fn(void *ctx, const struct linejson_value *v);
bool linejson_find(const struct linejson_path *path, const char *line,
    size_t n, linejson_fn *found, void *ctx);

#endif
