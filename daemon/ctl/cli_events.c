#include "cli_events.h"

#include <errno.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/ctl.h"
#include "retention/fd.h"
#include "retention/pool.h"

#include "cli_conf.h"
#include "cli_daemon.h"

static int
take(const json_t *array, struct pool *p, struct cli_events *ret,
    struct err *e)
{
	size_t n = json_array_size(array);
	struct cli_event *list = pool_array(p, n + 1, sizeof(*list));

	if (!json_is_array(array))
		return err_set(e, ERR_INPUT, "expected an array of events");
	if (list == NULL)
		return err_set(e, ERR_MEMORY, "no memory for %zu events", n);
	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(array, i);
		const char *name =
		    json_string_value(json_object_get(row, "name"));

		if (name == NULL || cli_daemon_wall(json_object_get(row, "at"),
		    &list[i].at) == -1)
			return err_set(e, ERR_INPUT, "event %zu: expected a "
			    "name and a time", i);
		list[i].name = pool_dup(p, name);
		if (list[i].name == NULL)
			return err_set(e, ERR_MEMORY, "no memory for events");
	}
	*ret = (struct cli_events){ .n = n, .list = list };
	return 0;
}

int
cli_events_parse(const char *json, size_t n, struct pool *p,
    struct cli_events *ret, struct err *e)
{
	json_error_t at;
	json_t *v = json_loadb(json, n, JSON_REJECT_DUPLICATES, &at);
	int rc;

	if (v == NULL)
		return err_set(e, ERR_INPUT, "line %d: %s", at.line, at.text);
	rc = take(json_object_get(v, "events"), p, ret, e);
	json_decref(v);
	return rc;
}

static int
from_daemon(const struct conf_main *conf, struct pool *p,
    struct cli_events *ret, struct err *e)
{
	struct ctl_request r = { .what = CTL_EVENT_LIST };
	json_t *reply = NULL;
	int rc;

	if (cli_daemon_talk(conf->control, &r, NULL, &reply, e) == -1)
		return -1;
	if (json_is_true(json_object_get(reply, "ok")))
		rc = take(json_object_get(reply, "events"), p, ret, e);
	else
		rc = err_set(e, ERR_REFUSED, "the daemon refused");
	json_decref(reply);
	return rc;
}

static int
from_file(const struct conf_main *conf, struct pool *p,
    struct cli_events *ret, struct err *e)
{
	const char *path = pool_printf(p, "%s/" CLI_EVENTS_FILE, conf->state);
	struct buf b = BUF_EMPTY;
	int rc;

	if (path == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	rc = fd_read_file(path, CLI_EVENTS_MOST_BYTES, &b, e);
	if (rc == 0)
		rc = cli_events_parse(buf_text(&b), b.n, p, ret, e);
	else if (e->sys_errno == ENOENT && cli_conf_never_ran(conf->state))
		rc = 0;
	buf_release(&b);
	return rc;
}

void
cli_events_read(const struct conf_main *conf, struct pool *p,
    struct cli_events *ret)
{
	struct err e = ERR_EMPTY;

	*ret = (struct cli_events){ .n = 0 };
	if (from_daemon(conf, p, ret, &e) == 0)
		return;
	e = ERR_EMPTY;
	if (from_file(conf, p, ret, &e) == 0)
		return;
	ret->unknown = pool_printf(p, "events unknown: daemon not running, %s",
	    e.text);
	if (ret->unknown == NULL)
		ret->unknown = "events unknown";
}

const struct cli_event *
cli_events_find(const struct cli_events *ev, const char *name)
{
	for (size_t i = 0; i < ev->n; i++)
		if (strcmp(ev->list[i].name, name) == 0)
			return &ev->list[i];
	return NULL;
}
