#include "cli_register.h"

#include "retention/ctl.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_out.h"

static int
take_time(const struct cli_args *a, enum cli_option o, bool *ret_has,
    struct wall *ret)
{
	struct err e = ERR_EMPTY;

	*ret_has = a->value[o] != NULL;
	if (!*ret_has || timetext_argument(a->value[o], ret, &e) == 0)
		return 0;
	cli_out_error("%s: %s", cli_args_options[o].name, e.text);
	return -1;
}

int
cli_register_args(const struct cli_args *a, struct ctl_request *r)
{
	r->request = a->value[CLI_REQUEST];
	if (r->request != NULL && (a->value[CLI_RECEIVED] != NULL ||
	    a->value[CLI_DUE] != NULL)) {
		cli_out_error("a request that is registered has its dates: "
		    "--request goes without --received and --due");
		return -1;
	}
	return take_time(a, CLI_RECEIVED, &r->has_received, &r->received) ==
	    -1 || take_time(a, CLI_DUE, &r->has_due, &r->due) == -1 ? -1 : 0;
}
