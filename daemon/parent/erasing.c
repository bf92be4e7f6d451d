#include "erasing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "retention/hex.h"
#include "retention/log.h"

#include "agenda.h"
#include "correcting.h"
#include "erasenote.h"
#include "parent.h"
#include "place.h"

static void
free_one(struct erasing *r)
{
	if (r == NULL)
		return;
	if (r->person != NULL)
		explicit_bzero(r->person, r->n_persons * sizeof(*r->person));
	free(r->person);
	free(r->wanted);
	free(r->part);
	correcting_free(r->fix);
	free(r);
}

void
erasing_free_all(struct parent *p)
{
	while (p->erasures != NULL) {
		struct erasing *r = p->erasures;

		p->erasures = r->next;
		free_one(r);
	}
}

static struct erasing *
new_one(const struct ledger_erasure *row, size_t n_persons, size_t n_parts)
{
	struct erasing *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->row = *row;
	r->person = calloc(n_persons + 1, sizeof(*r->person));
	r->wanted = calloc(n_persons + 1, sizeof(*r->wanted));
	r->part = calloc(n_parts + 1, sizeof(*r->part));
	if (r->person != NULL && r->wanted != NULL && r->part != NULL)
		return r;
	free_one(r);
	return NULL;
}

static void
link_in(struct parent *p, struct erasing *r)
{
	struct erasing **at = &p->erasures;

	for (size_t i = 0; i < r->n_persons; i++) {
		const struct ledger_wanted *x = &r->person[i];

		r->wanted[i] = (struct rule_person){ .kind = x->kind,
			.before = x->before };
		memcpy(r->wanted[i].hash, x->hash, sizeof(x->hash));
	}
	while (*at != NULL)
		at = &(*at)->next;
	*at = r;
}

static void end_if_over(struct parent *p, struct erasing *r);

struct counted {
	struct parent *p;
	struct erasing *r;
	size_t n;
	struct erasing *list;		/* newest first */
	bool failed;
};

static void
count_person(void *ctx, const struct ledger_wanted *x)
{
	struct counted *c = ctx;

	c->n++;
	if (c->r != NULL)
		c->r->person[c->r->n_persons++] = *x;
}

static void
count_part(void *ctx, const struct ledger_part *x)
{
	struct counted *c = ctx;

	c->n++;
	if (c->r != NULL)
		c->r->part[c->r->n_parts++].p = *x;
}

static void
collect(void *ctx, const struct ledger_erasure *row)
{
	struct counted *c = ctx;
	struct erasing *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		c->failed = true;
		return;
	}
	r->row = *row;
	r->next = c->list;
	c->list = r;
}

static int
load_one(struct parent *p, const struct ledger_erasure *row, struct err *e)
{
	struct counted persons = { .p = p }, parts = { .p = p };
	struct ledger *l = p->ev.ledger;

	if (ledger_erasure_persons(l, row->id, &persons, count_person,
	    e) == -1 || ledger_erasure_parts(l, row->id, &parts, count_part,
	    e) == -1)
		return -1;
	persons.r = parts.r = new_one(row, persons.n, parts.n);
	if (persons.r == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (ledger_erasure_persons(l, row->id, &persons, count_person,
	    e) == -1 || ledger_erasure_parts(l, row->id, &parts, count_part,
	    e) == -1) {
		free_one(persons.r);
		return -1;
	}
	link_in(p, persons.r);
	end_if_over(p, persons.r);
	return 0;
}

int
erasing_load(struct parent *p, struct err *e)
{
	struct counted c = { .p = p };
	int rc = ledger_erasure_each(p->ev.ledger, &c, collect, e);
	struct erasing *order = NULL;
	size_t n = 0;

	if (rc == 0 && c.failed)
		rc = err_set(e, ERR_MEMORY, "no memory");
	while (c.list != NULL) {		/* oldest first again */
		struct erasing *r = c.list;

		c.list = r->next;
		r->next = order;
		order = r;
	}
	while (order != NULL) {
		struct erasing *r = order;

		order = r->next;
		if (rc == 0)
			rc = load_one(p, &r->row, e);
		free(r);
		n++;
	}
	if (rc == 0 && n != 0)
		log_line(LOG_NOTICE, "%zu requests of persons are not at "
		    "their end; they go on", n);
	return rc;
}

int
erasing_id(char ret[LEDGER_ERASURE_ID + 1], struct err *e)
{
	uint8_t id[LEDGER_ERASURE_ID / 2];

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return err_sys(e, "getrandom");
	hex_text(id, sizeof(id), ret);
	return 0;
}

struct erasing *
erasing_find(struct parent *p, const char *id)
{
	struct erasing *r = p->erasures;

	while (r != NULL && strcmp(r->row.id, id) != 0)
		r = r->next;
	return r;
}

struct erasing_part *
erasing_part(struct erasing *r, const char *dataset)
{
	for (size_t i = 0; i < r->n_parts; i++)
		if (strcmp(r->part[i].p.dataset, dataset) == 0)
			return &r->part[i];
	return NULL;
}

static bool
is_open(const struct erasing_part *x)
{
	return strcmp(x->p.state, "open") == 0;
}

struct erasing *
erasing_at(const struct place *pl)
{
	struct parent *p = pl->parent;
	const char *why;

	if (p->erasures == NULL || pl->asked_waits || p->opt.dry_run ||
	    !parent_may_enforce(p, &why))
		return NULL;
	for (struct erasing *r = p->erasures; r != NULL; r = r->next)
		for (size_t i = 0; i < r->n_parts; i++)
			if (is_open(&r->part[i]) &&
			    strcmp(r->part[i].p.store, pl->full) == 0)
				return r;
	return NULL;
}

bool
erasing_is_told(const struct erasing *r)
{
	for (size_t i = 0; i < r->n_parts; i++)
		if (is_open(&r->part[i]) && r->part[i].fails == 0)
			return false;
	return true;
}

static void
wake(struct parent *p, const struct erasing *r)
{
	for (size_t i = 0; i < r->n_parts; i++) {
		struct place *pl = place_find(p, r->part[i].p.store);

		if (pl == NULL || !is_open(&r->part[i]))
			continue;
		pl->asked_waits = false;
		agenda_urge(pl);
	}
}

int
erasing_begin(struct parent *p, const struct ledger_erasure_new *n,
    const char *why, struct err *e)
{
	struct erasing *r = new_one(n->erasure, n->n_persons, n->n_parts);

	if (r == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	r->n_persons = n->n_persons;
	r->n_parts = n->n_parts;
	memcpy(r->person, n->persons, n->n_persons * sizeof(*r->person));
	for (size_t i = 0; i < n->n_parts; i++)
		r->part[i].p = n->parts[i];
	/* In the trail first: a request that nobody did is seen there. */
	if (erasenote_begun(p, r, why, e) == -1 ||
	    ledger_erasure_add(p->ev.ledger, n, e) == -1) {
		free_one(r);
		return -1;
	}
	link_in(p, r);
	for (size_t i = 0; i < r->n_parts; i++)
		if (!is_open(&r->part[i]) &&
		    erasenote_outcome(p, r, &r->part[i], e) == -1)
			return -1;
	wake(p, r);
	end_if_over(p, r);
	return 0;
}

void
erasing_count(struct parent *p, const char *id, const char *dataset,
    uint64_t erased)
{
	struct erasing *r = erasing_find(p, id);
	struct erasing_part *x = r != NULL ? erasing_part(r, dataset) : NULL;
	struct err e = ERR_EMPTY;

	if (x == NULL || erased == 0)
		return;
	x->p.erased += erased;
	if (ledger_erasure_part(p->ev.ledger, id, &x->p, &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
}

void
erasing_fail(struct parent *p, struct erasing *r, struct erasing_part *x,
    const struct err *why)
{
	struct err e = ERR_EMPTY;

	x->fails++;
	(void)snprintf(x->p.error, sizeof(x->p.error), "%.200s; it is tried "
	    "again", why->text);
	if (ledger_erasure_part(p->ev.ledger, r->row.id, &x->p, &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
}

/* The whole of it, when the last part has its outcome. */
static void
end_if_over(struct parent *p, struct erasing *r)
{
	struct erasing **at = &p->erasures;
	struct record_erasure x = { .id = r->row.id, .what = r->row.what,
		.counted = true, .state = "done" };
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < r->n_parts; i++) {
		const struct ledger_part *q = &r->part[i].p;

		if (is_open(&r->part[i]))
			return;
		x.erased += q->erased;
		x.left += q->left;
		x.held += q->held;
		x.restricted += q->restricted;
		x.kept += q->kept;
		if (strcmp(q->state, "done") != 0)
			x.state = "left";
	}
	if (erasenote_end(p, r, &x, &e) == -1 || ledger_erasure_end(p->ev.ledger,
	    r->row.id, clock_now(), &e) == -1) {
		log_line(LOG_ERROR, "request %s: %s", r->row.id, e.text);
		return;				/* the next start ends it */
	}
	log_line(LOG_NOTICE, "request %s (%s): %s: %llu erased, %llu left",
	    r->row.id, x.what, x.state, (unsigned long long)x.erased,
	    (unsigned long long)x.left);
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	free_one(r);
	(void)evidence_seal(&p->ev, &e);
}

void
erasing_settle(struct parent *p, struct erasing *r, struct erasing_part *x)
{
	struct record_erasure rec = { .id = r->row.id,
		.what = erasenote_what(r), .state = x->p.state,
		.store = x->p.store, .dataset = x->p.dataset, .counted = true,
		.erased = x->p.erased, .left = x->p.left, .held = x->p.held,
		.restricted = x->p.restricted, .kept = x->p.kept };
	struct err e = ERR_EMPTY;

	if (erasenote_outcome(p, r, x, &e) == -1 ||
	    erasenote_record(p, &rec, &e) == -1 ||
	    ledger_erasure_part(p->ev.ledger, r->row.id, &x->p, &e) == -1)
		log_line(LOG_ERROR, "request %s: %s", r->row.id, e.text);
	else
		end_if_over(p, r);
}
