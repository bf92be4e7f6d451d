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
	OPTIONAL("epochs", TEXTS, epochs)
	    .aside = offsetof(struct line, n_epochs), .most = MOST_DATASETS },
};
static const struct codec_shape line_shape =
    ROWS("a request", line_rows, struct line);

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

/* Settings that do nothing for this request were meant for another. */
static int
check(const struct line *l, enum ctl_do what, struct err *e)
{
	if (what != CTL_RUN && (l->n_datasets != 0 || l->wait))
		return err_set(e, ERR_INPUT,
		    "'datasets' and 'wait' belong to '%s'", ctl_word(CTL_RUN));
	if (what != CTL_EVENT_ADD && l->name != NULL)
		return err_set(e, ERR_INPUT,
		    "'name' belongs to '%s'", ctl_word(CTL_EVENT_ADD));
	if (what != CTL_EVENT_ADD && what != CTL_AUDIT_PRUNE &&
	    what != CTL_KEY_SHRED && l->has_at)
		return err_set(e, ERR_INPUT, "'at' belongs to '%s', '%s' and "
		    "'%s'", ctl_word(CTL_EVENT_ADD), ctl_word(CTL_AUDIT_PRUNE),
		    ctl_word(CTL_KEY_SHRED));
	if (what != CTL_KEY_SHRED && l->n_epochs != 0)
		return err_set(e, ERR_INPUT,
		    "'epochs' belongs to '%s'", ctl_word(CTL_KEY_SHRED));
	if (what == CTL_AUDIT_PRUNE && !l->has_at)
		return err_set(e, ERR_INPUT,
		    "'%s' needs a time", ctl_word(CTL_AUDIT_PRUNE));
	if (what == CTL_KEY_SHRED && l->has_at == (l->n_epochs != 0))
		return err_set(e, ERR_INPUT, "'%s' needs either a time or "
		    "epochs", ctl_word(CTL_KEY_SHRED));
	if (what == CTL_EVENT_ADD && (l->name == NULL || *l->name == '\0'))
		return err_set(e, ERR_INPUT,
		    "'%s' needs the event's name", ctl_word(CTL_EVENT_ADD));
	return 0;
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
	    .n_epochs = l.n_epochs, .epochs = l.epochs };
	return 0;
}
