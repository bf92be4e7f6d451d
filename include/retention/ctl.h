/*
 * ctl - requests on the control socket, as structs.
 */
#ifndef RETENTION_CTL_H
#define RETENTION_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

struct buf;
struct pool;

#define CTL_MOST_BYTES 65536

enum ctl_right { CTL_READ, CTL_CHANGE };
enum ctl_do {
#define CTL(name, word, right) CTL_##name,
#include "retention/ctl_table.h"
#undef CTL
	CTL_N_DOS
};

const char *ctl_word(enum ctl_do what);
enum ctl_right ctl_right(enum ctl_do what);

struct ctl_person {			/* an identifier: wipe it */
	const char *kind, *value;
};

struct ctl_fix {			/* of a correction: wipe it */
	const char *column, *value;	/* value NULL: NULL */
};

struct ctl_outcome {			/* of a request, in one dataset */
	const char *dataset, *store, *state;
	uint64_t rows, children, files, lines;
};

struct ctl_request {
	enum ctl_do what;
	size_t n_datasets;		/* RUN, PLAN_SAVE; 0: all */
	const char *const *datasets;
	bool wait;			/* RUN: reply when the pass has ended;
					 * SCRUB: always so */
	const char *name;		/* EVENT_ADD; HOLD_ADD: store or dataset;
					 * HOLD_RELEASE: the hold's id; APPROVE,
					 * REJECT: the plan's; SCRUB: the store;
					 * SUBJECT_... */
	/* Of holds and restrictions. */
	const char *scope;		/* gates_scope_name() */
	const char *kind, *value;	/* a subject's identifier: wipe it */
	const char *matter, *issuer, *reason;
	bool has_at;
	struct wall at;			/* EVENT_ADD; absent: now.  Holds: until.
					 * AUDIT_PRUNE, KEY_SHRED: older goes */
	size_t n_epochs;		/* KEY_SHRED, in place of `at` */
	const char *const *epochs;	/* decimal */
	/* Of the register of persons' requests. */
	bool all;			/* SUBJECT_LIST: closed ones, too */
	bool lines;			/* SUBJECT_ERASE: of log stores, too */
	const char *request;		/* the id of the one that is answered */
	const char *state;		/* SUBJECT_ANSWER: "done", ... */
	size_t n_persons;		/* SUBJECT_RECEIVE; name: for what */
	const struct ctl_person *persons;
	bool has_received, has_due;
	struct wall received, due;
	size_t n_outcomes;		/* SUBJECT_ANSWER; name: the request */
	const struct ctl_outcome *outcomes;
	size_t n_fixes;			/* SUBJECT_CORRECT; name: the dataset */
	const struct ctl_fix *fixes;
};

void ctl_put_request(struct buf *out, const struct ctl_request *r);
/* One line without its LF.  Strict; ERR_INPUT with what was expected. */
int ctl_get_request(const char *line, size_t n, struct pool *p,
    struct ctl_request *ret, struct err *e);

#endif
