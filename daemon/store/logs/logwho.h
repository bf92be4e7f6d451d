/*
 * logwho - who else has a log file open, and how: by /proc.
 */
#ifndef STORE_LOGS_LOGWHO_H
#define STORE_LOGS_LOGWHO_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Does somebody have the file open, and everybody who has only append to it
 * (O_WRONLY | O_APPEND)?  False, too, when not every process can be looked at,
 * or any of them reads it.  Not seen: processes outside this PID namespace,
 * descriptors that are under way in a socket.
 */
bool logwho_appends(const struct stat *st);

/* Tells of opening from now on: a descriptor, or -1. */
int logwho_watch(int fd);
bool logwho_nobody_came(int watch);

#endif
