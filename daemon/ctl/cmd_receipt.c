#include "cmd.h"

#include <inttypes.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/pool.h"
#include "retention/receipt.h"
#include "retention/verify.h"

#include "cli_args.h"
#include "cli_claim.h"
#include "cli_conf.h"
#include "cli_out.h"
#include "cli_save.h"
#include "cli_seek.h"

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	(void)ctx, (void)f;	/* the verdict is enough here */
}

static void
on_progress(void *ctx, uint64_t bytes, uint64_t of_bytes)
{
	(void)ctx;
	cli_out_progress("searched %" PRIu64 " of %" PRIu64 " MiB",
	    bytes >> 20, of_bytes >> 20);
}

/* The whole trail is read, and has to hold together. */
static int
search(const struct cli_args *a, struct cli_seek *s, const char *state,
    struct err *e)
{
	struct verify_options o = { .now = a->now, .ctx = s,
		.finding = on_finding, .progress = on_progress,
		.record = cli_seek_record };
	struct verify_report report;
	int rc = verify_trail(state, &o, &report, e);

	cli_out_progress_end();
	if (rc == -1)
		return -1;
	if (report.verdict == VERIFY_TAMPERED)
		return err_set(e, ERR_REFUSED, "this trail is TAMPERED, so "
		    "nothing is shown by it: see 'retentionctl audit verify'");
	if (report.lost)
		return err_set(e, ERR_REFUSED, "this trail cannot be read to "
		    "its end: see 'retentionctl audit verify'");
	if (report.records == 0)
		return err_set(e, ERR_REFUSED, "%s: no trail here", state);
	return 0;
}

/* A receipt that we could not verify ourselves is not given out. */
static int
judge(const struct receipt *r, struct receiptcheck_claim *ret, struct err *e)
{
	struct note_key pin;

	if (note_key_parse(r->keys[0].vkey, &pin, e) == -1)
		return -1;
	receiptcheck_judge(r, &pin, ret);
	if (ret->verdict == VERIFY_TAMPERED)
		return err_set(e, ERR_TRAIL, "no receipt: %s", ret->why);
	return 0;
}

static int
give(const struct cli_args *a, const struct receipt *r,
    const struct receiptcheck_claim *claim, struct err *e)
{
	const char *file = a->value[CLI_OUT];
	struct buf receipt = BUF_EMPTY, words = BUF_EMPTY;
	int rc = 0;

	receipt_text(r, &receipt);
	if (a->value[CLI_JSON] != NULL && file != NULL)
		cli_claim_json(r, claim, &words);
	else
		cli_claim_text(claim, &words);
	if (file == NULL) {
		rc = cli_out_flush(&receipt);
		cli_out_error("%s", claim->erased == claim->n ? "the receipt "
		    "names the row: it is personal data" : claim->why);
	} else if (cli_save_file(file, &receipt, e) == -1) {
		rc = -1;
	} else {
		rc = cli_out_flush(&words);
	}
	buf_release(&receipt);
	buf_release(&words);
	return rc;
}

static int
make(const struct cli_args *a, struct cli_seek *s, const char *state,
    struct err *e)
{
	struct pool *p = pool_new();
	struct receiptcheck_claim claim;
	struct receipt r;
	int rc = p != NULL ? 0 : err_set(e, ERR_MEMORY, "no memory");

	if (rc == 0)
		rc = search(a, s, state, e);
	if (rc == 0)
		rc = cli_seek_receipt(s, p, &r, e);
	if (rc == 0)
		rc = judge(&r, &claim, e);
	if (rc == 0)
		rc = give(a, &r, &claim, e);
	pool_free(p);
	return rc;
}

int
cmd_receipt_make(const struct cli_args *a)
{
	struct conf_set *set = NULL;
	struct cli_seek *s = NULL;
	struct err e = ERR_EMPTY;
	int rc = -1;

	if (a->value[CLI_DATASET] == NULL || a->n_keys == 0) {
		cli_out_error("'audit receipt' needs --dataset NAME and --key "
		    "KEY");
		return CLI_USAGE;
	}
	if (cli_conf_main(a, &set) == -1)
		return CLI_FAILED;
	s = cli_seek_new(&(struct cli_seek_want){ .state = set->main.state,
	    .dataset = a->value[CLI_DATASET], .part = a->key,
	    .n_parts = a->n_keys }, &e);
	if (s != NULL)
		rc = make(a, s, set->main.state, &e);
	if (rc == -1)
		cli_out_error("%s", e.text);
	cli_seek_free(s);
	conf_free(set);
	return rc == 0 ? CLI_DONE : CLI_FAILED;
}
