/*
 * msg - the bodies of the messages as structs: one writer and one strict
 * reader each.  Readers take memory from `p`; unknown keys, wrong types and
 * missing keys are errors (ERR_PROTOCOL).  Writers append JSON to `out`; text
 * that is not UTF-8 could arrive changed, so it makes buf_failed(out) true
 * (findings and error texts are mended instead).
 */
#ifndef RETENTION_MSG_H
#define RETENTION_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/err.h"
#include "retention/explain.h"
#include "retention/gate.h"
#include "retention/rule.h"

struct buf;
struct pool;

/* HELLO: {"v":1,"pid":N}; another version is refused. */
void msg_put_hello(struct buf *out, int64_t pid);
int msg_get_hello(const char *json, size_t n, int64_t *ret_pid, struct err *e);

/* A dataset with everything a worker needs (rivals included). */
void msg_put_dataset(struct buf *out, const struct rule_dataset *d);
int msg_get_dataset(const char *json, size_t n, struct pool *p,
    struct rule_dataset *ret, struct err *e);

#define MSG_MOST_ROOTS 256
struct msg_open {
	struct rule_store store;
	bool write;
	bool required;			/* not without the whole sandbox */
	size_t n_roots;			/* of files that belong to rows: what */
	const char *const *roots;	/* may be opened besides the store */
	bool has_pseudonym;
	uint8_t pseudonym[32];
};
void msg_put_open(struct buf *out, const struct msg_open *m);
int msg_get_open(const char *json, size_t n, struct pool *p,
    struct msg_open *ret, struct err *e);

/*
 * GATES: what keeps the datasets of the jobs that follow, in place of what
 * was said before; `n` subjects are still to come in GATED packets of one
 * kind and state each, at most MSG_GATED_MOST hashes.
 */
#define MSG_GATED_MOST 2000
struct msg_gates {
	enum gate_state whole;
	uint64_t n;
	bool has_key;
	uint8_t key[32];
};
void msg_put_gates(struct buf *out, const struct msg_gates *m);
int msg_get_gates(const char *json, size_t n, struct msg_gates *ret,
    struct err *e);

/* From subject *at on, as many as one packet takes; *at moves on. */
void msg_put_gated(struct buf *out, const struct gates *g, size_t *at);
/* Added to g, of which not more than `most` may be.  */
int msg_get_gated(const char *body, size_t n, uint64_t most, struct gates *g,
    struct err *e);

/* PLAN, PEEK, CHECK, ERASE; RESUME uses act and ops as well. */
struct msg_op {
	struct commit_op op;
	uint64_t n;
	const char *object;
};
struct msg_job {
	struct wall at;
	struct rule_dataset dataset;
	bool act;			/* RESUME */
	size_t n_ops;			/* RESUME */
	const struct msg_op *ops;
};
void msg_put_job(struct buf *out, const struct msg_job *m);
int msg_get_job(const char *json, size_t n, struct pool *p,
    struct msg_job *ret, struct err *e);

/* EXPLAIN and EXPLAINED: one row, and why it goes or stays. */
struct msg_explain {
	struct wall at;
	struct rule_dataset dataset;
	size_t n_key;
	const char *const *key;
};
void msg_explain_put(struct buf *out, const struct msg_explain *m);
int msg_explain_get(const char *json, size_t n, struct pool *p,
    struct msg_explain *ret, struct err *e);
void msg_explain_put_answer(struct buf *out, const struct explain *x);
int msg_explain_get_answer(const char *json, size_t n, struct pool *p,
    struct explain *ret, struct err *e);

struct msg_event { struct wall at; struct rule_event event; };
void msg_put_event(struct buf *out, const struct msg_event *m);
int msg_get_event(const char *json, size_t n, struct pool *p,
    struct msg_event *ret, struct err *e);

struct msg_counted {
	uint64_t total, due, held, restricted, undated, future, kept;
	bool has_oldest, has_next;
	struct wall oldest_due, next_due;
	const char *clause;		/* NULL: none */
	const char *assurance, *advice;	/* NULL: none */
};
void msg_put_counted(struct buf *out, const struct msg_counted *m);
int msg_get_counted(const char *json, size_t n, struct pool *p,
    struct msg_counted *ret, struct err *e);

struct msg_finding { int severity; const char *code, *text, *fix; };
void msg_put_finding(struct buf *out, const struct msg_finding *m);
int msg_get_finding(const char *json, size_t n, struct pool *p,
    struct msg_finding *ret, struct err *e);

/* OPS: k operations with their keys. */
void msg_put_ops(struct buf *out, const struct commit_op *ops, size_t n);
int msg_get_ops(const char *json, size_t n, struct pool *p,
    struct commit_op **ret_ops, size_t *ret_n, struct err *e);

/* ONLY: the plan that SURVEY and EXECUTE are about, and its key. */
#define MSG_PLAN_MOST 1000000		/* items of a plan */
struct msg_only {
	struct commit_op op;
	uint64_t n;			/* 0: it is being made */
};
void msg_plan_put_only(struct buf *out, const struct msg_only *m);
int msg_plan_get_only(const char *json, size_t n, struct msg_only *ret,
    struct err *e);

struct msg_surveyed {
	uint64_t n;
	uint64_t held;			/* of those in the plan, not due now */
	bool more;			/* is due than a plan can have */
	uint8_t root[32];		/* over the n items sent; else zeros */
};
void msg_plan_put_surveyed(struct buf *out, const struct msg_surveyed *m);
int msg_plan_get_surveyed(const char *json, size_t n, struct msg_surveyed *ret,
    struct err *e);

/* MARK and MARKED: what the files of a store look like, from that one on, so
 * that one that came out of a backup is noticed.  No name: a digest.  After
 * MSG_MARKS_MOST there may be more. */
#define MSG_MARKS_MOST 256
struct msg_mark {
	uint8_t file[16];		/* of the name; zeros: the only one */
	uint64_t ino, born;		/* born: ns; 0: unknown */
	uint64_t counter, cookie;	/* of changes; of the schema */
	uint8_t schema[32];		/* digest of its text */
};
struct msg_marked { size_t n; const struct msg_mark *mark; };
void msg_mark_put_from(struct buf *out, uint64_t from);
int msg_mark_get_from(const char *json, size_t n, uint64_t *ret,
    struct err *e);
void msg_mark_put(struct buf *out, const struct msg_marked *m);
int msg_mark_get(const char *json, size_t n, struct pool *p,
    struct msg_marked *ret, struct err *e);

/* ITEMS and KNOWN, binary: 1..WIRE_ITEMS_A_PACKET commitments of one
 * operation.  *ret_c points into body. */
void msg_put_items(struct buf *out, const uint8_t op[COMMIT_OP_BYTES],
    const uint8_t (*c)[COMMIT_BYTES], size_t n);
int msg_get_items(const char *body, size_t n_body,
    uint8_t ret_op[COMMIT_OP_BYTES], const uint8_t (**ret_c)[COMMIT_BYTES],
    size_t *ret_n, struct err *e);

struct msg_intend {
	uint8_t op[COMMIT_OP_BYTES];
	const char *object;
	uint64_t n;
	uint8_t root[32];
};
void msg_put_intend(struct buf *out, const struct msg_intend *m);
int msg_get_intend(const char *json, size_t n, struct pool *p,
    struct msg_intend *ret, struct err *e);

struct msg_done {
	uint8_t op[COMMIT_OP_BYTES];
	uint64_t n, erased, left, skipped_drift;
	const char *method, *assurance;	/* assurance may be NULL */
	bool pseudonymous;
	int64_t ms;
	const char *error;		/* class; NULL: done */
	const char *error_text;		/* NULL when error is */
};
void msg_put_done(struct buf *out, const struct msg_done *m);
int msg_get_done(const char *json, size_t n, struct pool *p,
    struct msg_done *ret, struct err *e);

/* CLEAN and LEFT: small letters, digits and spaces, as store_result.clean. */
#define MSG_CLEAN_BYTES 200
void msg_clean_put(struct buf *out, const char *text);
int msg_clean_get(const char *body, size_t n, char ret[MSG_CLEAN_BYTES],
    struct err *e);

struct msg_finished { uint64_t erased, skipped_drift, left; bool more, stopped; };
void msg_put_finished(struct buf *out, const struct msg_finished *m);
int msg_get_finished(const char *json, size_t n, struct pool *p,
    struct msg_finished *ret, struct err *e);

/* READY and GO with the question who has a file open; without it "{}". */
void msg_put_ready(struct buf *out, uint64_t dev, uint64_t ino);
int msg_get_ready(const char *json, size_t n, uint64_t *ret_dev,
    uint64_t *ret_ino, struct err *e);
struct msg_go { bool appends, alone; };
void msg_put_go(struct buf *out, const struct msg_go *go);
int msg_get_go(const char *json, size_t n, struct msg_go *ret, struct err *e);

/* WANT {"ops":k}, PEEKED {"due":b}, FIRED {"fired":b,"at":ms}. */
void msg_put_want(struct buf *out, size_t ops);
int msg_get_want(const char *json, size_t n, size_t *ret_ops, struct err *e);
void msg_put_peeked(struct buf *out, bool due);
int msg_get_peeked(const char *json, size_t n, bool *ret_due, struct err *e);
void msg_put_fired(struct buf *out, bool fired, struct wall at);
int msg_get_fired(const char *json, size_t n, bool *ret_fired,
    struct wall *ret_at, struct err *e);

/* state/events.json: the declared events, for those who may not read the
 * ledger or must not open it.  {"events":[{"name":text,"at":ms}]} */
#define MSG_MOST_EVENTS 10000
struct msg_known_event {
	const char *name;
	struct wall at;
};
void msg_put_events(struct buf *out, const struct msg_known_event *list,
    size_t n);
int msg_get_events(const char *json, size_t n, struct pool *p,
    const struct msg_known_event **ret_list, size_t *ret_n, struct err *e);

/* state/holds.json likewise: what is under hold, subjects as hashes. */
#define MSG_MOST_HOLDS 100000
void msg_put_holds(struct buf *out, const struct gate_hold *list, size_t n);
int msg_get_holds(const char *json, size_t n, struct pool *p,
    const struct gate_hold **ret_list, size_t *ret_n, struct err *e);

/* FAILED carries an err across processes. */
void msg_put_failed(struct buf *out, const struct err *e);
void msg_get_failed(const char *json, size_t n, struct err *ret);

#endif
