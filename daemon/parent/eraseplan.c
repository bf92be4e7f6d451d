/*
 * eraseplan - an identifier that is anonymised finds nobody any more, so what
 * changes identifiers comes last, and of two such rules over one table the
 * one that does all that the other does comes first.
 */
#include "eraseplan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "retention/pool.h"

enum rank { DELETES, KEEPS_NAMES, CHANGES_NAMES, CHANGES_CHILDREN };

struct candidate {
	const struct rule_notice *notice;
	const struct rule_dataset *d;
	const struct rule_store *store;
	enum rank rank;
	size_t order;			/* in the policy */
};

static bool
is_asked(const char *const *kinds, size_t n, const char *kind)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static bool
declares(const struct rule_dataset *d, const char *const *kinds, size_t n)
{
	for (size_t i = 0; i < d->n_subject; i++)
		if (is_asked(kinds, n, d->subject[i].kind))
			return true;
	return false;
}

const char *
eraseplan_why_never(const struct rule_dataset *d, const struct rule_store *s,
    bool lines)
{
	if (s == NULL || (s->kind != RULE_SQLITE &&
	    !(lines && s->kind == RULE_LOGS)))
		return "one person cannot be told apart in it";
	if (d->action == RULE_DESTROY)
		return "the store goes as a whole, at its time";
	if (d->timing.keep == RULE_INDEFINITELY)
		return "kept indefinitely, by the policy";
	return d->mode == RULE_REPORT ? "report only, by the policy" : NULL;
}

static bool
has_column(const struct rule_dataset *d, const char *name)
{
	for (size_t i = 0; i < d->n_columns; i++)
		if (strcasecmp(d->columns[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < d->n_set; i++)
		if (strcasecmp(d->set[i].column, name) == 0)
			return true;
	return false;
}

/* Any column that names a person of these kinds to any dataset. */
static bool
changes_names(const struct rule_dataset *d, const struct eraseplan *p)
{
	for (size_t i = 0; i < d->n_persons; i++)
		if (is_asked(p->kinds, p->n_kinds, d->persons[i].kind) &&
		    has_column(d, d->persons[i].column))
			return true;
	return false;
}

static bool
changes_children(const struct rule_child *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].n_columns != 0 ||
		    changes_children(c[i].children, c[i].n_children))
			return true;
	return false;
}

static enum rank
rank_of(const struct rule_dataset *d, const struct eraseplan *p)
{
	if (changes_children(d->children, d->n_children))
		return CHANGES_CHILDREN;
	if (d->action == RULE_DELETE)
		return DELETES;
	return changes_names(d, p) ? CHANGES_NAMES : KEEPS_NAMES;
}

static int
by_rank(const void *va, const void *vb)
{
	const struct candidate *a = va, *b = vb;
	size_t n = a->d->n_columns + a->d->n_set;
	size_t m = b->d->n_columns + b->d->n_set;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (n != m)
		return n > m ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static bool
does_all_of(const struct rule_dataset *a, const struct rule_dataset *b)
{
	for (size_t i = 0; i < b->n_columns; i++)
		if (!has_column(a, b->columns[i].name))
			return false;
	for (size_t i = 0; i < b->n_set; i++)
		if (!has_column(a, b->set[i].column))
			return false;
	return true;
}

/* After a has gone over a row, would b still find it? */
static int
check_pair(const struct candidate *a, const struct candidate *b,
    struct err *e)
{
	if (a->store != b->store || a->rank != CHANGES_NAMES ||
	    b->rank != CHANGES_NAMES ||
	    strcasecmp(a->d->table, b->d->table) != 0 ||
	    does_all_of(a->d, b->d))
		return 0;
	return err_set(e, ERR_REFUSED, "datasets %s and %s both anonymise what "
	    "the person is found by, and neither does all that the other "
	    "does: name the columns of both in one", a->d->full, b->d->full);
}

static int
check_pairs(const struct candidate *c, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (check_pair(&c[i], &c[k], e) == -1)
				return -1;
	return 0;
}

/* Datasets, and one: room for a part of each. */
static size_t
how_many(const struct conf_set *conf)
{
	size_t n = 1;

	for (size_t i = 0; i < conf->n_notices; i++)
		n += conf->notices[i].n_datasets;
	return n;
}

static size_t
collect(const struct conf_set *conf, const char *store,
    const struct eraseplan *p, struct candidate *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->n_notices; i++) {
		const struct rule_notice *notice = &conf->notices[i];

		for (size_t k = 0; k < notice->n_datasets; k++) {
			const struct rule_dataset *d = &notice->datasets[k];
			const struct rule_store *s = rule_store_of(notice, d);

			if (s == NULL || (!declares(d, p->kinds, p->n_kinds) &&
			    !(p->lines && s->kind == RULE_LOGS)) ||
			    (store != NULL && strcmp(store, s->full) != 0))
				continue;
			ret[n] = (struct candidate){ notice, d, s,
				rank_of(d, p), n };
			n++;
		}
	}
	return n;
}

/* Longer in hours, roughly: which of two periods is the longer one. */
static int64_t
length(struct period p)
{
	static const int64_t hours[PERIOD_N_UNITS] = { [PERIOD_HOURS] = 1,
		[PERIOD_DAYS] = 24, [PERIOD_WEEKS] = 168,
		[PERIOD_MONTHS] = 731, [PERIOD_YEARS] = 8766 };

	return p.n > INT64_MAX / 8766 ? INT64_MAX : p.n * hours[p.unit];
}

static void
put_part(struct ledger_part *to, const struct candidate *c, bool lines)
{
	const char *never = eraseplan_why_never(c->d, c->store, lines);

	*to = (struct ledger_part){ .erased = 0 };
	(void)snprintf(to->store, sizeof(to->store), "%s", c->store->full);
	(void)snprintf(to->dataset, sizeof(to->dataset), "%s", c->d->full);
	(void)snprintf(to->state, sizeof(to->state), "%s",
	    never != NULL ? "never" : "open");
	(void)snprintf(to->error, sizeof(to->error), "%s",
	    never != NULL ? never : "");
}

static int
check_kinds(const struct candidate *c, size_t n, const struct eraseplan *p,
    struct err *e)
{
	for (size_t i = 0; i < p->n_kinds; i++) {
		bool known = false;

		for (size_t k = 0; k < n; k++)
			known = known || declares(c[k].d, &p->kinds[i], 1);
		if (!known)
			return err_set(e, ERR_REFUSED, "no dataset declares "
			    "subjects of kind %.60s: nobody would be found",
			    p->kinds[i]);
	}
	return 0;
}

int
eraseplan_make(const struct conf_set *conf, const char *store,
    struct pool *pool, struct eraseplan *ret, struct err *e)
{
	const size_t most = how_many(conf);
	struct candidate *c = pool_array(pool, most, sizeof(*c));
	size_t n, acting = 0;

	ret->parts = pool_array(pool, most, sizeof(*ret->parts));
	if (c == NULL || ret->parts == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	n = collect(conf, store, ret, c);
	if (store == NULL && check_kinds(c, n, ret, e) == -1)
		return -1;
	qsort(c, n, sizeof(*c), by_rank);
	for (size_t i = 0; i < n; i++) {
		put_part(&ret->parts[i], &c[i], ret->lines);
		if (length(c[i].notice->suppress_for) >
		    length(ret->suppress_for))
			ret->suppress_for = c[i].notice->suppress_for;
	}
	ret->n_parts = n;
	for (size_t i = 0; i < n; i++)
		if (c[i].store->kind == RULE_SQLITE &&
		    eraseplan_why_never(c[i].d, c[i].store, false) == NULL)
			c[acting++] = c[i];
	return check_pairs(c, acting, e);
}

static bool
is_of_logs(const struct conf_set *conf, const struct rule_dataset *d)
{
	const struct rule_notice *n = NULL;
	const struct rule_store *s = conf_find(conf, d->full, &n) == NULL ?
	    NULL : rule_store_of(n, d);

	return s != NULL && s->kind == RULE_LOGS;
}

/* Does that dataset go by the same request? */
static bool
goes_too(const struct conf_set *conf, const char *full,
    const char *const *kinds, size_t n_kinds)
{
	const struct rule_notice *n = NULL;
	const struct rule_dataset *d = conf_find(conf, full, &n);

	/* A rival of log lines is one of log lines. */
	return d != NULL && (is_of_logs(conf, d) ||
	    declares(d, kinds, n_kinds)) &&
	    eraseplan_why_never(d, rule_store_of(n, d), true) == NULL;
}

/* Identifiers go, the line stays: nobody else loses a line by it, and a file
 * that is still written to keeps its length. */
static void
mask_lines(struct rule_dataset *d)
{
	d->action = RULE_ANONYMISE;
	d->unit = RULE_LINE;
	d->collapse = false;
	d->mask = (struct rule_mask){ .ip_prefix = false };
}

const struct rule_dataset *
eraseplan_fill(const struct conf_set *conf, const struct rule_dataset *d,
    const struct rule_person *wanted, size_t n_wanted, const char *request,
    struct pool *pool)
{
	struct rule_dataset *copy = pool_alloc(pool, sizeof(*copy));
	struct rule_rival *rivals = pool_array(pool, d->n_rivals + 1,
	    sizeof(*rivals));
	const char **kinds = pool_array(pool, n_wanted + 1, sizeof(*kinds));

	if (copy == NULL || rivals == NULL || kinds == NULL)
		return NULL;
	*copy = *d;
	copy->n_wanted = n_wanted;
	copy->wanted = wanted;
	copy->request = request;
	if (is_of_logs(conf, d))
		mask_lines(copy);
	copy->rivals = rivals;
	copy->n_rivals = 0;
	for (size_t i = 0; i < n_wanted; i++)
		kinds[i] = wanted[i].kind;
	for (size_t i = 0; i < d->n_rivals; i++)
		if (!goes_too(conf, d->rivals[i].dataset, kinds, n_wanted))
			rivals[copy->n_rivals++] = d->rivals[i];
	return copy;
}
