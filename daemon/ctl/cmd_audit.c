#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/jsonw.h"
#include "retention/period.h"
#include "retention/verify.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_out.h"
#include "cli_pin.h"
#include "cli_present.h"
#include "cli_trust.h"

#define MOST_FINDINGS 1000	/* shown; the rest is counted */

struct audit {
	const char *dir;
	struct conf_set *set;		/* owned; NULL when DIR was given */
	struct note_key pin;
	struct cli_trust trust;
	struct cli_present *present;	/* owned; NULL: without --stores */
	struct verify_options options;
	struct verify_report report;
	enum verify_verdict stores;	/* what was found in them */
	size_t n_findings;
	struct buf findings;		/* as text, or as a JSON array's inside */
	bool json;
};

static void
audit_release(struct audit *au)
{
	cli_present_free(au->present);
	conf_free(au->set);
	buf_release(&au->findings);
}

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	struct audit *au = ctx;
	struct jsonw w = JSONW(&au->findings);

	if (++au->n_findings > MOST_FINDINGS)
		return;
	if (!au->json) {
		buf_putf(&au->findings, "  %s records %" PRIu64 " to %" PRIu64
		    ": ", verify_verdict_name(f->verdict), f->from_seq,
		    f->to_seq);
		cli_out_safe(&au->findings, f->text);
		buf_puts(&au->findings, "\n");
		return;
	}
	w.comma = au->n_findings > 1;
	jsonw_object(&w, NULL);
	jsonw_text(&w, "verdict", verify_verdict_name(f->verdict));
	jsonw_int(&w, "from", (int64_t)f->from_seq);
	jsonw_int(&w, "to", (int64_t)f->to_seq);
	jsonw_text(&w, "text", f->text);
	jsonw_end_object(&w);
}

static void
on_present(void *ctx, const struct verify_finding *f)
{
	struct audit *au = ctx;

	if (verify_verdict_graver(f->verdict, au->stores))
		au->stores = f->verdict;
	on_finding(au, f);
}

static void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct audit *au = ctx;

	(void)seq;
	cli_present_record(au->present, line, n);
}

static void
on_progress(void *ctx, uint64_t bytes, uint64_t of_bytes)
{
	(void)ctx;
	cli_out_progress("verified %" PRIu64 " of %" PRIu64 " MiB",
	    bytes >> 20, of_bytes >> 20);
}

/* A bundle as it was handed over is no trail that was tampered with. */
static bool
is_packed(const char *path)
{
	static const char *const ends[] = { ".tar", ".tar.gz", ".tgz" };
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (n > strlen(ends[i]) &&
		    strcmp(path + n - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

/* The stores of today's policies, by the keys of this host. */
static int
prepare_stores(const struct cli_args *a, struct audit *au, struct err *e)
{
	struct cli_present_want want = { .now = a->now, .ctx = au,
		.finding = on_present };

	if (a->value[CLI_STORES] == NULL)
		return 0;
	if (a->n != 0 || a->value[CLI_STATE_FILE] != NULL)
		return err_set(e, ERR_INPUT, "--stores reads all of this "
		    "host's own trail: neither DIR nor --state-file");
	conf_free(au->set);
	au->set = NULL;
	if (cli_conf_all(a, &au->set) == -1)
		return err_set(e, ERR_CONFIG, "--stores needs the policies");
	au->dir = au->set->main.state;
	want.set = au->set;
	au->present = cli_present_new(&want, e);
	au->options.record = on_record;
	return au->present != NULL ? 0 : -1;
}

/* DIR and the options. */
static int
prepare(const struct cli_args *a, struct audit *au)
{
	struct err e = ERR_EMPTY;
	const char *age = a->value[CLI_MAX_AGE];

	au->json = a->value[CLI_JSON] != NULL;
	au->options = (struct verify_options){ .now = a->now, .ctx = au,
		.finding = on_finding, .progress = on_progress,
		.accept_rekey = a->value[CLI_ACCEPT_REKEY] != NULL,
		.copies = a->anchor, .n_copies = a->n_anchors,
		.state_file = a->value[CLI_STATE_FILE] };
	if (a->value[CLI_KEY] != NULL) {
		if (cli_pin_read(a->value[CLI_KEY], &au->pin, &e) == -1)
			goto wrong;
		au->options.pin = &au->pin;
	}
	if (cli_trust_read(a, &au->trust, &e) == -1)
		goto wrong;
	au->options.trust = &au->trust.trust;
	if (age != NULL &&
	    period_parse_ms(age, &au->options.max_age_ms, &e) == -1) {
		(void)err_wrap(&e, "--max-age");
		goto wrong;
	}
	if (a->n != 0)
		au->dir = a->operand[0];
	else if (cli_conf_main(a, &au->set) == -1)
		return -1;
	else
		au->dir = au->set->main.state;
	if (a->n != 0 && is_packed(au->dir)) {
		(void)err_set(&e, ERR_INPUT, "%s: expected a folder; unpack "
		    "it and verify what is in it", au->dir);
		goto wrong;
	}
	if (prepare_stores(a, au, &e) == -1)
		goto wrong;
	return 0;
wrong:
	cli_out_error("%s", e.text);
	return -1;
}

static void
put_advice(const struct audit *au, struct buf *out)
{
	char vkey[NOTE_VKEY_BYTES] = "";

	if (au->options.pin != NULL)
		return;
	buf_puts(out, "No key was pinned, so anybody could have written this "
	    "trail.\n");
	if (!au->report.have_key)
		return;
	note_key_text(&au->report.first_key, vkey);
	buf_puts(out, "It says that its key is\n  ");
	cli_out_safe(out, vkey);
	buf_puts(out, "\nCompare that with the key that was written down when "
	    "the trail began, and\nverify again with it: "
	    "retentionctl audit verify --key VKEY\n");
}

static void
put_anchors(const struct verify_report *r, struct buf *out)
{
	if (r->anchors != 0)
		buf_putf(out, "Evidence from elsewhere that confirms it: %"
		    PRIu64 ".\n", r->anchors);
	if (r->anchors_unchecked != 0)
		buf_putf(out, "Evidence in the trail that was not checked: %"
		    PRIu64 ": name whom to believe (--tsa-ca,\n--witness).\n",
		    r->anchors_unchecked);
}

static void
put_stores(const struct audit *au, struct buf *out)
{
	struct cli_present_found f;

	if (au->present == NULL)
		return;
	f = cli_present_found(au->present);
	buf_putf(out, "Looked in the stores for %" PRIu64 " items of %" PRIu64
	    " operations: %" PRIu64 " that should be gone are there.\n",
	    f.items, f.operations, f.there);
	if (f.anew != 0)
		buf_putf(out, "Items of the same key that were not due then: %"
		    PRIu64 ".\n", f.anew);
	if (f.closed + f.gone + f.missed != 0)
		buf_putf(out, "Operations not looked for: %" PRIu64 " whose "
		    "keys are gone, %" PRIu64 " of datasets\nthat are no more "
		    "in the policies, %" PRIu64 " that cannot be.\n", f.closed,
		    f.gone, f.missed);
}

static void
json_stores(const struct audit *au, struct jsonw *w)
{
	struct cli_present_found f;

	if (au->present == NULL) {
		jsonw_null(w, "stores");
		return;
	}
	f = cli_present_found(au->present);
	jsonw_object(w, "stores");
	jsonw_int(w, "operations", (int64_t)f.operations);
	jsonw_int(w, "items", (int64_t)f.items);
	jsonw_int(w, "there", (int64_t)f.there);
	jsonw_int(w, "anew", (int64_t)f.anew);
	jsonw_int(w, "closed", (int64_t)f.closed);
	jsonw_int(w, "gone", (int64_t)f.gone);
	jsonw_int(w, "missed", (int64_t)f.missed);
	jsonw_end_object(w);
}

/* What of the trail this run did not see. */
static void
put_unseen(const struct verify_report *r, struct buf *out)
{
	if (r->pruned != 0)
		buf_putf(out, "Records below %" PRIu64 " were pruned: their "
		    "hashes are sealed, what they said is gone.\n", r->pruned);
	if (r->resumed != 0)
		buf_putf(out, "Records below %" PRIu64 " were verified earlier "
		    "and not read again; an operation\nthat they had would not "
		    "be noticed if it were announced once more.\n",
		    r->resumed);
}

static void
verdict_text(const struct audit *au, struct buf *out)
{
	const struct verify_report *r = &au->report;

	buf_putf(out, "%s: %" PRIu64 " records, %" PRIu64 " of them sealed by "
	    "%" PRIu64 " checkpoints; operations: %" PRIu64
	    " intended, %" PRIu64 " done, %" PRIu64 " failed", verify_verdict_name(r->verdict),
	    r->records, r->sealed, r->checkpoints, r->intents, r->done,
	    r->failed);
	if (r->records != 0) {
		buf_puts(out, "; ");
		cli_out_time(out, r->first);
		buf_puts(out, " to ");
		cli_out_time(out, r->last);
	}
	buf_puts(out, "\n");
	buf_add(out, buf_text(&au->findings), au->findings.n);
	if (au->n_findings > MOST_FINDINGS)
		buf_putf(out, "  and %zu more\n",
		    au->n_findings - MOST_FINDINGS);
	put_anchors(r, out);
	put_stores(au, out);
	put_unseen(r, out);
	put_advice(au, out);
}

static void
json_span(struct jsonw *w, const struct verify_report *r)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_ms(r->first, text);
	jsonw_text(w, "first", r->records != 0 ? text : NULL);
	clock_text_ms(r->last, text);
	jsonw_text(w, "last", r->records != 0 ? text : NULL);
}

static void
verdict_json(const struct audit *au, struct buf *out)
{
	const struct verify_report *r = &au->report;
	struct jsonw w = JSONW(out);
	char vkey[NOTE_VKEY_BYTES] = "";

	if (r->have_key)
		note_key_text(&r->first_key, vkey);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "verdict", verify_verdict_name(r->verdict));
	jsonw_bool(&w, "pinned", au->options.pin != NULL);
	jsonw_int(&w, "records", (int64_t)r->records);
	jsonw_int(&w, "sealed", (int64_t)r->sealed);
	jsonw_int(&w, "checkpoints", (int64_t)r->checkpoints);
	jsonw_int(&w, "intents", (int64_t)r->intents);
	jsonw_int(&w, "done", (int64_t)r->done);
	jsonw_int(&w, "failed", (int64_t)r->failed);
	json_span(&w, r);
	jsonw_int(&w, "epoch", r->epoch);
	jsonw_int(&w, "anchors", (int64_t)r->anchors);
	jsonw_int(&w, "anchors_unchecked", (int64_t)r->anchors_unchecked);
	jsonw_int(&w, "pruned_below", (int64_t)r->pruned);
	jsonw_int(&w, "verified_earlier_below", (int64_t)r->resumed);
	jsonw_hex(&w, "root", r->root, sizeof(r->root));
	jsonw_text(&w, "key", r->have_key ? vkey : NULL);
	json_stores(au, &w);
	jsonw_array(&w, "findings");
	if (au->findings.n != 0)
		jsonw_raw(&w, NULL, buf_text(&au->findings));
	jsonw_end_array(&w);
	jsonw_int(&w, "findings_not_shown", au->n_findings > MOST_FINDINGS ?
	    (int64_t)(au->n_findings - MOST_FINDINGS) : 0);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}

static int
verify_and_print(struct audit *au)
{
	struct buf out = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc = verify_trail(au->dir, &au->options, &au->report, &e);

	cli_out_progress_end();
	if (rc == -1) {
		cli_out_error("%s", e.text);
		return CLI_VERIFY_USAGE;
	}
	if (au->present != NULL)
		cli_present_end(au->present);
	if (verify_verdict_graver(au->stores, au->report.verdict))
		au->report.verdict = au->stores;
	if (buf_failed(&au->findings))
		out.failed = true;
	if (au->json)
		verdict_json(au, &out);
	else
		verdict_text(au, &out);
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc != 0 ? CLI_VERIFY_USAGE : (int)au->report.verdict;
}

int
cmd_audit_verify(const struct cli_args *a)
{
	struct audit au = { .findings = BUF_EMPTY };
	int rc = CLI_VERIFY_USAGE;

	if (prepare(a, &au) == 0)
		rc = verify_and_print(&au);
	audit_release(&au);
	return rc;
}
