#include "firing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/log.h"
#include "retention/period.h"
#include "retention/pool.h"
#include "retention/record.h"

#include "agenda.h"
#include "eventfile.h"
#include "parent.h"
#include "place.h"
#include "ruleset.h"

static struct parent_query *
find_query(struct parent *p, const char *notice, const char *name)
{
	struct parent_query *q = p->queries;

	while (q != NULL && (strcmp(q->notice, notice) != 0 ||
	    strcmp(q->name, name) != 0))
		q = q->next;
	return q;
}

static int
fill(struct parent *p, const struct rule_notice *n, struct rule_timing *t,
    struct err *e)
{
	const struct parent_query *q;
	struct ledger_event ev;
	int found = 0;

	t->fired = false;
	if (t->keep != RULE_UNTIL_EVENT)
		return 0;
	if (p->ev.ledger != NULL)
		found = ledger_event_get(p->ev.ledger, t->event, &ev, e);
	if (found == -1)
		return err_wrap(e, "ledger");
	q = find_query(p, n->id, t->event);
	if (q == NULL)
		q = find_query(p, EVENTFILE_NOTICE, t->event);
	if (found == 1) {
		t->fired = true;
		t->fired_at = ev.at;
	} else if (q != NULL && q->fired) {
		t->fired = true;
		t->fired_at = q->at;
	}
	return 0;
}

bool
firing_is_known(struct parent *p, const struct rule_notice *n,
    const struct rule_dataset *d)
{
	struct rule_timing t = d->timing;
	struct err e = ERR_EMPTY;

	return fill(p, n, &t, &e) == 0 && t.fired;
}

const struct rule_dataset *
firing_fill(struct parent *p, const struct rule_notice *n,
    const struct rule_dataset *d, struct pool *pool, struct err *e)
{
	struct rule_dataset *copy = pool_alloc(pool, sizeof(*copy));
	struct rule_rival *rivals = pool_array(pool, d->n_rivals + 1,
	    sizeof(*rivals));

	if (copy == NULL || rivals == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		return NULL;
	}
	*copy = *d;
	if (fill(p, n, &copy->timing, e) == -1)
		return NULL;
	for (size_t i = 0; i < d->n_rivals; i++) {
		rivals[i] = d->rivals[i];
		if (fill(p, n, &rivals[i].timing, e) == -1)
			return NULL;
	}
	copy->rivals = rivals;
	return copy;
}

/* Every store with a rule that waits for the event is looked at now. */
static size_t
wake(struct parent *p, const char *name, const char *notice)
{
	size_t n = 0;

	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++) {
			const struct rule_timing *t =
			    &pl->dataset[i].rule->timing;

			if (t->keep != RULE_UNTIL_EVENT ||
			    strcmp(t->event, name) != 0 || (notice != NULL &&
			    strcmp(pl->notice->id, notice) != 0))
				continue;
			n++;
			agenda_want(pl, NULL);
		}
	return n;
}

static int
record(struct parent *p, const char *name, struct wall at,
    const struct record_who *who, struct err *e)
{
	struct buf payload = BUF_EMPTY;
	int rc;

	record_event(&payload, name, at, *who);
	rc = evidence_append(&p->ev, RECORD_EVENT, &payload, e);
	buf_release(&payload);
	return rc == 0 ? evidence_sync(&p->ev, e) : -1;
}

/* The ledger remembers what has been recorded, across restarts. */
static void
record_query(struct parent *p, const struct parent_query *q)
{
	struct record_who who = { .uid = (int64_t)getuid(), .user = "query" };
	struct ledger_event ev = { .at = q->at, .declared = clock_now(),
	    .uid = who.uid, .user = "query" };
	struct err e = ERR_EMPTY;
	int known;

	if (p->ev.ledger == NULL || snprintf(ev.name, sizeof(ev.name), "%s/%s",
	    q->notice, q->name) >= (int)sizeof(ev.name))
		return;
	known = ledger_event_get(p->ev.ledger, ev.name, &ev, &e);
	if (known == 0 && record(p, ev.name, q->at, &who, &e) == 0)
		known = ledger_event_add(p->ev.ledger, &ev, &e);
	if (known == -1)
		log_line(LOG_WARN, "event %s: %s", ev.name, e.text);
}

void
firing_on_query(struct parent *p, const struct rule_notice *n,
    const struct rule_event *ev, bool fired, struct wall at)
{
	struct parent_query *q = find_query(p, n->id, ev->name);
	bool news;

	if (q == NULL) {
		q = calloc(1, sizeof(*q));
		if (q == NULL)
			return;
		(void)snprintf(q->notice, sizeof(q->notice), "%s", n->id);
		(void)snprintf(q->name, sizeof(q->name), "%s", ev->name);
		q->next = p->queries;
		p->queries = q;
	}
	news = fired && (!q->fired || q->at.ms != at.ms);
	q->fired = fired;
	q->at = at;
	if (!news)
		return;
	log_line(LOG_NOTICE, "event %s/%s has happened, says its store",
	    n->id, ev->name);
	record_query(p, q);
	(void)wake(p, ev->name, n->id);
}

static void
known_names(struct parent *p, struct buf *out)
{
	const struct conf_set *conf = p->set->conf;

	for (size_t i = 0; i < conf->n_notices; i++)
		for (size_t j = 0; j < conf->notices[i].n_datasets; j++) {
			const struct rule_timing *t =
			    &conf->notices[i].datasets[j].timing;

			if (t->keep == RULE_UNTIL_EVENT)
				buf_putf(out, " %s", t->event);
		}
}

static bool
is_used(struct parent *p, const char *name)
{
	const struct conf_set *conf = p->set->conf;

	for (size_t i = 0; i < conf->n_notices; i++)
		for (size_t j = 0; j < conf->notices[i].n_datasets; j++) {
			const struct rule_timing *t =
			    &conf->notices[i].datasets[j].timing;

			if (t->keep == RULE_UNTIL_EVENT &&
			    strcmp(t->event, name) == 0)
				return true;
		}
	return false;
}

int
firing_declare(struct parent *p, const char *name, struct wall at,
    const struct record_who *who, struct err *e)
{
	struct buf names = BUF_EMPTY;
	struct ledger_event ev = { .at = at, .declared = clock_now(),
	    .uid = who->uid };
	int known;

	if (!is_used(p, name) || strlen(name) >= sizeof(ev.name)) {
		known_names(p, &names);
		(void)err_set(e, ERR_REFUSED, "no policy waits for an event "
		    "of that name; known:%s", names.n != 0 ?
		    buf_text(&names) : " none");
		buf_release(&names);
		return -1;
	}
	(void)snprintf(ev.user, sizeof(ev.user), "%s", who->user);
	known = ledger_event_get(p->ev.ledger, name, &ev, e);
	if (known == -1)
		return -1;
	if (known == 1)
		return err_set(e, ERR_REFUSED, "event %s has been declared "
		    "already, by %s", name, ev.user);
	(void)snprintf(ev.name, sizeof(ev.name), "%s", name);
	if (record(p, name, at, who, e) == -1 ||
	    ledger_event_add(p->ev.ledger, &ev, e) == -1)
		return -1;
	(void)evidence_seal(&p->ev, e);
	eventfile_write(p);
	log_line(LOG_NOTICE, "event %s declared by %s (uid %lld): %zu "
	    "datasets wait for it", name, who->user, (long long)who->uid,
	    wake(p, name, NULL));
	return 0;
}

void
firing_basis(const struct rule_dataset *d, char *ret_text, size_t n)
{
	const struct rule_timing *t = &d->timing;
	char period[PERIOD_TEXT_BYTES];

	period_text(t->period, period);
	if (t->keep == RULE_PERIOD)
		(void)snprintf(ret_text, n, "period %s from %.200s", period,
		    t->from);
	else if (t->keep == RULE_UNTIL)
		(void)snprintf(ret_text, n, "until %.200s", t->from);
	else if (t->keep == RULE_UNTIL_EVENT)
		(void)snprintf(ret_text, n, "event %.200s", t->event);
	else if (t->keep == RULE_UNTIL_DATE)
		(void)snprintf(ret_text, n, "date, agreement %.200s",
		    t->agreement != NULL ? t->agreement : "none");
	else
		(void)snprintf(ret_text, n, "%s", rule_keep_name(t->keep));
}
