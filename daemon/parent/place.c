/*
 * place - keeps the list of stores in step with the policy.
 */
#include "place.h"

#include <stdlib.h>
#include <string.h>

#include "retention/log.h"

#include "agenda.h"
#include "parent.h"
#include "planning.h"
#include "ruleset.h"

struct place *
place_find(struct parent *p, const char *full)
{
	struct place *pl = p->places;

	while (pl != NULL && strcmp(pl->full, full) != 0)
		pl = pl->next;
	return pl;
}

struct place_dataset *
place_dataset_find(struct place *pl, const char *full)
{
	for (size_t i = 0; i < pl->n; i++)
		if (strcmp(pl->dataset[i].past.dataset, full) == 0)
			return &pl->dataset[i];
	return NULL;
}

struct wall
place_overdue(const struct place_dataset *d, struct wall now)
{
	struct wall since = { 0 };

	if (d->past.due != 0)
		since = d->past.oldest_due;
	if (since.ms == 0 && d->failed && d->counted && d->counts.has_next)
		since = d->counts.next_due;
	return since.ms < now.ms ? since : (struct wall){ 0 };
}

static struct place *
add(struct parent *p, const char *full)
{
	struct place *pl = calloc(1, sizeof(*pl));
	struct place **at = &p->places;

	if (pl == NULL)
		return NULL;
	pl->parent = p;
	pl->watch = -1;
	(void)snprintf(pl->full, sizeof(pl->full), "%s", full);
	agenda_init(pl);
	while (*at != NULL)
		at = &(*at)->next;
	*at = pl;
	return pl;
}

static void
init_dataset(struct parent *p, struct place_dataset *d, const char *full)
{
	struct err e = ERR_EMPTY;

	if (p->ev.ledger != NULL &&
	    ledger_dataset_get(p->ev.ledger, full, &d->past, &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
	(void)snprintf(d->past.dataset, sizeof(d->past.dataset), "%s", full);
	planning_load(p, d);
}

/* In doubt it is: the brake then counts without exception. */
static bool
is_fresh(struct parent *p, const char *full)
{
	struct err e = ERR_EMPTY;

	return p->ev.ledger != NULL &&
	    ledger_fresh_get(p->ev.ledger, full, &e) != 0;
}

static size_t
count_of(const struct rule_notice *n, const struct rule_store *s)
{
	size_t k = 0;

	for (size_t i = 0; i < n->n_datasets; i++)
		k += rule_store_of(n, &n->datasets[i]) == s;
	return k;
}

static int
sync_one(struct place *pl, const struct rule_notice *n,
    const struct rule_store *s)
{
	size_t k = count_of(n, s), at = 0;
	struct place_dataset *new = calloc(k + 1, sizeof(*new));

	if (new == NULL)
		return -1;
	for (size_t i = 0; i < n->n_datasets; i++) {
		const struct rule_dataset *d = &n->datasets[i];
		struct place_dataset *old = place_dataset_find(pl, d->full);

		if (rule_store_of(n, d) != s)
			continue;
		if (old != NULL)
			new[at] = *old;
		else
			init_dataset(pl->parent, &new[at], d->full);
		new[at].rule = d;
		new[at].fresh = is_fresh(pl->parent, d->full);
		new[at].wanted = true;
		new[at].brake_recorded = false;
		at++;
	}
	free(pl->dataset);
	pl->dataset = new;
	pl->n = at;
	pl->notice = n;
	pl->store = s;
	return 0;
}

int
place_sync(struct parent *p, struct err *e)
{
	const struct conf_set *conf = p->set->conf;

	for (struct place *pl = p->places; pl != NULL; pl = pl->next) {
		pl->notice = NULL;
		pl->store = NULL;
	}
	for (size_t i = 0; i < conf->n_notices; i++) {
		const struct rule_notice *n = &conf->notices[i];

		for (size_t j = 0; j < n->n_stores; j++) {
			struct place *pl = place_find(p, n->stores[j].full);

			if (pl == NULL)
				pl = add(p, n->stores[j].full);
			if (pl == NULL || sync_one(pl, n, &n->stores[j]) == -1)
				return err_set(e, ERR_MEMORY, "no memory");
		}
	}
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		if (pl->store == NULL)
			pl->n = 0;	/* its rules may be gone any moment */
	place_sweep(p);
	return 0;
}

static void
free_one(struct place *pl)
{
	must(pl->job == NULL);
	agenda_release(pl);
	while (pl->open != NULL)
		place_drop_open(pl, pl->open->info.op);
	free(pl->dataset);
	free(pl);
}

void
place_sweep(struct parent *p)
{
	struct place **at = &p->places;

	while (*at != NULL) {
		struct place *pl = *at;

		if (pl->store != NULL || pl->job != NULL || pl->open != NULL) {
			at = &pl->next;
			continue;
		}
		*at = pl->next;
		free_one(pl);
	}
}

void
place_free_all(struct parent *p)
{
	while (p->places != NULL) {
		struct place *pl = p->places;

		p->places = pl->next;
		free_one(pl);
	}
}

bool
place_is_restored(const struct place *pl)
{
	return pl->passed < pl->restored;
}

int
place_add_open(struct place *pl, const struct trail_open_op *info,
    uint8_t (*c)[COMMIT_BYTES], const uint8_t *root)
{
	struct place_open *o = calloc(1, sizeof(*o));
	struct place_open **at = &pl->open;

	if (o == NULL) {
		free(c);
		return -1;
	}
	o->info = *info;
	o->c = c;
	o->has_root = root != NULL;
	if (root != NULL)
		memcpy(o->root, root, sizeof(o->root));
	while (*at != NULL)
		at = &(*at)->next;
	*at = o;
	return 0;
}

void
place_drop_open(struct place *pl, const uint8_t op[COMMIT_OP_BYTES])
{
	struct place_open **at = &pl->open;

	while (*at != NULL && memcmp((*at)->info.op, op, COMMIT_OP_BYTES) != 0)
		at = &(*at)->next;
	if (*at != NULL) {
		struct place_open *o = *at;

		*at = o->next;
		free(o->c);
		free(o);
	}
}
