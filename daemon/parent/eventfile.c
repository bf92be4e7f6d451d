#include "eventfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/fd.h"
#include "retention/ledger.h"
#include "retention/log.h"
#include "retention/msg.h"
#include "retention/pool.h"

#include "parent.h"
#include "ruleset.h"

#define NAME "events.json"
#define MOST_BYTES ((size_t)4 << 20)

struct listing {
	struct pool *pool;
	struct msg_known_event *list;
	size_t n;
};

static void
add(void *ctx, const struct ledger_event *ev)
{
	struct listing *l = ctx;

	if (l->n == MSG_MOST_EVENTS)
		return;
	l->list[l->n].name = pool_dup(l->pool, ev->name);
	l->list[l->n].at = ev->at;
	l->n += l->list[l->n].name != NULL;
}

static int
list_events(struct parent *p, struct listing *l, struct err *e)
{
	l->list = pool_array(l->pool, MSG_MOST_EVENTS, sizeof(*l->list));
	if (l->list == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	return ledger_event_each(p->ev.ledger, l, add, e);
}

static int
replace(const char *state, const struct buf *text, struct err *e)
{
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (dir == -1)
		return err_sys(e, "%s", state);
	rc = fd_replace_at(dir, NAME, 0600, buf_text(text), text->n, e);
	fd_close(&dir);
	return rc;
}

void
eventfile_write(struct parent *p)
{
	struct listing l = { .pool = pool_new() };
	struct buf text = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc;

	rc = l.pool == NULL ? err_set(&e, ERR_MEMORY, "no memory") :
	    list_events(p, &l, &e);
	if (rc == 0) {
		msg_put_events(&text, l.list, l.n);
		rc = buf_failed(&text) ? err_set(&e, ERR_MEMORY, "no memory") :
		    replace(p->set->conf->main.state, &text, &e);
	}
	if (rc == -1)
		log_line(LOG_WARN, NAME ": %s", e.text);
	buf_release(&text);
	pool_free(l.pool);
}

static void
know(struct parent *p, const struct msg_known_event *ev)
{
	struct parent_query *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return;
	(void)snprintf(q->notice, sizeof(q->notice), "%s", EVENTFILE_NOTICE);
	(void)snprintf(q->name, sizeof(q->name), "%s", ev->name);
	q->fired = true;
	q->at = ev->at;
	q->next = p->queries;
	p->queries = q;
}

void
eventfile_read(struct parent *p)
{
	const struct msg_known_event *list = NULL;
	struct pool *pool = pool_new();
	struct buf path = BUF_EMPTY, text = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	size_t n = 0;
	int rc = -1;

	buf_putf(&path, "%s/" NAME, p->set->conf->main.state);
	if (pool == NULL || buf_failed(&path))
		(void)err_set(&e, ERR_MEMORY, "no memory");
	else if (fd_read_file(buf_text(&path), MOST_BYTES, &text, &e) == 0)
		rc = msg_get_events(buf_text(&text), text.n, pool, &list, &n,
		    &e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		know(p, &list[i]);
	/* No file: no daemon ever ran here, so nothing was ever declared. */
	if (rc == -1 && e.sys_errno != ENOENT)
		log_line(LOG_WARN, "declared events are not known, their "
		    "datasets count as waiting: %s", e.text);
	buf_release(&text);
	buf_release(&path);
	pool_free(pool);
}
