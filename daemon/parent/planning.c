#include "planning.h"

#include <fcntl.h>
#include <string.h>

#include "retention/fd.h"
#include "retention/jsonw.h"
#include "retention/log.h"
#include "retention/msg.h"
#include "retention/pool.h"
#include "retention/sha256.h"

#include "agenda.h"
#include "firing.h"
#include "parent.h"
#include "place.h"
#include "planfile.h"
#include "ruleset.h"

void
planning_load(struct parent *p, struct place_dataset *d)
{
	struct err e = ERR_EMPTY;

	d->plan = (struct ledger_plan){ .n = 0 };
	if (p->ev.ledger != NULL && ledger_plan_live(p->ev.ledger,
	    d->past.dataset, &d->plan, &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
}

bool
planning_is_open(const struct place_dataset *d)
{
	return d->plan.id[0] != '\0' && strcmp(d->plan.state, "open") == 0;
}

bool
planning_is_approved(const struct place_dataset *d)
{
	return d->plan.id[0] != '\0' &&
	    strcmp(d->plan.state, "approved") == 0;
}

int
planning_rule(const struct rule_dataset *filled, uint8_t ret[32],
    struct err *e)
{
	struct rule_dataset d = *filled;
	struct buf text = BUF_EMPTY;
	int rc = 0;

	d.mode = RULE_REVIEW;		/* decides whether, not what */
	d.file = NULL;
	d.line = 0;
	d.gates = NULL;
	msg_put_dataset(&text, &d);
	if (buf_failed(&text))
		rc = err_set(e, ERR_MEMORY, "no memory");
	else
		sha256_once(buf_text(&text), text.n, ret);
	buf_release(&text);
	return rc;
}

static int
append(struct parent *p, enum record_type type, const struct record_plan *r,
    struct err *e)
{
	struct buf payload = BUF_EMPTY;
	int rc;

	record_plan(&payload, r);
	rc = evidence_append(&p->ev, type, &payload, e);
	buf_release(&payload);
	return rc == 0 ? evidence_sync(&p->ev, e) : -1;
}

static struct record_plan
record_of(const struct ledger_plan *plan)
{
	return (struct record_plan){ .id = plan->id, .dataset = plan->dataset,
		.n = plan->n, .croot = plan->root };
}

/* Recorded first: an error in between leaves it as it was. */
static int
end(struct parent *p, struct place_dataset *d, const char *state,
    const struct record_plan *r, struct err *e)
{
	struct ledger_plan plan = d->plan;

	if (append(p, RECORD_PLAN, r, e) == -1)
		return -1;
	(void)snprintf(plan.state, sizeof(plan.state), "%s", state);
	if (ledger_plan_put(p->ev.ledger, &plan, e) == -1)
		return -1;
	log_line(LOG_NOTICE, "dataset %s: plan %s: %s", plan.dataset, plan.id,
	    state);
	if (strcmp(state, "finished") != 0)
		planfile_drop(p, &plan);
	d->plan = (struct ledger_plan){ .n = 0 };
	planning_write(p);
	return 0;
}

static void
end_as(struct parent *p, struct place_dataset *d, const char *state)
{
	struct record_plan r = record_of(&d->plan);
	struct err e = ERR_EMPTY;

	r.state = state;
	if (end(p, d, state, &r, &e) == -1)
		log_line(LOG_ERROR, "dataset %s: plan: %s", d->past.dataset,
		    e.text);
}

void
planning_check(struct parent *p, struct place_dataset *d,
    const struct rule_dataset *filled, struct wall now)
{
	struct err e = ERR_EMPTY;
	uint8_t rule[32];

	if (d->plan.id[0] == '\0' || evidence_off(&p->ev))
		return;
	if (now.ms >= d->plan.expires.ms)
		end_as(p, d, "expired");
	else if (planning_rule(filled, rule, &e) == 0 &&
	    memcmp(rule, d->plan.rule, sizeof(rule)) != 0)
		end_as(p, d, "void");
}

int
planning_keep(struct parent *p, struct place_dataset *d,
    struct ledger_plan *plan, const struct buf *items,
    const struct record_who *who, struct err *e)
{
	struct record_plan r = record_of(plan);

	if (planning_is_approved(d))
		return err_set(e, ERR_REFUSED, "plan %s is approved and under "
		    "way", d->plan.id);
	if (planfile_write(p, plan, items, e) == -1)
		return -1;
	if (planning_is_open(d)) {
		end_as(p, d, "replaced");
		if (d->plan.id[0] != '\0')
			return err_set(e, ERR_TRAIL, "the open plan stays");
	}
	r.why = plan->why;
	r.expires = plan->expires;
	r.user = who != NULL ? who->user : NULL;
	r.uid = who != NULL ? who->uid : 0;
	(void)snprintf(plan->state, sizeof(plan->state), "open");
	if (append(p, RECORD_PLAN, &r, e) == -1 ||
	    ledger_plan_put(p->ev.ledger, plan, e) == -1)
		return -1;
	d->plan = *plan;
	planning_write(p);
	log_line(LOG_NOTICE, "dataset %s: plan %s over %llu items waits for "
	    "approval", plan->dataset, plan->id, (unsigned long long)plan->n);
	return 0;
}

void
planning_erased(struct parent *p, struct place_dataset *d, uint64_t n)
{
	struct err e = ERR_EMPTY;

	if (n == 0 || !planning_is_approved(d))
		return;
	d->plan.erased += n;
	if (ledger_plan_put(p->ev.ledger, &d->plan, &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
}

void
planning_finish(struct parent *p, struct place_dataset *d, uint64_t held)
{
	struct record_plan r = record_of(&d->plan);
	struct err e = ERR_EMPTY;

	r.state = "finished";
	r.erased = d->plan.erased;
	r.held = held;
	if (r.n > r.erased + held)
		r.drift = r.n - r.erased - held;
	if (end(p, d, r.state, &r, &e) == -1)
		log_line(LOG_ERROR, "dataset %s: plan: %s", d->past.dataset,
		    e.text);
}

static struct place_dataset *
find(struct parent *p, const char *dataset, struct place **ret)
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next) {
		struct place_dataset *d = pl->store != NULL ?
		    place_dataset_find(pl, dataset) : NULL;

		*ret = pl;
		if (d != NULL)
			return d;
	}
	return NULL;
}

/* Is the rule still the one that the plan was made by? */
static int
check_rule(struct parent *p, const struct place *pl,
    const struct place_dataset *d, struct err *e)
{
	struct pool *pool = pool_new();
	const struct rule_dataset *filled;
	uint8_t rule[32];
	int rc = -1;

	if (pool == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	filled = firing_fill(p, pl->notice, d->rule, pool, e);
	if (filled != NULL)
		rc = planning_rule(filled, rule, e);
	if (rc == 0 && memcmp(rule, d->plan.rule, sizeof(rule)) != 0)
		rc = err_set(e, ERR_REFUSED, "the policy of %s has changed "
		    "since the plan was made: a new one is needed",
		    d->plan.dataset);
	pool_free(pool);
	return rc;
}

static int
find_open(struct parent *p, const char *id, struct place **ret_place,
    struct place_dataset **ret, struct err *e)
{
	struct ledger_plan plan;
	int had = ledger_plan_get(p->ev.ledger, id, &plan, e);

	if (had == -1)
		return -1;
	if (had == 0)
		return err_set(e, ERR_REFUSED, "no plan of that id; see "
		    "'retentionctl status'");
	if (strcmp(plan.state, "open") != 0)
		return err_set(e, ERR_REFUSED, "this plan does not wait for "
		    "anybody: it is %s", plan.state);
	*ret = find(p, plan.dataset, ret_place);
	if (*ret == NULL || strcmp((*ret)->plan.id, id) != 0)
		return err_set(e, ERR_REFUSED, "its dataset is not in the "
		    "policy any more");
	return 0;
}

static int
may_approve(struct parent *p, struct place *pl, struct place_dataset *d,
    struct err *e)
{
	struct buf items = BUF_EMPTY;
	int rc;

	if (clock_now().ms >= d->plan.expires.ms) {
		end_as(p, d, "expired");
		agenda_want(pl, d->past.dataset);
		return err_set(e, ERR_REFUSED, "this plan has expired: a new "
		    "one is needed");
	}
	if (d->rule->mode == RULE_REPORT)
		return err_set(e, ERR_REFUSED, "%s is in mode report, which "
		    "never acts: a plan of it can be looked at, not approved",
		    d->past.dataset);
	if (check_rule(p, pl, d, e) == -1)
		return -1;
	rc = planfile_read(p, &d->plan, &items, e);
	buf_release(&items);
	return rc;
}

int
planning_decide(struct parent *p, const char *id, bool approve,
    const char *reason, const struct record_who *who, struct err *e)
{
	uint8_t digest[SHA256_BYTES];
	struct place *pl = NULL;
	struct place_dataset *d = NULL;
	struct record_plan r;

	if (evidence_off(&p->ev))
		return err_set(e, ERR_TRAIL, "the trail is out of order");
	if (find_open(p, id, &pl, &d, e) == -1 ||
	    (approve && may_approve(p, pl, d, e) == -1))
		return -1;
	sha256_once(reason, strlen(reason), digest);
	r = record_of(&d->plan);
	r.user = who->user;
	r.uid = who->uid;
	r.reason = digest;
	/* Recorded first: what is in force is always on record. */
	if (append(p, approve ? RECORD_APPROVE : RECORD_REJECT, &r, e) == -1)
		return -1;
	d->plan.decided = clock_now();
	d->plan.uid = who->uid;
	(void)snprintf(d->plan.user, sizeof(d->plan.user), "%s", who->user);
	(void)snprintf(d->plan.state, sizeof(d->plan.state), "%s",
	    approve ? "approved" : "rejected");
	if (ledger_plan_put(p->ev.ledger, &d->plan, e) == -1) {
		planning_load(p, d);
		return -1;
	}
	log_line(LOG_NOTICE, "dataset %s: plan %s: %s by %s (uid %lld)",
	    d->plan.dataset, id, d->plan.state, who->user,
	    (long long)who->uid);
	if (!approve) {
		planfile_drop(p, &d->plan);
		d->plan = (struct ledger_plan){ .n = 0 };
	}
	planning_write(p);
	(void)evidence_seal(&p->ev, e);
	if (approve)
		agenda_want(pl, d->past.dataset);
	agenda_urge(pl);
	return 0;
}

void
planning_put(struct jsonw *w, const struct place_dataset *d)
{
	char text[CLOCK_TEXT_BYTES];

	if (d->plan.id[0] == '\0') {
		jsonw_null(w, "plan");
		return;
	}
	jsonw_object(w, "plan");
	jsonw_text(w, "id", d->plan.id);
	jsonw_text(w, "dataset", d->plan.dataset);
	jsonw_int(w, "n", (int64_t)d->plan.n);
	jsonw_text(w, "why", d->plan.why);
	jsonw_text(w, "state", d->plan.state);
	clock_text_s(d->plan.made, text);
	jsonw_text(w, "since", text);
	clock_text_s(d->plan.expires, text);
	jsonw_text(w, "expires", text);
	jsonw_end_object(w);
}

void
planning_write(struct parent *p)
{
	struct buf text = BUF_EMPTY;
	struct jsonw w = JSONW(&text);
	struct err e = ERR_EMPTY;
	int dir = open(p->set->conf->main.state, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);

	jsonw_object(&w, NULL);
	jsonw_array(&w, "datasets");
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++) {
			if (pl->dataset[i].plan.id[0] == '\0')
				continue;
			jsonw_object(&w, NULL);
			planning_put(&w, &pl->dataset[i]);
			jsonw_end_object(&w);
		}
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	if (dir == -1 || buf_failed(&text) || fd_replace_at(dir, "plans.json",
	    0600, buf_text(&text), text.n, &e) == -1)
		log_line(LOG_WARN, "plans.json cannot be written");
	fd_close(&dir);
	buf_release(&text);
}
