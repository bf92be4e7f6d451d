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
};

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
};
static const struct codec_shape line_shape =
    ROWS("a request", line_rows, struct line);

/* Texts that holds alone have, and which request takes and needs them. */
#define BIT(what) (UINT64_C(1) << CTL_##what)
#define DECISIONS (BIT(APPROVE) | BIT(REJECT))
#define HOLDS (BIT(HOLD_ADD) | BIT(RESTRICT))
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
	T(reason, HOLDS | BIT(HOLD_RELEASE) | BIT(UNRESTRICT) | DECISIONS,
	    DECISIONS),
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

#define MUST_NAME (BIT(EVENT_ADD) | BIT(HOLD_RELEASE) | BIT(SCRUB) | DECISIONS)
#define NAMED (BIT(HOLD_ADD) | MUST_NAME)
#define TIMED (BIT(EVENT_ADD) | BIT(AUDIT_PRUNE) | BIT(KEY_SHRED) | HOLDS)

/* Settings that do nothing for this request were meant for another. */
static int
check(const struct line *l, enum ctl_do what, struct err *e)
{
	if (what != CTL_RUN && ((l->n_datasets != 0 &&
	    what != CTL_PLAN_SAVE) || (l->wait && what != CTL_SCRUB)))
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
	    .n_epochs = l.n_epochs, .epochs = l.epochs };
	return 0;
}
