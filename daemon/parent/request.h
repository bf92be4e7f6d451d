/*
 * request - what a session asks for is done here, and answered.
 */
#ifndef PARENT_REQUEST_H
#define PARENT_REQUEST_H

#include <stddef.h>

struct parent;
struct session;

/* One line, without its LF, from a session that may read at least. */
void request_handle(struct session *s, const char *line, size_t n);

#endif
