#include "cli_find.h"

#include <errno.h>
#include <string.h>

#include "retention/conf.h"
#include "retention/pool.h"
#include "retention/subject.h"

#include "cli_args.h"
#include "cli_out.h"
#include "cli_worker.h"

struct work {
	const struct cli_find_job *job;
	struct pool *pool;
	struct cli_find *all;
	struct cli_find_row *at;	/* the one that is asked */
	struct err sink;		/* what the sink failed of */
};

int
cli_find_persons(const struct cli_args *a, struct find_person *ret)
{
	_Static_assert(CLI_MOST_KINDS <= FIND_MOST_PERSONS, "they fit");
	if (a->n_persons == 0) {
		cli_out_error("'%s' needs the person, such as --email "
		    "ann@example.org", a->command->words);
		return -1;
	}
	for (size_t i = 0; i < a->n_persons; i++)
		ret[i] = (struct find_person){ a->person[i].kind,
			a->person[i].value };
	return 0;
}

static bool
declares(const struct rule_dataset *d, const char *kind)
{
	for (size_t i = 0; i < d->n_subject; i++)
		if (strcmp(d->subject[i].kind, kind) == 0)
			return true;
	return false;
}

static int
check_persons(const struct cli_find_job *job, struct err *e)
{
	for (size_t i = 0; i < job->n_persons; i++) {
		const struct find_person *p = &job->persons[i];
		bool any = false;

		for (size_t n = 0; n < job->set->n_notices; n++)
			for (size_t k = 0; k < job->set->notices[n].n_datasets;
			    k++)
				any |= declares(
				    &job->set->notices[n].datasets[k],
				    p->kind);
		if (!any)
			return err_set(e, ERR_INPUT, "no dataset declares "
			    "subjects of kind %s", p->kind);
		if (subject_check(p->kind, p->value, e) == -1)
			return -1;
	}
	return 0;
}

static int
list_rows(struct work *w, struct err *e)
{
	const struct conf_set *set = w->job->set;
	size_t most = 0;

	for (size_t i = 0; i < set->n_notices; i++)
		most += set->notices[i].n_datasets;
	w->all->rows = pool_array(w->pool, most + 1, sizeof(*w->all->rows));
	if (w->all->rows == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < set->n_notices; i++) {
		const struct rule_notice *n = &set->notices[i];

		for (size_t k = 0; k < n->n_datasets; k++) {
			struct cli_find_row *row = &w->all->rows[w->all->n++];

			row->notice = n;
			row->d = &n->datasets[k];
			row->store = rule_store_of(n, row->d);
			must(row->store != NULL);
		}
	}
	return 0;
}

static bool
has_child(const struct rule_dataset *d, const char *table)
{
	for (size_t i = 0; i < d->n_children; i++)
		if (strcmp(d->children[i].table, table) == 0)
			return true;
	return false;
}

/* Do the rows of `a` bring along all that those of b would? */
static bool
covers(const struct cli_find_row *a, const struct cli_find_row *b)
{
	const struct rule_dataset *x = a->d, *y = b->d;

	if (strcmp(a->store->path, b->store->path) != 0 ||
	    a->store->kind != RULE_SQLITE || b->store->kind != RULE_SQLITE ||
	    x->table == NULL || y->table == NULL ||
	    strcasecmp(x->table, y->table) != 0)
		return false;
	for (size_t i = 0; i < y->n_children; i++)
		if (!has_child(x, y->children[i].table))
			return false;
	return y->files.column == NULL || (x->files.column != NULL &&
	    strcmp(x->files.column, y->files.column) == 0);
}

/* Each table once, by the dataset that brings most along; lines once a store. */
static void
choose_senders(struct cli_find *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct cli_find_row *row = &f->rows[i];

		for (size_t k = 0; k < f->n && row->with == NULL; k++) {
			const struct cli_find_row *by = &f->rows[k];
			bool same = row->store->kind == RULE_LOGS &&
			    by->store->kind == RULE_LOGS && strcmp(
			    row->store->path, by->store->path) == 0;

			if (k == i || by->with != NULL)
				continue;
			if (same ? k < i : covers(by, row) &&
			    (k < i || !covers(row, by)))
				row->with = by->d;
		}
		row->sent = row->with == NULL;
	}
}

static int
on_piece(void *ctx, enum find_piece what, const void *bytes, size_t n,
    struct err *e)
{
	struct work *w = ctx;
	int rc;

	if (what == FIND_PROGRESS) {
		cli_out_progress("store %s: %.*s %s read", w->at->store->full,
		    (int)n, (const char *)bytes, w->at->store->kind ==
		    RULE_LOGS ? "lines" : "rows");
		return 0;
	}
	if (!w->job->rows)
		return err_set(e, ERR_PROTOCOL, "the worker sent what was not "
		    "asked for");
	rc = w->job->sink.piece(w->job->sink.ctx, what, bytes, n, e);
	if (rc == -1)
		w->sink = *e;
	return rc;
}

/* What was destroyed is not there any more: nothing is held in it. */
static void
failed(struct work *w, struct cli_find_row *row, const struct err *e)
{
	if (row->d->action == RULE_DESTROY && e->sys_errno == ENOENT) {
		row->found.note = "the store is not there";
		return;
	}
	row->error = pool_printf(w->pool, "%s (%s)", e->text,
	    row->store->path);
	if (row->error == NULL)
		row->error = "no memory";
	w->all->failed = true;
}

/* -1: the sink failed. */
static int
ask(struct work *w, struct cli_find_row *row, struct cli_worker *worker,
    struct err *e)
{
	const struct cli_find_job *job = w->job;
	struct find_ask q = { .at = job->now, .dataset = *row->d,
		.n_persons = job->n_persons, .persons = job->persons,
		.rows = job->rows && row->sent, .fast = job->fast,
		.lines = job->lines };
	struct find_sink sink = { on_piece, w };
	struct err why = ERR_EMPTY;

	w->at = row;
	if (q.rows && job->begin != NULL &&
	    job->begin(job->sink.ctx, row, e) == -1)
		return -1;
	if (cli_worker_find(worker, &q, &sink, w->pool, &row->found,
	    &why) == 0)
		return 0;
	if (w->sink.code != ERR_NONE) {
		*e = w->sink;
		return -1;
	}
	failed(w, row, &why);
	return 0;
}

/* All datasets of a store, by one worker. */
static int
ask_store(struct work *w, size_t first, struct err *e)
{
	const struct cli_find_row *of = &w->all->rows[first];
	struct cli_worker_way way = {
		.timeout_ms = w->job->set->main.job_timeout_ms,
		.notice = of->notice,
		.required = w->job->set->main.sandbox_required };
	struct cli_worker worker = CLI_WORKER_NONE;
	struct err why = ERR_EMPTY;
	int rc = 0;

	cli_out_progress("store %s", of->store->full);
	(void)cli_worker_open(of->store, &way, &worker, &why);
	for (size_t i = first; rc == 0 && i < w->all->n; i++) {
		struct cli_find_row *row = &w->all->rows[i];

		if (row->store != of->store)
			continue;
		if (worker.pid != -1)
			rc = ask(w, row, &worker, e);
		else
			failed(w, row, &why);
	}
	cli_worker_close(&worker);
	return rc;
}

int
cli_find_make(const struct cli_find_job *job, struct pool *p,
    struct cli_find *ret, struct err *e)
{
	struct work w = { .job = job, .pool = p, .all = ret,
		.sink = ERR_EMPTY };
	int rc = 0;

	*ret = (struct cli_find){ .n = 0 };
	if (check_persons(job, e) == -1 || list_rows(&w, e) == -1)
		return -1;
	choose_senders(ret);
	for (size_t i = 0; rc == 0 && i < ret->n; i++) {
		bool asked = false;

		for (size_t k = 0; k < i; k++)
			asked |= ret->rows[k].store == ret->rows[i].store;
		if (!asked)
			rc = ask_store(&w, i, e);
	}
	cli_out_progress_end();
	return rc;
}
