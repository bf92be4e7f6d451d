/*
 * engine - what a store engine must be able to do; one row per kind of store.
 *
 * The functions are those of retention/store.h with the engine's own state in
 * place of struct store.  Private to store/.
 */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "retention/store.h"

struct engine {
	int (*open)(const struct rule_store *s, enum store_access access,
	    const uint8_t *pseudonym_key, void **ret, struct err *e);
	void (*close)(void *st);
	int (*plan)(void *st, const struct rule_dataset *d, struct wall at,
	    struct store_counts *ret, struct err *e);
	int (*peek)(void *st, const struct rule_dataset *d, struct wall at,
	    bool *ret_due, struct err *e);
	int (*check)(void *st, const struct rule_dataset *d, struct wall at,
	    store_finding_fn *found, void *ctx, struct err *e);
	int (*erase)(void *st, const struct rule_dataset *d, struct wall at,
	    const struct store_sink *sink, struct store_result *ret,
	    struct err *e);
	int (*survey)(void *st, const struct rule_dataset *d, struct wall at,
	    const struct store_pick *pick, struct err *e);
	int (*resume)(void *st, const struct rule_dataset *d, struct wall at,
	    const struct store_pending *ops, size_t n_ops, bool act,
	    const struct store_sink *sink, struct err *e);
	/* NULL: it is no database. */
	int (*sweep)(void *st, const struct store_sink *sink,
	    struct store_swept *ret, struct err *e);
	/* NULL: it has no rows. */
	int (*explain)(void *st, const struct store_question *q,
	    struct pool *p, struct explain *ret, struct err *e);
	/* NULL: nobody is known in it. */
	int (*find)(void *st, const struct find_ask *ask,
	    const struct find_sink *sink, struct pool *p,
	    struct find_found *ret, struct err *e);
	/* NULL: none to tell. */
	int (*marks)(void *st, struct store_marks *ret, struct err *e);
	/* NULL: it has no rows. */
	int (*match)(void *st, const struct rule_dataset *d, struct wall at,
	    struct store_matched *ret, struct err *e);
	int (*event)(void *st, const struct rule_event *ev, struct wall now,
	    bool *ret_fired, struct wall *ret_at, struct err *e);
};

extern const struct engine engine_sqlite;	/* sqlite/engine.c */
extern const struct engine engine_logs;		/* logs/engine_logs.c */
extern const struct engine engine_files;	/* files/engine.c */

#endif
