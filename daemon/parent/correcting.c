#include "correcting.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/key.h"
#include "retention/pool.h"
#include "retention/samestore.h"
#include "retention/subject.h"

#include "erasing.h"
#include "job.h"
#include "parent.h"
#include "place.h"
#include "ruleset.h"

struct correcting {
	struct rule_dataset by_digest;
	struct rule_fix digest[RULE_MOST_FIXES], known[RULE_MOST_FIXES];
	size_t n;
	struct pool *pool;		/* wipes what it holds */
};

bool
correcting_is(const struct ledger_erasure *row)
{
	return strcmp(row->what, "correct") == 0;
}

const char *
correcting_why_never(const struct rule_dataset *d, const struct rule_store *s)
{
	if (s == NULL || s->kind != RULE_SQLITE || d->table == NULL)
		return "it has no rows: there is nothing to correct";
	return d->mode == RULE_REPORT ? "report only, by the policy: nothing "
	    "is written there" : NULL;
}

static int
take(struct correcting *c, const uint8_t key[32], const struct ctl_fix *f,
    struct err *e)
{
	struct rule_fix *to = &c->known[c->n];

	to->column = pool_dup(c->pool, f->column);
	to->null = f->value == NULL;
	to->text = to->null ? NULL : pool_dup(c->pool, f->value);
	if (to->column == NULL || (!to->null && to->text == NULL))
		return err_set(e, ERR_MEMORY, "no memory");
	if (!to->null)
		subject_value(key, to->column, to->text, strlen(to->text),
		    to->hash);
	c->digest[c->n] = *to;
	c->digest[c->n++].text = NULL;
	return 0;
}

struct correcting *
correcting_new(struct parent *p, const struct ctl_request *r, struct err *e)
{
	struct correcting *c = calloc(1, sizeof(*c));
	uint8_t key[32];
	int rc = -1;

	if (c == NULL || (c->pool = pool_new()) == NULL ||
	    r->n_fixes > RULE_MOST_FIXES)
		(void)err_set(e, ERR_MEMORY, "no memory");
	else
		rc = key_subject_old(p->set->conf->main.state, key, e);
	for (size_t i = 0; rc == 0 && i < r->n_fixes; i++)
		rc = take(c, key, &r->fixes[i], e);
	explicit_bzero(key, sizeof(key));
	if (rc == -1) {
		correcting_free(c);
		return NULL;
	}
	c->by_digest.n_fixes = c->n;
	c->by_digest.fixes = c->digest;
	return c;
}

void
correcting_free(struct correcting *c)
{
	if (c == NULL)
		return;
	pool_free(c->pool);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

const struct rule_dataset *
correcting_fixes(const struct correcting *c)
{
	return &c->by_digest;
}

struct bound {
	const char **list;
	size_t n, most;
};

static void
add(struct bound *b, const char *text)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->list[i], text) == 0)
			return;
	if (b->n < b->most)
		b->list[b->n++] = text;
}

/* Where a row of this table hangs on another one's. */
static void
add_links(struct bound *b, const struct rule_child *c, size_t n,
    const char *table)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(c[i].table, table) == 0)
			add(b, c[i].column);
		add_links(b, c[i].children, c[i].n_children, table);
	}
}

static void
add_dataset(struct bound *b, const struct rule_dataset *d, const char *table)
{
	add_links(b, d->children, d->n_children, table);
	if (d->table == NULL || strcasecmp(d->table, table) != 0)
		return;
	for (size_t i = 0; i < d->n_key; i++)
		add(b, d->key[i]);
	if (d->timing.from != NULL)
		add(b, d->timing.from);
	if (d->where != NULL)
		add(b, d->where);
	if (d->files.column != NULL)
		add(b, d->files.column);
}

/* The queries of events that are put to these files. */
static void
add_queries(struct bound *b, const struct rule_notice *n,
    const struct rule_store *in, const struct rule_dataset *d)
{
	for (size_t i = 0; i < n->n_events; i++)
		for (size_t k = 0; k < n->n_stores; k++) {
			const struct rule_store *s = &n->stores[k];

			if (strcmp(s->name, n->events[i].store) == 0 &&
			    s->kind == RULE_SQLITE &&
			    samestore_covers(s, in, d))
				add(b, n->events[i].query);
		}
}

/* Of every notice that knows the file, under whatever name. */
static void
add_all(struct bound *b, struct bound *asked, const struct conf_set *conf,
    const struct rule_store *in, const struct rule_dataset *d)
{
	for (size_t i = 0; i < conf->n_notices; i++) {
		const struct rule_notice *n = &conf->notices[i];

		add_queries(asked, n, in, d);
		for (size_t k = 0; k < n->n_datasets; k++) {
			const struct rule_store *s = rule_store_of(n,
			    &n->datasets[k]);

			if (s != NULL && s->kind == RULE_SQLITE &&
			    samestore_covers(s, in, d))
				add_dataset(b, &n->datasets[k], d->table);
		}
	}
}

#define MOST_BOUND 256		/* of a message, too */

const struct rule_dataset *
correcting_fill(struct job *j, const struct rule_dataset *d,
    const struct rule_dataset *like)
{
	struct rule_dataset *copy = pool_alloc(j->pool, sizeof(*copy));
	struct rule_fix *fixes = pool_array(j->pool, like->n_fixes + 1,
	    sizeof(*fixes));
	struct bound b = { .most = MOST_BOUND, .list = pool_array(j->pool,
	    MOST_BOUND, sizeof(*b.list)) }, asked = { .most = MOST_BOUND,
	    .list = pool_array(j->pool, MOST_BOUND, sizeof(*b.list)) };

	if (copy == NULL || fixes == NULL || b.list == NULL ||
	    asked.list == NULL)
		return NULL;
	for (size_t i = 0; i < like->n_fixes; i++) {
		fixes[i] = like->fixes[i];
		fixes[i].text = NULL;
		fixes[i].column = pool_dup(j->pool, like->fixes[i].column);
		if (fixes[i].column == NULL)
			return NULL;
	}
	*copy = *d;
	copy->action = RULE_ANONYMISE;
	copy->n_columns = copy->n_set = copy->n_children = 0;
	copy->n_rivals = 0;
	copy->files = (struct rule_files){ .column = NULL };
	copy->n_fixes = like->n_fixes;
	copy->fixes = fixes;
	add_all(&b, &asked, j->set->conf, j->store, d);
	if (b.n == MOST_BOUND || asked.n == MOST_BOUND)		/* better none than too little known */
		return NULL;
	copy->n_bound = b.n;
	copy->bound = b.list;
	copy->n_asked = asked.n;
	copy->asked = asked.list;
	return copy;
}

void
correcting_tell(struct job *j, struct rule_dataset *d)
{
	const struct erasing *r = erasing_find(j->parent, j->erasure);

	if (r != NULL && r->fix != NULL && r->fix->n == d->n_fixes)
		d->fixes = r->fix->known;
}

void
correcting_forget(struct job *j)
{
	struct msg_job m = { .at = j->cutoff, .dataset = *j->filled };

	buf_release(&j->text);		/* wipes */
	msg_put_job(&j->text, &m);
}

bool
correcting_may(const struct msg_counted *n)
{
	return n->held == 0 && n->restricted == 0 &&
	    n->due <= CORRECTING_MOST_ROWS;
}

static void
set_left(struct ledger_part *x, uint64_t left, const char *why)
{
	x->left = left;
	(void)snprintf(x->state, sizeof(x->state), "left");
	(void)snprintf(x->error, sizeof(x->error), "%.250s", why);
}

/* What stops it, or NULL: it was done. */
static const char *
why_not(const struct job_dataset *d, const struct ledger_part *x)
{
	if (d->error.code != ERR_NONE)
		return d->error.text;
	if (d->counts.held != 0)
		return "the rows are under a legal hold: nothing of them is "
		    "changed until it is released";
	if (d->counts.restricted != 0)
		return "the rows are restricted: end that first ('subject "
		    "unrestrict'), then correct";
	if (d->counts.due > CORRECTING_MOST_ROWS)
		return "more rows than one transaction may change";
	if (d->left != 0)
		return "stopped before it was done; nothing was changed";
	return x->erased != 0 ? NULL : "nobody is found in it, or the rows "
	    "have these values already";
}

void
correcting_end(struct job *j, const struct job_dataset *d, struct erasing *r,
    struct erasing_part *x)
{
	const struct place_dataset *now = place_dataset_find(j->place,
	    x->p.dataset);
	const char *why = why_not(d, &x->p), *never = now == NULL ? NULL :
	    correcting_why_never(now->rule, j->place->store);

	/* A refusal is no reason to leave the store alone for a while. */
	j->dataset[j->at].settled = true;
	j->failed = false;
	if (d->error.code == ERR_NONE && (!d->counted ||
	    d->verdict == DECIDE_STOPPED))
		return;				/* goes on when it may */
	x->p.held = d->counts.held;
	x->p.restricted = d->counts.restricted;
	if (why != NULL)
		set_left(&x->p, x->p.held + x->p.restricted +
		    d->counts.due, why);
	if (why != NULL && never != NULL) {	/* since a reload */
		(void)snprintf(x->p.state, sizeof(x->p.state), "never");
		(void)snprintf(x->p.error, sizeof(x->p.error), "%s", never);
	}
	if (why == NULL)
		(void)snprintf(x->p.state, sizeof(x->p.state), "done");
	if (why == NULL)
		x->p.error[0] = '\0';
	erasing_settle(j->parent, r, x);
}

bool
correcting_is_done(const struct ledger_part *x, const struct rule_store *s)
{
	return x->erased != 0 && s != NULL && !rule_path_is_glob(s->path);
}

bool
correcting_drop(struct parent *p, const struct place *pl, struct erasing *r)
{
	for (size_t i = 0; i < r->n_parts; i++) {
		struct erasing_part *x = &r->part[i];

		if (strcmp(x->p.state, "open") != 0 ||
		    strcmp(x->p.store, pl->full) != 0)
			continue;
		if (correcting_is_done(&x->p, pl->store))
			(void)snprintf(x->p.state, sizeof(x->p.state), "done");
		else
			set_left(&x->p, 0, "the daemon ended before it was "
			    "told; the new values are not kept: ask again");
		erasing_settle(p, r, x);	/* r may be gone now */
		return true;
	}
	return false;
}
