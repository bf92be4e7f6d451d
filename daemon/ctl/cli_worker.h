/*
 * cli_worker - a worker that may only read one store, driven from here.
 *
 * I9: every store is opened with access "read"; nothing in this program asks
 * for more.  A worker ends when its link does.
 */
#ifndef RETENTION_CLI_WORKER_H
#define RETENTION_CLI_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/channel.h"
#include "retention/find.h"
#include "retention/msg.h"
#include "retention/rule.h"
#include "retention/spawn.h"
#include "retention/wire.h"

struct buf;
struct pool;

struct cli_worker {
	pid_t pid;		/* -1: none */
	struct channel link;
	bool lost;		/* no more answers will come */
};

#define CLI_WORKER_NONE ((struct cli_worker){ .pid = -1, .link = { .fd = -1 } })

struct cli_worker_way {
	int64_t timeout_ms;	/* a silent worker is given up after this */
	const uint8_t *pseudonym;	/* 32 bytes; NULL: none */
	const struct rule_notice *notice;	/* of the store */
	bool required;		/* of the sandbox */
};

struct conf_main;

/* The way for the stores of notice `n`.  `keyed`: its pseudonym key is got into
 * `key` (to be wiped).  In place of a key that cannot
 * be read there is one of zeros, and *ret_note says so; nothing is written. */
struct cli_worker_way cli_worker_way(const struct conf_main *conf,
    const struct rule_notice *n, bool keyed, uint8_t key[32],
    const char **ret_note);

/* Start, greet, open.  On failure nothing is left running; ERR_REFUSED is
 * the worker's "not by this version". */
int cli_worker_open(const struct rule_store *s,
    const struct cli_worker_way *way, struct cli_worker *ret, struct err *e);
void cli_worker_close(struct cli_worker *w);	/* twice is safe */

/* The questions.  An answer that is a failure leaves the worker usable unless
 * w->lost; text in answers lives in `p`. */
/* What is under hold for the plans that follow. */
int cli_worker_gates(struct cli_worker *w, const struct gates *g,
    struct err *e);

int cli_worker_plan(struct cli_worker *w, const struct msg_job *job,
    struct pool *p, struct msg_counted *ret, struct err *e);
int cli_worker_event(struct cli_worker *w, const struct msg_event *ev,
    bool *ret_fired, struct wall *ret_at, struct err *e);

int cli_worker_explain(struct cli_worker *w, const struct msg_explain *m,
    struct pool *p, struct explain *ret, struct err *e);

/* One message each way, for dialogues; `b` is released.  A failure that the
 * worker told leaves it usable. */
int cli_worker_send(struct cli_worker *w, enum wire_type type, struct buf *b,
    struct err *e);
int cli_worker_receive(struct cli_worker *w, enum wire_type *ret_type,
    const char **ret_body, size_t *ret_n, struct err *e);
/* What is found goes to the sink, progress too. */
int cli_worker_find(struct cli_worker *w, const struct find_ask *ask,
    const struct find_sink *sink, struct pool *p, struct find_found *ret,
    struct err *e);

typedef void cli_worker_finding(void *ctx, const struct msg_finding *f);
struct cli_worker_check {
	const struct msg_job *job;
	struct pool *pool;
	cli_worker_finding *found;
	void *ctx;
};
int cli_worker_check(struct cli_worker *w, const struct cli_worker_check *c,
    struct err *e);

#endif
