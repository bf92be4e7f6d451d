/*
 * cli_holds - what is under hold, for a plan that asks no daemon: the file
 * that the daemon keeps beside its ledger.
 */
#ifndef RETENTION_CLI_HOLDS_H
#define RETENTION_CLI_HOLDS_H

#include "retention/conf.h"
#include "retention/gate.h"

struct pool;

struct cli_holds {
	size_t n;
	const struct gate_hold *list;	/* in the pool */
	uint8_t key[32];		/* of the subject index; wipe it */
	const char *unknown;		/* why nothing is known; NULL: it is */
};

/* No file and no ledger: no daemon ever ran here, and nothing is held.  What
 * cannot be read is unknown; without memory there is no plan (-1). */
int cli_holds_read(const struct conf_main *conf, struct pool *p,
    struct cli_holds *ret, struct err *e);

/* What they mean for one dataset of store s; release it.  *ret_as: the store
 * by whose name s is held, when that is not its own, or NULL. */
struct cli_holds_case {
	const struct conf_set *set;
	const struct rule_store *store;
	const struct rule_dataset *dataset;
	struct wall at;
};
int cli_holds_gates(const struct cli_holds *h, const struct cli_holds_case *c,
    struct gates *ret, const char **ret_as, struct err *e);

#endif
