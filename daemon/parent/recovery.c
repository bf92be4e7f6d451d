/*
 * recovery - nothing is guessed: an intent without outcome is counted again by
 * the store, from its commitments, and finished only under the very rule that
 * made it, if that rule still stands.
 */
#include "recovery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/judge.h"
#include "retention/ledger.h"
#include "retention/log.h"
#include "retention/pool.h"

#include "agenda.h"
#include "erasepass.h"
#include "firing.h"
#include "gating.h"
#include "job.h"
#include "opcheck.h"
#include "parent.h"
#include "place.h"
#include "planning.h"
#include "printkeep.h"

#define GROUP_MOST 16		/* operations at a time */
#define TRIES_MOST 6		/* of a store that fails, not merely busy */

static void
abandon(struct parent *p, const struct trail_open_op *info, const char *class)
{
	struct err e = ERR_EMPTY;

	log_line(LOG_ERROR, "dataset %s: an operation over %" PRIu64 " items "
	    "cannot be resolved (%s)", info->dataset, info->n, class);
	p->failed = true;
	if (ops_abandon(&p->ev, info, class, &e) == -1)
		log_line(LOG_ERROR, "%s", e.text);
}

int
recovery_load(struct parent *p, struct err *e)
{
	size_t n;
	const struct trail_open_op *op = trail_open_ops(p->ev.trail, &n);

	if (n != 0)
		log_line(LOG_NOTICE, "%zu operations to be resolved first", n);
	for (size_t i = 0; i < n; i++) {
		struct place *pl = place_find(p, op[i].store);

		if (pl == NULL)
			abandon(p, &op[i], "gone");
		else if (place_add_open(pl, &op[i], NULL, NULL) == -1)
			return err_set(e, ERR_MEMORY, "no memory");
	}
	return 0;
}

static bool
is_live(const struct job *j, const uint8_t id[COMMIT_OP_BYTES])
{
	for (size_t i = 0; i < j->ops.n; i++)
		if (memcmp(j->ops.op[i].id.op, id, COMMIT_OP_BYTES) == 0)
			return true;
	return false;
}

/* Of the group under way, those that are closed are forgotten. */
static void
drop_closed(struct job *j)
{
	struct place_open *o = j->place->open, *next;

	for (; o != NULL; o = next) {
		next = o->next;
		if (o->grouped && !is_live(j, o->info.op))
			place_drop_open(j->place, o->info.op);
		else
			o->grouped = false;
	}
}

void
recovery_collect(struct job *j)
{
	if (j->kind == JOB_RESUME) {
		drop_closed(j);
		return;
	}
	for (size_t i = 0; i < j->ops.n; i++) {
		struct ops_op *op = &j->ops.op[i];

		if (op->state != OPS_GONE)
			continue;
		if (place_add_open(j->place, &op->info, op->c,
		    op->root) == -1)
			log_line(LOG_ERROR, "no memory for an open operation; "
			    "it is resolved at the next start");
		op->c = NULL;
	}
}

void
recovery_abandon_all(struct place *pl)
{
	while (pl->open != NULL && !evidence_off(&pl->parent->ev)) {
		abandon(pl->parent, &pl->open->info, "gone");
		place_drop_open(pl, pl->open->info.op);
	}
}

static const struct rule_dataset *
present(const struct job *j, const char *full)
{
	for (size_t i = 0; i < j->notice->n_datasets; i++)
		if (strcmp(j->notice->datasets[i].full, full) == 0)
			return &j->notice->datasets[i];
	return NULL;
}

/* The rule out of the text in the ledger.  1: it was made for another file
 * than the store is now, where its rows would be missed and look erased. */
static int
read_job(struct job *j, char *text, struct msg_job *m, struct err *e)
{
	const char *path = opcheck_path(text);

	if (msg_get_job(text, strlen(text), j->pool, m, e) == -1)
		return -1;
	return path != NULL && strcmp(path, j->store->path) != 0;
}

/* By its mode, or for the plan that the operation belongs to. */
static bool
may_act(const struct job *j, const struct rule_dataset *now)
{
	struct place_dataset *d = place_dataset_find(j->place, now->full);

	if (d != NULL && now->mode == RULE_REVIEW)
		planning_check(j->parent, d, now, clock_now());
	if (now->n_wanted != 0)
		return now->mode != RULE_REPORT;
	return now->mode == RULE_ENFORCE || (now->mode == RULE_REVIEW &&
	    d != NULL && planning_is_approved(d));
}

/* The rule that made the operation, and whether it still stands.  0 with
 * m->dataset filled in; 1: there is none for this store; -1. */
static int
find_rule(struct job *j, const struct place_open *o, struct msg_job *m,
    struct err *e)
{
	const struct rule_dataset *now = present(j, o->info.dataset);
	char *text = NULL;
	int moved = 0, had = ledger_op_get(j->parent->ev.ledger, o->info.op,
	    &text, e);

	if (had == 1)
		moved = read_job(j, text, m, e);
	free(text);
	if (had == -1 || moved == -1)
		return err_wrap(e, "ledger");
	if (moved == 1)
		return 1;
	if (now != NULL && (now = firing_fill(j->parent, j->notice, now,
	    j->pool, e)) == NULL)
		return -1;
	j->erasure[0] = '\0';
	if (had == 1 && now != NULL && m->dataset.n_wanted != 0 &&
	    (now = erasepass_like(j, now, &m->dataset)) == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	m->act = had == 1 && now != NULL && may_act(j, now) &&
	    erasepass_same(&m->dataset, now) && job_may_go_on(j) &&
	    (now->n_wanted != 0 || judge_in_window(now->window, clock_now()));
	if (had == 0 && now != NULL)
		m->dataset = *now;
	m->at = o->info.cutoff;
	return had == 1 || now != NULL ? 0 : 1;
}

size_t
recovery_roots(struct job *j, const char **ret, size_t most)
{
	size_t k = 0;

	for (struct place_open *o = j->place->open; o != NULL && k < most;
	    o = o->next) {
		struct msg_job m = { .act = false };
		struct err ignored = ERR_EMPTY;
		char *text = NULL;

		if (ledger_op_get(j->parent->ev.ledger, o->info.op, &text,
		    &ignored) == 1 && read_job(j, text, &m, &ignored) == 0 &&
		    m.dataset.files.column != NULL &&
		    (k == 0 || strcmp(ret[k - 1], m.dataset.files.root) != 0))
			ret[k++] = m.dataset.files.root;
		free(text);
	}
	return k;
}

static int
send_known(struct job *j, const uint8_t op[COMMIT_OP_BYTES],
    const uint8_t (*c)[COMMIT_BYTES], size_t n, struct err *e)
{
	struct buf out = BUF_EMPTY;
	int rc = 0;

	for (size_t at = 0, k; at < n && rc == 0; at += k) {
		k = n - at < WIRE_ITEMS_A_PACKET ? n - at : WIRE_ITEMS_A_PACKET;
		buf_reset(&out);
		buf_add(&out, op, COMMIT_OP_BYTES);
		buf_add(&out, c[at], k * COMMIT_BYTES);
		rc = job_send(j, WIRE_KNOWN, &out, e);
	}
	buf_release(&out);
	return rc;
}

/* What was written in this life is still what was intended. */
static int
check_root(const struct place_open *o, uint8_t (*c)[COMMIT_BYTES],
    struct err *e)
{
	uint8_t root[32];

	if (!o->has_root)
		return 0;		/* trail_open() has checked it */
	commit_root(c, (size_t)o->info.n, root);
	return memcmp(root, o->root, sizeof(root)) == 0 ? 0 :
	    err_set(e, ERR_TRAIL, "items of an operation: not as intended");
}

/* The commitments of one operation, and the operation among j->ops. */
static int
adopt(struct job *j, struct place_open *o, struct err *e)
{
	size_t bytes = (size_t)o->info.n * COMMIT_BYTES;
	uint8_t (*c)[COMMIT_BYTES];

	if (o->c == NULL) {
		if (trail_items_read(j->parent->ev.trail, &o->info, &c,
		    e) == -1)
			return -1;
	} else {
		c = malloc(bytes);
		if (c == NULL)
			return err_set(e, ERR_MEMORY, "no memory");
		memcpy(c, o->c, bytes);
	}
	if (check_root(o, c, e) == -1) {
		free(c);
		return -1;
	}
	o->grouped = true;
	if (ops_adopt(&j->ops, &o->info, c, e) == -1)
		return -1;
	return opcheck_same(j->parent->ev.ledger,
	    &j->ops.op[j->ops.n - 1].id, j->store->path, e);
}

/* Without its commitments nobody can ever tell; the group starts again. */
static void
give_up(struct job *j, struct place_open *o, const struct err *why)
{
	log_line(LOG_ERROR, "store %s: %s", j->place->full, why->text);
	abandon(j->parent, &o->info, why->code == ERR_CHANGED ?
	    "changed" : "items-missing");
	place_drop_open(j->place, o->info.op);
	for (o = j->place->open; o != NULL; o = o->next)
		o->grouped = false;
	ops_release(&j->ops);
}

/* All operations of the same rule and instant as the first. */
static int
group(struct job *j, struct err *e)
{
	struct place_open *first = j->place->open, *o;

	for (o = first; o != NULL && j->ops.n < GROUP_MOST; o = o->next) {
		if (strcmp(o->info.dataset, first->info.dataset) != 0 ||
		    o->info.cutoff.ms != first->info.cutoff.ms)
			continue;
		if (adopt(j, o, e) == 0)
			continue;
		if (e->code == ERR_MEMORY || (e->code == ERR_SYSTEM &&
		    e->sys_errno != ENOENT))
			return -1;	/* they may be read another time */
		give_up(j, o, e);
		break;
	}
	return 0;
}

static int
send_group(struct job *j, struct msg_job *m, struct err *e)
{
	struct msg_op *ops = pool_array(j->pool, j->ops.n, sizeof(*ops));
	struct buf out = BUF_EMPTY;
	int rc;

	if (ops == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < j->ops.n; i++)
		ops[i] = (struct msg_op){ .op = j->ops.op[i].id,
		    .n = j->ops.op[i].info.n,
		    .object = j->ops.op[i].info.object };
	if (gating_send(j, &m->dataset, e) == -1 ||
	    printkeep_tell(j, &m->dataset, e) == -1)
		return -1;
	m->n_ops = j->ops.n;
	m->ops = ops;
	msg_put_job(&out, m);
	rc = job_send(j, WIRE_RESUME, &out, e);
	buf_release(&out);
	for (size_t i = 0; i < j->ops.n && rc == 0; i++)
		rc = send_known(j, j->ops.op[i].id.op,
		    (const void *)j->ops.op[i].c, j->ops.op[i].info.n, e);
	return rc == 0 ? job_send(j, WIRE_KNOWN_ALL, NULL, e) : -1;
}

int
recovery_advance(struct job *j, struct err *e)
{
	struct ops_subject subject = { .store = j->store->full };
	struct msg_job m = { .act = false };
	int none;
	while (j->place->open != NULL) {
		pool_free(j->pool);
		j->pool = pool_new();
		if (j->pool == NULL)
			return err_set(e, ERR_MEMORY, "no memory");
		none = find_rule(j, j->place->open, &m, e);
		if (none == -1)
			return -1;
		ops_release(&j->ops);
		ops_init(&j->ops, &j->parent->ev, &subject);
		if (none == 0 && group(j, e) == -1)
			return -1;
		if (none == 0 && j->ops.n != 0) {
			j->in_dialogue = true;
			return send_group(j, &m, e);
		}
		if (none == 1) {
			abandon(j->parent, &j->place->open->info, "gone");
			place_drop_open(j->place, j->place->open->info.op);
		}
	}
	return job_bye(j, e);
}

int
recovery_on_finished(struct job *j, const char *body, size_t n, struct err *e)
{
	struct msg_finished m;
	if (msg_get_finished(body, n, j->pool, &m, e) == -1)
		return -1;
	ops_finish(&j->ops, &(struct err){ .code = ERR_NONE });
	if (j->ops.n != 0)
		return err_set(e, evidence_off(&j->parent->ev) ? ERR_TRAIL :
		    ERR_PROTOCOL, "with operations that have no outcome");
	log_line(LOG_NOTICE, "store %s: resolved: %" PRIu64 " erased, %" PRIu64
	    " left", j->place->full, j->ops.erased, j->ops.left);
	drop_closed(j);
	j->in_dialogue = false;
	return job_advance(j, e);
}

int
recovery_on_failed(struct job *j, const struct err *why, struct err *e)
{
	struct place_open *o, *next;

	j->error = *why;
	log_line(LOG_ERROR, "store %s: cannot resolve yet: %s",
	    j->place->full, why->text);
	for (o = j->place->open; o != NULL; o = next) {
		next = o->next;
		if (why->code == ERR_BUSY || ++o->tries < TRIES_MOST)
			continue;
		abandon(j->parent, &o->info, err_class(why->code));
		place_drop_open(j->place, o->info.op);
	}
	ops_release(&j->ops);
	j->in_dialogue = false;
	return job_bye(j, e);
}
