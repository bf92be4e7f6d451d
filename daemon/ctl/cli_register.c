#include "cli_register.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "retention/conf.h"
#include "retention/ctl.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_find.h"
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

static bool
is_absent(const struct err *e)
{
	return e->sys_errno == ENOENT || e->sys_errno == ECONNREFUSED ||
	    e->sys_errno == ENOTDIR;
}

/* Refusals on stderr; NULL then. */
static json_t *
talk(const struct conf_set *set, const struct ctl_request *r, struct err *e)
{
	json_t *reply = NULL;
	const json_t *errors;

	if (cli_daemon_talk(set->main.control, r, NULL, &reply, e) == -1)
		return NULL;
	if (json_is_true(json_object_get(reply, "ok")))
		return reply;
	errors = json_object_get(reply, "errors");
	(void)err_set(e, ERR_REFUSED, "the daemon refused");
	for (size_t i = 0; i < json_array_size(errors); i++) {
		const char *t = json_string_value(json_array_get(errors, i));

		(void)err_set(e, ERR_REFUSED, "%s", t != NULL ? t : "?");
	}
	json_decref(reply);
	return NULL;
}

int
cli_register_open(const struct cli_args *a, const struct conf_set *set,
    const char *what, char ret_id[CLI_REGISTER_ID])
{
	struct ctl_request r = { .what = CTL_SUBJECT_RECEIVE, .name = what,
		.n_persons = a->n_persons };
	struct ctl_person persons[CLI_MOST_KINDS];
	struct err e = ERR_EMPTY;
	json_t *reply;
	const char *id;

	for (size_t i = 0; i < a->n_persons; i++)
		persons[i] = (struct ctl_person){ a->person[i].kind,
			a->person[i].value };
	r.persons = persons;
	ret_id[0] = '\0';
	if (cli_register_args(a, &r) == -1)
		return CLI_USAGE;
	reply = talk(set, &r, &e);
	if (reply == NULL && is_absent(&e) && r.request == NULL) {
		cli_out_error("NOT REGISTERED, and not in the audit trail: "
		    "the daemon is not reachable");
		return CLI_DONE;
	}
	id = json_string_value(json_object_get(reply, "id"));
	if (id != NULL && strlen(id) < CLI_REGISTER_ID)
		memcpy(ret_id, id, strlen(id) + 1);
	else if (reply != NULL)
		(void)err_set(&e, ERR_PROTOCOL, "the answer holds no id");
	json_decref(reply);
	if (ret_id[0] != '\0')
		return CLI_DONE;
	cli_out_error("it cannot be registered: %s", e.text);
	return is_absent(&e) ? CLI_UNREACHABLE : CLI_FAILED;
}

int
cli_register_done(const struct conf_set *set, const char *id,
    const struct cli_find *all)
{
	struct ctl_request r = { .what = CTL_SUBJECT_ANSWER, .name = id,
		.state = "done" };
	struct ctl_outcome *list = calloc(all->n + 1, sizeof(*list));
	struct err e = ERR_EMPTY;
	json_t *reply = NULL;

	for (size_t i = 0; list != NULL && i < all->n; i++) {
		const struct cli_find_row *row = &all->rows[i];
		const struct find_found *f = &row->found;

		if (f->way == FIND_NOT)
			continue;
		list[r.n_outcomes++] = (struct ctl_outcome){
			.dataset = row->d->full, .store = row->store->full,
			.state = f->rows + f->outside + f->lines != 0 ?
			    "found" : "none",
			.rows = f->rows + f->outside,
			.children = f->children, .files = f->files,
			.lines = f->lines };
	}
	r.outcomes = list;
	if (list == NULL)
		(void)err_set(&e, ERR_MEMORY, "no memory");
	else
		reply = talk(set, &r, &e);
	free(list);
	if (reply == NULL)
		cli_out_error("request %s is still open: %s", id, e.text);
	json_decref(reply);
	return reply != NULL ? CLI_DONE : CLI_FAILED;
}
