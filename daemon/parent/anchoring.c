#include "anchoring.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/anchor.h"
#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/jsonw.h"
#include "retention/key.h"
#include "retention/log.h"

#include "anchorfile.h"
#include "anchortake.h"
#include "control.h"
#include "hook.h"
#include "parent.h"
#include "ruleset.h"
#include "schedule.h"

#define MOST_WITNESSES 32
#define HOOK_S 120.0
#define PENDING_MS INT64_C(600000)	/* an answer is asked for again */

struct anchoring {
	struct parent *parent;		/* borrowed */
	struct anchorfile file;
	struct hook hook;
	struct ev_timer timer;
	struct note_key witness[MOST_WITNESSES];
	size_t n_witnesses;
	struct wall last;		/* the last success; ms 0: none */
	uint32_t epoch;			/* of the last call */
	bool urgent;			/* do not wait for anchor_every */
	bool soon;			/* the timer is about to fire */
	bool pending;			/* the last call had no answer yet */
	unsigned failures;		/* in a row */
	char said[300];			/* about the last call */
};

static const struct conf_main *
settings(const struct anchoring *a)
{
	return &a->parent->set->conf->main;
}

/* How long until the hook may be run. */
static int64_t
delay_ms(const struct anchoring *a)
{
	int64_t every = settings(a)->anchor_every_ms, ms;

	if (a->urgent)
		return 0;
	if (a->failures != 0)
		return schedule_backoff_ms(a->failures);
	if (a->pending)
		return every < PENDING_MS ? every : PENDING_MS;
	if (a->last.ms == 0)
		return 0;
	ms = a->last.ms + every - clock_now().ms;
	return ms < 0 ? 0 : ms < every ? ms : every;
}

static void
schedule(struct anchoring *a)
{
	struct ev_timer *t = &a->timer;
	struct ev_loop *loop = a->parent->loop;
	int64_t ms;

	if (settings(a)->anchor_hook == NULL || a->hook.pid != 0 ||
	    evidence_off(&a->parent->ev) || a->parent->stopping ||
	    (ev_is_active(t) && !a->urgent))
		return;
	ms = delay_ms(a);
	a->soon = ms == 0;
	ev_timer_stop(loop, t);
	ev_timer_set(t, (double)ms / 1000, 0);
	ev_timer_start(loop, t);
}

static void
on_seal(void *ctx)
{
	struct anchoring *a = ctx;
	uint32_t epoch = trail_epoch(a->parent->ev.trail);

	a->urgent = a->urgent || epoch != a->epoch;
	a->epoch = epoch;
	schedule(a);
}

static void
ended(struct anchoring *a, const struct err *why)
{
	a->soon = false;
	a->failures = why->code != ERR_NONE ? a->failures + 1 : 0;
	if (why->code != ERR_NONE) {
		(void)snprintf(a->said, sizeof(a->said), "%.280s", why->text);
		log_line(LOG_WARN, "anchor: %s; tried again in %lld s",
		    a->said, (long long)(delay_ms(a) / 1000));
	} else if (a->pending) {
		(void)snprintf(a->said, sizeof(a->said), "handed out, no "
		    "answer yet");
	}
	control_on_anchor(a->parent, why, a->said);
	schedule(a);
}

static void
on_end(void *ctx, const struct err *why)
{
	struct anchoring *a = ctx;
	struct anchortake t = { .ev = &a->parent->ev, .file = &a->file,
		.trust = { settings(a)->tsa_ca, a->witness, a->n_witnesses } };
	struct err e = *why;
	size_t n = 0;

	if (e.code != ERR_NONE)
		(void)err_wrap(&e, "the hook");
	else
		for (int k = 0; k < ANCHOR_N_KINDS; k++)
			n += anchortake_kind(&t, (enum anchor_kind)k, &e);
	if (n != 0) {
		a->last = clock_now();
		memcpy(a->said, t.said, sizeof(a->said));
	}
	a->pending = n == 0;
	ended(a, &e);
}

/* The newest checkpoint, which has to be ours. */
static int
read_checkpoint(const struct anchoring *a, struct buf *note,
    struct note_checkpoint *ret, struct err *e)
{
	int fd = openat(a->file.trailfd, "checkpoint",
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	const struct note_key *key = key_public(a->parent->ev.key);
	size_t n;
	int rc;

	if (fd == -1)
		return err_sys(e, "checkpoint");
	rc = fd_read_all(fd, NOTE_MOST_BYTES, note, e);
	fd_close(&fd);
	if (rc == -1 || note_verify(buf_text(note), note->n, key, 1, &n, NULL,
	    e) == -1 || note_checkpoint_parse(note->data, n, ret, e) == -1)
		return -1;
	if (strcmp(ret->origin, key->name) != 0 || ret->size == 0 ||
	    ret->size > trail_head(a->parent->ev.trail).size)
		return err_set(e, ERR_TRAIL, "the newest checkpoint is not of "
		    "this trail");
	return 0;
}

static int
start(struct anchoring *a, struct err *e)
{
	const struct conf_main *m = settings(a);
	struct buf note = BUF_EMPTY, path = BUF_EMPTY, out = BUF_EMPTY;
	struct note_checkpoint cp;
	char size[24];
	const char *argv[] = { m->anchor_hook, size, NULL, NULL, NULL };
	int rc;

	rc = read_checkpoint(a, &note, &cp, e);
	if (rc == 0)
		rc = anchorfile_send(&a->file, &cp, &note, clock_now(), e);
	if (rc == 0) {
		(void)snprintf(size, sizeof(size), "%" PRIu64, cp.size);
		buf_putf(&path, "%s/hook/sent/%s.note", m->state, size);
		buf_putf(&out, "%s/hook/out", m->state);
		argv[2] = buf_text(&path);
		argv[3] = buf_text(&out);
		rc = buf_failed(&path) || buf_failed(&out) ?
		    err_set(e, ERR_MEMORY, "no memory") :
		    hook_start(&a->hook, a->parent->loop, argv, HOOK_S, e);
	}
	buf_release(&note);
	buf_release(&path);
	buf_release(&out);
	return rc == 0 ? 0 : err_wrap(e, "the hook");
}

static void
timer_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct anchoring *a = w->data;
	struct evidence *ev = &a->parent->ev;
	struct err e = ERR_EMPTY;

	(void)revents;
	ev_timer_stop(loop, w);
	a->soon = false;
	if (a->parent->stopping || settings(a)->anchor_hook == NULL ||
	    a->hook.pid != 0 || evidence_off(ev))
		return;
	/* What was done since the last one is to be in it as well. */
	if (a->urgent && trail_unsealed(ev->trail) != 0)
		(void)evidence_seal(ev, &e);
	ev_timer_stop(loop, w);		/* on_seal() had its own idea */
	a->soon = a->urgent = false;
	if (e.code != ERR_NONE || start(a, &e) == -1)
		ended(a, &e);
}

int
anchoring_check(const struct conf_main *m, struct err *e)
{
	struct note_key k;

	if (m->n_witnesses > MOST_WITNESSES)
		return err_set(e, ERR_CONFIG, "trail.witnesses: %zu keys; "
		    "expected at most %d", m->n_witnesses, MOST_WITNESSES);
	for (size_t i = 0; i < m->n_witnesses; i++)
		if (anchor_witness(m->witnesses[i], &k, e) == -1)
			return err_wrap(e, "trail.witnesses");
	return 0;
}

void
anchoring_settings(struct parent *p)
{
	struct anchoring *a = p->anchoring;
	const struct conf_main *m = &p->set->conf->main;
	struct ev_timer *t;
	struct err e;

	if (a == NULL)
		return;
	t = &a->timer;
	a->n_witnesses = 0;
	for (size_t i = 0; i < m->n_witnesses && i < MOST_WITNESSES; i++)
		if (anchor_witness(m->witnesses[i],
		    &a->witness[a->n_witnesses], &e) == 0)
			a->n_witnesses++;
	a->failures = 0;
	ev_timer_stop(p->loop, t);
	schedule(a);
}

int
anchoring_open(struct parent *p, struct err *e)
{
	const struct conf_main *m = &p->set->conf->main;
	struct anchoring *a;
	struct ev_timer *t;

	if (anchoring_check(m, e) == -1)
		return -1;
	if (m->anchor_copies != NULL && trail_was_new(p->ev.trail) &&
	    anchorfile_has_copy(m->anchor_copies, m->origin))
		return err_set(e, ERR_TRAIL, "the trail is new, and %.200s "
		    "holds checkpoints of an older one with its name: restore "
		    "that, or change trail.anchor_copies", m->anchor_copies);
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	a->parent = p;
	if (anchorfile_open(m->state, &a->file, e) == -1) {
		free(a);
		return -1;
	}
	a->hook.ctx = a;
	a->hook.on_end = on_end;
	a->last = anchorfile_last(&a->file, &p->ev.anchored);
	a->epoch = trail_epoch(p->ev.trail);
	t = &a->timer;
	ev_init(t, timer_cb);
	t->data = a;
	p->anchoring = a;
	p->ev.on_seal = on_seal;
	p->ev.on_seal_ctx = a;
	anchoring_settings(p);
	return 0;
}

void
anchoring_close(struct parent *p)
{
	struct anchoring *a = p->anchoring;
	struct ev_timer *t;

	if (a == NULL)
		return;
	t = &a->timer;
	p->ev.on_seal = NULL;
	p->anchoring = NULL;
	ev_timer_stop(p->loop, t);
	hook_stop(&a->hook);
	anchorfile_close(&a->file);
	free(a);
}

int
anchoring_now(struct parent *p, struct err *e)
{
	struct anchoring *a = p->anchoring;

	if (a == NULL || settings(a)->anchor_hook == NULL)
		return err_set(e, ERR_REFUSED, "there is no hook: "
		    "trail.anchor_hook is not set");
	if (evidence_off(&p->ev) || p->stopping)
		return err_set(e, ERR_TRAIL, "the trail is out of order, or "
		    "the daemon stops");
	a->urgent = true;
	schedule(a);
	return 0;
}

bool
anchoring_busy(const struct parent *p)
{
	const struct anchoring *a = p->anchoring;

	return a != NULL && (a->hook.pid != 0 || a->soon);
}

int64_t
anchoring_age_s(struct parent *p)
{
	const struct anchoring *a = p->anchoring;
	int64_t ms;

	if (a == NULL || a->last.ms == 0)
		return -1;
	ms = clock_now().ms - a->last.ms;
	return ms > 0 ? ms / 1000 : 0;
}

void
anchoring_put(struct parent *p, struct jsonw *w)
{
	const struct anchoring *a = p->anchoring;
	char text[CLOCK_TEXT_BYTES];

	if (a == NULL || (settings(a)->anchor_hook == NULL && a->last.ms == 0))
		return;
	clock_text_s(a->last, text);
	jsonw_object(w, "anchor");
	jsonw_bool(w, "hook", settings(a)->anchor_hook != NULL);
	jsonw_text(w, "last", a->last.ms != 0 ? text : NULL);
	jsonw_int(w, "age_seconds", anchoring_age_s(p));
	jsonw_bool(w, "running", a->hook.pid != 0);
	jsonw_bool(w, "pending", a->pending);
	jsonw_int(w, "failures", a->failures);
	jsonw_text(w, "said", a->said[0] != '\0' ? a->said : NULL);
	jsonw_end_object(w);
}

bool
anchoring_late(struct parent *p, char ret[200])
{
	const struct anchoring *a = p->anchoring;
	int64_t most = p->set->conf->main.anchor_max_age_ms;
	int64_t since;

	if (a == NULL || most == 0)
		return false;
	since = a->last.ms != 0 ? a->last.ms : p->since.ms;
	if (clock_now().ms - since <= most)
		return false;
	(void)snprintf(ret, 200, "%s anchor for %lld s, and %lld s are "
	    "allowed (trail.anchor_max_age)", a->last.ms != 0 ? "no new" :
	    "no", (long long)((clock_now().ms - since) / 1000),
	    (long long)(most / 1000));
	return true;
}
