/*
 * parent - start and stop, in the order that safety asks for.
 *
 *   configuration   nothing starts on one that is invalid
 *   loop            owns SIGCHLD before there can be a child
 *   lock            two daemons on one state folder would fork the trail
 *   keys, ledger    no key: nothing can be promised, so nothing is done
 *   trail           verified from its first record; refused when tampered
 *   start record    what runs, under which policy
 *   open intents    known before anything else may touch their stores
 *   watch, control  from here on others can make us work
 *   READY
 */
#include "parent.h"

#include "eventfile.h"

#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/log.h"
#include "retention/sandbox.h"
#include "retention/spawn.h"

#include "agenda.h"
#include "anchoring.h"
#include "clockguard.h"
#include "control.h"
#include "dryrun.h"
#include "erasing.h"
#include "gating.h"
#include "job.h"
#include "keeping.h"
#include "loopmem.h"
#include "metrics.h"
#include "notify.h"
#include "place.h"
#include "planning.h"
#include "reload.h"
#include "recovery.h"
#include "ruleset.h"
#include "state.h"
#include "status.h"
#include "watch.h"

#define CANCEL_S 3.0		/* for a worker that only looks */
#define GIVE_UP_S 25.0		/* for one that erases; below systemd's 90 */

bool
parent_may_enforce(const struct parent *p, const char **ret_why)
{
	*ret_why = evidence_off(&p->ev) ? p->ev.why : p->clock.why;
	return !evidence_off(&p->ev) && !clockguard_off(p);
}

static void
give_up_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct parent *p = w->data;
	bool last = w->repeat == 0;
	struct err e = ERR_EMPTY;

	(void)revents;
	(void)err_set(&e, ERR_STORE, "ended, because the daemon stops");
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		if (pl->job != NULL && (last || !job_is_erasing(pl->job)))
			supervisor_kill(&pl->job->worker, &e);
	ev_timer_stop(loop, w);
	if (!last) {
		ev_timer_set(w, GIVE_UP_S, 0);
		ev_timer_start(loop, w);
	}
}

void
parent_stop(struct parent *p, const char *why)
{
	struct ev_timer *w = &p->give_up;

	if (p->stopping)
		return;
	p->stopping = true;
	(void)snprintf(p->stop_why, sizeof(p->stop_why), "%s", why);
	log_line(LOG_NOTICE, "stopping: %s", why);
	notify_stopping();
	anchoring_close(p);
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		if (pl->job != NULL && job_is_erasing(pl->job))
			supervisor_hurry(&pl->job->worker);
	ev_timer_init(w, give_up_cb, CANCEL_S, GIVE_UP_S);
	w->data = p;
	ev_timer_start(p->loop, w);
}

/* Asked before each wait: is there anything left to do? */
static void
idle_cb(struct ev_loop *loop, struct ev_prepare *w, int revents)
{
	struct parent *p = w->data;

	(void)revents;
	if (p->workers != 0)
		return;
	if (!p->stopping && (p->opt.once || p->opt.dry_run))
		agenda_run(p);
	if (p->workers == 0 && !anchoring_busy(p) && (p->stopping || p->opt.once || p->opt.dry_run))
		ev_break(loop, EVBREAK_ALL);
}

static void
on_hangup(struct parent *p)
{
	struct record_who who = { (int64_t)getuid(), "signal" };
	struct reload_result result;

	(void)reload_now(p, &who, &result);
	reload_result_release(&result);
	agenda_run(p);
}

static void
on_pass_now(struct parent *p)
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		agenda_urge(pl);
	agenda_want_all(p);
	agenda_run(p);
}

static void
on_terminate(struct parent *p)
{
	parent_stop(p, "signal");
}

static const struct {
	int number;
	void (*act)(struct parent *p);
} signals[] = {
	{ SIGHUP, on_hangup }, { SIGTERM, on_terminate },
	{ SIGINT, on_terminate }, { SIGUSR1, on_pass_now },
	{ SIGUSR2, status_log },
};
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

static void
signal_cb(struct ev_loop *loop, struct ev_signal *w, int revents)
{
	(void)loop, (void)revents;
	for (size_t i = 0; i < N_SIGNALS; i++)
		if (signals[i].number == w->signum)
			signals[i].act(w->data);
}

static void
own_signals(struct parent *p)
{
	for (size_t i = 0; i < N_SIGNALS; i++) {
		struct ev_signal *w = &p->signal[i];

		ev_signal_init(w, signal_cb, signals[i].number);
		w->data = p;
		ev_signal_start(p->loop, w);
	}
}

static int
open_loop(struct parent *p, struct err *e)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct ev_prepare *idle = &p->idle;

	(void)sigaction(SIGPIPE, &ignore, NULL);
	ev_set_allocator(loopmem_get);
	p->loop = ev_default_loop(EVFLAG_AUTO);
	if (p->loop == NULL)
		return err_set(e, ERR_SYSTEM, "no event loop");
	ev_prepare_init(idle, idle_cb);
	idle->data = p;
	ev_prepare_start(p->loop, idle);
	own_signals(p);
	return 0;
}

int
parent_record_life(struct parent *p, enum record_type type,
    const char *reason, struct err *e)
{
	struct buf payload = BUF_EMPTY;
	char boot[64];
	struct record_start r = {
		.build = "retentiond " RETENTION_VERSION,
		.config = p->set->conf->digest, .boot = boot,
		.reason = reason, .unclean = trail_was_unclean(p->ev.trail),
	};
	int rc;

	state_boot_id(boot, sizeof(boot));
	(type == RECORD_START ? record_start : record_stop)(&payload, &r);
	rc = evidence_append(&p->ev, type, &payload, e);
	buf_release(&payload);
	return rc;
}

static void
say_trail(struct parent *p)
{
	struct trail_head head = trail_head(p->ev.trail);
	size_t n;

	(void)trail_open_ops(p->ev.trail, &n);
	log_line(LOG_NOTICE, "trail: %llu records, epoch %u, %s, %zu open "
	    "operations", (unsigned long long)head.size,
	    trail_epoch(p->ev.trail), trail_was_new(p->ev.trail) ? "new" :
	    trail_was_unclean(p->ev.trail) ? "not closed last time" :
	    "in order", n);
}

static int
open_evidence(struct parent *p, struct err *e)
{
	const struct conf_main *m = &p->set->conf->main;
	struct record_who who = { (int64_t)getuid(), "start" };

	if (state_open(m->state, &p->lock_fd, e) == -1 ||
	    evidence_open(&p->ev, p->loop, m, e) == -1)
		return -1;
	say_trail(p);
	evidence_settings(&p->ev, m);
	if (parent_record_life(p, RECORD_START,
	    p->opt.once ? "once" : "start", e) == -1)
		return -1;
	p->started = true;
	clockguard_start(p);
	if (reload_record_first(p, &who) == -1)
		return err_set(e, ERR_TRAIL, "the policy cannot be recorded");
	keeping_open(p);
	if (evidence_seal(&p->ev, e) == -1)
		return -1;
	ratchet_start(p);
	if (evidence_off(&p->ev))
		return err_set(e, ERR_TRAIL, "%s", p->ev.why);
	return anchoring_open(p, e) == -1 ? err_wrap(e, "anchors") : 0;
}

static void
say_policy(const struct parent *p)
{
	const struct conf_set *set = p->set->conf;
	size_t datasets = 0, stores = 0;

	for (size_t i = 0; i < set->n_notices; i++) {
		datasets += set->notices[i].n_datasets;
		stores += set->notices[i].n_stores;
	}
	log_line(LOG_NOTICE, "policies: %zu notices, %zu datasets, %zu stores",
	    set->n_notices, datasets, stores);
}

/* Loud, once; `status` and `check` go on saying it. */
static void
say_sandbox(const struct parent *p)
{
	const char *why;

	if (!sandbox_is_whole(&why))
		log_line(LOG_WARN, "%s%s", why,
		    p->set->conf->main.sandbox_required ? ": no store is "
		    "opened (sandbox = \"required\")" : "");
}

static int
start(struct parent *p, struct err *e)
{
	struct reload_result errors = { .n = 0 };
	struct conf_set *set = reload_load(p->opt.config, &errors);
	bool alone = p->opt.once || p->opt.dry_run;
	char worker[4096];

	reload_result_release(&errors);
	if (set == NULL)
		return err_set(e, ERR_CONFIG, "not started: the configuration "
		    "is invalid");
	p->set = ruleset_new(set);
	if (p->set == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	say_policy(p);
	say_sandbox(p);
	if (spawn_find("retentiond-worker", worker, sizeof(worker), e) == -1 ||
	    open_loop(p, e) == -1)
		return -1;
	if (!p->opt.dry_run && open_evidence(p, e) == -1)
		return -1;
	if (p->opt.dry_run) {
		clockguard_start(p);
		eventfile_read(p);
	}
	else {
		eventfile_write(p);
		gating_write(p);
	}
	if (place_sync(p, e) == -1 ||
	    (!p->opt.dry_run && (recovery_load(p, e) == -1 ||
	    erasing_load(p, e) == -1)))
		return -1;
	if (!p->opt.dry_run)
		planning_write(p);
	if (alone)
		return 0;
	(void)watch_open(p);
	return control_open(p, set->main.control, e);
}

static void
finish(struct parent *p)
{
	struct err e = ERR_EMPTY;

	control_close(p);
	watch_close(p);
	anchoring_close(p);
	place_free_all(p);
	erasing_free_all(p);
	clockguard_end(p);
	if (p->started && p->opt.once && !evidence_off(&p->ev))
		keeping_finish(p);
	/* A trail is valid when its last words are `stop` and a checkpoint. */
	if (p->started && !evidence_off(&p->ev) &&
	    (parent_record_life(p, RECORD_STOP, p->stop_why[0] != '\0' ?
	    p->stop_why : "done", &e) == -1 ||
	    evidence_seal(&p->ev, &e) == -1))
		p->failed = true;
	p->failed = p->failed || (p->started && evidence_off(&p->ev));
	ratchet_release(p);
	evidence_release(&p->ev);
	fd_close(&p->lock_fd);
	ruleset_unref(p->set);
	while (p->queries != NULL) {
		struct parent_query *q = p->queries;

		p->queries = q->next;
		free(q);
	}
	if (p->loop != NULL) {
		notify_release(p);
		ev_loop_destroy(p->loop);
	}
}

int
parent_run(const struct parent_options *opt)
{
	struct parent p = { .opt = *opt, .lock_fd = -1, .inotify_fd = -1,
	    .since = clock_now() };
	struct err e = ERR_EMPTY;
	bool once = opt->once || opt->dry_run;

	log_line(LOG_NOTICE, "retentiond %s starts", RETENTION_VERSION);
	if (start(&p, &e) == -1) {
		log_line(LOG_ERROR, "%s", e.text);
		(void)snprintf(p.stop_why, sizeof(p.stop_why), "not started");
		finish(&p);
		return 1;
	}
	agenda_want_all(&p);
	agenda_run(&p);
	notify_ready(&p);
	ev_run(p.loop, 0);
	if (opt->dry_run)
		dryrun_print(&p);
	if (!opt->dry_run)
		metrics_write(&p);
	p.failed = p.failed || clockguard_off(&p);
	finish(&p);
	log_line(LOG_NOTICE, "stopped");
	return once && p.failed ? 1 : 0;
}
