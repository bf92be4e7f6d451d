#include "cmd.h"

#include "retention/buf.h"

#include "cli_args.h"
#include "cli_disposal.h"
#include "cli_out.h"
#include "cli_save.h"

/* What is out of order in a trail is not to be certified from. */
static int
may_certify(const struct cli_disposal *d, struct err *e)
{
	if (d->report.verdict == VERIFY_TAMPERED)
		return err_set(e, ERR_REFUSED, "this trail is TAMPERED, so "
		    "nothing is certified by it: %s", d->finding);
	if (d->report.lost)
		return err_set(e, ERR_REFUSED, "this trail cannot be read to "
		    "its end: %s", d->finding);
	if (certificate_operations(d->certificate) == 0)
		return err_set(e, ERR_REFUSED, "no operation of that kind and "
		    "time has an outcome");
	return 0;
}

static int
give(const struct cli_args *a, const struct cli_disposal *d, struct err *e)
{
	const char *file = a->value[CLI_OUT];
	struct buf out = BUF_EMPTY;
	int rc;

	if (a->value[CLI_JSON] != NULL)
		certificate_json(d->certificate, &d->ground, &out);
	else
		certificate_text(d->certificate, &d->ground, &out);
	rc = file != NULL ? cli_save_file(file, &out, e) : cli_out_flush(&out);
	buf_release(&out);
	return rc;
}

int
cmd_certificate_run(const struct cli_args *a)
{
	struct cli_disposal d;
	struct err e = ERR_EMPTY;
	int rc = cli_disposal_read(a, true, &d, &e);

	if (rc == 0)
		rc = may_certify(&d, &e);
	if (rc == 0)
		rc = give(a, &d, &e);
	if (rc == -1)
		cli_out_error("%s", e.text);
	cli_disposal_release(&d);
	return rc == 0 ? CLI_DONE : CLI_FAILED;
}
