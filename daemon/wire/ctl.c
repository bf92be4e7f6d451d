/*
 * ctl - requests on the control socket: one JSON object per line.
 */
#include "retention/ctl.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"

#include "codec.h"
#include "row.h"

#define MOST_DATASETS 1000
#define MOST_PERSONS 8
#define MOST_FIXES 16

struct row {
	const char *word;
	enum ctl_right right;
};

static const struct row rows[CTL_N_DOS] = {
#define CTL(name, word, right) [CTL_##name] = { word, CTL_##right },
#include "retention/ctl_table.h"
#undef CTL
};

/* A request as it is on the line. */
struct line {
	const char *what;
	size_t n_datasets;
	const char *const *datasets;
	bool wait;
	const char *name;
	bool has_at;
	struct wall at;
	const char *scope, *kind, *value, *matter, *issuer, *reason;
	size_t n_epochs;
	const char *const *epochs;
	bool all, lines;
	const char *request, *state;
	size_t n_persons;
	const struct ctl_person *persons;
	bool has_received, has_due;
	struct wall received, due;
	size_t n_outcomes;
	const struct ctl_outcome *outcomes;
	size_t n_fixes;
	const struct ctl_fix *fixes;
};

#define OF struct ctl_person
static const struct codec_field person_rows[] = {
	TEXT("kind", kind),
	TEXT("value", value),
};
static const struct codec_shape person_shape =
    ROWS("a person", person_rows, OF);
#undef OF

#define OF struct ctl_fix
static const struct codec_field fix_rows[] = {
	TEXT("column", column),
	MAYBE("value", value),
};
static const struct codec_shape fix_shape =
    ROWS("a correction", fix_rows, OF);
#undef OF

#define OF struct ctl_outcome
static const struct codec_field outcome_rows[] = {
	TEXT("dataset", dataset),
	TEXT("store", store),
	TEXT("state", state),
	COUNT("rows", rows, 0, INT64_MAX),
	COUNT("children", children, 0, INT64_MAX),
	COUNT("files", files, 0, INT64_MAX),
	COUNT("lines", lines, 0, INT64_MAX),
};
static const struct codec_shape outcome_shape =
    ROWS("an outcome", outcome_rows, OF);
#undef OF

#define OPTIONAL(k, t, f) { .key = (k), .type = CODEC_##t, \
	.at = offsetof(struct line, f), .optional = true,
static const struct codec_field line_rows[] = {
	{ .key = "do", .type = CODEC_TEXT, .at = offsetof(struct line, what) },
	OPTIONAL("datasets", TEXTS, datasets)
	    .aside = offsetof(struct line, n_datasets), .most = MOST_DATASETS },
	OPTIONAL("wait", BOOL, wait) },
	OPTIONAL("name", TEXT, name) },
	OPTIONAL("at", MAYBE_INT64, at.ms)
	    .aside = offsetof(struct line, has_at),
	    .least = INT64_MIN, .most = INT64_MAX },
	OPTIONAL("scope", TEXT, scope) },
	OPTIONAL("kind", TEXT, kind) },
	OPTIONAL("value", TEXT, value) },
	OPTIONAL("matter", TEXT, matter) },
	OPTIONAL("issuer", TEXT, issuer) },
	OPTIONAL("reason", TEXT, reason) },
	OPTIONAL("epochs", TEXTS, epochs)
	    .aside = offsetof(struct line, n_epochs), .most = MOST_DATASETS },
	OPTIONAL("all", BOOL, all) },
	OPTIONAL("lines", BOOL, lines) },
	OPTIONAL("request", TEXT, request) },
	OPTIONAL("state", TEXT, state) },
	OPTIONAL("persons", ARRAY, persons)
	    .aside = offsetof(struct line, n_persons), .most = MOST_PERSONS,
	    .of = &person_shape },
	OPTIONAL("received", MAYBE_INT64, received.ms)
	    .aside = offsetof(struct line, has_received),
	    .least = INT64_MIN, .most = INT64_MAX },
	OPTIONAL("due", MAYBE_INT64, due.ms)
	    .aside = offsetof(struct line, has_due),
	    .least = INT64_MIN, .most = INT64_MAX },
	OPTIONAL("outcomes", ARRAY, outcomes)
	    .aside = offsetof(struct line, n_outcomes), .most = MOST_DATASETS,
	    .of = &outcome_shape },
	OPTIONAL("set", ARRAY, fixes)
	    .aside = offsetof(struct line, n_fixes), .most = MOST_FIXES,
	    .of = &fix_shape },
};
static const struct codec_shape line_shape =
    ROWS("a request", line_rows, struct line);

/* Texts that holds alone have, and which request takes and needs them. */
#define BIT(what) (UINT64_C(1) << CTL_##what)
#define DECISIONS (BIT(APPROVE) | BIT(REJECT))
#define HOLDS (BIT(HOLD_ADD) | BIT(RESTRICT))
/* Requests that one of the register may stand behind, with its dates. */
#define PERSONAL (BIT(SUBJECT_RECEIVE) | BIT(SUBJECT_ERASE) | \
	BIT(SUBJECT_CORRECT))
#define REGISTERED (BIT(RESTRICT) | BIT(UNRESTRICT) | PERSONAL)
static const struct text {
	const char *key;
	size_t of_line, of_request;
	uint64_t takes, needs;
} texts[] = {
#define T(f, takes, needs) { #f, offsetof(struct line, f), \
	offsetof(struct ctl_request, f), takes, needs }
	T(scope, BIT(HOLD_ADD), BIT(HOLD_ADD)),
	T(kind, HOLDS | BIT(UNRESTRICT), BIT(RESTRICT) | BIT(UNRESTRICT)),
	T(value, HOLDS | BIT(UNRESTRICT), BIT(RESTRICT) | BIT(UNRESTRICT)),
	T(matter, HOLDS, BIT(HOLD_ADD)),
	T(issuer, HOLDS, 0),
	T(reason, HOLDS | BIT(HOLD_RELEASE) | BIT(UNRESTRICT) | DECISIONS |
	    BIT(SUBJECT_ANSWER) | BIT(SUBJECT_ERASE) | BIT(SUBJECT_CORRECT),
	    DECISIONS),
	T(request, REGISTERED, 0),
	T(state, BIT(SUBJECT_ANSWER), BIT(SUBJECT_ANSWER)),
#undef T
};

static const char *
text_at(const void *struct_, size_t at)
{
	const char *text;

	memcpy(&text, (const char *)struct_ + at, sizeof(text));
	return text;
}

const char *
ctl_word(enum ctl_do what)
{
	return rows[what].word;
}

enum ctl_right
ctl_right(enum ctl_do what)
{
	return rows[what].right;
}

static void
put_outcomes(struct jsonw *w, const struct ctl_request *r)
{
	jsonw_array(w, "outcomes");
	for (size_t i = 0; i < r->n_outcomes; i++) {
		const struct ctl_outcome *o = &r->outcomes[i];

		jsonw_object(w, NULL);
		jsonw_text(w, "dataset", o->dataset);
		jsonw_text(w, "store", o->store);
		jsonw_text(w, "state", o->state);
		jsonw_int(w, "rows", (int64_t)o->rows);
		jsonw_int(w, "children", (int64_t)o->children);
		jsonw_int(w, "files", (int64_t)o->files);
		jsonw_int(w, "lines", (int64_t)o->lines);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_fixes(struct jsonw *w, const struct ctl_request *r)
{
	jsonw_array(w, "set");
	for (size_t i = 0; i < r->n_fixes; i++) {
		jsonw_object(w, NULL);
		jsonw_text(w, "column", r->fixes[i].column);
		jsonw_text(w, "value", r->fixes[i].value);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_register(struct jsonw *w, const struct ctl_request *r)
{
	if (r->all)
		jsonw_bool(w, "all", true);
	if (r->lines)
		jsonw_bool(w, "lines", true);
	if (r->n_persons != 0) {
		jsonw_array(w, "persons");
		for (size_t i = 0; i < r->n_persons; i++) {
			jsonw_object(w, NULL);
			jsonw_text(w, "kind", r->persons[i].kind);
			jsonw_text(w, "value", r->persons[i].value);
			jsonw_end_object(w);
		}
		jsonw_end_array(w);
	}
	if (r->has_received)
		jsonw_int(w, "received", r->received.ms);
	if (r->has_due)
		jsonw_int(w, "due", r->due.ms);
	if (r->n_outcomes != 0)
		put_outcomes(w, r);
	if (r->n_fixes != 0)
		put_fixes(w, r);
}

void
ctl_put_request(struct buf *out, const struct ctl_request *r)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	jsonw_text(&w, "do", ctl_word(r->what));
	if (r->n_datasets != 0) {
		jsonw_array(&w, "datasets");
		for (size_t i = 0; i < r->n_datasets; i++)
			jsonw_text(&w, NULL, r->datasets[i]);
		jsonw_end_array(&w);
	}
	if (r->wait)
		jsonw_bool(&w, "wait", true);
	if (r->name != NULL)
		jsonw_text(&w, "name", r->name);
	if (r->has_at)
		jsonw_int(&w, "at", r->at.ms);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = text_at(r, texts[i].of_request);

		if (text != NULL)
			jsonw_text(&w, texts[i].key, text);
	}
	if (r->n_epochs != 0) {
		jsonw_array(&w, "epochs");
		for (size_t i = 0; i < r->n_epochs; i++)
			jsonw_text(&w, NULL, r->epochs[i]);
		jsonw_end_array(&w);
	}
	put_register(&w, r);
	jsonw_end_object(&w);
}

static int
find_word(const char *word, enum ctl_do *ret, struct err *e)
{
	struct buf known = { .most = 1024 };

	for (unsigned i = 0; i < CTL_N_DOS; i++) {
		if (strcmp(rows[i].word, word) == 0) {
			*ret = (enum ctl_do)i;
			buf_release(&known);
			return 0;
		}
		buf_putf(&known, "%s'%s'", i != 0 ? ", " : "", rows[i].word);
	}
	(void)err_set(e, ERR_INPUT, "unknown request; expected one of %s",
	    buf_text(&known));
	buf_release(&known);
	return -1;
}

static int
check_texts(const struct line *l, enum ctl_do what, struct err *e)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct text *t = &texts[i];
		const char *text = text_at(l, t->of_line);

		if (text != NULL && (t->takes >> what & 1) == 0)
			return err_set(e, ERR_INPUT, "'%s' does not belong to "
			    "'%s'", t->key, ctl_word(what));
		if ((t->needs >> what & 1) != 0 &&
		    (text == NULL || *text == '\0'))
			return err_set(e, ERR_INPUT, "'%s' needs '%s'",
			    ctl_word(what), t->key);
	}
	return 0;
}

#define MUST_NAME (BIT(EVENT_ADD) | BIT(HOLD_RELEASE) | DECISIONS | \
	BIT(SUBJECT_RECEIVE) | BIT(SUBJECT_ANSWER) | BIT(RESTORED) | BIT(SCRUB) | \
	BIT(SUBJECT_CORRECT))
#define WAITS (BIT(RUN) | BIT(SCRUB) | BIT(SUBJECT_ERASE) | BIT(RESTORED) | \
	BIT(SUBJECT_CORRECT))
#define NAMED (MUST_NAME | BIT(HOLD_ADD))
#define TIMED (BIT(EVENT_ADD) | BIT(AUDIT_PRUNE) | BIT(KEY_SHRED) | HOLDS)

static int
check_register(const struct line *l, enum ctl_do what, struct err *e)
{
	if ((l->all && what != CTL_SUBJECT_LIST) ||
	    (l->n_outcomes != 0 && what != CTL_SUBJECT_ANSWER) ||
	    ((l->has_received || l->has_due) &&
	    (REGISTERED >> what & 1) == 0))
		return err_set(e, ERR_INPUT, "'all', 'outcomes', 'received' "
		    "and 'due' do not belong to '%s'", ctl_word(what));
	if (l->lines && what != CTL_SUBJECT_ERASE)
		return err_set(e, ERR_INPUT, "'lines' belongs to '%s'",
		    ctl_word(CTL_SUBJECT_ERASE));
	if ((l->n_fixes != 0) != (what == CTL_SUBJECT_CORRECT))
		return err_set(e, ERR_INPUT, "'set' belongs to '%s', which "
		    "needs it", ctl_word(CTL_SUBJECT_CORRECT));
	if ((l->n_persons != 0) != ((PERSONAL >> what & 1) != 0))
		return err_set(e, ERR_INPUT, "'persons' belongs to '%s' and "
		    "'%s', which need it", ctl_word(CTL_SUBJECT_RECEIVE),
		    ctl_word(CTL_SUBJECT_ERASE));
	return 0;
}

/* Settings that do nothing for this request were meant for another. */
static int
check(const struct line *l, enum ctl_do what, struct err *e)
{
	if ((l->n_datasets != 0 && what != CTL_RUN && what != CTL_PLAN_SAVE) ||
	    (l->wait && (WAITS >> what & 1) == 0))
		return err_set(e, ERR_INPUT,
		    "'datasets' and 'wait' belong to '%s'", ctl_word(CTL_RUN));
	if (what != CTL_KEY_SHRED && l->n_epochs != 0)
		return err_set(e, ERR_INPUT,
		    "'epochs' belongs to '%s'", ctl_word(CTL_KEY_SHRED));
	if ((l->name != NULL && (NAMED >> what & 1) == 0) ||
	    (l->has_at && (TIMED >> what & 1) == 0))
		return err_set(e, ERR_INPUT, "'name' and 'at' do not belong "
		    "to '%s'", ctl_word(what));
	if ((MUST_NAME >> what & 1) != 0 &&
	    (l->name == NULL || *l->name == '\0'))
		return err_set(e, ERR_INPUT, "'%s' needs a name",
		    ctl_word(what));
	if (what == CTL_AUDIT_PRUNE && !l->has_at)
		return err_set(e, ERR_INPUT,
		    "'%s' needs a time", ctl_word(CTL_AUDIT_PRUNE));
	if (what == CTL_KEY_SHRED && l->has_at == (l->n_epochs != 0))
		return err_set(e, ERR_INPUT, "'%s' needs either a time or "
		    "epochs", ctl_word(CTL_KEY_SHRED));
	if (check_register(l, what, e) == -1)
		return -1;
	return check_texts(l, what, e);
}

int
ctl_get_request(const char *line, size_t n, struct pool *p,
    struct ctl_request *ret, struct err *e)
{
	struct codec_text t = { .json = line, .n = n, .code = ERR_INPUT };
	struct line l = { 0 };
	enum ctl_do what;

	if (n > CTL_MOST_BYTES)
		return err_set(e, ERR_INPUT, "a request of %zu bytes; at most "
		    "%d are allowed", n, CTL_MOST_BYTES);
	if (codec_get(&t, &line_shape, p, &l, e) == -1 ||
	    find_word(l.what, &what, e) == -1 || check(&l, what, e) == -1)
		return -1;
	*ret = (struct ctl_request){ .what = what, .wait = l.wait,
	    .n_datasets = l.n_datasets, .datasets = l.datasets,
	    .name = l.name, .has_at = l.has_at, .at = l.at,
	    .scope = l.scope, .kind = l.kind, .value = l.value,
	    .matter = l.matter, .issuer = l.issuer, .reason = l.reason,
	    .n_epochs = l.n_epochs, .epochs = l.epochs,
	    .all = l.all, .lines = l.lines, .request = l.request, .state = l.state,
	    .n_persons = l.n_persons, .persons = l.persons,
	    .has_received = l.has_received, .received = l.received,
	    .has_due = l.has_due, .due = l.due,
	    .n_outcomes = l.n_outcomes, .outcomes = l.outcomes,
	    .n_fixes = l.n_fixes, .fixes = l.fixes };
	return 0;
}
