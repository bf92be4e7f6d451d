#include "cli_history.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"

#include "cli_out.h"

#define OP_DIGITS 32
#define DATASET "dataset of op"		/* a key that no record has */

struct part {			/* skipped when the record lacks the key */
	const char *before, *key, *after;
};

struct kind {
	const char *type;
	struct part part[8];	/* ends with a NULL key */
};

static const struct kind kinds[] = {
	{ "genesis", { { "trail of ", "origin", " begins" },
		{ ", key ", "vkey", "" },
		{ ", recovery key ", "recovery", "" } } },
	{ "start", { { "", "reason", "" }, { ", build ", "build", "" },
		{ ", unclean: ", "unclean", "" } } },
	{ "stop", { { "", "reason", "" } } },
	{ "policy", { { "taken by ", "who", "" }, { ", ", "added", " added" },
		{ ", ", "removed", " removed" },
		{ ", ", "lengthened", " lengthened" },
		{ ", ", "shortened", " SHORTENED" },
		{ ", ", "changed", " changed" } } },
	{ "intent", { { "", "dataset", ": " }, { "", "action", " " },
		{ "", "n", "" }, { " of ", "object", "" },
		{ ", ", "basis", "" }, { ", agreement ", "agreement", "" },
		{ ", due at ", "cutoff", "" } } },
	{ "done", { { "", DATASET, ": " }, { "", "erased", "" },
		{ " of ", "n", " done" }, { ", ", "left", " left" },
		{ ", ", "skipped", " skipped" }, { ", by ", "method", "" },
		{ ", recovered: ", "recovered", "" } } },
	{ "fail", { { "", DATASET, ": " }, { "FAILED (", "error", ")" },
		{ ", ", "erased", "" }, { " of ", "n", " done" },
		{ ", ", "left", " left" }, { ", ", "skipped", " skipped" } } },
	{ "plan", { { "", "dataset", ": " }, { "plan ", "plan", "" },
		{ " over ", "n", "" }, { ", ", "why", "" },
		{ ", ", "state", "" }, { ", ", "erased", " gone" },
		{ ", ", "skipped", " skipped" } } },
	{ "approve", { { "", "dataset", ": " }, { "plan ", "plan", "" },
		{ " over ", "n", "" }, { " APPROVED by ", "who", "" } } },
	{ "reject", { { "", "dataset", ": " }, { "plan ", "plan", "" },
		{ " over ", "n", "" }, { " rejected by ", "who", "" } } },
	{ "event", { { "", "name", "" }, { " at ", "at", "" },
		{ ", declared by ", "who", "" } } },
	{ "request", { { "", "id", ": " }, { "", "kind", "" },
		{ ", ", "state", "" }, { ", of ", "received", "" },
		{ ", due ", "due", "" }, { ", by ", "who", "" } } },
	{ "brake", { { "", "dataset", ": " }, { "stopped, ", "due", "" },
		{ " of ", "total", " due" }, { ": ", "why", "" } } },
	{ "defer", { { "", "dataset", ": " }, { "stays: ", "held", " held" },
		{ ", ", "restricted", " restricted" } } },
	{ "clock", { { "", "why", "" }, { ", from ", "from", "" },
		{ " to ", "to", "" } } },
	{ "scrub", { { "", "store", ": " }, { "dead bytes overwritten on ",
		"pages", " pages" }, { ", ", "strange", " left alone" },
		{ ", ", "error", "" }, { ", asked for by ", "who", "" },
		{ ", by the ", "by", "" } } },
	{ "cp", { { "sealed", "note", "" }, { ", final: ", "final", "" } } },
	{ "rotate", { { "next epoch ", "next", "" }, { ", key ", "vkey", "" },
		{ ", ", "why", "" }, { ", by ", "who", "" } } },
	{ "rekey", { { "next epoch ", "next", "" }, { ", key ", "vkey", "" },
		{ ", by the RECOVERY KEY: ", "why", "" },
		{ ", by ", "who", "" } } },
	{ "recover", { { "", "torn", " torn bytes set aside" },
		{ ": ", "why", "" } } },
	{ "anchor", { { "checkpoint of ", "size", " records" },
		{ ": ", "kind", "" }, { " by ", "by", "" },
		{ ", ", "at", "" } } },
};

/* Types that have no row: whatever of these they hold. */
static const struct part other[] = {
	{ "", "dataset", " " }, { "", "id", " " }, { "", "matter", " " },
	{ "", "n", " " }, { "by ", "who", "" }, { NULL, NULL, NULL }
};

struct open_op {
	char op[OP_DIGITS + 1];
	char *dataset;		/* owned */
	struct open_op *next;
};

struct cli_history {
	struct cli_history_filter filter;
	struct open_op *open;	/* owned; the newest first */
};

struct cli_history *
cli_history_new(const struct cli_history_filter *f)
{
	struct cli_history *h = calloc(1, sizeof(*h));

	if (h != NULL)
		h->filter = *f;
	return h;
}

static void
forget(struct open_op **at)
{
	struct open_op *op = *at;

	*at = op->next;
	free(op->dataset);
	free(op);
}

void
cli_history_free(struct cli_history *h)
{
	while (h != NULL && h->open != NULL)
		forget(&h->open);
	free(h);
}

static struct open_op **
find_op(struct cli_history *h, const char *op)
{
	struct open_op **at = &h->open;

	while (*at != NULL && (op == NULL || strcmp((*at)->op, op) != 0))
		at = &(*at)->next;
	return at;
}

static void
remember(struct cli_history *h, const char *op, const char *dataset)
{
	struct open_op *add;

	if (op == NULL || dataset == NULL || strlen(op) != OP_DIGITS)
		return;
	add = calloc(1, sizeof(*add));
	if (add == NULL)
		return;
	memcpy(add->op, op, OP_DIGITS);
	add->dataset = strdup(dataset);
	add->next = h->open;
	h->open = add;
}

/* {"drift":1,"held":2}: how many in all. */
static int64_t
sum(json_t *counts)
{
	int64_t n = 0;
	const char *key;
	json_t *v;

	json_object_foreach(counts, key, v)
		n += json_integer_value(v);
	return n;
}

static void
put_value(struct buf *out, json_t *v)
{
	const json_t *user = json_object_get(v, "user");
	const json_t *uid = json_object_get(v, "uid");

	if (json_is_string(user))
		cli_out_safe(out, json_string_value(user));
	else if (json_is_integer(uid))
		buf_putf(out, "uid %" PRId64, (int64_t)json_integer_value(uid));
	else if (json_is_string(v))
		cli_out_safe(out, json_string_value(v));
	else if (json_is_integer(v))
		buf_putf(out, "%" PRId64, (int64_t)json_integer_value(v));
	else if (json_is_array(v))
		buf_putf(out, "%zu", json_array_size(v));
	else if (json_is_boolean(v))
		buf_puts(out, json_is_true(v) ? "yes" : "no");
	else
		buf_putf(out, "%" PRId64, sum(v));
}

static void
put_parts(struct buf *out, const struct part *p, const json_t *record,
    const char *dataset)
{
	for (; p->key != NULL; p++) {
		bool by_op = strcmp(p->key, DATASET) == 0;
		json_t *v = by_op ? NULL : json_object_get(record, p->key);

		if (v == NULL && (!by_op || dataset == NULL))
			continue;
		buf_puts(out, p->before);
		if (by_op)
			cli_out_safe(out, dataset);
		else if (strcmp(p->key, "note") != 0)
			put_value(out, v);
		buf_puts(out, p->after);
	}
}

static const struct part *
parts_of(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].part;
	return other;
}

static bool
passes(const struct cli_history_filter *f, const char *type,
    const char *dataset)
{
	if (f->type != NULL && strcmp(f->type, type) != 0)
		return false;
	return f->dataset == NULL ||
	    (dataset != NULL && strcmp(f->dataset, dataset) == 0);
}

static bool
put_record(struct cli_history *h, const json_t *record, struct buf *out)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	const char *t = json_string_value(json_object_get(record, "t"));
	const char *op = json_string_value(json_object_get(record, "op"));
	const char *dataset =
	    json_string_value(json_object_get(record, "dataset"));
	struct open_op **at = find_op(h, op);
	bool outcome;
	bool shown;

	if (type == NULL || t == NULL)
		return false;
	outcome = strcmp(type, "done") == 0 || strcmp(type, "fail") == 0;
	if (strcmp(type, "intent") == 0)
		remember(h, op, dataset);
	if (outcome && *at != NULL)
		dataset = (*at)->dataset;
	shown = passes(&h->filter, type, dataset);
	if (shown) {
		cli_out_safe(out, t);
		buf_puts(out, "  ");
		cli_out_safe(out, type);
		buf_putf(out, "%*s", strlen(type) < 9 ? 9 - (int)strlen(type) :
		    1, "");
		put_parts(out, parts_of(type), record, dataset);
	}
	if (outcome && *at != NULL)
		forget(at);
	return shown;
}

bool
cli_history_line(struct cli_history *h, const char *record, size_t n,
    struct buf *out)
{
	json_error_t error;
	json_t *v = json_loadb(record, n, JSON_REJECT_DUPLICATES, &error);
	bool shown = json_is_object(v) && put_record(h, v, out);

	json_decref(v);
	return shown;
}
