/*
 * watch - inotify on the folders of the databases concerned.
 *
 * Only writes to the database, its -wal and its -journal count, and a new
 * file under the database's name; our own looks are read only and cause
 * neither.  A look comes when writing has been going on for a second, and no
 * sooner than ten times the cost of the last look after it.
 */
#include "watch.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/log.h"

#include "agenda.h"
#include "parent.h"
#include "place.h"
#include "ruleset.h"
#include "schedule.h"

#define MASK (IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR)

static const char *const suffixes[] = { "", "-wal", "-journal" };

static void
settle_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct place *pl = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	pl->peek = true;
	agenda_run(pl->parent);
}

/* Writing goes on: the first event starts the clock, later ones ride along. */
static void
stir(struct place *pl)
{
	struct ev_timer *settle = &pl->settle;

	if (ev_is_active(settle))
		return;
	ev_timer_init(settle, settle_cb,
	    (double)schedule_spacing_ms(pl->cost_ms) / 1000, 0);
	ev_timer_start(pl->parent->loop, settle);
}

static bool
waits_for_rows(const struct place *pl)
{
	for (size_t i = 0; i < pl->n; i++)
		if (pl->dataset[i].rule->timing.keep == RULE_UNTIL &&
		    pl->dataset[i].rule->mode == RULE_ENFORCE)
			return true;
	for (size_t i = 0; i < pl->notice->n_events; i++)
		if (strcmp(pl->notice->events[i].store, pl->store->name) == 0)
			return true;
	return false;
}

static bool
is_of(const struct place *pl, const struct inotify_event *ev)
{
	const char *name = strrchr(pl->store->path, '/') + 1;
	char pattern[1024];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		(void)snprintf(pattern, sizeof(pattern), "%s%s", name,
		    suffixes[i]);
		if (rule_path_is_glob(name) ? fnmatch(pattern, ev->name,
		    FNM_PERIOD) != 0 : strcmp(pattern, ev->name) != 0)
			continue;
		return (ev->mask & IN_MODIFY) != 0 || i == 0;
	}
	return false;
}

static void
on_event(struct parent *p, const struct inotify_event *ev)
{
	bool all = (ev->mask & IN_Q_OVERFLOW) != 0;
	bool gone = (ev->mask & IN_IGNORED) != 0;

	for (struct place *pl = p->places; pl != NULL; pl = pl->next) {
		if (pl->watch == -1 || pl->store == NULL ||
		    (!all && pl->watch != ev->wd))
			continue;
		if (gone)
			pl->watch = -1;
		else if (all || (ev->len != 0 && is_of(pl, ev)))
			stir(pl);
	}
}

static void
readable_cb(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct parent *p = w->data;
	_Alignas(struct inotify_event) char bytes[16384];
	ssize_t n = read(p->inotify_fd, bytes, sizeof(bytes));
	const struct inotify_event *ev;

	(void)loop, (void)revents;
	for (ssize_t at = 0; at < n;
	    at += (ssize_t)(sizeof(*ev) + ev->len)) {
		ev = (const void *)(bytes + at);
		on_event(p, ev);
	}
}

int
watch_open(struct parent *p)
{
	struct ev_io *io = &p->inotify;

	p->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (p->inotify_fd == -1) {
		log_line(LOG_WARN, "inotify: %s: databases are looked at "
		    "every check_every only", strerror(errno));
		return -1;
	}
	ev_io_init(io, readable_cb, p->inotify_fd, EV_READ);
	io->data = p;
	ev_io_start(p->loop, io);
	watch_sync(p);
	return 0;
}

/* False: it should be watched and cannot be. */
static bool
watch_one(struct parent *p, struct place *pl)
{
	const char *path = pl->store->path;
	const char *slash = strrchr(path, '/');
	char *dir;

	pl->watch = -1;
	if (pl->store->kind != RULE_SQLITE || !waits_for_rows(pl) ||
	    slash == NULL)
		return true;
	dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (dir != NULL && !rule_path_is_glob(dir))
		pl->watch = inotify_add_watch(p->inotify_fd, dir, MASK);
	free(dir);
	return pl->watch != -1;
}

void
watch_again(struct parent *p, struct place *pl)
{
	if (p->inotify_fd != -1 && pl->watch == -1)
		(void)watch_one(p, pl);
}

/* Adding a watch twice gives the same number; those that nobody needs any
 * more cost an event now and then. */
void
watch_sync(struct parent *p)
{
	if (p->inotify_fd == -1)
		return;
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		if (pl->store != NULL && !watch_one(p, pl))
			log_line(LOG_WARN, "store %s: its folder cannot be "
			    "watched, it is looked at every check_every only",
			    pl->full);
}

void
watch_close(struct parent *p)
{
	struct ev_io *io = &p->inotify;

	if (p->inotify_fd == -1)
		return;
	ev_io_stop(p->loop, io);
	fd_close(&p->inotify_fd);
}
