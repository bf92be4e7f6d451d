/*
 * store - what a worker can do with one store, whatever its engine.
 *
 * An engine is a folder below store/ and a row in the registry (store.c).
 * Everything here blocks, runs in the worker only, and sees personal data.
 * Nothing is erased except through store_erase()/store_resume(), which ask the
 * caller (the sink) for operations and for leave to go on before they act.
 */
#ifndef RETENTION_STORE_H
#define RETENTION_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/dead.h"
#include "retention/err.h"
#include "retention/print.h"
#include "retention/rule.h"

struct explain;
struct find_ask;
struct find_found;
struct find_sink;
struct pool;
struct store;				/* an open store */

enum store_access { STORE_READ, STORE_WRITE };

/*
 * Open store `s`.  STORE_READ changes no byte of the store or its folder.
 * `pseudonym_key` (32 bytes, may be NULL when no method needs it) is copied.
 * A glob opens all files that match; each dataset then counts over all.
 */
int store_open(const struct rule_store *s, enum store_access access,
    const uint8_t *pseudonym_key, struct store **ret, struct err *e);
void store_close(struct store *st);	/* NULL is fine */

/* Plan: at one instant, in one read transaction. */
struct store_counts {
	/* due + held + restricted + undated + future + kept == total */
	uint64_t total, due, held, restricted, undated, future, kept;
	bool has_oldest, has_next;
	struct wall oldest_due;		/* when the oldest due item fell due */
	struct wall next_due;		/* when the next one falls due */
	const char *assurance;		/* of erasing there; NULL: not said */
	const char *advice;		/* what would make it surer; NULL */
	char *clause;			/* SQL that selects the due rows; owned by
					 * the caller, free(); NULL for files */
};
int store_plan(struct store *st, const struct rule_dataset *d, struct wall at,
    struct store_counts *ret, struct err *e);

/* Is anything due at all?  As cheap as an index allows. *ret_next as above. */
int store_peek(struct store *st, const struct rule_dataset *d, struct wall at,
    bool *ret_due, struct err *e);

/* check: findings about a dataset on its store. */
enum store_severity { STORE_NOTE, STORE_WARNING, STORE_ERROR };
struct store_finding {
	enum store_severity severity;
	const char *code;		/* "no-table", "no-index", "bad-clock" */
	const char *text;		/* a sentence; no values from the data */
	const char *fix;		/* a statement or a setting; NULL: none */
};
typedef void store_finding_fn(void *ctx, const struct store_finding *f);
int store_check(struct store *st, const struct rule_dataset *d, struct wall at,
    store_finding_fn *found, void *ctx, struct err *e);

/* Erase. */
struct store_outcome {
	uint8_t op[COMMIT_OP_BYTES];
	uint64_t n, erased, left, skipped_drift;
	const char *method;		/* "sqlite-secure-delete", ... */
	const char *assurance;		/* or NULL */
	bool pseudonymous;
	int64_t ms;
	struct err err;			/* err.code != ERR_NONE: a `fail` */
};

/*
 * Asked about each due item before it becomes part of an operation, with what
 * it is committed to by (commit.h).  1: take it, 0: leave it out, -1.
 */
struct store_pick {
	void *ctx;
	int (*item)(void *ctx, const char *object, const void *key,
	    size_t n_key, struct err *e);
};

struct store_print {
	uint16_t person;		/* which of the rule's wanted */
	uint8_t print[PRINT_BYTES];
};

struct store_sink {
	void *ctx;
	/* Give n fresh operations. */
	int (*ops)(void *ctx, size_t n, struct commit_op *ret, struct err *e);
	/* The sorted commitments of one operation and their root. */
	int (*intend)(void *ctx, const struct commit_op *op, const char *object,
	    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
	    struct err *e);
	/* Blocks until all intents so far are durable. 1: go, 0: stop now
	 * (nothing of them may be erased; outcomes are reported as left). */
	int (*go)(void *ctx, struct err *e);
	/* The outcome of one operation, durable and looked up again. */
	int (*done)(void *ctx, const struct store_outcome *o, struct err *e);
	/* Asked between two transactions: end the pass here?  What is not yet
	 * erased is then reported as left.  NULL: never. */
	bool (*halted)(void *ctx);
	/* As go(), and asks about a file that others have open: does everybody
	 * who has it open only append to it?  NULL: nobody can tell. */
	int (*go_appends)(void *ctx, uint64_t dev, uint64_t ino,
	    bool *ret_appends, struct err *e);
	/* The same: has nobody but this process the file open? */
	int (*go_alone)(void *ctx, uint64_t dev, uint64_t ino,
	    bool *ret_alone, struct err *e);
	/* Which of the due items may go; NULL: all. */
	const struct store_pick *pick;
	/* store_result.clean of the last pass; NULL: nothing is known. */
	const char *clean;
	/* Now and then while what is dead is overwritten: page n of so many.
	 * NULL: nobody asks. */
	void (*swept)(void *ctx, uint64_t n, uint64_t of);
	/* Prints (print.h) of rows of wanted persons that have just gone, of
	 * that one file; before their outcome.  NULL: nobody keeps them. */
	int (*prints)(void *ctx, const uint8_t file[16],
	    const struct store_print *list, size_t n, struct err *e);
};

#define STORE_CLEAN_BYTES 200
struct store_result {
	uint64_t erased, skipped_drift, left;
	/* What a file looks like that was left with nothing dead in it, in
	 * small letters, digits and spaces; "": that is not known. */
	char clean[STORE_CLEAN_BYTES];
	bool more;			/* stopped early; there is more due */
	bool stopped;			/* the sink said stop */
};

/*
 * One pass over a dataset at instant `at`: select, commit, intend, erase in
 * bounded transactions, look again, report.  ERR_CHANGED: the schema changed
 * under way; nothing half done.  Operations have 1..COMMIT_MAX_ITEMS items.
 */
int store_erase(struct store *st, const struct rule_dataset *d, struct wall at,
    const struct store_sink *sink, struct store_result *ret, struct err *e);

/*
 * Tell `pick` each item that is due at `at`; what it answers is of no account
 * but for -1.  Reads only: no operation is asked for, nothing is written.
 */
int store_survey(struct store *st, const struct rule_dataset *d,
    struct wall at, const struct store_pick *pick, struct err *e);

/*
 * After a crash: operations `ops` (n_ops) were intended with these sorted
 * commitments and have no outcome.  Finds which items are still there as they
 * were (deleted: gone; anonymised: needs no change any more), and with `act`
 * finishes those that are still due at `at`.  Reports one outcome per
 * operation through sink->done (erased + left + skipped_drift == n);
 * sink->ops/intend are not called, sink->go is, before acting.
 */
struct store_pending {
	struct commit_op op;
	size_t n;
	const uint8_t (*c)[COMMIT_BYTES];	/* sorted, borrowed */
	const char *object;
};
int store_resume(struct store *st, const struct rule_dataset *d,
    struct wall at, const struct store_pending *ops, size_t n_ops, bool act,
    const struct store_sink *sink, struct err *e);

/* Overwrites every byte of the store's files that carries no meaning; of the
 * sink only halted() and swept() are called.  A file that cannot be done does
 * not stop the others: `left` counts it, `why` says why it was. */
struct store_swept {
	uint64_t files, left;		/* done to the end; not */
	uint64_t pages, strange;	/* strange: did not add up, left alone */
	uint64_t dead[DEAD_N];		/* bytes that were not zero, by kind */
	uint64_t locks;
	int64_t longest_ms, ms;		/* of a lock; in all */
	bool sealed;			/* nobody wrote meanwhile */
	char clean[STORE_CLEAN_BYTES];	/* as of store_result */
	struct err why;
	const char *assurance;		/* as of an outcome; the worst */
};
/* ERR_REFUSED of stores that are no databases. */
int store_sweep(struct store *st, const struct store_sink *sink,
    struct store_swept *ret, struct err *e);

/* Why the row of that key goes or stays; text of the answer is the pool's.
 * ERR_REFUSED of stores without rows, and of rules that destroy. */
struct store_question {
	const struct rule_dataset *dataset;
	struct wall at;
	size_t n_key;
	const char *const *key;		/* one for each column, as text */
};
int store_explain(struct store *st, const struct store_question *q,
    struct pool *p, struct explain *ret, struct err *e);

/* What it holds about a person (find.h); the note is the pool's. */
int store_find(struct store *st, const struct find_ask *ask,
    const struct find_sink *sink, struct pool *p, struct find_found *ret,
    struct err *e);

/* What the files look like, for whoever compares: at most STORE_MARKS_MOST of
 * them, in the order of their names, from that one on.  Stores without such
 * files have none. */
#define STORE_MARKS_MOST 256
struct store_mark {
	uint8_t file[16];	/* digest of its name in a glob; else zeros */
	uint64_t ino, born;	/* born: ns since 1970; 0: unknown */
	uint32_t counter, cookie;
	uint8_t schema[32];	/* digest of the schema's text */
};
struct store_marks {
	size_t n;
	uint64_t skip;		/* files still to be passed over */
	struct store_mark mark[STORE_MARKS_MOST];
};
int store_marks(struct store *st, uint64_t from, struct store_marks *ret,
    struct err *e);

/*
 * Which of d->prints know a row of d->wanted, as these would go if all that
 * is theirs went?  flags: one for each print, in the order in which they were
 * told; `timed` and `other` rows are known by none, and bear a moment before
 * the erasure or not (imprint.h).
 */
enum { STORE_MATCHED = 1, STORE_STRONG = 2, STORE_WEAK = 4, STORE_TWICE = 8 };
struct store_matched {
	uint8_t *flags;			/* the caller's, zeros */
	uint64_t timed, other;
};
int store_match(struct store *st, const struct rule_dataset *d,
    struct wall at, struct store_matched *ret, struct err *e);

/* An event's time by the policy's query: *ret_fired false when it gives no
 * row or NULL. */
int store_event(struct store *st, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e);

#endif
