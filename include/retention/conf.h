/*
 * conf - configuration and policies: libconfig files in, rules out.
 *
 * A set is loaded whole or not at all.  Errors are collected, all of them,
 * each as "file:line: what, and what was expected".
 */
#ifndef RETENTION_CONF_H
#define RETENTION_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/rule.h"

struct pool;
struct buf;

struct conf_main {
	const char *path;		/* retentiond.conf itself, absolute */
	const char *policies;		/* absolute */
	const char *state;		/* absolute */
	const char *control;		/* absolute */
	const char *origin;
	size_t n_policy_keys;
	const char *const *policy_keys;	/* verifier keys, not parsed */
	const char *metrics;		/* absolute; NULL: none */
	const char *admins, *auditors;	/* group names; NULL: root only */
	int64_t check_every_ms;
	struct rule_brake brake;
	int64_t plan_expires_ms;	/* of a saved plan */
	int64_t clock_max_step_ms;
	bool clock_require_sync;
	int64_t rotate_key_every_ms, checkpoint_within_ms, heartbeat_ms;
	int64_t segment_bytes;
	struct period trail_keep;	/* n 0: for ever */
	struct period keep_commitment_keys;	/* n 0: for ever */
	const char *anchor_hook;	/* absolute; NULL: none */
	int64_t anchor_every_ms;
	int64_t anchor_max_age_ms;	/* 0: none */
	const char *anchor_copies;	/* absolute; NULL: none */
	const char *tsa_ca;		/* absolute; NULL: none */
	size_t n_witnesses;
	const char *const *witnesses;	/* verifier keys, not parsed */
	bool sandbox_required;
	int64_t job_timeout_ms;		/* a silent worker is killed after this */
};

struct conf_set {
	struct pool *pool;		/* owned; holds all of it */
	struct conf_main main;
	uint8_t digest[32];		/* SHA-256 over the policy files' SHA-256s
					 * in name order */
	size_t n_notices;
	const struct rule_notice *notices;
	size_t n_warnings;
	const char *const *warnings;	/* "file:line: ..." */
};

struct conf_errors {
	size_t n;
	char **text;			/* owned; "file:line: ..." each */
};

/*
 * Load retentiond.conf at `path` and every *.conf of its policy folder.
 * On failure -1, nothing in *ret_set, and every error in *errs.
 * conf_free and conf_errors_release accept empty.
 */
int conf_load(const char *path, struct conf_set **ret_set,
    struct conf_errors *errs);
/* The same for retentiond.conf alone: a set without notices, digest of zeros.
 * A wrong policy must not stop anybody from asking the daemon or from reading
 * the trail. */
int conf_load_main(const char *path, struct conf_set **ret_set,
    struct conf_errors *errs);
void conf_free(struct conf_set *set);
void conf_errors_release(struct conf_errors *errs);

/* The manual pages' tables of settings, in roff (mdoc), from the same table
 * that parses them; `what` is "retentiond.conf" or "policy". */
int conf_manual(const char *what, struct buf *ret, struct err *e);

const struct rule_dataset *conf_find(const struct conf_set *set,
    const char *full, const struct rule_notice **ret_notice);

/* What a reload changes, dataset by dataset, for trail and operator. */
enum conf_change { CONF_ADDED, CONF_REMOVED, CONF_LENGTHENED, CONF_SHORTENED,
	CONF_CHANGED };
struct conf_diff {
	const char *dataset;		/* borrowed from one of the sets */
	enum conf_change change;
	bool stricter;			/* rows can go that did not before */
};
/* *ret is malloc'd, owned by the caller. `from` may be NULL (first load). */
int conf_diff(const struct conf_set *from, const struct conf_set *to,
    struct conf_diff **ret, size_t *ret_n, struct err *e);
/* Appends what it is, for people: "2 years -> 1 year, mode report -> enforce".
 */
void conf_diff_words(const struct conf_set *from, const struct conf_set *to,
    const struct conf_diff *diff, struct buf *ret);

#endif
