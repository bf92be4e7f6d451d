/*
 * printfile - one file in doubt: who and what is looked for in it, and what
 * follows from what was found.
 */
#include <stdlib.h>
#include <string.h>

#include "retention/ledger_print.h"
#include "retention/pool.h"

#include "erasing.h"
#include "job.h"
#include "marking.h"
#include "parent.h"
#include "place.h"
#include "printing_private.h"
#include "restoring.h"

#define MOST_TOLD 20000			/* prints of one question */

/* Room for one more; the pool keeps what was there until all is over. */
static void *
grown(struct printing *x, const void *old, size_t n, size_t *room, size_t size)
{
	void *more;

	if (*room == 0)
		*room = 64;
	else
		*room *= 2;
	more = pool_array(x->pool, *room, size);
	if (more == NULL)
		x->no_memory = true;
	else if (n != 0)
		memcpy(more, old, n * size);
	return more;
}

static void
add_person(void *ctx, const struct ledger_wanted *p)
{
	struct printing *x = ctx;

	if (x->no_memory)
		return;
	if (x->n_persons == x->room_persons)
		x->person = grown(x, x->person, x->n_persons,
		    &x->room_persons, sizeof(*x->person));
	if (!x->no_memory)
		x->person[x->n_persons++] = *p;
}

static int
by_person(const void *a, const void *b)
{
	const struct ledger_wanted *p = a, *q = b;
	int c = strcmp(p->kind, q->kind);

	return c != 0 ? c : memcmp(p->hash, q->hash, sizeof(p->hash));
}

static void
add_row(void *ctx, const struct ledger_print *p)
{
	struct printing *x = ctx;
	const struct rule_notice *n = x->job->notice;
	struct ledger_wanted who = { .before = { 0 } }, *found;
	size_t d = 0;

	(void)snprintf(who.kind, sizeof(who.kind), "%s", p->kind);
	memcpy(who.hash, p->hash, sizeof(who.hash));
	while (d < n->n_datasets &&
	    strcmp(n->datasets[d].full, p->dataset) != 0)
		d++;
	found = x->n_persons == 0 ? NULL : bsearch(&who, x->person,
	    x->n_persons, sizeof(*x->person), by_person);
	if (found == NULL || d == n->n_datasets || x->no_memory)
		return;
	if (x->n_rows == x->room_rows)
		x->row = grown(x, x->row, x->n_rows, &x->room_rows,
		    sizeof(*x->row));
	if (x->no_memory)
		return;
	x->row[x->n_rows] = (struct printproof_row){ .t = p->at.ms,
		.dataset = (uint32_t)d,
		.person = (uint32_t)(found - x->person) };
	memcpy(x->row[x->n_rows++].print, p->print, PRINT_BYTES);
}

static int
by_dataset(const void *a, const void *b)
{
	const struct printproof_row *p = a, *q = b;

	if (p->dataset != q->dataset)
		return p->dataset < q->dataset ? -1 : 1;
	return (p->person > q->person) - (p->person < q->person);
}

int
printfile_begin(struct job *j, struct printing *x, struct err *e)
{
	const struct ledger_print_sink sink = { x, add_row };
	struct ledger *l = j->parent->ev.ledger;

	x->pool = pool_new();
	if (x->pool == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if ((x->at == 0 && ledger_erasure_expire(l, clock_now(), e) == -1) ||
	    ledger_erasure_suppressed(l, x, add_person, e) == -1)
		return -1;
	if (x->n_persons != 0)
		qsort(x->person, x->n_persons, sizeof(*x->person), by_person);
	if (ledger_print_each(l, j->place->full, x->doubt[x->at].mark.file,
	    &sink, e) == -1)
		return -1;
	x->back = pool_array(x->pool, x->n_persons + 1, sizeof(*x->back));
	x->told = pool_array(x->pool, x->n_rows + 1, sizeof(*x->told));
	if (x->no_memory || x->back == NULL || x->told == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (x->n_rows != 0)
		qsort(x->row, x->n_rows, sizeof(*x->row), by_dataset);
	return 0;
}

static bool
declares(const struct rule_dataset *d, const char *kind)
{
	for (size_t i = 0; i < d->n_subject; i++)
		if (strcmp(d->subject[i].kind, kind) == 0)
			return true;
	return false;
}

size_t
printfile_choose(struct printing *x, const struct rule_dataset *d,
    struct rule_person *ret)
{
	size_t n = 0, row = 0;

	x->n_told = 0;
	for (; x->next < x->n_persons && n < ERASING_MOST_PERSONS &&
	    x->n_told < MOST_TOLD; x->next++) {
		const struct ledger_wanted *p = &x->person[x->next];

		if (!declares(d, p->kind))
			continue;
		ret[n] = (struct rule_person){ .kind = p->kind,
			.before = p->before };
		memcpy(ret[n++].hash, p->hash, sizeof(p->hash));
		while (row < x->n_rows && (x->row[row].dataset < x->dataset ||
		    (x->row[row].dataset == x->dataset &&
		    x->row[row].person < x->next)))
			row++;
		for (; row < x->n_rows && x->row[row].dataset == x->dataset &&
		    x->row[row].person == x->next; row++)
			x->told[x->n_told++] = row;
	}
	return n;
}

/* Persons of whom something is back, and the prints of it. */
static int
replay(struct job *j, const struct printproof *p, struct err *e)
{
	struct printing *x = j->printing;
	struct restoring_printed r = { .file = x->doubt[x->at].mark.file,
		.why = "rows that were erased are there again" };
	struct restoring_print *prints = pool_array(x->pool, x->n_rows + 1,
	    sizeof(*prints));
	struct ledger_wanted *persons = pool_array(x->pool, p->persons + 1,
	    sizeof(*persons));
	uint32_t *number = pool_array(x->pool, x->n_persons + 1,
	    sizeof(*number));

	if (prints == NULL || persons == NULL || number == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < x->n_persons; i++) {
		number[i] = (uint32_t)r.n_persons;
		if (x->back[i])
			persons[r.n_persons++] = x->person[i];
	}
	for (size_t i = 0; i < x->n_rows; i++) {
		struct restoring_print *to = &prints[r.n_prints];

		if (!x->row[i].goes)
			continue;
		to->person = number[x->row[i].person];
		to->p.dataset = j->notice->datasets[x->row[i].dataset].full;
		memcpy(to->p.print, x->row[i].print, sizeof(to->p.print));
		r.n_prints++;
	}
	r.persons = persons;
	r.prints = prints;
	return restoring_printed(j->parent, j->place, &r, e);
}

int
printfile_end(struct job *j, struct err *e)
{
	struct printing *x = j->printing;
	const struct doubt *d = &x->doubt[x->at];
	struct printproof p = printproof_judge(x->row, x->n_rows, x->back,
	    x->n_persons);
	/* Something that looks old, and does not go by this. */
	bool open = !p.proved || p.open || x->failed || x->other != 0 ||
	    (x->timed != 0 && p.persons < x->n_persons);

	if (p.proved && replay(j, &p, e) == -1)
		return -1;
	if (open && d->why != NULL && marking_doubt(j, d->why, e) == -1)
		return -1;
	return marking_keep(j, &d->mark, e);
}
