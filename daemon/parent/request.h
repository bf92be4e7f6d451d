/*
 * request - what a session asks for is done here, and answered.
 */
#ifndef PARENT_REQUEST_H
#define PARENT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parent;
struct place;
struct session;
struct session_run;

/* One line, without its LF, from a session that may read at least. */
void request_handle(struct session *s, const char *line, size_t n);

/* A pass over pl has ended: answers the session if that was the last. */
void request_on_pass(struct session *s, struct place *pl);
void request_progress(struct session *s, const char *dataset,
    uint64_t erased, uint64_t of);

void request_run_free(struct session_run *r);	/* NULL is fine */

#endif
