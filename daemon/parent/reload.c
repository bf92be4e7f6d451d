#include "reload.h"

#include <stdlib.h>
#include <string.h>

#include "retention/approval.h"
#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/ledger.h"
#include "retention/log.h"
#include "retention/pool.h"
#include "retention/record.h"

#include "agenda.h"
#include "anchoring.h"
#include "erasepass.h"
#include "notify.h"
#include "parent.h"
#include "place.h"
#include "rulefile.h"
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
	for (size_t i = 0; i < r->n_stricter; i++)
		free(r->stricter[i]);
	free(r->stricter);
	free(r->text);
	*r = (struct reload_result){ .n = 0 };
}

static void
add_to(char ***list, size_t *n_list, const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 3;
	char **text = realloc(*list, (*n_list + 1) * sizeof(*text));
	char *line = malloc(n);

	if (text != NULL)
		*list = text;
	if (text == NULL || line == NULL) {
		free(line);
		return;
	}
	(void)snprintf(line, n, "%s%s%s", a, b[0] != '\0' ? ": " : "", b);
	text[(*n_list)++] = line;
}

static void
add(struct reload_result *r, const char *a, const char *b)
{
	add_to(&r->text, &r->n, a, b);
}

/* Every policy file that nobody named has signed is an error of its own. */
static bool
is_approved(const struct conf_set *set, struct reload_result *errors)
{
	const struct conf_main *m = &set->main;
	struct err e = ERR_EMPTY;
	size_t wrong = 0;
	bool good = approval_keys(m->policy_keys, m->n_policy_keys, &e) == 0;

	if (!good) {
		log_line(LOG_ERROR, "%s: %s", m->path, e.text);
		add(errors, m->path, e.text);
	}
	for (size_t i = 0; good && i < set->n_notices; i++) {
		const struct rule_notice *n = &set->notices[i];

		e = ERR_EMPTY;
		if (approval_check(n->path, n->sha256, m->policy_keys,
		    m->n_policy_keys, &e) == 0)
			continue;
		log_line(LOG_ERROR, "%s", e.text);
		add(errors, e.text, "");
		wrong++;
	}
	return good && wrong == 0;
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
	if (is_approved(set, errors))
		return set;
	conf_free(set);
	return NULL;
}

static bool
same_keys(const struct conf_main *a, const struct conf_main *b)
{
	if (a->n_policy_keys != b->n_policy_keys)
		return false;
	for (size_t i = 0; i < a->n_policy_keys; i++)
		if (strcmp(a->policy_keys[i], b->policy_keys[i]) != 0)
			return false;
	return true;
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
	static const char keys[] = "policy_keys cannot change in a running "
	    "daemon, restart it";

	if (!possible) {
		log_line(LOG_ERROR, "%s: %s", b->path, e.text);
		add(errors, b->path, e.text);
	}
	if (!same_keys(a, b)) {
		log_line(LOG_ERROR, "%s: %s", b->path, keys);
		add(errors, b->path, keys);
		possible = false;
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

/* Until their first pass what they take is new, whoever asked for it. */
static void
mark_fresh(struct parent *p, const struct conf_diff *diff, size_t n)
{
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < n; i++)
		if (diff[i].stricter && ledger_fresh_put(p->ev.ledger,
		    diff[i].dataset, &e) == -1)
			log_line(LOG_WARN, "ledger: %s", e.text);
}

static int
record(struct parent *p, const struct conf_set *set,
    const struct conf_diff *diff, size_t n, const struct record_who *who)
{
	struct buf payload = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc = put_policy(&payload, set, diff, n, who);

	mark_fresh(p, diff, n);
	if (rc == 0)
		rc = evidence_append(&p->ev, RECORD_POLICY, &payload, &e);
	buf_release(&payload);
	if (rc == 0)
		rc = evidence_sync(&p->ev, &e);
	if (rc == 0)
		rulefile_write(p, set);
	if (rc == 0 && ledger_policy_put(p->ev.ledger, set->digest,
	    &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
	return rc;
}

/* What is known of the set that ran last: all of it, or that there was one,
 * in which case everything counts as changed. */
static int
diff_last(struct parent *p, const uint8_t last[32], struct conf_diff **ret,
    size_t *ret_n, struct err *e)
{
	const struct conf_set *set = p->set->conf;
	struct pool *pool = pool_new();
	struct conf_set was;
	bool known;
	int rc;

	if (pool == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	known = rulefile_read(p, last, pool, &was);
	rc = conf_diff(known ? &was : NULL, set, ret, ret_n, e);
	for (size_t i = 0; rc == 0 && i < *ret_n; i++) {
		const char *own = (*ret)[i].dataset;
		const struct rule_dataset *d = conf_find(set, own, NULL);

		if (!known)
			(*ret)[i].change = CONF_CHANGED;
		(*ret)[i].dataset = d != NULL ? d->full : pool_dup(
		    p->set->conf->pool, own);	/* it outlives `was` */
		if ((*ret)[i].dataset == NULL)
			(*ret)[i].dataset = "?";
		log_line(LOG_NOTICE, "policy: %s: %s%s", (*ret)[i].dataset,
		    changes[(*ret)[i].change], (*ret)[i].stricter ?
		    ", which can take more" : "");
	}
	pool_free(pool);
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

	if (known == 1 && memcmp(last, set->digest, sizeof(last)) == 0) {
		rulefile_write(p, set);
		return 0;
	}
	rc = known == 1 ? diff_last(p, last, &diff, &n, &e) :
	    conf_diff(NULL, set, &diff, &n, &e);
	if (rc == -1)
		return -1;
	/* Of the first set of all nothing is stricter than before. */
	for (size_t i = 0; known != 1 && i < n; i++) {
		diff[i].stricter = known == -1;
		if (known == -1)
			diff[i].change = CONF_CHANGED;
	}
	rc = record(p, set, diff, n, who);
	free(diff);
	return rc;
}

static void
tell(struct reload_result *ret, const struct conf_set *from,
    const struct conf_set *to, const struct conf_diff *diff)
{
	struct buf words = BUF_EMPTY;

	add(ret, diff->dataset, changes[diff->change]);
	conf_diff_words(from, to, diff, &words);
	log_line(diff->stricter ? LOG_WARN : LOG_NOTICE, "reload: %s: %s (%s)",
	    diff->dataset, changes[diff->change], buf_text(&words));
	if (diff->stricter)
		add_to(&ret->stricter, &ret->n_stricter, diff->dataset,
		    buf_text(&words));
	buf_release(&words);
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
	erasepass_on_reload(p);
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
	for (size_t i = 0; i < n; i++)
		tell(ret, old, set, &diff[i]);
	if (n != 0 || memcmp(old->digest, set->digest,
	    sizeof(set->digest)) != 0)
		(void)record(p, set, diff, n, who);
	free(diff);
	take(p, set);
	log_line(LOG_NOTICE, "reload: taken, %zu changes", n);
	notify_ready(p);
	return 0;
}
