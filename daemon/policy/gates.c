#include "retention/gate.h"

#include <stdlib.h>
#include <string.h>

#include <stdbool.h>

#define MOST_SUBJECTS ((size_t)1 << 20)

static const char *const scopes[GATE_N_SCOPES] = {
	[GATE_ALL] = "all", [GATE_STORE] = "store",
	[GATE_DATASET] = "dataset", [GATE_SUBJECT] = "subject",
};

const char *
gates_scope_name(enum gate_scope s)
{
	return scopes[s];
}

int
gates_scope_find(const char *name)
{
	for (int i = 0; i < GATE_N_SCOPES; i++)
		if (strcmp(scopes[i], name) == 0)
			return i;
	return -1;
}

void
gates_release(struct gates *g)
{
	if (g->subject != NULL)
		explicit_bzero(g->subject, g->room * sizeof(*g->subject));
	free(g->subject);
	explicit_bzero(g, sizeof(*g));
}

int
gates_kind(const struct gates *g, const char *kind)
{
	for (size_t i = 0; i < g->n_kinds; i++)
		if (strcmp(g->kind[i], kind) == 0)
			return (int)i;
	return -1;
}

static int
add_kind(struct gates *g, const char *kind, struct err *e)
{
	size_t n = strlen(kind);
	int at = gates_kind(g, kind);

	if (at >= 0)
		return at;
	if (n == 0 || n >= GATE_KIND_BYTES || g->n_kinds == GATE_MOST_KINDS)
		return err_set(e, ERR_REFUSED, "holds: more than %d kinds of "
		    "identifiers, or a name of more than %d bytes",
		    GATE_MOST_KINDS, GATE_KIND_BYTES - 1);
	memcpy(g->kind[g->n_kinds], kind, n + 1);
	return (int)g->n_kinds++;
}

static int
make_room(struct gates *g, struct err *e)
{
	size_t room = g->room != 0 ? g->room * 2 : 64;
	struct gate_subject *s;

	if (g->n < g->room)
		return 0;
	s = room > MOST_SUBJECTS ? NULL : malloc(room * sizeof(*s));
	if (s == NULL)
		return err_set(e, ERR_MEMORY, "holds: no room for more than "
		    "%zu subjects", g->n);
	if (g->n != 0)
		memcpy(s, g->subject, g->n * sizeof(*s));
	free(g->subject);
	g->subject = s;
	g->room = room;
	return 0;
}

int
gates_add(struct gates *g, const char *kind,
    const uint8_t hash[GATE_HASH_BYTES], enum gate_state state, struct err *e)
{
	int k = add_kind(g, kind, e);
	struct gate_subject *s;

	if (k == -1 || make_room(g, e) == -1)
		return -1;
	s = &g->subject[g->n++];
	memcpy(s->hash, hash, GATE_HASH_BYTES);
	s->kind = (uint8_t)k;
	s->state = (uint8_t)state;
	return 0;
}

static bool
knows(const struct rule_dataset *d, const char *kind)
{
	for (size_t i = 0; i < d->n_persons; i++)
		if (strcmp(d->persons[i].kind, kind) == 0)
			return true;
	/* In the lines of a log anybody may be named. */
	return d->action == RULE_DESTROY ||
	    (d->n_wanted != 0 && d->table == NULL);
}

int
gates_apply(struct gates *g, const struct gate_hold *h, const char *store,
    const struct rule_dataset *d, struct wall at, struct err *e)
{
	if (h->until.ms != 0 && at.ms >= h->until.ms)
		return 0;
	if (h->scope == GATE_SUBJECT)
		return knows(d, h->kind) ?
		    gates_add(g, h->kind, h->hash, h->state, e) : 0;
	if (h->scope == GATE_STORE && strcmp(h->name, store) != 0)
		return 0;
	if (h->scope == GATE_DATASET && strcmp(h->name, d->full) != 0)
		return 0;
	if (h->state > g->whole)
		g->whole = h->state;
	return 0;
}

static int
by_subject(const void *va, const void *vb)
{
	const struct gate_subject *a = va, *b = vb;
	int c = memcmp(a->hash, b->hash, GATE_HASH_BYTES);

	return c != 0 ? c : (a->kind > b->kind) - (a->kind < b->kind);
}

/* Of several gates on one subject the strictest stays. */
void
gates_seal(struct gates *g)
{
	size_t kept = 0;

	if (g->n == 0)
		return;
	qsort(g->subject, g->n, sizeof(*g->subject), by_subject);
	for (size_t i = 1; i < g->n; i++) {
		struct gate_subject *last = &g->subject[kept];

		if (by_subject(last, &g->subject[i]) != 0)
			g->subject[++kept] = g->subject[i];
		else if (g->subject[i].state > last->state)
			last->state = g->subject[i].state;
	}
	g->n = kept + 1;
}

enum gate_state
gates_find(const struct gates *g, int kind,
    const uint8_t hash[GATE_HASH_BYTES])
{
	struct gate_subject want = { .kind = (uint8_t)kind };
	const struct gate_subject *found;

	memcpy(want.hash, hash, GATE_HASH_BYTES);
	found = g->n == 0 ? NULL : bsearch(&want, g->subject, g->n,
	    sizeof(want), by_subject);
	return found != NULL ? (enum gate_state)found->state : GATE_OPEN;
}

enum gate_state
gates_whole(const struct gates *g, const struct rule_dataset *d)
{
	enum gate_state most = g != NULL ? g->whole : GATE_OPEN;

	for (size_t i = 0; g != NULL && d->action == RULE_DESTROY &&
	    i < g->n; i++)
		if (g->subject[i].state > most)
			most = (enum gate_state)g->subject[i].state;
	return most;
}
