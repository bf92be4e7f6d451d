#include "cmd.h"

#include <inttypes.h>

#include "retention/account.h"
#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/pool.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_out.h"
#include "cli_pin.h"
#include "cli_promise.h"
#include "cli_save.h"

struct report {
	struct conf_set *main, *set;	/* owned; set NULL: wrong policies */
	struct pool *pool;		/* owned */
	struct account *account;	/* owned */
	struct account_period period;
	struct account_ground ground;
	struct verify_report verified;
	struct note_key pin;
	enum verify_verdict gravest;
	char finding[400];
};

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	struct report *r = ctx;

	if (!verify_verdict_graver(f->verdict, r->gravest))
		return;
	r->gravest = f->verdict;
	(void)snprintf(r->finding, sizeof(r->finding), "records %" PRIu64
	    " to %" PRIu64 ": %s", f->from_seq, f->to_seq, f->text);
	r->ground.finding = r->finding;
}

static void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct report *r = ctx;

	account_record(r->account, seq, line, n);
}

static void
on_progress(void *ctx, uint64_t bytes, uint64_t of_bytes)
{
	(void)ctx;
	cli_out_progress("read %" PRIu64 " of %" PRIu64 " MiB", bytes >> 20,
	    of_bytes >> 20);
}

static int
read_period(const struct cli_args *a, struct account_period *p, struct err *e)
{
	const char *from = a->value[CLI_FROM], *to = a->value[CLI_TO];

	p->has_from = from != NULL;
	p->has_to = to != NULL;
	if (from != NULL && timetext_argument(from, &p->from, e) == -1)
		return err_wrap(e, "--from");
	if (to != NULL && timetext_argument(to, &p->to, e) == -1)
		return err_wrap(e, "--to");
	return from != NULL && to != NULL && p->to.ms <= p->from.ms ?
	    err_set(e, ERR_INPUT, "--to lies before --from: nothing is between "
	    "them") : 0;
}

static int
verify(const struct cli_args *a, struct report *r, struct err *e)
{
	struct verify_options o = { .now = a->now, .ctx = r,
		.finding = on_finding, .record = on_record,
		.progress = on_progress };
	int rc;

	if (a->value[CLI_KEY] != NULL) {
		if (cli_pin_read(a->value[CLI_KEY], &r->pin, e) == -1)
			return -1;
		o.pin = &r->pin;
	}
	rc = verify_trail(r->main->main.state, &o, &r->verified, e);
	cli_out_progress_end();
	if (rc == 0 && r->verified.records == 0)
		rc = err_set(e, ERR_REFUSED, "%s: no trail here",
		    r->main->main.state);
	r->ground.report = &r->verified;
	r->ground.pin = o.pin;
	r->ground.now = a->now;
	return rc;
}

/* Wrong policies of today do not keep the past from being told. */
static void
read_promises(const struct cli_args *a, struct report *r)
{
	struct conf_errors errs = { .n = 0 };

	if (conf_load(cli_conf_path(a), &r->set, &errs) == -1) {
		r->set = NULL;
		r->ground.policies_error = pool_printf(r->pool,
		    "the policies are wrong: %s", errs.n != 0 ? errs.text[0] :
		    "they cannot be read");
		if (r->ground.policies_error == NULL)
			r->ground.policies_error = "the policies are wrong";
		r->ground.holds_unknown = "not looked at";
	} else {
		cli_promise_read(r->set, a->now, r->pool, &r->ground);
	}
	conf_errors_release(&errs);
}

static int
give(const struct cli_args *a, const struct report *r, struct err *e)
{
	const char *file = a->value[CLI_HTML];
	struct buf out = BUF_EMPTY;
	int rc = 0;

	if (file != NULL) {
		account_text(r->account, &r->ground, true, &out);
		rc = cli_save_file(file, &out, e);
		buf_reset(&out);
	}
	if (rc == 0 && a->value[CLI_JSON] != NULL)
		account_json(r->account, &r->ground, &out);
	else if (rc == 0 && file == NULL)
		account_text(r->account, &r->ground, false, &out);
	if (rc == 0)
		rc = cli_out_flush(&out) == 0 ? 0 : err_set(e, ERR_SYSTEM,
		    "the report was not written");
	buf_release(&out);
	return rc;
}

static int
make(const struct cli_args *a, struct report *r, struct err *e)
{
	r->account = account_new(&r->period);
	r->pool = pool_new();
	if (r->account == NULL || r->pool == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (verify(a, r, e) == -1)
		return -1;
	read_promises(a, r);
	if (give(a, r, e) == -1)
		return -1;
	return r->verified.verdict != VERIFY_TAMPERED ? 0 :
	    err_set(e, ERR_REFUSED, "the trail is TAMPERED, so nothing in "
	    "this report is certain: %s", r->finding);
}

int
cmd_report_run(const struct cli_args *a)
{
	struct report r = { .gravest = VERIFY_VALID };
	struct err e = ERR_EMPTY;
	int rc = CLI_FAILED;

	if (read_period(a, &r.period, &e) == -1) {
		cli_out_error("%s", e.text);
		return CLI_USAGE;
	}
	if (cli_conf_main(a, &r.main) == 0) {
		if (make(a, &r, &e) == 0)
			rc = CLI_DONE;
		else
			cli_out_error("%s", e.text);
	}
	account_free(r.account);
	pool_free(r.pool);
	conf_free(r.set);
	conf_free(r.main);
	return rc;
}
