#include "cli_disposal.h"

#include <inttypes.h>
#include <string.h>

#include "retention/conf.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_out.h"
#include "cli_pin.h"

struct pass {
	struct cli_disposal *d;
	enum verify_verdict gravest;
};

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	struct pass *p = ctx;

	if (!verify_verdict_graver(f->verdict, p->gravest))
		return;
	p->gravest = f->verdict;
	(void)snprintf(p->d->finding, sizeof(p->d->finding), "records %" PRIu64
	    " to %" PRIu64 ": %s", f->from_seq, f->to_seq, f->text);
	p->d->ground.finding = p->d->finding;
}

static void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct pass *p = ctx;

	certificate_record(p->d->certificate, seq, line, n);
}

static void
on_progress(void *ctx, uint64_t bytes, uint64_t of_bytes)
{
	(void)ctx;
	cli_out_progress("read %" PRIu64 " of %" PRIu64 " MiB", bytes >> 20,
	    of_bytes >> 20);
}

static bool
on_policy(void *ctx, const char *dataset, struct certificate_policy *ret)
{
	const struct cli_disposal *d = ctx;
	const struct rule_notice *n;
	const struct rule_dataset *r = d->policies != NULL ?
	    conf_find(d->policies, dataset, &n) : NULL;

	if (r == NULL)
		return false;
	*ret = (struct certificate_policy){ .title = n->title,
		.controller = n->controller, .owner = n->owner,
		.promise = r->promise, .basis = r->basis };
	memcpy(ret->digest, d->policies->digest, sizeof(ret->digest));
	return true;
}

static int
read_scope(const struct cli_args *a, bool named, struct certificate_scope *s,
    struct err *e)
{
	const char *from = a->value[CLI_FROM], *to = a->value[CLI_TO];

	*s = (struct certificate_scope){ .agreement = a->value[CLI_AGREEMENT],
		.n_datasets = named ? a->n : 0, .dataset = a->operand,
		.has_from = from != NULL, .has_to = to != NULL };
	if (from != NULL && timetext_argument(from, &s->from, e) == -1)
		return err_wrap(e, "--from");
	if (to != NULL && timetext_argument(to, &s->to, e) == -1)
		return err_wrap(e, "--to");
	return 0;
}

static int
verify(const struct cli_args *a, struct cli_disposal *d, struct err *e)
{
	struct pass p = { .d = d, .gravest = VERIFY_VALID };
	struct verify_options o = { .now = a->now, .ctx = &p,
		.finding = on_finding, .record = on_record,
		.progress = on_progress };
	int rc;

	if (a->value[CLI_KEY] != NULL) {
		if (cli_pin_read(a->value[CLI_KEY], &d->pin, e) == -1)
			return -1;
		o.pin = &d->pin;
	}
	rc = verify_trail(d->set->main.state, &o, &d->report, e);
	cli_out_progress_end();
	if (rc == 0 && d->report.records == 0)
		rc = err_set(e, ERR_REFUSED, "%s: no trail here",
		    d->set->main.state);
	d->ground.report = &d->report;
	d->ground.pin = o.pin;
	d->ground.now = a->now;
	d->ground.ctx = d;
	d->ground.policy = on_policy;
	return rc;
}

int
cli_disposal_read(const struct cli_args *a, bool named,
    struct cli_disposal *ret, struct err *e)
{
	struct conf_errors errs = { .n = 0 };
	struct certificate_scope scope;

	*ret = (struct cli_disposal){ .set = NULL };
	if (read_scope(a, named, &scope, e) == -1)
		return -1;
	if (conf_load_main(cli_conf_path(a), &ret->set, &errs) == -1) {
		(void)err_set(e, ERR_CONFIG, "%s", errs.n != 0 ?
		    errs.text[0] : "the configuration cannot be read");
		conf_errors_release(&errs);
		return -1;
	}
	/* Wrong policies of today do not keep the past from being told. */
	if (conf_load(cli_conf_path(a), &ret->policies, &errs) == -1)
		ret->policies = NULL;
	conf_errors_release(&errs);
	ret->certificate = certificate_new(&scope);
	if (ret->certificate == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	return verify(a, ret, e);
}

void
cli_disposal_release(struct cli_disposal *d)
{
	certificate_free(d->certificate);
	conf_free(d->policies);
	conf_free(d->set);
	*d = (struct cli_disposal){ .set = NULL };
}
