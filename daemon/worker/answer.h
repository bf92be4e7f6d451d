/*
 * answer - orders that are answered in more than a line: the person, the marks,
 * the prints.
 * 0: answered.  -1: what serve tells as FAILED.
 */
#ifndef WORKER_ANSWER_H
#define WORKER_ANSWER_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct link;
struct msg_job;
struct pool;

/* FIND: its pieces as they come, then FOUND. */
int answer_find(struct link *l, const char *body, size_t n, struct pool *p,
    struct err *e);

/* MARK: what the store's files look like, from that one on. */
int answer_mark(struct link *l, uint64_t from, struct pool *p, struct err *e);

/* EXPLAIN: one row. */
int answer_explain(struct link *l, const char *body, size_t n, struct pool *p,
    struct err *e);

/* EVENT: has it happened? */
int answer_event(struct link *l, const char *body, size_t n, struct pool *p,
    struct err *e);

/* PRINT: told for the jobs to come; not answered.  MATCH: which rows they
 * know. */
int answer_print(struct link *l, const char *body, size_t n, struct err *e);
int answer_match(struct link *l, const struct msg_job *job, struct pool *p,
    struct err *e);

#endif
