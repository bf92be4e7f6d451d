/*
 * request_scrub - "overwrite what is dead in this store", and who waits for it.
 */
#ifndef PARENT_REQUEST_SCRUB_H
#define PARENT_REQUEST_SCRUB_H

#include <stdint.h>

struct ctl_request;
struct place;
struct session;

void request_scrub_do(struct session *s, const struct ctl_request *r);
void request_scrub_progress(struct session *s, const struct place *pl,
    uint64_t n, uint64_t of);
/* The job has ended. */
void request_scrub_answer(struct session *s);

#endif
