/*
 * lineend - where a line ends: memchr for lines of a few hundred bytes, which
 * are looked at without a guess how long they are.
 */
#ifndef STORE_LOGS_LINEEND_H
#define STORE_LOGS_LINEEND_H

#include <stddef.h>

/* The first line feed of p[n]; NULL: there is none. */
const char *lineend_find(const char *p, size_t n);

#endif
