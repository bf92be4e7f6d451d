/*
 * log - the daemon's log: one line per event on stderr.
 *
 * With a journald priority "<N>" in front unless stderr is a terminal.  Never
 * personal data: names from configuration, counts, durations, errors only.
 */
#ifndef RETENTION_LOG_H
#define RETENTION_LOG_H

#include <stdbool.h>

#include "retention/err.h"

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTICE = 5, LOG_INFO = 6,
	LOG_DEBUG_ = 7 };

void log_setup(const char *program, bool verbose);
void log_line(enum log_level level, const char *fmt, ...) ERR_PRINTF(2, 3);

#endif
