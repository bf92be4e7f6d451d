#include "cli_trust.h"

#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "cli_args.h"

/* One key per line; empty lines and those that start with # do not count. */
static int
read_lines(char *text, struct cli_trust *t, struct err *e)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\r\n", &rest); line != NULL;
	    line = strtok_r(NULL, "\r\n", &rest)) {
		if (line[0] == '#')
			continue;
		if (t->trust.n_witnesses == CLI_MOST_WITNESSES)
			return err_set(e, ERR_INPUT, "more than %d witnesses",
			    CLI_MOST_WITNESSES);
		if (anchor_witness(line, &t->witness[t->trust.n_witnesses],
		    e) == -1)
			return -1;
		t->trust.n_witnesses++;
	}
	return 0;
}

static int
read_witnesses(const char *value, struct cli_trust *t, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc = 0;

	if (value[0] == '@')
		rc = fd_read_file(value + 1, 65536, &b, e);
	else
		buf_puts(&b, value);
	buf_add(&b, "", 1);
	if (rc == 0 && buf_failed(&b))
		rc = err_set(e, ERR_MEMORY, "no memory");
	if (rc == 0)
		rc = read_lines(b.data, t, e);
	buf_release(&b);
	return rc == -1 ? err_wrap(e, "--witness") : 0;
}

int
cli_trust_read(const struct cli_args *a, struct cli_trust *ret, struct err *e)
{
	*ret = (struct cli_trust){ .trust.tsa_ca = a->value[CLI_TSA_CA] };
	ret->trust.witness = ret->witness;
	if (ret->trust.tsa_ca != NULL && access(ret->trust.tsa_ca, R_OK) == -1)
		return err_sys(e, "--tsa-ca: %s", ret->trust.tsa_ca);
	if (a->value[CLI_WITNESS] != NULL)
		return read_witnesses(a->value[CLI_WITNESS], ret, e);
	return 0;
}
