#include "cli_conf.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include "retention/conf.h"

#include "cli_args.h"
#include "cli_out.h"

#define DEFAULT "/etc/retentiond/retentiond.conf"

const char *
cli_conf_path(const struct cli_args *a)
{
	return a->value[CLI_CONF] != NULL ? a->value[CLI_CONF] : DEFAULT;
}

static int
report(struct conf_errors *errs)
{
	for (size_t i = 0; i < errs->n; i++)
		cli_out_error("%s", errs->text[i]);
	conf_errors_release(errs);
	return -1;
}

int
cli_conf_all(const struct cli_args *a, struct conf_set **ret)
{
	struct conf_errors errs = { .n = 0 };

	if (conf_load(cli_conf_path(a), ret, &errs) == -1)
		return report(&errs);
	return 0;
}

int
cli_conf_main(const struct cli_args *a, struct conf_set **ret)
{
	struct conf_errors errs = { .n = 0 };

	if (conf_load_main(cli_conf_path(a), ret, &errs) == -1)
		return report(&errs);
	return 0;
}

bool
cli_conf_never_ran(const char *state)
{
	char path[4096];
	struct stat st;

	return snprintf(path, sizeof(path), "%s/ledger.db", state) <
	    (int)sizeof(path) && stat(path, &st) == -1 && errno == ENOENT;
}
