/*
 * logglob - the paths that a pattern matches, and whether all of its folders
 * could be looked into, which glob(3) does not tell apart.
 *
 * From folder to folder by descriptors: one that is swapped for a link on the
 * way leads nowhere else.  Components are matched by fnmatch(3), a leading dot
 * never by a wildcard.  From the first component with a wildcard on, a folder
 * that is a symbolic link is not entered, and one that became a link when it
 * had been seen counts as closed.
 */
#ifndef STORE_LOGS_LOGGLOB_H
#define STORE_LOGS_LOGGLOB_H

#include "logfile.h"

/* Adds to the set, not sorted; folders that stay closed are counted. */
int logglob_add(const char *pattern, struct logfile_set *to, struct err *e);

#endif
