#include "reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "retention/pool.h"

#define ERRORS_MOST 1000

static void
add(struct conf_errors *list, const struct reader *r, int line,
    const char *text)
{
	char **grown, *whole = NULL;
	int rc;

	if (list->n >= ERRORS_MOST)
		return;
	grown = reallocarray(list->text, list->n + 1, sizeof(*grown));
	if (grown == NULL)
		return;
	list->text = grown;
	rc = line > 0 ? asprintf(&whole, "%s:%d: %s", r->file, line, text) :
	    asprintf(&whole, "%s: %s", r->file, text);
	if (rc != -1)
		list->text[list->n++] = whole;
}

static void
say(struct conf_errors *list, const struct reader *r, int line,
    const char *fmt, va_list args)
{
	char text[1024];

	(void)vsnprintf(text, sizeof(text), fmt, args);
	for (char *p = text; *p != '\0'; p++)	/* one error, one line */
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	add(list, r, line, text);
}

void
reader_error(struct reader *r, int line, const char *fmt, ...)
{
	va_list args;

	r->failed = true;
	va_start(args, fmt);
	say(r->errs, r, line, fmt, args);
	va_end(args);
}

void
reader_warn(struct reader *r, int line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(&r->warnings, r, line, fmt, args);
	va_end(args);
}

void *
reader_array(struct reader *r, size_t n, size_t each)
{
	void *p = pool_array(r->pool, n == 0 ? 1 : n, each);

	if (p == NULL)
		reader_error(r, 0, "no memory");
	return p;
}

char *
reader_dup(struct reader *r, const char *text)
{
	char *copy = pool_dup(r->pool, text);

	if (copy == NULL)
		reader_error(r, 0, "no memory");
	return copy;
}

void
reader_begin(struct reader *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL || slash == path ? 1 : (size_t)(slash - path);

	r->file = path;
	r->folder = pool_dupn(r->pool, path, n);
	if (r->folder == NULL) {
		r->folder = "/";
		reader_error(r, 0, "no memory");
	}
}

char *
reader_path(struct reader *r, const char *folder, const char *path)
{
	char *out = path[0] == '/' ? pool_printf(r->pool, "%s", path) :
	    pool_printf(r->pool, "%s/%s", folder, path);
	size_t used = 0;
	const char *in = out;

	if (out == NULL) {
		reader_error(r, 0, "no memory");
		return NULL;
	}
	while (*in != '\0') {
		size_t n;

		in += strspn(in, "/");
		n = strcspn(in, "/");
		if (n == 2 && in[0] == '.' && in[1] == '.') {
			while (used > 0 && out[--used] != '/')
				;
		} else if (n > 0 && !(n == 1 && in[0] == '.')) {
			out[used++] = '/';	/* never past what was read */
			memmove(out + used, in, n);
			used += n;
		}
		in += n;
	}
	if (used == 0)
		out[used++] = '/';
	out[used] = '\0';
	return out;
}
