#include "retention/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
	char program[32];
	bool verbose;
	bool terminal;
} setup = { "retentiond", false, false };

void
log_setup(const char *program, bool verbose)
{
	(void)snprintf(setup.program, sizeof(setup.program), "%s", program);
	setup.verbose = verbose;
	setup.terminal = isatty(STDERR_FILENO) == 1;
}

/* A log line is one line, whatever a path or a message holds. */
static void
flatten(char *line)
{
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (level == LOG_DEBUG_ && !setup.verbose)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	flatten(line);
	if (setup.terminal)
		(void)fprintf(stderr, "%s: %s\n", setup.program, line);
	else
		(void)fprintf(stderr, "<%d>%s\n", (int)level, line);
}
