#include "cmd.h"

#include <stdio.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/pool.h"
#include "retention/receipt.h"

#include "cli_args.h"
#include "cli_claim.h"
#include "cli_out.h"
#include "cli_pin.h"

static int
show(const struct cli_args *a, const struct receipt *r,
    const struct receiptcheck_claim *claim)
{
	struct buf out = BUF_EMPTY;
	int rc;

	if (a->value[CLI_JSON] != NULL)
		cli_claim_json(r, claim, &out);
	else
		cli_claim_text(claim, &out);
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc != 0 ? CLI_VERIFY_USAGE : (int)claim->verdict;
}

static int
check(const struct cli_args *a, const struct buf *b, struct pool *p)
{
	struct receiptcheck_claim claim = { .verdict = VERIFY_TAMPERED };
	struct receipt r = { .n_keys = 0 };
	struct note_key pin;
	struct err e = ERR_EMPTY;

	if (a->value[CLI_KEY] != NULL &&
	    cli_pin_read(a->value[CLI_KEY], &pin, &e) == -1) {
		cli_out_error("%s", e.text);
		return CLI_VERIFY_USAGE;
	}
	if (receiptread_parse(buf_text(b), b->n, p, &r, &e) == -1)
		(void)snprintf(claim.why, sizeof(claim.why), "%.250s", e.text);
	else
		receiptcheck_judge(&r, a->value[CLI_KEY] != NULL ? &pin : NULL,
		    &claim);
	return show(a, &r, &claim);
}

int
cmd_receiptcheck_run(const struct cli_args *a)
{
	struct pool *p = pool_new();
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc = CLI_VERIFY_USAGE;

	if (p == NULL)
		cli_out_error("no memory");
	else if (fd_read_file(a->operand[0], RECEIPT_MOST_BYTES, &b, &e) == -1)
		cli_out_error("%s", e.text);
	else
		rc = check(a, &b, p);
	buf_release(&b);
	pool_free(p);
	return rc;
}
