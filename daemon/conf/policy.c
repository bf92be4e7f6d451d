#include "policy.h"

#include <fnmatch.h>
#include <glob.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "retention/conflict.h"
#include "retention/pool.h"
#include "retention/timetext.h"

#include "crosscheck.h"
#include "group.h"

static const char *
full_name(struct reader *r, const char *notice, const char *name)
{
	const char *full = pool_printf(r->pool, "%s/%s", notice, name);

	if (full == NULL)
		reader_error(r, 0, "no memory");
	return full;
}

static void
finish_dataset(struct reader *r, const char *notice,
    const struct rule_brake *brake, struct raw_dataset *raw)
{
	struct rule_dataset *d = &raw->d;
	struct rule_brake *own = &d->brake;

	d->full = full_name(r, notice, d->name);
	d->mode = (enum rule_mode)raw->mode;
	d->action = raw->action == -1 ? RULE_DELETE :
	    (enum rule_action)raw->action;
	d->empty = raw->empty == -1 ? RULE_EMPTY_KEEP :
	    (enum rule_empty)raw->empty;
	d->unit = raw->unit == -1 ? RULE_LINE : (enum rule_unit)raw->unit;
	d->timing.clock = raw->clock == -1 ? RULE_UNIX :
	    (enum rule_clock)raw->clock;
	if (d->timing.keep == RULE_UNTIL)
		d->timing.from = raw->until;
	if (d->timing.keep == RULE_UNTIL_DATE)
		(void)timetext_day(raw->until_date, strlen(raw->until_date),
		    &d->timing.until_day);
	if (own->rows != -1 || own->share >= 0) {
		own->rows = own->rows == -1 ? brake->rows : own->rows;
		own->share = own->share < 0 ? brake->share : own->share;
	} else {
		own->share = 0;
	}
	d->file = r->file;
	d->line = raw->origin.line;
}

static void
finish(struct reader *r, const struct rule_brake *brake, struct raw_policy *p,
    struct rule_notice *ret)
{
	struct rule_store *stores = reader_array(r, p->n_stores,
	    sizeof(*stores));
	struct rule_dataset *datasets = reader_array(r, p->n_datasets,
	    sizeof(*datasets));
	struct rule_event *events = reader_array(r, p->n_events,
	    sizeof(*events));

	if (stores == NULL || datasets == NULL || events == NULL)
		return;
	for (size_t i = 0; i < p->n_stores; i++) {
		stores[i] = p->stores[i].s;
		stores[i].full = full_name(r, p->n.id, stores[i].name);
		stores[i].file = r->file;
		stores[i].line = p->stores[i].origin.line;
	}
	for (size_t i = 0; i < p->n_datasets; i++) {
		finish_dataset(r, p->n.id, brake, &p->datasets[i]);
		datasets[i] = p->datasets[i].d;
	}
	for (size_t i = 0; i < p->n_events; i++) {
		events[i] = p->events[i].e;
		events[i].clock = (enum rule_clock)p->events[i].clock;
	}
	*ret = p->n;
	ret->path = r->file;
	ret->stores = stores;
	ret->n_stores = p->n_stores;
	ret->datasets = datasets;
	ret->n_datasets = p->n_datasets;
	ret->events = events;
	ret->n_events = p->n_events;
}

void
policy_read(struct reader *r, const config_t *cfg,
    const struct rule_brake *brake, struct rule_notice *ret)
{
	struct raw_policy p = { .n_stores = 0 };
	bool before = r->failed;

	r->failed = false;
	group_read(r, SCHEMA_POLICY, config_root_setting(cfg), &p);
	crosscheck_stores(r, &p);
	crosscheck_events(r, &p);
	crosscheck_datasets(r, &p);
	if (!r->failed) {
		finish(r, brake, &p, ret);
		if (p.n.owner == NULL)
			reader_warn(r, 1, "notice.owner is missing; expected who "
			    "answers for this policy");
		if (p.n.review_by == NULL)
			reader_warn(r, 1, "notice.review_by is missing; expected "
			    "when the policy is to be looked at again");
	}
	r->failed = r->failed || before;
}

/* A dataset and the path of its store. */
struct placed {
	struct rule_dataset *d;
	const char *path;
};

/* What is kept indefinitely is not to go with its whole store. */
static void
check_destroy(struct reader *r, const struct rule_dataset *d,
    const struct rule_dataset *other)
{
	if (d->action != RULE_DESTROY || d == other ||
	    d->timing.keep == RULE_INDEFINITELY ||
	    other->timing.keep != RULE_INDEFINITELY)
		return;
	reader_begin(r, d->file);
	reader_error(r, d->line, "dataset '%s': destroys the store in which '%s' "
	    "is kept indefinitely; expected one or the other", d->full,
	    other->full);
}

static const struct rule_child *
child_of(const struct rule_child *c, size_t n, const char *table)
{
	const struct rule_child *found = NULL;

	for (size_t i = 0; found == NULL && i < n; i++)
		found = strcasecmp(c[i].table, table) == 0 ? &c[i] :
		    child_of(c[i].children, c[i].n_children, table);
	return found;
}

/* A child goes with its parent, without asking when its own rule lets it. */
static void
check_children(struct reader *r, const struct rule_dataset *d,
    const struct rule_dataset *other)
{
	const struct rule_child *c = d == other || other->table == NULL ||
	    d->timing.keep == RULE_INDEFINITELY ? NULL :
	    child_of(d->children, d->n_children, other->table);

	if (c == NULL || (other->timing.keep != RULE_INDEFINITELY &&
	    (c->n_columns > 0 || other->action == RULE_ANONYMISE)))
		return;
	reader_begin(r, d->file);
	reader_error(r, d->line, "dataset '%s': erases rows of table %s as "
	    "children, which '%s' keeps by a rule of its own; expected one or "
	    "the other", d->full, c->table, other->full);
}

static bool
is_in(const struct stat *file, const char *path)
{
	glob_t g = { .gl_pathc = 0 };
	struct stat st;
	bool in = false;

	if (!rule_path_is_glob(path))
		return stat(path, &st) == 0 && st.st_ino == file->st_ino &&
		    st.st_dev == file->st_dev;
	if (glob(path, GLOB_NOSORT, NULL, &g) == 0)
		for (size_t i = 0; !in && i < g.gl_pathc; i++)
			in = stat(g.gl_pathv[i], &st) == 0 &&
			    st.st_ino == file->st_ino &&
			    st.st_dev == file->st_dev;
	globfree(&g);
	return in;
}

/* Two texts that may name one file, by their patterns or by links. */
static bool
may_meet(const char *a, const char *b)
{
	glob_t g = { .gl_pathc = 0 };
	struct stat st;
	bool meet = strcmp(a, b) == 0 ||
	    (rule_path_is_glob(a) && fnmatch(a, b, FNM_PATHNAME) == 0) ||
	    (rule_path_is_glob(b) && fnmatch(b, a, FNM_PATHNAME) == 0);

	if (meet || !rule_path_is_glob(a))
		return meet || (stat(a, &st) == 0 && is_in(&st, b));
	if (glob(a, GLOB_NOSORT, NULL, &g) == 0)
		for (size_t i = 0; !meet && i < g.gl_pathc; i++)
			meet = stat(g.gl_pathv[i], &st) == 0 && is_in(&st, b);
	globfree(&g);
	return meet;
}

static bool
is_known(const struct rule_subject *s, size_t n, const struct rule_subject *one)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s[i].kind, one->kind) == 0 &&
		    strcasecmp(s[i].column, one->column) == 0)
			return true;
	return false;
}

/* Whoever one dataset knows in a table is known there to all of them. */
static void
find_persons(struct reader *r, struct placed *all, size_t n, size_t of)
{
	struct rule_dataset *d = all[of].d;
	struct rule_subject *s;
	size_t most = 0, k = 0;

	for (size_t i = 0; i < n; i++)
		most += all[i].d->n_subject;
	s = most == 0 || d->table == NULL ? NULL :
	    reader_array(r, most, sizeof(*s));
	for (size_t i = 0; s != NULL && i < n; i++) {
		const struct rule_dataset *o = all[i].d;

		if (o->table == NULL || strcasecmp(o->table, d->table) != 0 ||
		    !may_meet(all[i].path, all[of].path))
			continue;
		for (size_t j = 0; j < o->n_subject; j++)
			if (!is_known(s, k, &o->subject[j]))
				s[k++] = o->subject[j];
	}
	d->n_persons = k;
	d->persons = k > 0 ? s : NULL;
}

/* A file is as old as its youngest line; to a rival its last change says as
 * much, and never too little. */
static struct rule_rival
as_rival(const struct rule_dataset *d)
{
	struct rule_rival r = { d->full, d->match != NULL ? d->match : d->where,
		d->time_format, d->timing };

	if (d->unit == RULE_FILE && r.timing.from != NULL &&
	    strcmp(r.timing.from, "line") == 0)
		r.timing.from = "mtime";
	return r;
}

static void
find_rivals(struct reader *r, struct placed *all, size_t n, size_t of)
{
	struct rule_rival *rivals;
	struct rule_dataset *d = all[of].d;
	size_t n_rivals = 0;

	rivals = reader_array(r, n, sizeof(*rivals));
	if (rivals == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		if (!may_meet(all[i].path, all[of].path))
			continue;
		check_destroy(r, d, all[i].d);
		check_children(r, d, all[i].d);
		if (conflict_rivals(d, all[i].d))
			rivals[n_rivals++] = as_rival(all[i].d);
	}
	d->n_rivals = n_rivals;
	d->rivals = n_rivals > 0 ? rivals : NULL;
}

void
policy_rivals(struct reader *r, struct rule_notice *notices, size_t n)
{
	struct placed *all;
	size_t n_all = 0, k = 0;

	for (size_t i = 0; i < n; i++)
		n_all += notices[i].n_datasets;
	all = reader_array(r, n_all, sizeof(*all));
	if (all == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < notices[i].n_datasets; j++) {
			/* Ours until the set is handed over. */
			union { const struct rule_dataset *c;
				struct rule_dataset *m; } d = {
				&notices[i].datasets[j] };

			all[k].d = d.m;
			all[k++].path = rule_store_of(&notices[i], d.c)->path;
		}
	for (size_t i = 0; i < n_all; i++) {
		find_persons(r, all, n_all, i);
		find_rivals(r, all, n_all, i);
	}
}
