/*
 * turn - taking turns at a store's write lock, pass by pass: when to commit,
 * how long to rest, and who copies the write-ahead log, when.
 */
#ifndef STORE_SQLITE_TURN_H
#define STORE_SQLITE_TURN_H

#include <stdbool.h>

#include "retention/err.h"

struct db;

struct turn;

int turn_new(struct db *db, struct turn **ret, struct err *e);
void turn_free(struct turn *t);		/* NULL is fine */

/* At the end of a pass: leave an empty write-ahead log behind, if it can be
 * done without waiting. */
void turn_finish(struct db *db);

struct store_sink;
/* The sink's go(), with the question who has the file open if need be. */
int turn_go(struct turn *t, const struct store_sink *sink, struct err *e);

/* In this order: before BEGIN, after it, between rows, before COMMIT, after
 * it.  turn_end() rests. */
void turn_wait(struct turn *t);
void turn_begin(struct turn *t);
bool turn_over(struct turn *t);
void turn_commit(struct turn *t);
void turn_end(struct turn *t);

#endif
