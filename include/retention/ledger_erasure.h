/*
 * ledger_erasure - requests of persons to be erased, where each of them
 * stands, who must not come back out of a backup, and what stores looked
 * like.  A person is a keyed hash (subject.h), never an identifier.
 */
#ifndef RETENTION_LEDGER_ERASURE_H
#define RETENTION_LEDGER_ERASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

struct ledger;

#define LEDGER_ERASURE_ID 32

struct ledger_erasure {
	char id[LEDGER_ERASURE_ID + 1];	/* hex */
	char what[16];			/* "request", "restored", "correct" */
	char reason[1024];
	struct wall made, ended;	/* ended: ms 0, still open */
	bool lines;			/* of logs as well */
	bool has_file;			/* only in one file of a store: */
	uint8_t file[16];		/* as in its mark */
	bool printed;			/* only what its prints know */
	int64_t uid;
	char user[64];
};

struct ledger_wanted {
	char kind[64];
	uint8_t hash[32];
	struct wall before;		/* ms 0: whatever time a row bears */
};

/* One dataset of a request.  "open" until there is an outcome: "done", "left"
 * (not all of it went), "never" (it is not for a person's request). */
struct ledger_part {
	char store[256], dataset[256];	/* full names */
	char state[16];
	uint64_t erased, left, held, restricted, kept;
	char error[256];		/* why something is left; "" */
};

struct ledger_erasure_print {
	const char *dataset;
	uint8_t print[16];
};
struct ledger_erasure_new {
	const struct ledger_erasure *erasure;
	size_t n_persons, n_parts;
	const struct ledger_wanted *persons;
	const struct ledger_part *parts;
	struct wall suppress_until;	/* ms 0: they are suppressed already */
	size_t n_prints;		/* not 0: nothing else goes (print.h) */
	const struct ledger_erasure_print *prints;
};
/* All of it or nothing, durable.  In place of what has ended under that id. */
int ledger_erasure_add(struct ledger *l, const struct ledger_erasure_new *n,
    struct err *e);
/* Open ones only; oldest first. */
int ledger_erasure_each(struct ledger *l, void *ctx,
    void (*each)(void *ctx, const struct ledger_erasure *r), struct err *e);
int ledger_erasure_persons(struct ledger *l, const char *id, void *ctx,
    void (*each)(void *ctx, const struct ledger_wanted *p), struct err *e);
/* In the order in which they were given. */
int ledger_erasure_parts(struct ledger *l, const char *id, void *ctx,
    void (*each)(void *ctx, const struct ledger_part *p), struct err *e);
int ledger_erasure_part(struct ledger *l, const char *id,
    const struct ledger_part *p, struct err *e);
/* It has ended: its hashes go, what became of it stays. */
int ledger_erasure_end(struct ledger *l, const char *id, struct wall at,
    struct err *e);

/* Erased persons, by the time of their erasure (p->before). */
int ledger_erasure_suppressed(struct ledger *l, void *ctx,
    void (*each)(void *ctx, const struct ledger_wanted *p), struct err *e);
/* Those whose time is over at `now` go; how many, or -1. */
int64_t ledger_erasure_expire(struct ledger *l, struct wall now,
    struct err *e);

/* What a file of a store looked like when it was last seen. */
struct ledger_mark {
	uint8_t file[16];		/* digest of its name; zeros: the only */
	uint64_t dev, ino;
	uint64_t counter, cookie;	/* of changes, of the schema */
	uint8_t schema[32];		/* digest */
};
int ledger_mark_put(struct ledger *l, const char *store,
    const struct ledger_mark *m, struct err *e);
int ledger_mark_get(struct ledger *l, const char *store,
    const uint8_t file[16], struct ledger_mark *ret, struct err *e); /* 1/0/-1 */

/* What the file of a store looked like when a pass left it with nothing dead
 * in it.  Taken: it is known no more, durably, before anybody may write. */
#define LEDGER_CLEAN_BYTES 200
int ledger_clean_put(struct ledger *l, const char *store, const char *says,
    struct err *e);
int ledger_clean_take(struct ledger *l, const char *store,
    char ret[LEDGER_CLEAN_BYTES], struct err *e);	/* 1/0/-1 */

#endif
