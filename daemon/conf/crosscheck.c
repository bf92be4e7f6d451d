#include "crosscheck.h"

#include <string.h>

#include "retention/err.h"

#define BIT(x) (1u << (unsigned)(x))
#define ANY ~0u
#define ROWS (BIT(RULE_DELETE) | BIT(RULE_ANONYMISE))
#define BY_TIME (BIT(RULE_PERIOD) | BIT(RULE_UNTIL))

/* Where a setting means something, and must then be given if `required`. */
struct use {
	const char *setting;
	unsigned kinds, actions, keeps;
	bool required;
	const char *of;
};

enum { TABLE, KEY, COLUMNS, SET, CHILDREN, FILES, SUBJECT, WHERE, UNIT,
	TIME_FORMAT, MASK, MATCH, EMPTY, FROM, CLOCK, ZONE, GRACE, AGREEMENT, N_USES };

static const struct use uses[N_USES] = {
	[TABLE] = { "table", BIT(RULE_SQLITE), ROWS, ANY, true,
	    "SQLite stores, unless the action is destroy" },
	[KEY] = { "key", BIT(RULE_SQLITE), ROWS, ANY, false,
	    "SQLite stores, unless the action is destroy" },
	[COLUMNS] = { "columns", BIT(RULE_SQLITE), BIT(RULE_ANONYMISE), ANY,
	    true, "action anonymise of SQLite stores" },
	[SET] = { "set", BIT(RULE_SQLITE), BIT(RULE_ANONYMISE), ANY, false,
	    "action anonymise of SQLite stores" },
	[CHILDREN] = { "children", BIT(RULE_SQLITE), ROWS, ANY, false,
	    "SQLite stores, unless the action is destroy" },
	[FILES] = { "files", BIT(RULE_SQLITE), ROWS, ANY, false,
	    "SQLite stores, unless the action is destroy" },
	[SUBJECT] = { "subject", BIT(RULE_SQLITE), ANY, ANY, false,
	    "SQLite stores" },
	[WHERE] = { "where", BIT(RULE_SQLITE), ROWS, ANY, false,
	    "SQLite stores, unless the action is destroy" },
	[UNIT] = { "unit", BIT(RULE_LOGS), ANY, ANY, false, "log stores" },
	[TIME_FORMAT] = { "time_format", BIT(RULE_LOGS), ANY, ANY, false,
	    "log stores" },
	[MASK] = { "mask", BIT(RULE_LOGS), BIT(RULE_ANONYMISE), ANY, true,
	    "action anonymise of log stores" },
	[MATCH] = { "match", BIT(RULE_FILES), ANY, ANY, false, "file stores" },
	[EMPTY] = { "empty_folders", BIT(RULE_FILES), ANY, ANY, false,
	    "file stores" },
	[FROM] = { "keep.from", ANY, ANY, BIT(RULE_PERIOD), true,
	    "keep.period" },
	[CLOCK] = { "keep.clock", BIT(RULE_SQLITE), ANY, BY_TIME, true,
	    "keep.period and keep.until of SQLite stores" },
	[ZONE] = { "keep.zone", ANY, ANY, BY_TIME, false,
	    "keep.period and keep.until" },
	[GRACE] = { "keep.grace", ANY, ANY, BIT(RULE_UNTIL) |
	    BIT(RULE_UNTIL_EVENT), false, "keep.until and keep.until_event" },
	[AGREEMENT] = { "keep.agreement", ANY, ANY, BIT(RULE_UNTIL_DATE), true,
	    "keep.until_date" },
};

static unsigned
settings_of(const struct raw_dataset *raw)
{
	const struct rule_dataset *d = &raw->d;
	const struct rule_mask *m = &d->mask;
	bool given[N_USES] = {
		[TABLE] = d->table != NULL, [KEY] = d->n_key > 0,
		[COLUMNS] = d->n_columns > 0, [SET] = d->n_set > 0,
		[CHILDREN] = d->n_children > 0, [FILES] = d->files.column != NULL,
		[SUBJECT] = d->n_subject > 0, [WHERE] = d->where != NULL,
		[UNIT] = raw->unit != -1, [TIME_FORMAT] = d->time_format != NULL,
		[MASK] = m->ip_prefix || m->email_redact || m->query_strip ||
		    m->user_redact,
		[MATCH] = d->match != NULL, [EMPTY] = raw->empty != -1,
		[FROM] = d->timing.from != NULL,
		[CLOCK] = raw->clock != -1, [ZONE] = d->timing.zone != NULL,
		[GRACE] = d->timing.grace.n > 0,
		[AGREEMENT] = d->timing.agreement != NULL,
	};
	unsigned bits = 0;

	for (int i = 0; i < N_USES; i++)
		bits |= given[i] ? BIT(i) : 0;
	return bits;
}

static void
check_uses(struct reader *r, const struct raw_dataset *raw,
    enum rule_kind kind)
{
	unsigned given = settings_of(raw);
	unsigned action = raw->action == -1 ? BIT(RULE_DELETE) :
	    BIT(raw->action);

	for (int i = 0; i < N_USES; i++) {
		const struct use *u = &uses[i];
		bool applies = (u->kinds & BIT(kind)) != 0 &&
		    (u->keeps & BIT(raw->d.timing.keep)) != 0 &&
		    (u->actions & action) != 0;

		if ((given & BIT(i)) != 0 && !applies && raw->action != -1)
			reader_error(r, raw->origin.line, "dataset '%s': %s has no "
			    "effect here; expected only for %s", raw->d.name,
			    u->setting, u->of);
		else if ((given & BIT(i)) == 0 && applies && u->required)
			reader_error(r, raw->origin.line, "dataset '%s': %s is missing; "
			    "expected for %s", raw->d.name, u->setting, u->of);
	}
}

/* The one form of keep that is given; -1, told, if none or several. */
static int
form_of(struct reader *r, const struct raw_dataset *raw)
{
	const struct rule_timing *t = &raw->d.timing;
	bool given[RULE_N_KEEPS] = {
		[RULE_PERIOD] = t->period.n > 0, [RULE_UNTIL] = raw->until != NULL,
		[RULE_UNTIL_EVENT] = t->event != NULL,
		[RULE_UNTIL_DATE] = raw->until_date != NULL,
		[RULE_INDEFINITELY] = t->reason != NULL,
	};
	int n = 0, form = -1;

	for (int i = 0; i < RULE_N_KEEPS; i++)
		if (given[i]) {
			form = i;
			n++;
		}
	if (n == 1)
		return form;
	reader_error(r, raw->origin.line, "dataset '%s': keep has %s of its forms; "
	    "expected exactly one of period, until, until_event, until_date and "
	    "indefinitely", raw->d.name, n == 0 ? "none" : "several");
	return -1;
}

static void
check_from(struct reader *r, const struct raw_dataset *raw,
    enum rule_kind kind)
{
	const char *from = raw->d.timing.from;
	bool is_line = from != NULL && strcmp(from, "line") == 0;
	bool is_mtime = from != NULL && strcmp(from, "mtime") == 0;
	bool is_name = from != NULL && strcmp(from, "name") == 0;

	if (kind == RULE_LOGS && from != NULL && !is_line && !is_mtime &&
	    !is_name)
		reader_error(r, raw->origin.line, "dataset '%s': keep.from of a log "
		    "store; expected \"line\", \"mtime\" or \"name\"",
		    raw->d.name);
	if (kind == RULE_FILES && from != NULL && !is_mtime)
		reader_error(r, raw->origin.line, "dataset '%s': keep.from of a file "
		    "store; expected \"mtime\"", raw->d.name);
	if (kind == RULE_LOGS && is_line && raw->d.time_format == NULL)
		reader_error(r, raw->origin.line, "dataset '%s': time_format is "
		    "missing; expected for keep.from = \"line\"", raw->d.name);
}

/* Combinations of store, action and form that mean nothing. */
static void
check_combination(struct reader *r, const struct raw_dataset *raw,
    enum rule_kind kind)
{
	bool by_value = (BIT(raw->d.timing.keep) & BY_TIME) != 0;

	if (raw->action == -1 && raw->d.timing.keep != RULE_INDEFINITELY)
		reader_error(r, raw->origin.line, "dataset '%s': action is missing; "
		    "expected \"delete\", \"anonymise\" or \"destroy\"",
		    raw->d.name);
	if (raw->action == RULE_DESTROY && by_value)
		reader_error(r, raw->origin.line, "dataset '%s': a store is destroyed "
		    "as a whole; expected keep.until_event or keep.until_date",
		    raw->d.name);
	if (kind == RULE_LOGS && raw->action == RULE_DESTROY)
		reader_error(r, raw->origin.line, "dataset '%s': destroy of a log "
		    "store; expected \"delete\" or \"anonymise\"", raw->d.name);
	if (kind == RULE_FILES && raw->action == RULE_ANONYMISE)
		reader_error(r, raw->origin.line, "dataset '%s': anonymise of a file "
		    "store; expected \"delete\" or \"destroy\"", raw->d.name);
	if (kind != RULE_SQLITE && raw->d.timing.keep == RULE_UNTIL)
		reader_error(r, raw->origin.line, "dataset '%s': keep.until names a "
		    "column; expected for SQLite stores only", raw->d.name);
}

static const struct raw_store *
store_of(const struct raw_policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_stores; i++)
		if (p->stores[i].s.name != NULL &&
		    strcmp(p->stores[i].s.name, name) == 0)
			return &p->stores[i];
	return NULL;
}

static void
check_dataset(struct reader *r, const struct raw_policy *p,
    struct raw_dataset *raw)
{
	const struct raw_store *s;
	int form = raw->origin.is_faulty ? -1 : form_of(r, raw);

	if (form != -1)
		raw->d.timing.keep = (enum rule_keep)form;
	if (raw->d.store == NULL)
		return;
	s = store_of(p, raw->d.store);
	if (s == NULL) {
		reader_error(r, raw->origin.line, "dataset '%s': there is no store '%s'; "
		    "expected the name of one of stores", raw->d.name,
		    raw->d.store);
		return;
	}
	if (form == -1)
		return;
	check_combination(r, raw, s->s.kind);
	check_uses(r, raw, s->s.kind);
	check_from(r, raw, s->s.kind);
}

static bool
is_named(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

void
crosscheck_datasets(struct reader *r, struct raw_policy *p)
{
	for (size_t i = 0; i < p->n_datasets; i++) {
		struct raw_dataset *raw = &p->datasets[i];

		for (size_t k = 0; k < i; k++)
			if (is_named(raw->d.name, p->datasets[k].d.name))
				reader_error(r, raw->origin.line, "there are two datasets "
				    "'%s', the other in line %d; expected another "
				    "name", raw->d.name, p->datasets[k].origin.line);
		if (raw->d.name == NULL)	/* told; the rest would blame it */
			raw->d.name = "(no name)";
		check_dataset(r, p, raw);
	}
}

void
crosscheck_stores(struct reader *r, struct raw_policy *p)
{
	for (size_t i = 0; i < p->n_stores; i++) {
		struct raw_store *s = &p->stores[i];
		int n = 0;

		for (int k = 0; k < RULE_N_KINDS; k++)
			if (s->path[k] != NULL) {
				s->s.kind = (enum rule_kind)k;
				s->s.path = s->path[k];
				n++;
			}
		if (n != 1 && !s->origin.is_faulty)
			reader_error(r, s->origin.line, "store '%s' has %s; expected "
			    "exactly one of sqlite, logs and files",
			    s->s.name != NULL ? s->s.name : "(no name)",
			    n == 0 ? "no path" : "several paths");
		else if (n == 1 && s->s.kind == RULE_FILES && rule_path_is_glob(s->s.path))
			reader_error(r, s->origin.line, "store '%s': files is a pattern; "
			    "expected a folder", s->s.name != NULL ? s->s.name :
			    "(no name)");
		for (size_t k = 0; k < i; k++)
			if (is_named(s->s.name, p->stores[k].s.name))
				reader_error(r, s->origin.line, "there are two stores '%s', "
				    "the other in line %d; expected another name",
				    s->s.name, p->stores[k].origin.line);
	}
}

void
crosscheck_events(struct reader *r, const struct raw_policy *p)
{
	for (size_t i = 0; i < p->n_events; i++) {
		const struct raw_event *v = &p->events[i];
		const struct raw_store *s = v->e.store == NULL ? NULL :
		    store_of(p, v->e.store);

		if (v->e.store != NULL && (s == NULL ||
		    s->s.kind != RULE_SQLITE))
			reader_error(r, v->origin.line, "event '%s': '%s' is no SQLite "
			    "store; expected the name of one of stores",
			    v->e.name != NULL ? v->e.name : "(no name)",
			    v->e.store);
		for (size_t k = 0; k < i; k++)
			if (is_named(v->e.name, p->events[k].e.name))
				reader_error(r, v->origin.line, "there are two events '%s', "
				    "the other in line %d; expected another name",
				    v->e.name, p->events[k].origin.line);
	}
}
