/*
 * answer - orders that are answered in more than a line: the person, the marks.
 * 0: answered.  -1: what serve tells as FAILED.
 */
#ifndef WORKER_ANSWER_H
#define WORKER_ANSWER_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct link;
struct pool;

/* FIND: its pieces as they come, then FOUND. */
int answer_find(struct link *l, const char *body, size_t n, struct pool *p,
    struct err *e);

/* MARK: what the store's files look like, from that one on. */
int answer_mark(struct link *l, uint64_t from, struct pool *p, struct err *e);

#endif
