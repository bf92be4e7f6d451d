#include "diff.h"

#include <string.h>

#include "retention/calendar.h"

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_columns(const struct rule_column *a, size_t n_a,
    const struct rule_column *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!same(a[i].name, b[i].name) || a[i].method != b[i].method ||
		    !same(a[i].text, b[i].text) || a[i].n != b[i].n)
			return false;
	return true;
}

static bool
same_values(const struct rule_dataset *a, const struct rule_dataset *b)
{
	if (a->n_set != b->n_set)
		return false;
	for (size_t i = 0; i < a->n_set; i++) {
		const struct rule_value *v = &a->set[i], *w = &b->set[i];

		if (!same(v->column, w->column) || v->type != w->type ||
		    v->i != w->i || memcmp(&v->r, &w->r, sizeof(v->r)) != 0 ||
		    !same(v->text, w->text))
			return false;
	}
	return true;
}

static bool
same_children(const struct rule_child *a, size_t n_a,
    const struct rule_child *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!same(a[i].table, b[i].table) ||
		    !same(a[i].column, b[i].column) ||
		    !same_columns(a[i].columns, a[i].n_columns, b[i].columns,
		    b[i].n_columns) ||
		    !same_children(a[i].children, a[i].n_children,
		    b[i].children, b[i].n_children))
			return false;
	return true;
}

static bool
same_names(const struct rule_dataset *a, const struct rule_dataset *b)
{
	if (a->n_key != b->n_key || a->n_subject != b->n_subject)
		return false;
	for (size_t i = 0; i < a->n_key; i++)
		if (!same(a->key[i], b->key[i]))
			return false;
	for (size_t i = 0; i < a->n_subject; i++)
		if (!same(a->subject[i].kind, b->subject[i].kind) ||
		    !same(a->subject[i].column, b->subject[i].column))
			return false;
	return true;
}

static bool
same_store(const struct rule_notice *na, const struct rule_dataset *a,
    const struct rule_notice *nb, const struct rule_dataset *b)
{
	const struct rule_store *s = rule_store_of(na, a);
	const struct rule_store *t = rule_store_of(nb, b);

	return s->kind == t->kind && same(s->path, t->path) &&
	    s->cache_bytes == t->cache_bytes && s->lock_ms == t->lock_ms &&
	    s->busy_ms == t->busy_ms && s->scrub == t->scrub;
}

static bool
same_brake(struct rule_brake a, struct rule_brake b)
{
	return a.rows == b.rows &&
	    memcmp(&a.share, &b.share, sizeof(a.share)) == 0;
}

/* All that says which rows and what becomes of them, without how long. */
static bool
same_target(const struct rule_dataset *a, const struct rule_dataset *b)
{
	return same(a->table, b->table) && a->action == b->action &&
	    same_columns(a->columns, a->n_columns, b->columns, b->n_columns) &&
	    same_values(a, b) && same_children(a->children, a->n_children,
	    b->children, b->n_children) && same(a->files.column,
	    b->files.column) && same(a->files.root, b->files.root) &&
	    same(a->where, b->where) && a->unit == b->unit &&
	    same(a->time_format, b->time_format) && same(a->match, b->match) &&
	    a->empty == b->empty && a->collapse == b->collapse &&
	    a->mask.ip_prefix == b->mask.ip_prefix &&
	    a->mask.email_redact == b->mask.email_redact &&
	    a->mask.query_strip == b->mask.query_strip &&
	    a->mask.user_redact == b->mask.user_redact;
}

static bool
same_rest(const struct rule_dataset *a, const struct rule_dataset *b)
{
	return same(a->promise, b->promise) && same(a->basis, b->basis) &&
	    same_names(a, b) && a->mode == b->mode &&
	    same_brake(a->brake, b->brake) &&
	    a->window.from_min == b->window.from_min &&
	    a->window.to_min == b->window.to_min &&
	    same(a->timing.agreement, b->timing.agreement) &&
	    same(a->timing.reason, b->timing.reason);
}

/* Is some day's due day under b earlier than under a?  Years of 400 days and
 * months of 32 against their least would guess; this looks at every kind of
 * day there is in a leap cycle. */
static bool
is_earlier(struct period a, struct period b)
{
	for (int64_t d = 10957; d < 10957 + 4 * 366; d++) {
		struct wall t = { d * CALENDAR_DAY_MS };

		if (calendar_add(t, b).ms < calendar_add(t, a).ms)
			return true;
	}
	return false;
}

static bool
same_period(struct period a, struct period b)
{
	return a.n == b.n && (a.n == 0 || a.unit == b.unit);
}

/* Can b make something due earlier than a, by its length alone? */
static bool
is_shorter(const struct rule_timing *a, const struct rule_timing *b)
{
	if (a->keep == RULE_INDEFINITELY && b->keep != RULE_INDEFINITELY)
		return true;
	if (a->keep != b->keep)
		return false;
	return is_earlier(a->period, b->period) ||
	    is_earlier(a->grace, b->grace) || b->until_day < a->until_day;
}

static bool
same_length(const struct rule_timing *a, const struct rule_timing *b)
{
	return a->keep == b->keep && same_period(a->period, b->period) &&
	    same_period(a->grace, b->grace) && a->until_day == b->until_day;
}

static bool
same_clock(const struct rule_timing *a, const struct rule_timing *b)
{
	return same(a->from, b->from) && a->clock == b->clock &&
	    same(a->zone, b->zone) && same(a->event, b->event);
}

static const struct rule_rival *
rival_of(const struct rule_dataset *d, const char *name)
{
	for (size_t i = 0; i < d->n_rivals; i++)
		if (strcmp(d->rivals[i].dataset, name) == 0)
			return &d->rivals[i];
	return NULL;
}

bool
diff_lost_rival(const struct rule_dataset *from,
    const struct rule_dataset *to)
{
	for (size_t i = 0; i < from->n_rivals; i++) {
		const struct rule_rival *a = &from->rivals[i];
		const struct rule_rival *b = rival_of(to, a->dataset);

		if (b == NULL || is_shorter(&a->timing, &b->timing) ||
		    !same(a->where, b->where) ||
		    !same_clock(&a->timing, &b->timing) ||
		    (a->timing.keep != b->timing.keep &&
		    b->timing.keep != RULE_INDEFINITELY))
			return true;
	}
	return false;
}

bool
diff_same_rows(const struct rule_notice *from_notice,
    const struct rule_dataset *from, const struct rule_notice *to_notice,
    const struct rule_dataset *to)
{
	return same_store(from_notice, from, to_notice, to) &&
	    same_target(from, to) && same_clock(&from->timing, &to->timing) &&
	    from->timing.keep == to->timing.keep;
}

bool
diff_dataset(const struct rule_notice *from_notice,
    const struct rule_dataset *from, const struct rule_notice *to_notice,
    const struct rule_dataset *to, enum conf_change *ret)
{
	const struct rule_timing *a = &from->timing, *b = &to->timing;
	bool same_where = same_store(from_notice, from, to_notice, to) &&
	    same_target(from, to) && same_clock(a, b);

	if (is_shorter(a, b) || from->mode < to->mode ||
	    (from->action == RULE_ANONYMISE && to->action != RULE_ANONYMISE &&
	    b->keep != RULE_INDEFINITELY) || (diff_lost_rival(from, to) &&
	    b->keep != RULE_INDEFINITELY))
		*ret = CONF_SHORTENED;
	else if (a->keep != b->keep && b->keep != RULE_INDEFINITELY)
		*ret = CONF_CHANGED;
	else if (!same_where && b->keep != RULE_INDEFINITELY)
		*ret = CONF_CHANGED;
	else if (!same_length(a, b))
		*ret = CONF_LENGTHENED;
	else if (!same_where || !same_rest(from, to))
		*ret = CONF_CHANGED;
	else
		return false;
	return true;
}
