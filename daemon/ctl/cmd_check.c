#include "cmd.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "retention/approval.h"
#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/conf.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/pool.h"
#include "retention/sandbox.h"
#include "retention/sha256.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_findings.h"
#include "cli_out.h"
#include "cli_plan.h"
#include "cli_running.h"
#include "cli_worker.h"

#define SAID_MOST 8

struct check {
	const struct cli_args *args;
	struct conf_set *set;		/* NULL: the configuration is wrong */
	struct cli_findings found;
	size_t n_stores, n_datasets;
	const struct rule_store *store;	/* that is looked at */
	const char *said[SAID_MOST];	/* of it as a whole, so far */
	size_t n_said;
};

static void
find(struct check *c, enum cli_severity severity, const char *code,
    const char *text, const char *fix)
{
	cli_findings_add(&c->found, &(struct cli_finding){
	    .severity = severity, .code = code, .text = text, .fix = fix });
}

static const char *
format(struct check *c, const char *fmt, const char *what)
{
	struct buf b = BUF_EMPTY;
	const char *text;

	for (const char *s = fmt; *s != '\0'; s++)
		if (*s == '@')
			buf_puts(&b, what);
		else
			buf_add(&b, s, 1);
	text = pool_dup(c->found.pool, buf_text(&b));
	buf_release(&b);
	return text != NULL ? text : fmt;
}

/* Whoever can write a policy can erase what it names. */
static void
check_mode(struct check *c, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		find(c, CLI_WARNING, "unreadable", format(c,
		    "@ cannot be looked at", path), NULL);
		return;
	}
	if ((st.st_mode & S_IWOTH) == 0)
		return;
	find(c, CLI_WARNING, "writable", format(c, "everybody may write @, and "
	    "so have data erased or kept", path),
	    format(c, "chmod o-w @", path));
}

static void
check_state(struct check *c, const char *state)
{
	struct stat st;

	if (stat(state, &st) == -1 && errno == ENOENT)
		find(c, CLI_NOTE, "no-state", format(c, "the state folder @ does "
		    "not exist yet", state), "retentionctl key init");
	else if (stat(state, &st) == -1)
		find(c, CLI_WARNING, "state-unreadable", format(c, "the state "
		    "folder @ cannot be looked at", state), NULL);
	else if (!S_ISDIR(st.st_mode))
		find(c, CLI_ERROR, "state-no-folder", format(c, "@ is not a "
		    "folder", state), NULL);
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		find(c, CLI_WARNING, "state-open", format(c, "the state folder @ "
		    "is not private, and it holds the keys", state),
		    format(c, "chmod 0700 @", state));
}

static void
check_sandbox(struct check *c)
{
	const char *why;

	if (sandbox_is_whole(&why))
		return;
	find(c, c->set->main.sandbox_required ? CLI_ERROR : CLI_WARNING,
	    "sandbox", why, "use a kernel with Landlock and seccomp, and let "
	    "nothing around us refuse their calls");
}

static void
check_notice(struct check *c, const struct rule_notice *n)
{
	int64_t day;
	int64_t today = c->args->now.ms / CALENDAR_DAY_MS;

	c->found.about = n->id;
	check_mode(c, n->path);
	if (n->review_by != NULL && timetext_day(n->review_by,
	    strlen(n->review_by), &day) == 0 && day < today)
		find(c, CLI_WARNING, "review-overdue", format(c, "this policy "
		    "was to be reviewed by @", n->review_by),
		    "review it, and set a new review_by");
}

/* The daemon would refuse them. */
static void
check_approvals(struct check *c)
{
	const struct conf_main *m = &c->set->main;
	struct err e = ERR_EMPTY;

	if (approval_keys(m->policy_keys, m->n_policy_keys, &e) == -1) {
		find(c, CLI_ERROR, "policy-keys", e.text, NULL);
		return;
	}
	for (size_t i = 0; m->n_policy_keys != 0 && i < c->set->n_notices;
	    i++) {
		const struct rule_notice *n = &c->set->notices[i];

		c->found.about = n->id;
		e = ERR_EMPTY;
		if (approval_check(n->path, n->sha256, m->policy_keys,
		    m->n_policy_keys, &e) == -1)
			find(c, CLI_ERROR, "unsigned", e.text, format(c,
			    "policy-sign sign KEY @", n->path));
		else
			find(c, CLI_NOTE, "signed", "signed by one of "
			    "policy_keys", NULL);
	}
	c->found.about = NULL;
}

static void
check_files(struct check *c)
{
	const struct conf_set *set = c->set;

	for (size_t i = 0; i < set->n_warnings; i++)
		find(c, CLI_WARNING, "config", set->warnings[i], NULL);
	check_mode(c, set->main.path);
	check_mode(c, set->main.policies);
	check_state(c, set->main.state);
	check_sandbox(c);
	for (size_t i = 0; i < set->n_notices; i++)
		check_notice(c, &set->notices[i]);
	c->found.about = NULL;
	check_approvals(c);
}

/* What concerns the store's file would be said of each of its datasets. */
static const char *const of_store[] = { "journal-mode", "read-only",
	"hard-link", "no-file", NULL };

/* Has this been said of the store?  From now on it has. */
static bool
is_said(struct check *c, const char *text)
{
	for (size_t i = 0; i < c->n_said; i++)
		if (strcmp(c->said[i], text) == 0)
			return true;
	text = pool_dup(c->found.pool, text);
	if (text != NULL && c->n_said < SAID_MOST)
		c->said[c->n_said++] = text;
	return false;
}

static void
on_finding(void *ctx, const struct msg_finding *f)
{
	struct check *c = ctx;
	const char *about = c->found.about;

	for (size_t i = 0; f->code != NULL && of_store[i] != NULL; i++) {
		if (strcmp(of_store[i], f->code) != 0)
			continue;
		if (is_said(c, f->code))
			return;
		c->found.about = c->store->full;
	}
	cli_findings_add(&c->found, &(struct cli_finding){
	    .severity = f->severity >= 0 && f->severity < CLI_N_SEVERITIES ?
	    (enum cli_severity)f->severity : CLI_ERROR, .code = f->code,
	    .text = f->text, .fix = f->fix });
	c->found.about = about;
}

/* A store of a kind that this version leaves alone is no error. */
static void
on_failure(struct check *c, const struct rule_store *s, const struct err *e)
{
	if (is_said(c, e->text))
		return;
	if (e->code == ERR_REFUSED && s->kind != RULE_SQLITE)
		find(c, CLI_NOTE, "not-acted-on", format(c, "the rules are "
		    "valid, but this version does not act on them: @", e->text),
		    NULL);
	else
		find(c, CLI_ERROR, err_class(e->code), e->text,
		    format(c, "look at @", s->path));
}

static void
check_dataset(struct check *c, struct cli_worker *w,
    const struct rule_store *s, const struct rule_dataset *d)
{
	struct msg_job job = { .at = c->args->now, .dataset = *d };
	struct cli_worker_check ask = { .job = &job, .pool = c->found.pool,
		.found = on_finding, .ctx = c };
	struct err e = ERR_EMPTY;

	c->found.about = d->full;
	if (cli_worker_check(w, &ask, &e) == 0)
		return;
	/* An error that does not name the dataset is the store's. */
	if (strstr(e.text, d->full) == NULL)
		c->found.about = s->full;
	on_failure(c, s, &e);
}

static void
check_store(struct check *c, const struct rule_notice *n,
    const struct rule_store *s)
{
	uint8_t key[32];
	const char *note;
	struct cli_worker_way way = cli_worker_way(&c->set->main, n,
	    cli_plan_needs_key(n), key, &note);
	struct cli_worker w = CLI_WORKER_NONE;
	struct err e = ERR_EMPTY;

	c->store = s;
	c->n_said = 0;
	c->found.about = s->full;
	if (cli_worker_open(s, &way, &w, &e) == -1) {
		on_failure(c, s, &e);
	} else {
		for (size_t i = 0; i < n->n_datasets; i++)
			if (strcmp(n->datasets[i].store, s->name) == 0)
				check_dataset(c, &w, s, &n->datasets[i]);
	}
	cli_worker_close(&w);
	explicit_bzero(key, sizeof(key));
	c->found.about = NULL;
}

static void
check_stores(struct check *c)
{
	size_t all = 0;

	for (size_t i = 0; i < c->set->n_notices; i++)
		all += c->set->notices[i].n_stores;
	for (size_t i = 0; i < c->set->n_notices; i++) {
		const struct rule_notice *n = &c->set->notices[i];

		c->n_datasets += n->n_datasets;
		for (size_t k = 0; k < n->n_stores; k++) {
			c->n_stores++;
			cli_out_progress("store %zu of %zu: %s", c->n_stores,
			    all, n->stores[k].full);
			check_store(c, n, &n->stores[k]);
		}
	}
	cli_out_progress_end();
}

static void
print_text(const struct check *c, struct buf *out)
{
	cli_findings_text(&c->found, out);
	if (c->set != NULL)
		buf_putf(out, "checked %zu store%s and %zu dataset%s: ",
		    c->n_stores, c->n_stores == 1 ? "" : "s", c->n_datasets,
		    c->n_datasets == 1 ? "" : "s");
	else
		buf_puts(out, "the configuration is wrong; no store was looked "
		    "at: ");
	cli_findings_count(&c->found, out);
	buf_puts(out, "\n");
}

static void
print_json(const struct check *c, struct buf *out)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", c->found.n[CLI_ERROR] == 0);
	if (c->set != NULL)
		jsonw_hex(&w, "policy", c->set->digest, SHA256_BYTES);
	else
		jsonw_null(&w, "policy");
	jsonw_int(&w, "stores", (int64_t)c->n_stores);
	jsonw_int(&w, "datasets", (int64_t)c->n_datasets);
	jsonw_int(&w, "errors", (int64_t)c->found.n[CLI_ERROR]);
	jsonw_int(&w, "warnings", (int64_t)c->found.n[CLI_WARNING]);
	jsonw_int(&w, "notes", (int64_t)c->found.n[CLI_NOTE]);
	cli_findings_json(&c->found, &w);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}

int
cmd_check_run(const struct cli_args *a)
{
	struct check c = { .args = a, .found = { .pool = pool_new() } };
	struct conf_errors errs = { .n = 0 };
	struct buf out = BUF_EMPTY;
	int rc;

	if (c.found.pool == NULL) {
		cli_out_error("no memory");
		return CLI_FAILED;
	}
	if (conf_load(cli_conf_path(a), &c.set, &errs) == -1)
		for (size_t i = 0; i < errs.n; i++)
			find(&c, CLI_ERROR, "config", errs.text[i], NULL);
	if (c.set != NULL) {
		check_files(&c);
		cli_running_compare(c.set, &c.found);
		check_stores(&c);
	} else if (errs.n == 0) {
		find(&c, CLI_ERROR, "config", "it cannot be loaded", NULL);
	}
	if (a->value[CLI_JSON] != NULL)
		print_json(&c, &out);
	else
		print_text(&c, &out);
	rc = cli_out_flush(&out);
	if (c.found.n[CLI_ERROR] != 0)
		rc = CLI_FAILED;
	buf_release(&out);
	conf_errors_release(&errs);
	conf_free(c.set);
	pool_free(c.found.pool);
	return rc;
}
