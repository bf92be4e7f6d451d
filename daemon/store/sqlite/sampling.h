/*
 * sampling - prints of some of the rows that a person's request erases, at
 * most PRINT_MOST of each person in a pass over a file.
 */
#ifndef STORE_SQLITE_SAMPLING_H
#define STORE_SQLITE_SAMPLING_H

#include "retention/err.h"

struct items;
struct query;
struct store_sink;

/* *ret NULL: none are to be kept, which the others take as well. */
struct sampling;
int sampling_new(const struct query *q, const struct store_sink *sink,
    struct sampling **ret, struct err *e);
void sampling_free(struct sampling *s);

/* Before a group goes; and then what of it has gone, told to the sink. */
void sampling_take(struct sampling *s, const struct items *items);
int sampling_tell(struct sampling *s, const struct items *items,
    struct err *e);

#endif
