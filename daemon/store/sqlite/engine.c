/*
 * engine - the SQLite engine: a store is one file, or all files of a glob,
 * opened one after another.
 */
#include "../engine.h"

#include <glob.h>
#include <unistd.h>

#include "db.h"
#include "advise.h"
#include "destroy.h"
#include "erase.h"
#include "explain.h"
#include "findall.h"
#include "look.h"
#include "query.h"
#include "resume.h"
#include "rinse.h"
#include "stamp.h"
#include "tally.h"

struct sqlite {
	struct rule_store store;	/* its texts are the caller's */
	enum store_access access;
	uint8_t key[32];
	bool has_key;
	enum assure worst;	/* so far: writing unshares what was shared */
};

/* One call, carried through every file. */
struct call {
	struct sqlite *st;
	const struct rule_dataset *d;
	struct wall at;
	int (*each)(struct call *c, const struct query *q, struct err *e);
	const struct store_sink *sink;
	const struct store_pick *pick;
	struct store_counts *counts;
	struct store_result *result;
	struct resume *resume;
	const struct explain_key *key;
	struct pool *pool;
	struct explain *explain;
	struct advise_to *advise;	/* in place of all of that but d, at */
	bool due;
	enum assure worst;		/* of the files that were counted */
	bool stop;			/* no further file */
};

static int
engine_open(const struct rule_store *s, enum store_access access,
    const uint8_t *pseudonym_key, void **ret, struct err *e)
{
	struct sqlite *st = calloc(1, sizeof(*st));

	if (!st)
		return err_set(e, ERR_MEMORY, "store %s: no memory", s->full);
	st->store = *s;
	st->access = access;
	if (pseudonym_key) {
		memcpy(st->key, pseudonym_key, sizeof(st->key));
		st->has_key = true;
	}
	*ret = st;
	return 0;
}

static void
engine_close(void *impl)
{
	struct sqlite *st = impl;

	if (st)
		explicit_bzero(st->key, sizeof(st->key));
	free(st);
}

static int
open_file(struct sqlite *st, const char *path, struct db **ret, struct err *e)
{
	bool many = rule_path_is_glob(st->store.path);
	struct db_how how = { .store = &st->store, .path = path,
		.file = many ? rule_path_file(st->store.path, path) : NULL,
		.access = st->access,
		.pseudonym_key = st->has_key ? st->key : NULL };

	if (db_open(&how, ret, e) == -1)
		return -1;
	st->worst = assure_worse(st->worst, (*ret)->assure);
	(*ret)->assure = st->worst;
	return 0;
}

/* A plan is one read transaction; erasing takes its own. */
static int
with_query(struct call *c, struct db *db, struct err *e)
{
	struct query *q = NULL;
	bool reads = c->counts != NULL;
	int rc = reads ? db_exec(db, "BEGIN", e) : 0;

	c->stop = c->advise != NULL;
	if (c->advise)
		return advise_dataset(db, c->d, c->at, c->advise, e);
	if (rc == 0)
		rc = query_make(db, c->d, c->at, &q, e);
	if (rc == 0)
		rc = c->each(c, q, e);
	query_free(q);
	if (reads)
		sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int
one_file(struct call *c, const char *path, struct err *e)
{
	/* What was counted while the file changed is counted again. */
	for (int try = 0; ; try++) {
		struct store_counts before = { .total = 0 };
		struct db *db;
		int rc;

		if (c->counts)
			before = *c->counts;
		if (open_file(c->st, path, &db, e) == -1)
			return -1;
		rc = with_query(c, db, e);
		if (rc == 0 && !c->advise)
			rc = db_still(db, e);
		db_close(db);
		if (rc == 0 || e->code != ERR_CHANGED || !c->counts ||
		    try == 4)
			return rc;
		before.clause = c->counts->clause;
		*c->counts = before;
	}
}

static int
all_files(struct call *c, struct err *e)
{
	glob_t found;
	int rc = 0;

	if (!rule_path_is_glob(c->st->store.path))
		return one_file(c, c->st->store.path, e);
	rc = glob(c->st->store.path, GLOB_ERR, NULL, &found);
	if (rc == GLOB_NOMATCH)
		return 0;
	if (rc != 0)
		return err_set(e, ERR_STORE, "store %s: its files cannot be "
		    "listed", c->st->store.full);
	for (size_t i = 0; rc == 0 && !c->stop && i < found.gl_pathc; i++)
		if (look_wants(&c->st->store, c->d, found.gl_pathv[i]))
			rc = one_file(c, found.gl_pathv[i], e);
	globfree(&found);
	return rc;
}

static int
each_count(struct call *c, const struct query *q, struct err *e)
{
	c->worst = assure_worse(c->worst, q->db->assure);
	if (c->st->store.scrub == RULE_SCRUB_OFF)
		c->worst = assure_worse(c->worst, ASSURE_UNSCRUBBED);
	return tally_count(q, c->counts, e);
}

static int
each_peek(struct call *c, const struct query *q, struct err *e)
{
	if (tally_peek(q, &c->due, e) == -1)
		return -1;
	c->stop = c->due;
	return 0;
}

static int
each_erase(struct call *c, const struct query *q, struct err *e)
{
	if (stamp_pass(q, c->sink, c->result, e) == -1)
		return -1;
	c->stop = c->result->stopped;
	return 0;
}

static int
each_survey(struct call *c, const struct query *q, struct err *e)
{
	return erase_survey(q, c->pick, e);
}

static int
each_resume(struct call *c, const struct query *q, struct err *e)
{
	return resume_file(c->resume, q, e);
}

static int
each_explain(struct call *c, const struct query *q, struct err *e)
{
	return explain_row(q, c->key, c->pool, c->explain, e);
}

static int
engine_plan(void *impl, const struct rule_dataset *d, struct wall at,
    struct store_counts *ret, struct err *e)
{
	struct store_counts n = { .total = 0 };
	struct call c = { .st = impl, .d = d, .at = at, .each = each_count,
		.counts = &n };

	if (d->action == RULE_DESTROY)
		return destroy_plan(&c.st->store, d, at, ret, e);
	if (all_files(&c, e) == -1) {
		free(n.clause);
		return -1;
	}
	n.assurance = d->files.column ? NULL : assure_word(c.worst);
	n.advice = d->files.column ? NULL : assure_advice(c.worst);
	*ret = n;
	return 0;
}

static int
engine_peek(void *impl, const struct rule_dataset *d, struct wall at,
    bool *ret_due, struct err *e)
{
	struct store_counts n;
	struct call c = { .st = impl, .d = d, .at = at, .each = each_peek };

	if (d->action == RULE_DESTROY) {
		if (destroy_plan(&c.st->store, d, at, &n, e) == -1)
			return -1;
		*ret_due = n.due > 0;
		return 0;
	}
	if (all_files(&c, e) == -1)
		return -1;
	*ret_due = c.due;
	return 0;
}

static int
may_write(const struct sqlite *st, struct err *e)
{
	return st->access == STORE_WRITE ? 0 : err_set(e, ERR_REFUSED,
	    "store %s: opened for reading only", st->store.full);
}

static int
engine_erase(void *impl, const struct rule_dataset *d, struct wall at,
    const struct store_sink *sink, struct store_result *ret, struct err *e)
{
	struct store_result r = { .erased = 0 };
	struct call c = { .st = impl, .d = d, .at = at, .each = each_erase,
		.sink = sink, .result = &r };

	if (may_write(c.st, e) == -1)
		return -1;
	if (d->action == RULE_DESTROY) {
		if (destroy_pass(&(struct destroy_job){ &c.st->store, d, at,
		    sink }, &r, e) == -1)
			return -1;
	} else if (all_files(&c, e) == -1) {
		return -1;
	}
	*ret = r;
	return 0;
}

static int
engine_survey(void *impl, const struct rule_dataset *d, struct wall at,
    const struct store_pick *pick, struct err *e)
{
	struct call c = { .st = impl, .d = d, .at = at, .each = each_survey,
		.pick = pick };

	if (d->action == RULE_DESTROY)
		return destroy_survey(&(struct destroy_job){ &c.st->store, d,
		    at, NULL }, pick, e);
	return all_files(&c, e);
}

static int
engine_resume(void *impl, const struct rule_dataset *d, struct wall at,
    const struct store_pending *ops, size_t n_ops, bool act,
    const struct store_sink *sink, struct err *e)
{
	struct call c = { .st = impl, .d = d, .at = at, .each = each_resume };
	struct resume_job job = { ops, n_ops, act, sink };
	int rc;

	if (act && may_write(c.st, e) == -1)
		return -1;
	if (d->action == RULE_DESTROY)
		return destroy_resume(&(struct destroy_job){ &c.st->store, d,
		    at, sink }, &job, e);
	if (resume_new(&job, &c.resume, e) == -1)
		return -1;
	rc = all_files(&c, e);
	if (rc == 0)
		rc = resume_report(c.resume, e);
	resume_free(c.resume);
	return rc;
}

/* Of a glob one file stands for all. */
static int
engine_check(void *impl, const struct rule_dataset *d, struct wall at,
    store_finding_fn *found, void *ctx, struct err *e)
{
	struct advise_to to = { found, ctx };
	struct call c = { .st = impl, .d = d, .at = at, .advise = &to };

	if (d->action == RULE_DESTROY)
		return advise_destroy(&c.st->store, d, at, &to, e);
	if (all_files(&c, e) == -1)
		return -1;
	if (!c.stop)
		advise_say(&to, STORE_WARNING, "no-file",
		    "no file matches the store's path");
	return 0;
}

static int
engine_sweep(void *impl, const struct store_sink *sink,
    struct store_swept *ret, struct err *e)
{
	return may_write(impl, e) == -1 ? -1 :
	    rinse_store(&((const struct sqlite *)impl)->store, sink, ret, e);
}

static int
engine_explain(void *impl, const struct store_question *q, struct pool *p,
    struct explain *ret, struct err *e)
{
	struct explain_key key = { q->n_key, q->key };
	struct call c = { .st = impl, .d = q->dataset, .at = q->at,
		.each = each_explain, .key = &key, .pool = p, .explain = ret };

	return all_files(&c, e);
}

static int
engine_find(void *impl, const struct find_ask *ask,
    const struct find_sink *sink, struct pool *p, struct find_found *ret,
    struct err *e)
{
	return findall_run(&((const struct sqlite *)impl)->store, ask, sink, p,
	    ret, e);
}

static int
engine_marks(void *impl, struct store_marks *ret, struct err *e)
{
	const struct sqlite *st = impl;

	return look_marks(&st->store, st->access, ret, e);
}

static int
engine_match(void *impl, const struct rule_dataset *d, struct wall at,
    struct store_matched *ret, struct err *e)
{
	const struct sqlite *st = impl;

	return look_match(&(struct look_at){ &st->store, st->access }, d, at,
	    ret, e);
}

static int
engine_event(void *impl, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e)
{
	const struct sqlite *st = impl;

	return look_event(&(struct look_at){ &st->store, st->access }, ev,
	    now, ret_fired, ret_at, e);
}

const struct engine engine_sqlite = {
	.open = engine_open,
	.close = engine_close,
	.plan = engine_plan,
	.peek = engine_peek,
	.check = engine_check,
	.erase = engine_erase,
	.survey = engine_survey,
	.resume = engine_resume,
	.sweep = engine_sweep,
	.explain = engine_explain,
	.find = engine_find,
	.marks = engine_marks,
	.match = engine_match,
	.event = engine_event,
};
