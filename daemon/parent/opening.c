#include "opening.h"

#include "retention/key.h"
#include "retention/pool.h"
#include "retention/rule.h"

#include "job.h"
#include "parent.h"
#include "place.h"
#include "planning.h"
#include "recovery.h"
#include "ruleset.h"

static bool
keyed_columns(const struct rule_column *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rule_method_keyed(c[i].method))
			return true;
	return false;
}

static bool
keyed_children(const struct rule_child *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keyed_columns(c[i].columns, c[i].n_columns) ||
		    keyed_children(c[i].children, c[i].n_children))
			return true;
	return false;
}

static bool
wants_key(const struct job *j)
{
	for (size_t i = 0; i < j->notice->n_datasets; i++) {
		const struct rule_dataset *d = &j->notice->datasets[i];

		if (rule_store_of(j->notice, d) == j->store &&
		    (keyed_columns(d->columns, d->n_columns) ||
		    keyed_children(d->children, d->n_children)))
			return true;
	}
	return false;
}

/* By itself, or for a plan that was approved. */
static bool
acts(const struct job *j, const struct rule_dataset *d)
{
	const struct place_dataset *known = place_dataset_find(j->place,
	    d->full);

	return d->timing.keep != RULE_INDEFINITELY &&
	    (d->mode == RULE_ENFORCE || (d->mode == RULE_REVIEW &&
	    known != NULL && planning_is_approved(known)));
}

/* I9: a job that will not erase opens the store for reading only. */
static bool
wants_write(const struct job *j)
{
	const char *why;

	if (j->kind == JOB_RESUME || j->kind == JOB_SCRUB)
		return true;
	if (j->kind == JOB_PEEK || j->parent->opt.dry_run ||
	    !parent_may_enforce(j->parent, &why))
		return false;
	if (j->kind == JOB_REQUEST)
		return true;
	for (size_t i = 0; i < j->n; i++)
		if (acts(j, j->dataset[i].rule))
			return true;
	return false;
}

/* Those of the rules in force, and of the rules that made the operations which
 * are to be resolved. */
static int
roots(struct job *j, struct msg_open *m, struct err *e)
{
	const char **list = NULL;
	size_t n;

	if (j->pool == NULL)
		j->pool = pool_new();
	if (j->pool != NULL)
		list = pool_array(j->pool, MSG_MOST_ROOTS, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	n = rule_roots(j->notice, j->store, list, MSG_MOST_ROOTS);
	if (j->kind == JOB_RESUME)
		n += recovery_roots(j, list + n, MSG_MOST_ROOTS - n);
	m->roots = list;
	m->n_roots = n;
	return 0;
}

/*
 * A dry run makes no keys and has none open: counting needs some key to tell
 * which rows stand under a pseudonym already, which is seen by their form.
 */
int
opening_fill(struct job *j, struct msg_open *m, struct err *e)
{
	m->write = j->writes = wants_write(j);
	m->required = j->parent->set->conf->main.sandbox_required;
	if (roots(j, m, e) == -1)
		return -1;
	m->has_pseudonym = wants_key(j);
	if (!m->has_pseudonym || j->parent->opt.dry_run)
		return 0;
	return key_pseudonym(j->parent->ev.state, j->notice->id, m->pseudonym,
	    e);
}
