#include "reload.h"

#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/ledger.h"
#include "retention/log.h"
#include "retention/record.h"

#include "agenda.h"
#include "anchoring.h"
#include "notify.h"
#include "parent.h"
#include "place.h"
#include "ruleset.h"
#include "watch.h"

static const char *const changes[] = {
	[CONF_ADDED] = "added", [CONF_REMOVED] = "removed",
	[CONF_LENGTHENED] = "lengthened", [CONF_SHORTENED] = "shortened",
	[CONF_CHANGED] = "changed",
};
#define N_CHANGES (sizeof(changes) / sizeof(changes[0]))

void
reload_result_release(struct reload_result *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->text[i]);
	free(r->text);
	*r = (struct reload_result){ .n = 0 };
}

static void
add(struct reload_result *r, const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 3;
	char **text = realloc(r->text, (r->n + 1) * sizeof(*text));
	char *line = malloc(n);

	if (text != NULL)
		r->text = text;
	if (text == NULL || line == NULL) {
		free(line);
		return;
	}
	(void)snprintf(line, n, "%s%s%s", a, b[0] != '\0' ? ": " : "", b);
	r->text[r->n++] = line;
}

struct conf_set *
reload_load(const char *path, struct reload_result *errors)
{
	struct conf_errors errs = { .n = 0 };
	struct conf_set *set = NULL;

	if (conf_load(path, &set, &errs) == -1) {
		for (size_t i = 0; i < errs.n; i++) {
			log_line(LOG_ERROR, "%s", errs.text[i]);
			add(errors, errs.text[i], "");
		}
		conf_errors_release(&errs);
		return NULL;
	}
	for (size_t i = 0; i < set->n_warnings; i++)
		log_line(LOG_WARN, "%s", set->warnings[i]);
	return set;
}

/* What a running daemon cannot change. */
static bool
is_possible(const struct conf_main *a, const struct conf_main *b,
    struct reload_result *errors)
{
	const struct { const char *name, *was, *is; } fixed[] = {
		{ "state", a->state, b->state },
		{ "control", a->control, b->control },
		{ "origin", a->origin, b->origin },
	};
	struct err e = ERR_EMPTY;
	bool possible = anchoring_check(b, &e) == 0;

	if (!possible) {
		log_line(LOG_ERROR, "%s: %s", b->path, e.text);
		add(errors, b->path, e.text);
	}

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		char text[200];

		if (strcmp(fixed[i].was, fixed[i].is) == 0)
			continue;
		(void)snprintf(text, sizeof(text), "%s cannot change in a "
		    "running daemon, restart it", fixed[i].name);
		log_line(LOG_ERROR, "%s: %s", b->path, text);
		add(errors, b->path, text);
		possible = false;
	}
	return possible;
}

static int
put_policy(struct buf *out, const struct conf_set *set,
    const struct conf_diff *diff, size_t n, const struct record_who *who)
{
	struct record_policy_file *file = calloc(set->n_notices + 1,
	    sizeof(*file));
	const char **name = calloc(N_CHANGES * (n + 1), sizeof(*name));
	size_t k[N_CHANGES] = { 0 };
	struct record_policy r = { .digest = set->digest, .who = *who,
	    .n_files = set->n_notices, .files = file };

	if (file == NULL || name == NULL) {
		free(file);
		free(name);
		return -1;
	}
	for (size_t i = 0; i < set->n_notices; i++)
		file[i] = (struct record_policy_file){ set->notices[i].id,
		    set->notices[i].sha256 };
	for (size_t i = 0; i < n; i++)
		name[diff[i].change * (n + 1) + k[diff[i].change]++] =
		    diff[i].dataset;
	r.added = &name[CONF_ADDED * (n + 1)];
	r.removed = &name[CONF_REMOVED * (n + 1)];
	r.lengthened = &name[CONF_LENGTHENED * (n + 1)];
	r.shortened = &name[CONF_SHORTENED * (n + 1)];
	r.changed = &name[CONF_CHANGED * (n + 1)];
	r.n_added = k[CONF_ADDED];
	r.n_removed = k[CONF_REMOVED];
	r.n_lengthened = k[CONF_LENGTHENED];
	r.n_shortened = k[CONF_SHORTENED];
	r.n_changed = k[CONF_CHANGED];
	record_policy(out, &r);
	free(file);
	free(name);
	return 0;
}

static int
record(struct parent *p, const struct conf_set *set,
    const struct conf_diff *diff, size_t n, const struct record_who *who)
{
	struct buf payload = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc = put_policy(&payload, set, diff, n, who);

	if (rc == 0)
		rc = evidence_append(&p->ev, RECORD_POLICY, &payload, &e);
	buf_release(&payload);
	if (rc == 0)
		rc = evidence_sync(&p->ev, &e);
	if (rc == 0 && ledger_policy_put(p->ev.ledger, set->digest,
	    &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
	return rc;
}

int
reload_record_first(struct parent *p, const struct record_who *who)
{
	const struct conf_set *set = p->set->conf;
	struct conf_diff *diff = NULL;
	struct err e = ERR_EMPTY;
	uint8_t last[32];
	size_t n = 0;
	int known = ledger_policy_get(p->ev.ledger, last, &e);
	int rc;

	if (known == 1 && memcmp(last, set->digest, sizeof(last)) == 0)
		return 0;
	if (conf_diff(NULL, set, &diff, &n, &e) == -1)
		return -1;
	/* Of a policy that changed while nobody looked, only that is known. */
	for (size_t i = 0; known != 0 && i < n; i++)
		diff[i].change = CONF_CHANGED;
	rc = record(p, set, diff, n, who);
	free(diff);
	return rc;
}

/* From here on nothing is refused any more. */
static void
take(struct parent *p, struct conf_set *set)
{
	struct ruleset *new = ruleset_new(set);
	struct err e = ERR_EMPTY;

	must(new != NULL);
	ruleset_unref(p->set);
	p->set = new;
	if (place_sync(p, &e) == -1) {
		log_line(LOG_ERROR, "reload: %s", e.text);
		parent_stop(p, "no memory");
		return;
	}
	evidence_settings(&p->ev, &set->main);
	ratchet_arm(p);
	anchoring_settings(p);
	watch_sync(p);
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		agenda_reset(pl);
}

int
reload_now(struct parent *p, const struct record_who *who,
    struct reload_result *ret)
{
	const struct conf_set *old = p->set->conf;
	struct conf_diff *diff = NULL;
	struct conf_set *set;
	struct err e = ERR_EMPTY;
	size_t n = 0;

	*ret = (struct reload_result){ .n = 0 };
	notify_reloading();
	set = reload_load(p->opt.config, ret);
	if (set == NULL || !is_possible(&old->main, &set->main, ret) ||
	    conf_diff(old, set, &diff, &n, &e) == -1) {
		conf_free(set);
		log_line(LOG_ERROR, "reload: refused, the old policy stays");
		notify_ready(p);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		add(ret, diff[i].dataset, changes[diff[i].change]);
		log_line(LOG_NOTICE, "reload: %s: %s", diff[i].dataset,
		    changes[diff[i].change]);
	}
	if (n != 0 || memcmp(old->digest, set->digest,
	    sizeof(set->digest)) != 0)
		(void)record(p, set, diff, n, who);
	free(diff);
	take(p, set);
	log_line(LOG_NOTICE, "reload: taken, %zu changes", n);
	notify_ready(p);
	return 0;
}
