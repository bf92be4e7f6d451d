#include "retention/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[ERR_N_CODES] = {
	[ERR_NONE] = "none",
	[ERR_MEMORY] = "memory",
	[ERR_SYSTEM] = "system",
	[ERR_CONFIG] = "config",
	[ERR_INPUT] = "input",
	[ERR_PROTOCOL] = "protocol",
	[ERR_STORE] = "store",
	[ERR_BUSY] = "busy",
	[ERR_CHANGED] = "changed",
	[ERR_TRAIL] = "trail",
	[ERR_REFUSED] = "refused",
	[ERR_RESIDUE] = "residue",
};

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	char text[sizeof(e->text)];	/* an argument may be e->text itself */
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	e->code = code;
	e->sys_errno = 0;
	memcpy(e->text, text, sizeof(e->text));
	return -1;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	char what[sizeof(e->text) - 128];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)err_set(e, ERR_SYSTEM, "%s: %s", what, strerror(saved));
	e->sys_errno = saved;
	return -1;
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->text)];
	char outer[128];
	va_list ap;

	memcpy(inner, e->text, sizeof(inner));
	va_start(ap, fmt);
	(void)vsnprintf(outer, sizeof(outer), fmt, ap);
	va_end(ap);
	(void)snprintf(e->text, sizeof(e->text), "%s: %.*s", outer,
	    (int)(sizeof(e->text) - sizeof(outer) - 3), inner);
	return -1;
}

const char *
err_class(enum err_code code)
{
	return (unsigned)code < ERR_N_CODES ? classes[code] : "unknown";
}

void
err_bug(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "<2>bug at %s:%d: %s\n", file, line, what);
	abort();
}
