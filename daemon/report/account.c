/* account - sorts the records of a period by dataset and by kind. */
#include "account_private.h"

#include <jansson.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "retention/cut.h"

static const char *const reasons[ACCOUNT_N_REASONS] = {
	"drift", "held", "restricted", "other",
};

static const struct event {
	const char *type, *name;
} events[ACCOUNT_N_EVENTS] = {
	[ACCOUNT_HOLD] = { "hold", "holds placed" },
	[ACCOUNT_RELEASE] = { "release", "holds released" },
	[ACCOUNT_RESTRICT] = { "restrict", "restrictions placed" },
	[ACCOUNT_UNRESTRICT] = { "unrestrict", "restrictions ended" },
	[ACCOUNT_REQUEST] = { "request", "requests of persons" },
	[ACCOUNT_EVENT] = { "event", "events declared" },
	[ACCOUNT_POLICY] = { "policy", "policies taken" },
	[ACCOUNT_CLOCK] = { "clock", "clock in doubt or confirmed" },
	[ACCOUNT_START] = { "start", "starts of the daemon" },
	[ACCOUNT_UNCLEAN] = { "unclean", "starts after no stop" },
	[ACCOUNT_ROTATE] = { "rotate", "signing keys replaced" },
	[ACCOUNT_REKEY] = { "rekey", "signing keys lost" },
	[ACCOUNT_ANCHOR] = { "anchor", "anchors" },
	[ACCOUNT_SHRED] = { "shred", "epochs whose keys were destroyed" },
	[ACCOUNT_RECOVER] = { "recover", "torn records set aside" },
	[ACCOUNT_PRUNE] = { "prune", "removals of old records" },
};

const char *
account_reason(size_t i)
{
	return reasons[i];
}

const char *
account_event_type(size_t i)
{
	return events[i].type;
}

const char *
account_event_name(size_t i)
{
	return events[i].name;
}

static int
by_name(const void *a, const void *b)
{
	const struct account_set *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct account *
account_new(const struct account_period *p)
{
	struct account *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->period = *p;
	a->last = &a->sets;
	return a;
}

static void
drop(struct account *a, struct account_open **at)
{
	struct account_open *o = *at;

	*at = o->next;
	free(o);
	a->n_open--;
}

void
account_free(struct account *a)
{
	if (a == NULL)
		return;
	while (a->open != NULL)
		drop(a, &a->open);
	while (a->sets != NULL) {
		struct account_set *s = a->sets;

		a->sets = s->next;
		(void)tdelete(s, &a->tree, by_name);
		free(s->name);
		free(s);
	}
	free(a->note);
	free(a);
}

const struct account_set *
account_find(const struct account *a, const char *dataset)
{
	char *name = strdup(dataset);	/* tfind() wants one that is no const */
	const struct account_set key = { .name = name };
	struct account_set *const *at = name != NULL ?
	    tfind(&key, &a->tree, by_name) : NULL;

	free(name);
	return at != NULL ? *at : NULL;
}

/* NULL: no memory. */
static struct account_set *
set_of(struct account *a, const char *name)
{
	struct account_set *s = calloc(1, sizeof(*s));
	void *at = NULL;

	if (s != NULL)
		s->name = strdup(name);
	if (s != NULL && s->name != NULL)
		at = tsearch(s, &a->tree, by_name);
	if (at != NULL && *(struct account_set **)at == s) {
		*a->last = s;
		a->last = &s->next;
		a->n_sets++;
		return s;
	}
	a->failed |= at == NULL;
	if (s != NULL)
		free(s->name);
	free(s);
	return at != NULL ? *(struct account_set **)at : NULL;
}

static struct account_set *
find_set(struct account *a, const char *name)
{
	if (a->n_sets >= ACCOUNT_MOST_SETS && account_find(a, name) == NULL)
		name = ACCOUNT_OTHERS;
	return set_of(a, name);
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static uint64_t
count_of(const json_t *object, const char *key)
{
	int64_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

static bool
inside(const struct account *a, struct wall t)
{
	return !(a->period.has_from && t.ms < a->period.from.ms) &&
	    !(a->period.has_to && t.ms >= a->period.to.ms);
}

static void
on_intent(struct account *a, const json_t *r, struct wall t)
{
	const char *op = text_of(r, "op");
	struct account_open *o;

	if (a->n_open == ACCOUNT_MOST_OPEN || strlen(op) >= sizeof(o->op))
		return;
	o = calloc(1, sizeof(*o));
	if (o == NULL) {
		a->failed = true;
		return;
	}
	memcpy(o->op, op, strlen(op));
	o->set = find_set(a, text_of(r, "dataset"));
	o->inside = inside(a, t);
	o->corrects = strcmp(text_of(r, "action"), "correct") == 0;
	o->next = a->open;
	a->open = o;
	a->n_open++;
}

static void
add_skipped(struct account_set *s, json_t *skipped)
{
	const char *key;
	json_t *v;

	json_object_foreach(skipped, key, v) {
		size_t i = 0;

		while (i < ACCOUNT_N_REASONS - 1 &&
		    strcmp(reasons[i], key) != 0)
			i++;
		s->skipped[i] += count_of(skipped, key);
	}
}

static void
on_outcome(struct account *a, const json_t *r, struct wall t)
{
	struct account_open **at = &a->open;
	struct account_set *s;
	bool corrects;

	while (*at != NULL && strcmp((*at)->op, text_of(r, "op")) != 0)
		at = &(*at)->next;
	if (*at == NULL) {
		a->without_intent += inside(a, t);
		return;
	}
	s = (*at)->set;
	corrects = (*at)->corrects;
	drop(a, at);
	if (s == NULL || !inside(a, t))
		return;
	if (s->operations++ == 0)
		s->first = t;
	s->last = t;
	s->failed += strcmp(text_of(r, "type"), "fail") == 0;
	s->recovered += json_is_true(json_object_get(r, "recovered"));
	if (!corrects)
		s->erased += count_of(r, "erased");
	s->left += count_of(r, "left");
	add_skipped(s, json_object_get(r, "skipped"));
}

static void
add_changes(struct account *a, const json_t *r, const char *key,
    size_t member)
{
	const json_t *list = json_object_get(r, key);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		struct account_set *s = name != NULL ? find_set(a, name) : NULL;

		if (s != NULL)
			++*(uint64_t *)(void *)((char *)s + member);
	}
}

/* Records that count for a dataset, by their type. */
static void
on_decision(struct account *a, const json_t *r, const char *type)
{
	static const struct { const char *type; size_t member; } list[] = {
		{ "brake", offsetof(struct account_set, brakes) },
		{ "plan", offsetof(struct account_set, plans) },
		{ "approve", offsetof(struct account_set, approved) },
		{ "reject", offsetof(struct account_set, rejected) },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct account_set *s;

		if (strcmp(list[i].type, type) != 0)
			continue;
		/* A plan has a record when it is made, and one at its end. */
		if (strcmp(type, "plan") == 0 &&
		    json_object_get(r, "state") != NULL)
			continue;
		s = find_set(a, text_of(r, "dataset"));
		if (s != NULL)
			++*(uint64_t *)(void *)((char *)s + list[i].member);
	}
	if (strcmp(type, "policy") == 0) {
		add_changes(a, r, "shortened",
		    offsetof(struct account_set, shortened));
		add_changes(a, r, "lengthened",
		    offsetof(struct account_set, lengthened));
	}
}

static void
on_record(struct account *a, const json_t *r)
{
	const char *type = text_of(r, "type");
	struct wall t;

	if (cut_time(text_of(r, "t"), &t) == -1)
		return;
	if (strcmp(type, "intent") == 0) {
		on_intent(a, r, t);
	} else if (strcmp(type, "done") == 0 || strcmp(type, "fail") == 0) {
		on_outcome(a, r, t);
	} else if (strcmp(type, "cp") == 0) {
		free(a->note);
		a->note = strdup(text_of(r, "note"));
		a->failed |= a->note == NULL;
	} else if (inside(a, t)) {
		on_decision(a, r, type);
		for (size_t i = 0; i < ACCOUNT_N_EVENTS; i++)
			a->event[i] += strcmp(events[i].type, type) == 0;
		a->event[ACCOUNT_UNCLEAN] +=
		    json_is_true(json_object_get(r, "unclean"));
	}
}

void
account_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	json_t *record = json_loadb(line, n, 0, NULL);

	(void)seq;
	if (record != NULL)
		on_record(ctx, record);
	json_decref(record);
}

uint64_t
account_unfinished(const struct account *a)
{
	uint64_t n = 0;

	for (const struct account_open *o = a->open; o != NULL; o = o->next)
		n += o->inside;
	return n;
}

int64_t
account_overdue(const struct account_promise *p, struct wall now)
{
	int64_t ms = now.ms - p->oldest_due.ms;

	return p->counted && p->due != 0 && p->has_oldest && ms > 0 ?
	    ms / 1000 : 0;
}
