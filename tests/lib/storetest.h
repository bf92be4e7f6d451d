/*
 * storetest - a throw-away SQLite store, a rule to fill in, and a sink that
 * remembers what it was told.
 */
#ifndef TESTS_STORETEST_H
#define TESTS_STORETEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <unistd.h>

#include "retention/calendar.h"
#include "retention/store.h"

struct told {			/* what the sink heard */
	size_t ops, intents, gos, dones;
	uint64_t n, erased, left, drift;
	int go;			/* the answer: 1 go, 0 stop, -1 fail */
	void (*on_go)(struct told *t);
	struct commit_op op[64];
	uint8_t c[64][64][COMMIT_BYTES];	/* small operations only */
	size_t n_c[64];
	bool root_ok, sum_ok;
	struct err err;
	char method[64];
	bool pseudonymous;
};

static inline int
told_ops(void *ctx, size_t n, struct commit_op *ret, struct err *e)
{
	struct told *t = ctx;

	(void)e;
	for (size_t i = 0; i < n; i++) {
		memset(&ret[i], (int)(++t->ops), sizeof(ret[i]));
		if (t->ops <= 64)
			t->op[t->ops - 1] = ret[i];
	}
	return 0;
}

static inline int
told_intend(void *ctx, const struct commit_op *op, const char *object,
    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
    struct err *e)
{
	struct told *t = ctx;

	(void)op, (void)object, (void)root, (void)e;
	for (size_t i = 1; i < n; i++)
		if (memcmp(c[i - 1], c[i], COMMIT_BYTES) >= 0)
			t->root_ok = false;
	if (n == 0 || n > COMMIT_MAX_ITEMS)
		t->root_ok = false;
	if (t->intents < 64 && n <= 64) {
		memcpy(t->c[t->intents], c, n * COMMIT_BYTES);
		t->n_c[t->intents] = n;
	}
	t->intents++;
	t->n += n;
	return 0;
}

static inline int
told_go(void *ctx, struct err *e)
{
	struct told *t = ctx;

	t->gos++;
	if (t->on_go)
		t->on_go(t);
	return t->go == -1 ? err_set(e, ERR_TRAIL, "no trail") : t->go;
}

static inline int
told_done(void *ctx, const struct store_outcome *o, struct err *e)
{
	struct told *t = ctx;

	(void)e;
	t->dones++;
	t->erased += o->erased;
	t->left += o->left;
	t->drift += o->skipped_drift;
	if (o->erased + o->left + o->skipped_drift != o->n)
		t->sum_ok = false;
	if (o->err.code != ERR_NONE)
		t->err = o->err;
	snprintf(t->method, sizeof(t->method), "%s", o->method);
	t->pseudonymous = o->pseudonymous;
	return 0;
}

static inline struct store_sink
told_sink(struct told *t)
{
	*t = (struct told){ .go = 1, .root_ok = true, .sum_ok = true };
	return (struct store_sink){ .ctx = t, .ops = told_ops,
		.intend = told_intend, .go = told_go, .done = told_done };
}

struct fixture {
	char dir[64], path[96];
	sqlite3 *app;			/* the application's connection */
	struct rule_store store;
	struct store *st;
	struct err e;
};

static const uint8_t fixture_key[32] = { 1, 2, 3 };

static inline void
fixture_sql(struct fixture *f, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(f->app, sql, NULL, NULL, &why) != SQLITE_OK)
		printf("# SQL: %s\n", why ? why : "?");
	sqlite3_free(why);
}

static inline void
fixture_open(struct fixture *f, const char *sql)
{
	*f = (struct fixture){ .e = ERR_EMPTY };
	snprintf(f->dir, sizeof(f->dir), "/tmp/storetest.XXXXXX");
	must(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/a b%%.db", f->dir);
	must(sqlite3_open(f->path, &f->app) == SQLITE_OK);
	fixture_sql(f, sql);
	f->store = (struct rule_store){ .name = "site", .full = "n/site",
		.kind = RULE_SQLITE, .path = f->path, .lock_ms = 10,
		.busy_ms = 300 };
}

static inline int
fixture_store(struct fixture *f, enum store_access access)
{
	store_close(f->st);
	f->st = NULL;
	return store_open(&f->store, access, fixture_key, &f->st, &f->e);
}

static inline void
fixture_close(struct fixture *f)
{
	char cmd[160];

	store_close(f->st);
	sqlite3_close(f->app);
	snprintf(cmd, sizeof(cmd), "%s-journal", f->path);
	unlink(cmd);
	snprintf(cmd, sizeof(cmd), "%s-wal", f->path);
	unlink(cmd);
	snprintf(cmd, sizeof(cmd), "%s-shm", f->path);
	unlink(cmd);
	unlink(f->path);
	rmdir(f->dir);
}

/* One number from the application's side; -1: no row, -2: error. */
static inline int64_t
fixture_int(struct fixture *f, const char *sql)
{
	sqlite3_stmt *s;
	int64_t n = -2;
	int rc;

	if (sqlite3_prepare_v2(f->app, sql, -1, &s, NULL) != SQLITE_OK) {
		printf("# SQL: %s\n", sqlite3_errmsg(f->app));
		return -2;
	}
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	else if (rc == SQLITE_DONE)
		n = -1;
	sqlite3_finalize(s);
	return n;
}

static inline struct rule_dataset
a_rule(const char *table, const char *from)
{
	return (struct rule_dataset){ .name = "d", .full = "n/d",
		.store = "site", .table = table, .action = RULE_DELETE,
		.timing = { .keep = RULE_PERIOD, .clock = RULE_UNIX,
		.period = { 1, PERIOD_DAYS }, .from = from },
		.brake = { .rows = -1 } };
}

#endif
