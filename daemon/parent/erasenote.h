/*
 * erasenote - what trail and register are told of erasing a person.
 */
#ifndef PARENT_ERASENOTE_H
#define PARENT_ERASENOTE_H

#include "retention/err.h"
#include "retention/record.h"

struct erasing;
struct erasing_part;
struct parent;

const char *erasenote_what(const struct erasing *r);	/* "erase" */
/* A record of type request, durable. */
int erasenote_record(struct parent *p, const struct record_erasure *r,
    struct err *e);
/* It has begun: what the register did not record. */
int erasenote_begun(struct parent *p, const struct erasing *r,
    const char *why, struct err *e);
/* The outcome of a part, for the register. */
int erasenote_outcome(struct parent *p, const struct erasing *r,
    const struct erasing_part *x, struct err *e);
/* It has ended: x is what to record where the register does not. */
int erasenote_end(struct parent *p, const struct erasing *r,
    const struct record_erasure *x, struct err *e);

#endif
