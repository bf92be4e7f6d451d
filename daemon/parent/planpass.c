#include "planpass.h"

#include <string.h>

#include "retention/hex.h"
#include "retention/log.h"
#include "retention/msg.h"

#include "agenda.h"
#include "job.h"
#include "parent.h"
#include "pass.h"
#include "place.h"
#include "planfile.h"
#include "planning.h"
#include "ruleset.h"

static struct place_dataset *
known_of(const struct job *j)
{
	return place_dataset_find(j->place, j->dataset[j->at].rule->full);
}

static int
send_only(struct job *j, const struct commit_op *op, const struct buf *items,
    struct err *e)
{
	struct msg_only m = { .op = *op, .n = items->n / COMMIT_BYTES };
	struct buf out = BUF_EMPTY;
	int rc;

	msg_plan_put_only(&out, &m);
	rc = job_send(j, WIRE_ONLY, &out, e);
	explicit_bzero(&m, sizeof(m));
	for (size_t at = 0; rc == 0 && at < items->n;) {
		size_t part = items->n - at;

		if (part > WIRE_ITEMS_A_PACKET * COMMIT_BYTES)
			part = WIRE_ITEMS_A_PACKET * COMMIT_BYTES;
		buf_reset(&out);
		buf_add(&out, op->op, COMMIT_OP_BYTES);
		buf_add(&out, items->data + at, part);
		rc = job_send(j, WIRE_KNOWN, &out, e);
		at += part;
	}
	buf_release(&out);
	return rc == 0 ? job_send(j, WIRE_KNOWN_ALL, NULL, e) : -1;
}

/* The dataset cannot be done now; the job goes on with the next. */
static int
give_up(struct job *j, const struct err *why, struct err *e)
{
	j->dataset[j->at].error = *why;
	j->failed = true;
	pass_end_dataset(j);
	return job_advance(j, e);
}

static int
begin(struct job *j, const struct commit_op *op, enum job_plan step,
    struct err *e)
{
	j->plan_step = step;
	if (send_only(j, op, &j->plan_items, e) == -1)
		return -1;
	return pass_send_dataset(j, WIRE_SURVEY, e);
}

int
planpass_make(struct job *j, const char *why, struct err *e)
{
	struct ledger_plan *plan = &j->plan;
	struct evidence *ev = &j->parent->ev;
	struct commit_op op;
	struct err trouble = ERR_EMPTY;
	int rc;

	*plan = (struct ledger_plan){ .made = j->cutoff,
		.ep = trail_epoch(ev->trail) };
	plan->expires.ms = plan->made.ms +
	    j->set->conf->main.plan_expires_ms;
	(void)snprintf(plan->dataset, sizeof(plan->dataset), "%s",
	    j->filled->full);
	(void)snprintf(plan->why, sizeof(plan->why), "%s", why);
	if (planning_rule(j->filled, plan->rule, &trouble) == -1 ||
	    evidence_ops(ev, 1, &op, &trouble) == -1)
		return give_up(j, &trouble, e);
	hex_text(op.op, sizeof(op.op), plan->id);
	memcpy(j->plan_op, op.op, sizeof(j->plan_op));
	buf_reset(&j->plan_items);
	rc = begin(j, &op, JOB_PLAN_MAKING, e);
	explicit_bzero(&op, sizeof(op));
	return rc;
}

int
planpass_execute(struct job *j, struct err *e)
{
	struct place_dataset *known = known_of(j);
	struct err trouble = ERR_EMPTY;
	struct commit_op op;
	int rc;

	if (hex_bytes(known->plan.id, sizeof(op.op), op.op) == -1) {
		(void)err_set(&trouble, ERR_STORE, "ledger: a plan's id");
		return give_up(j, &trouble, e);
	}
	j->plan = known->plan;
	if (evidence_op_key(&j->parent->ev, known->plan.ep, &op,
	    &trouble) == -1 || planfile_read(j->parent,
	    &known->plan, &j->plan_items, &trouble) == -1)
		return give_up(j, &trouble, e);
	rc = begin(j, &op, JOB_PLAN_MATCHING, e);
	explicit_bzero(&op, sizeof(op));
	return rc;
}

int
planpass_on_items(struct job *j, const char *body, size_t n, struct err *e)
{
	const uint8_t (*c)[COMMIT_BYTES];
	uint8_t op[COMMIT_OP_BYTES];
	size_t k;

	if (msg_get_items(body, n, op, &c, &k, e) == -1)
		return -1;
	if (j->plan_step != JOB_PLAN_MAKING ||
	    memcmp(op, j->plan_op, sizeof(op)) != 0)
		return err_set(e, ERR_PROTOCOL, "items of no plan");
	buf_add(&j->plan_items, c, k * COMMIT_BYTES);
	return buf_failed(&j->plan_items) ? err_set(e, ERR_PROTOCOL,
	    "more items than a plan can have") : 0;
}

/* The commitments are what the worker says they are. */
static int
check_items(struct job *j, const struct msg_surveyed *m, struct err *e)
{
	const uint8_t (*c)[COMMIT_BYTES] = (const void *)j->plan_items.data;
	uint8_t root[32];

	if (m->n != j->plan_items.n / COMMIT_BYTES)
		return err_set(e, ERR_PROTOCOL, "items and count differ");
	for (size_t i = 1; i < m->n; i++)
		if (memcmp(c[i - 1], c[i], COMMIT_BYTES) >= 0)
			return err_set(e, ERR_PROTOCOL, "items not in order");
	commit_root((void *)j->plan_items.data, m->n, root);
	return memcmp(root, m->root, sizeof(root)) == 0 ? 0 :
	    err_set(e, ERR_PROTOCOL, "items and root differ");
}

static int
made(struct job *j, const struct msg_surveyed *m, struct err *e)
{
	struct job_dataset *d = &j->dataset[j->at];
	struct place_dataset *known = known_of(j);
	struct record_who who = { d->save_uid, d->save_user };
	struct err trouble = ERR_EMPTY;

	if (m->n != 0 && check_items(j, m, e) == -1)
		return -1;
	j->plan.n = m->n;
	memcpy(j->plan.root, m->root, sizeof(m->root));
	if (m->more)
		log_line(LOG_NOTICE, "dataset %s: a plan has %d items at most; "
		    "the others are for the next", d->rule->full,
		    MSG_PLAN_MOST);
	if (m->n != 0 && known != NULL && planning_keep(j->parent, known,
	    &j->plan, &j->plan_items, d->save ? &who : NULL, &trouble) == -1)
		return give_up(j, &trouble, e);
	buf_release(&j->plan_items);
	pass_end_dataset(j);
	return job_advance(j, e);
}

int
planpass_on_surveyed(struct job *j, const char *body, size_t n,
    struct err *e)
{
	struct msg_surveyed m;

	if (msg_plan_get_surveyed(body, n, &m, e) == -1)
		return -1;
	if (j->plan_step == JOB_PLAN_MAKING)
		return made(j, &m, e);
	if (j->plan_step != JOB_PLAN_MATCHING ||
	    m.n + m.held > j->plan.n)
		return err_set(e, ERR_PROTOCOL, "more than the plan has");
	buf_release(&j->plan_items);
	j->plan_held = m.held;
	j->plan_step = JOB_PLAN_EXECUTING;
	return pass_erase(j, e);
}

void
planpass_erased(struct job *j, uint64_t n)
{
	const char *full = NULL;
	struct place_dataset *known;

	if (j->kind == JOB_PASS && j->plan_step == JOB_PLAN_EXECUTING)
		full = j->dataset[j->at].rule->full;
	else if (j->kind == JOB_RESUME && j->place->open != NULL)
		full = j->place->open->info.dataset;
	known = full != NULL ? place_dataset_find(j->place, full) : NULL;
	if (known != NULL)
		planning_erased(j->parent, known, n);
}

void
planpass_done(struct job *j)
{
	struct place_dataset *known = known_of(j);

	/* It may have been replaced with a reload. */
	if (known == NULL || strcmp(known->plan.id, j->plan.id) != 0)
		return;
	planning_finish(j->parent, known, j->plan_held);
	agenda_want(j->place, known->past.dataset);
}
