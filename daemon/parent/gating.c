#include "gating.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/key.h"
#include "retention/ledger_erasure.h"
#include "retention/ledger_request.h"
#include "retention/log.h"
#include "retention/msg.h"
#include "retention/pool.h"
#include "retention/samestore.h"
#include "retention/sha256.h"
#include "retention/subject.h"

#include "agenda.h"
#include "job.h"
#include "parent.h"
#include "place.h"
#include "ruleset.h"

#define NAME "holds.json"
#define MOST_BYTES ((size_t)32 << 20)

struct listing {
	struct pool *pool;
	struct gate_hold *list;
	size_t n, room;
	bool failed;
};

static void
add(void *ctx, const struct ledger_hold *h)
{
	struct listing *l = ctx;
	int scope = gates_scope_find(h->scope);
	struct gate_hold *to;

	if (l->n == l->room) {
		size_t room = l->room != 0 ? l->room * 2 : 64;
		struct gate_hold *more = pool_array(l->pool, room,
		    sizeof(*more));

		if (more == NULL || room > MSG_MOST_HOLDS) {
			l->failed = true;
			return;
		}
		if (l->n != 0)
			memcpy(more, l->list, l->n * sizeof(*more));
		l->list = more;
		l->room = room;
	}
	to = &l->list[l->n++];
	*to = (struct gate_hold){ .state = (enum gate_state)h->state,
		.scope = (enum gate_scope)scope, .until = h->until,
		.name = pool_dup(l->pool, h->name),
		.kind = pool_dup(l->pool, h->kind) };
	memcpy(to->hash, h->hash, sizeof(to->hash));
	if (scope == -1 || h->state <= GATE_OPEN ||
	    h->state >= GATE_N_STATES || to->name == NULL || to->kind == NULL)
		l->failed = true;
}

static int
from_file(struct parent *p, struct listing *l, struct err *e)
{
	const struct gate_hold *list = NULL;
	struct buf path = BUF_EMPTY, text = BUF_EMPTY;
	size_t n = 0;
	int rc = -1;

	buf_putf(&path, "%s/" NAME, p->set->conf->main.state);
	if (buf_failed(&path))
		(void)err_set(e, ERR_MEMORY, "no memory");
	else if (fd_read_file(buf_text(&path), MOST_BYTES, &text, e) == 0)
		rc = msg_get_holds(buf_text(&text), text.n, l->pool, &list, &n,
		    e);
	if (rc == 0 && n != 0) {
		l->list = pool_array(l->pool, n, sizeof(*l->list));
		rc = l->list != NULL ? 0 : err_set(e, ERR_MEMORY, "no memory");
	}
	if (rc == 0 && n != 0)
		memcpy(l->list, list, n * sizeof(*list));
	l->n = rc == 0 ? n : 0;
	/* No file: no daemon ever ran here, so nothing was ever held. */
	if (rc == -1 && e->sys_errno == ENOENT) {
		*e = ERR_EMPTY;
		rc = 0;
	}
	buf_release(&text);
	buf_release(&path);
	return rc;
}

static int
list_holds(struct parent *p, struct listing *l, struct err *e)
{
	if (p->ev.ledger == NULL)
		return from_file(p, l, e);
	if (ledger_hold_each(p->ev.ledger, false, l, add, e) == -1)
		return -1;
	return l->failed ? err_set(e, ERR_STORE, "ledger: the holds cannot be "
	    "understood, or are more than %d", MSG_MOST_HOLDS) : 0;
}

static int
gates_of(struct parent *p, const struct rule_store *s,
    const struct rule_dataset *d, struct gates *g, struct err *e)
{
	struct listing l = { .pool = pool_new() };
	struct wall now = clock_now();
	int rc = l.pool == NULL ? err_set(e, ERR_MEMORY, "no memory") :
	    list_holds(p, &l, e);

	for (size_t i = 0; rc == 0 && i < l.n; i++)
		rc = gates_apply(g, &l.list[i], samestore_name(p->set->conf,
		    &l.list[i], s, d), d, now, e);
	gates_seal(g);
	/* A new key would match nobody: better no pass at all. */
	if (rc == 0 && (g->n != 0 || d->n_wanted != 0))
		rc = key_subject_old(p->set->conf->main.state, g->key, e);
	pool_free(l.pool);
	return rc;
}

static int
is_held(struct parent *p, const struct rule_store *s,
    const struct rule_dataset *d, bool *ret_held, struct err *e)
{
	struct gates g = GATES_OPEN;
	int rc = gates_of(p, s, d, &g, e);

	*ret_held = *ret_held || rc == -1 || g.whole == GATE_HELD;
	for (size_t i = 0; i < g.n; i++)
		*ret_held = *ret_held || g.subject[i].state == GATE_HELD;
	gates_release(&g);
	return rc;
}

int
gating_store(struct parent *p, const struct place *pl, bool *ret_held,
    struct err *e)
{
	const struct rule_dataset none = { .full = "" };
	int rc;

	*ret_held = false;
	rc = is_held(p, pl->store, &none, ret_held, e);
	for (const struct place *q = p->places; q != NULL; q = q->next)
		for (size_t i = 0; rc == 0 && q->store != NULL && i < q->n;
		    i++)
			if (q == pl || samestore_covers(pl->store, q->store,
			    q->dataset[i].rule))
				rc = is_held(p, q->store, q->dataset[i].rule,
				    ret_held, e);
	return rc;
}

static int
send(struct job *j, const struct gates *g, bool key, struct err *e)
{
	struct msg_gates m = { .whole = g->whole, .n = g->n,
		.has_key = key };
	struct buf out = BUF_EMPTY;
	size_t at = 0;
	int rc;

	memcpy(m.key, g->key, sizeof(m.key));
	msg_put_gates(&out, &m);
	explicit_bzero(&m, sizeof(m));
	rc = job_send(j, WIRE_GATES, &out, e);
	while (rc == 0 && at < g->n) {
		buf_reset(&out);
		msg_put_gated(&out, g, &at);
		rc = job_send(j, WIRE_GATED, &out, e);
	}
	buf_release(&out);
	return rc;
}

int
gating_send(struct job *j, const struct rule_dataset *d, struct err *e)
{
	struct gates g = GATES_OPEN;
	int rc = gates_of(j->parent, j->store, d, &g, e);

	if (rc == -1)
		err_wrap(e, "holds");
	else
		rc = send(j, &g, g.n != 0 || d->n_wanted != 0, e);
	j->gate = g.n + (g.whole != GATE_OPEN);
	gates_release(&g);
	return rc;
}

void
gating_write(struct parent *p)
{
	struct listing l = { .pool = pool_new() };
	struct buf text = { .most = MOST_BYTES };
	struct err e = ERR_EMPTY;
	int dir = -1;
	int rc = l.pool == NULL ? err_set(&e, ERR_MEMORY, "no memory") :
	    list_holds(p, &l, &e);

	if (rc == 0) {
		msg_put_holds(&text, l.list, l.n);
		dir = open(p->set->conf->main.state, O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
		rc = dir == -1 ? err_sys(&e, "state folder") :
		    buf_failed(&text) ? err_set(&e, ERR_MEMORY, "no memory") :
		    fd_replace_at(dir, NAME, 0600, buf_text(&text), text.n,
		    &e);
	}
	if (rc == -1)
		log_line(LOG_WARN, NAME ": %s", e.text);
	fd_close(&dir);
	buf_release(&text);
	pool_free(l.pool);
}

static int
record(struct parent *p, enum record_type type, const struct record_hold *r,
    struct err *e)
{
	struct buf payload = BUF_EMPTY;
	int rc;

	record_hold(&payload, r);
	rc = evidence_append(&p->ev, type, &payload, e);
	buf_release(&payload);
	return rc == 0 ? evidence_sync(&p->ev, e) : -1;
}

static const char *
said(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* In the trail a subject is a commitment that nobody without the key links. */
static int
record_placed(struct parent *p, const struct ledger_hold *h,
    const struct record_who *who, struct err *e)
{
	uint8_t reason[SHA256_BYTES];
	struct record_hold r = { .id = h->id, .scope = h->scope,
		.name = said(h->name), .kind = said(h->kind),
		.subject = h->kind[0] != '\0' ? h->hash : NULL,
		.matter = said(h->matter), .issuer = said(h->issuer),
		.reason = h->reason[0] != '\0' ? reason : NULL,
		.until = h->until, .who = *who };

	sha256_once(h->reason, strlen(h->reason), reason);
	return record(p, h->state == GATE_HELD ? RECORD_HOLD :
	    RECORD_RESTRICT, &r, e);
}

static bool
is_in_store(const char *name, const struct place *pl)
{
	const struct gate_hold h = { .scope = GATE_STORE, .name = name };

	for (size_t i = 0; i < pl->n; i++)
		if (strcmp(samestore_name(pl->parent->set->conf, &h, pl->store,
		    pl->dataset[i].rule), name) == 0)
			return true;
	return strcmp(name, pl->full) == 0;
}

/* Does the job at work there read an older list than this? */
static bool
concerns(const struct ledger_hold *h, const struct place *pl)
{
	if (strcmp(h->scope, gates_scope_name(GATE_STORE)) == 0)
		return pl->store == NULL || is_in_store(h->name, pl);
	if (strcmp(h->scope, gates_scope_name(GATE_DATASET)) != 0)
		return true;
	for (size_t i = 0; i < pl->n; i++)
		if (strcmp(pl->dataset[i].past.dataset, h->name) == 0)
			return true;
	return false;
}

static void
interrupt(struct parent *p, const struct ledger_hold *h)
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		if (pl->job != NULL && pl->job->in_dialogue && concerns(h, pl))
			job_hurry(pl->job);
}

bool
gating_is_leaving(const struct place *pl)
{
	return pl->job != NULL && pl->job->worker.hurried;
}

int
gating_place(struct parent *p, struct ledger_hold *h,
    const struct record_who *who, struct err *e)
{
	uint8_t id[6];

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return err_sys(e, "getrandom");
	hex_text(id, sizeof(id), h->id);
	h->placed = clock_now();
	h->uid = who->uid;
	(void)snprintf(h->user, sizeof(h->user), "%s", who->user);
	/* In force first, then recorded: an error in between keeps more. */
	if (ledger_hold_add(p->ev.ledger, h, e) == -1)
		return -1;
	interrupt(p, h);
	gating_write(p);
	if (record_placed(p, h, who, e) == -1)
		return -1;
	(void)evidence_seal(&p->ev, e);
	log_line(LOG_NOTICE, "%s %s: placed by %s (uid %lld) on %s%s%s",
	    h->state == GATE_HELD ? "hold" : "restriction", h->id, who->user,
	    (long long)who->uid, h->scope, h->name[0] == '\0' ? "" : " ",
	    h->name);
	return 0;
}

struct search {
	const char *id;
	struct ledger_hold found;
};

static void
match(void *ctx, const struct ledger_hold *h)
{
	struct search *s = ctx;

	if (strcmp(h->id, s->id) == 0)
		s->found = *h;
}

int
gating_release(struct parent *p, const char *id, enum gate_state state,
    const char *reason, const struct record_who *who, struct err *e)
{
	struct search s = { .id = id };
	uint8_t digest[SHA256_BYTES];
	struct record_hold r = { .id = id, .who = *who,
		.reason = said(reason) != NULL ? digest : NULL };
	int done;

	if (ledger_hold_each(p->ev.ledger, false, &s, match, e) == -1)
		return -1;
	if (s.found.id[0] == '\0' || s.found.state != (int)state)
		return err_set(e, ERR_REFUSED, "no %s of that name is in "
		    "force; see 'retentionctl hold list'",
		    state == GATE_HELD ? "hold" : "restriction");
	sha256_once(reason != NULL ? reason : "", reason != NULL ?
	    strlen(reason) : 0, digest);
	/* Recorded first, then out of force. */
	if (record(p, state == GATE_HELD ? RECORD_RELEASE : RECORD_UNRESTRICT,
	    &r, e) == -1)
		return -1;
	done = ledger_hold_release(p->ev.ledger, id, clock_now(), e);
	if (done != 1)
		return done == 0 ? err_set(e, ERR_REFUSED, "it was released "
		    "just now") : -1;
	gating_write(p);
	(void)evidence_seal(&p->ev, e);
	agenda_want_all(p);
	log_line(LOG_NOTICE, "%s %s: released by %s (uid %lld)",
	    state == GATE_HELD ? "hold" : "restriction", id, who->user,
	    (long long)who->uid);
	return 0;
}
