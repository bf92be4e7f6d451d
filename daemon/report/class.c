/* class - sorts outcomes into classes, each with its intent's particulars. */
#include "class.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"

struct class_open {
	char *op;
	char *text[CLASS_N_TEXTS];
	struct class_open *next;
};

static const char *const keys[CLASS_N_TEXTS] = {
	[CLASS_DATASET] = "dataset", [CLASS_STORE] = "store",
	[CLASS_ACTION] = "action", [CLASS_BASIS] = "basis",
	[CLASS_AGREEMENT] = "agreement", [CLASS_POLICY] = "policy",
	[CLASS_METHOD] = "method", [CLASS_ASSURANCE] = "assurance",
	[CLASS_VERIFY] = "verify",
};

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

/* "2026-11-22T10:00:00.123Z" as the verifier took it. */
static struct wall
time_of(const json_t *record)
{
	const char *t = text_of(record, "t");
	int part[7] = { 0 };
	int64_t y, m, days;

	if (sscanf(t, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &part[0], &part[1],
	    &part[2], &part[3], &part[4], &part[5], &part[6]) != 7)
		return (struct wall){ 0 };
	y = part[0] - (part[1] <= 2);
	m = part[1] + (part[1] > 2 ? -3 : 9);
	days = y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
	    part[2] - 1 - 719468;
	return (struct wall){ (((days * 24 + part[3]) * 60 + part[4]) * 60 +
	    part[5]) * 1000 + part[6] };
}

static bool
in_scope(const struct certificate_scope *s, const json_t *record)
{
	const char *dataset = text_of(record, "dataset");
	size_t i = 0;

	if (s->agreement != NULL &&
	    strcmp(s->agreement, text_of(record, "agreement")) != 0)
		return false;
	while (i < s->n_datasets && strcmp(s->dataset[i], dataset) != 0)
		i++;
	return s->n_datasets == 0 || i < s->n_datasets;
}

static bool
in_time(const struct certificate_scope *s, struct wall t)
{
	return !(s->has_from && t.ms < s->from.ms) &&
	    !(s->has_to && t.ms >= s->to.ms);
}

static void
on_intent(struct certificate *c, const json_t *record)
{
	struct class_open *o;

	if (!in_scope(&c->scope, record))
		return;
	o = calloc(1, sizeof(*o));
	if (o == NULL) {
		c->failed = true;
		return;
	}
	o->op = strdup(text_of(record, "op"));
	c->failed |= o->op == NULL;
	for (int i = 0; i < CLASS_METHOD; i++) {
		o->text[i] = strdup(text_of(record, keys[i]));
		c->failed |= o->text[i] == NULL;
	}
	o->next = c->open;
	c->open = o;
	c->unfinished++;
}

static void
drop(struct certificate *c, struct class_open **at)
{
	struct class_open *o = *at;

	*at = o->next;
	for (int i = 0; i < CLASS_N_TEXTS; i++)
		free(o->text[i]);
	free(o->op);
	free(o);
	c->unfinished--;
}

static struct class_one *
find(struct certificate *c, char *const text[CLASS_N_TEXTS])
{
	struct class_one *one = c->first;

	for (; one != NULL; one = one->next) {
		int i = 0;

		while (i < CLASS_N_TEXTS &&
		    strcmp(one->text[i], text[i]) == 0)
			i++;
		if (i == CLASS_N_TEXTS)
			return one;
	}
	one = calloc(1, sizeof(*one));
	for (int i = 0; one != NULL && i < CLASS_N_TEXTS; i++) {
		one->text[i] = strdup(text[i]);
		c->failed |= one->text[i] == NULL;
	}
	if (one == NULL || c->failed) {
		c->failed = true;
		free(one);
		return NULL;
	}
	*c->last = one;
	c->last = &one->next;
	return one;
}

static void
add_reasons(struct class_one *one, json_t *skipped)
{
	const char *key;
	json_t *v;

	json_object_foreach(skipped, key, v) {
		uint64_t n = count_of(skipped, key);
		size_t i = 0;

		while (i < one->n_reasons &&
		    strcmp(one->reason[i].name, key) != 0)
			i++;
		if (i == CLASS_MOST_REASONS || strlen(key) >= 32)
			i = CLASS_MOST_REASONS - 1;	/* the last takes all */
		else if (i == one->n_reasons)
			memcpy(one->reason[one->n_reasons++].name, key,
			    strlen(key) + 1);
		one->reason[i].n += n;
		one->skipped += n;
	}
}

static void
add(struct class_one *one, const json_t *record, struct wall t)
{
	if (one->operations++ == 0)
		one->first = t;
	one->last = t;
	one->failed += strcmp(text_of(record, "type"), "fail") == 0;
	one->recovered += json_is_true(json_object_get(record, "recovered"));
	one->pseudonymous |= json_is_true(json_object_get(record,
	    "pseudonymous"));
	one->n += count_of(record, "n");
	one->erased += count_of(record, "erased");
	one->left += count_of(record, "left");
	add_reasons(one, json_object_get(record, "skipped"));
}

static void
on_outcome(struct certificate *c, const json_t *record)
{
	struct class_open **at = &c->open;
	struct wall t = time_of(record);
	struct class_one *one;

	while (*at != NULL && strcmp((*at)->op, text_of(record, "op")) != 0)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	for (int i = CLASS_METHOD; i < CLASS_N_TEXTS; i++) {
		(*at)->text[i] = strdup(text_of(record, keys[i]));
		c->failed |= (*at)->text[i] == NULL;
	}
	if (!c->failed && in_time(&c->scope, t)) {
		one = find(c, (*at)->text);
		if (one != NULL)
			add(one, record, t);
	}
	drop(c, at);
}

static void
on_approval(struct certificate *c, const json_t *record)
{
	const json_t *who = json_object_get(record, "who");
	struct class_approval *a;
	struct buf b = BUF_EMPTY;
	const char *plan = text_of(record, "plan");

	if (!in_scope(&c->scope, record) || !in_time(&c->scope,
	    time_of(record)))
		return;
	buf_putf(&b, "%s %s plan %.64s", text_of(record, "t"),
	    strcmp(text_of(record, "type"), "approve") == 0 ? "approved" :
	    "rejected", plan[0] != '\0' ? plan : text_of(record, "id"));
	if (json_object_get(record, "dataset") != NULL)
		buf_putf(&b, " of %.256s", text_of(record, "dataset"));
	if (json_object_get(record, "n") != NULL)
		buf_putf(&b, ", %" PRIu64 " items", count_of(record, "n"));
	buf_putf(&b, ", by %.256s (uid %" PRId64 ")", text_of(who, "user"),
	    (int64_t)json_integer_value(json_object_get(who, "uid")));
	a = calloc(1, sizeof(*a));
	if (a != NULL)
		a->text = strdup(buf_text(&b));
	if (a == NULL || a->text == NULL) {
		c->failed = true;
		free(a);
	} else {
		*c->last_approval = a;
		c->last_approval = &a->next;
	}
	buf_release(&b);
}

void
class_record(struct certificate *c, const json_t *record)
{
	const char *type = text_of(record, "type");

	if (strcmp(type, "intent") == 0) {
		on_intent(c, record);
	} else if (strcmp(type, "done") == 0 || strcmp(type, "fail") == 0) {
		on_outcome(c, record);
	} else if (strcmp(type, "approve") == 0 ||
	    strcmp(type, "reject") == 0) {
		on_approval(c, record);
	} else if (strcmp(type, "cp") == 0) {
		free(c->note);
		c->note = strdup(text_of(record, "note"));
		c->failed |= c->note == NULL;
	}
}

void
class_release(struct certificate *c)
{
	while (c->open != NULL)
		drop(c, &c->open);
	while (c->first != NULL) {
		struct class_one *one = c->first;

		c->first = one->next;
		for (int i = 0; i < CLASS_N_TEXTS; i++)
			free(one->text[i]);
		free(one);
	}
	while (c->approvals != NULL) {
		struct class_approval *a = c->approvals;

		c->approvals = a->next;
		free(a->text);
		free(a);
	}
	free(c->note);
}
