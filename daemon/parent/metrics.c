#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/log.h"

#include "anchoring.h"
#include "docket_list.h"
#include "parent.h"
#include "place.h"
#include "planning.h"
#include "ruleset.h"

static uint64_t
overdue_s(const struct place_dataset *d, struct wall now)
{
	struct wall since = place_overdue(d, now);

	return since.ms != 0 ? (uint64_t)((now.ms - since.ms) / 1000) : 0;
}

static uint64_t due(const struct place_dataset *d, struct wall now)
{ (void)now; return d->past.due; }
static uint64_t undated(const struct place_dataset *d, struct wall now)
{ (void)now; return d->past.undated; }
static uint64_t future(const struct place_dataset *d, struct wall now)
{ (void)now; return d->past.future; }
static uint64_t erased(const struct place_dataset *d, struct wall now)
{ (void)now; return d->past.erased_total; }
static uint64_t braked(const struct place_dataset *d, struct wall now)
{ (void)now; return d->verdict == DECIDE_BRAKE; }
static uint64_t planned(const struct place_dataset *d, struct wall now)
{ (void)now; return planning_is_open(d) ? d->plan.n : 0; }
static uint64_t plan_since(const struct place_dataset *d, struct wall now)
{ (void)now; return planning_is_open(d) ?
    (uint64_t)(d->plan.made.ms / 1000) : 0; }
static uint64_t plan_until(const struct place_dataset *d, struct wall now)
{ (void)now; return planning_is_open(d) ?
    (uint64_t)(d->plan.expires.ms / 1000) : 0; }
static uint64_t failed(const struct place_dataset *d, struct wall now)
{ (void)now; return d->failed; }
static uint64_t passed(const struct place_dataset *d, struct wall now)
{ (void)now; return (uint64_t)(d->past.last_pass.ms / 1000); }

static const struct {
	const char *name, *type, *help;
	uint64_t (*value)(const struct place_dataset *d, struct wall now);
} series[] = {
	{ "due", "gauge", "Items that are due.", due },
	{ "overdue_seconds", "gauge", "Age of the oldest due item.",
	    overdue_s },
	{ "undated", "gauge", "Items without a readable time.", undated },
	{ "future", "gauge", "Items with an implausible time.", future },
	{ "erased_total", "counter", "Items erased or anonymised.", erased },
	{ "braked", "gauge", "1 when the brake stopped the dataset.", braked },
	{ "plan_items", "gauge", "Items of the plan that waits for approval.",
	    planned },
	{ "plan_since_seconds", "gauge", "When it was made.", plan_since },
	{ "plan_expires_seconds", "gauge", "When it ends.", plan_until },
	{ "failed", "gauge", "1 when the last pass failed.", failed },
	{ "last_pass_seconds", "gauge", "Time of the last pass.", passed },
};

static void
put_global(struct buf *out, const char *name, const char *help, uint64_t v)
{
	buf_putf(out, "# HELP retentiond_%s %s\n# TYPE retentiond_%s gauge\n"
	    "retentiond_%s %llu\n", name, help, name, name,
	    (unsigned long long)v);
}

void
metrics_text(struct parent *p, struct buf *out)
{
	struct wall now = clock_now();
	struct docket_counts c;
	struct err e = ERR_EMPTY;
	const char *why;

	for (size_t s = 0; s < sizeof(series) / sizeof(series[0]); s++) {
		buf_putf(out, "# HELP retentiond_%s %s\n# TYPE retentiond_%s "
		    "%s\n", series[s].name, series[s].help, series[s].name,
		    series[s].type);
		for (struct place *pl = p->places; pl != NULL; pl = pl->next)
			for (size_t i = 0; i < pl->n; i++)
				buf_putf(out, "retentiond_%s{dataset=\"%s\"} "
				    "%llu\n", series[s].name,
				    pl->dataset[i].past.dataset,
				    (unsigned long long)series[s].value(
				    &pl->dataset[i], now));
	}
	put_global(out, "enforcing", "1 when due items are acted upon.",
	    parent_may_enforce(p, &why));
	put_global(out, "trail_records", "Records in the audit trail.",
	    p->ev.trail != NULL ? trail_head(p->ev.trail).size : 0);
	if (anchoring_age_s(p) >= 0)
		put_global(out, "anchor_age_seconds", "Time since the last "
		    "anchor.", (uint64_t)anchoring_age_s(p));
	if (docket_list_count(p, now, &c, &e) == 0) {
		put_global(out, "requests_open", "Requests of persons that "
		    "are not answered yet.", c.open);
		put_global(out, "requests_near", "Those due within 7 days.",
		    c.near);
		put_global(out, "requests_overdue", "Those past their day.",
		    c.overdue);
	}
	put_global(out, "trail_unsealed", "Records since the last checkpoint.",
	    p->ev.trail != NULL ? trail_unsealed(p->ev.trail) : 0);
}

static int
replace(const char *path, const struct buf *text, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *dir = strndup(path, (size_t)(slash - path) + 1);
	int fd, rc;

	if (dir == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd == -1)
		return err_sys(e, "folder");
	rc = fd_replace_at(fd, slash + 1, 0644, text->data, text->n, e);
	fd_close(&fd);
	return rc;
}

void
metrics_write(struct parent *p)
{
	const char *path = p->set->conf->main.metrics;
	struct buf text = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	bool good;

	if (path == NULL || p->opt.dry_run)
		return;
	metrics_text(p, &text);
	good = !buf_failed(&text) && replace(path, &text, &e) == 0;
	buf_release(&text);
	if (!good && !p->metrics_failed)
		log_line(LOG_WARN, "metrics: %s", e.text);
	p->metrics_failed = !good;
}
