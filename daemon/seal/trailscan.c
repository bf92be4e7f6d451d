/*
 * trailscan - reads the few members it needs by their place in the line.
 * Heads have one order, which the verifier demands, and payloads are those of
 * our own writers; so this is no parser of JSON.
 */
#include "trailscan.h"

#include <stdlib.h>
#include <string.h>

#include "retention/cut.h"
#include "retention/hex.h"
#include "retention/record.h"

#define HEAD_MOST 256		/* the type stands within so many bytes */

struct head {
	uint64_t seq;
	uint32_t ep;
	const char *t;			/* RFC 3339 */
	const char *type, *payload;	/* payload: after the type, at a comma */
	size_t n_type, n_payload;
};

/* Behind `key` in the first bytes of the line, or NULL. */
static const char *
after(const char *line, size_t n, const char *key)
{
	size_t len = strlen(key);
	const char *at = memmem(line, n < HEAD_MOST ? n : HEAD_MOST, key, len);

	return at != NULL ? at + len : NULL;
}

static int
read_head(const char *line, size_t n, struct head *h)
{
	const char *seq = after(line, n, "\"seq\":");
	const char *ep = after(line, n, "\"ep\":");
	const char *type = after(line, n, "\"type\":\"");
	const char *end;

	h->t = after(line, n, "\"t\":\"");
	if (seq == NULL || ep == NULL || type == NULL || h->t == NULL || n < HEAD_MOST / 2)
		return -1;
	end = memchr(type, '"', (size_t)(line + n - type));
	if (end == NULL)
		return -1;
	h->seq = strtoull(seq, NULL, 10);
	h->ep = (uint32_t)strtoul(ep, NULL, 10);
	h->type = type;
	h->n_type = (size_t)(end - type);
	h->payload = end + 1;
	h->n_payload = (size_t)(line + n - h->payload);
	return 0;
}

static void *
one_more(struct trailscan *s, void *list, size_t n, size_t bytes)
{
	void *more = list;

	if ((n & (n - 1)) == 0)		/* none, or a power of two: full */
		more = realloc(list, (n == 0 ? 1 : 2 * n) * bytes);
	if (more == NULL)
		s->failed = true;
	return more;
}

static int
read_op(const struct head *h, uint8_t op[COMMIT_OP_BYTES])
{
	char text[2 * COMMIT_OP_BYTES + 1];
	const char *at = after(h->payload, h->n_payload, ",\"op\":\"");

	if (at == NULL ||
	    h->payload + h->n_payload - at < (ptrdiff_t)sizeof(text))
		return -1;
	memcpy(text, at, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	return hex_bytes(text, COMMIT_OP_BYTES, op);
}

static void
on_intent(struct trailscan *s, const struct head *h)
{
	struct trailscan_op one = { .ep = h->ep };
	struct trailscan_op *more;

	if (read_op(h, one.op) == -1) {
		s->failed = true;
		return;
	}
	more = one_more(s, s->op, s->n_ops, sizeof(one));
	if (more == NULL)
		return;
	s->op = more;
	s->op[s->n_ops++] = one;
}

static void
on_outcome(struct trailscan *s, const struct head *h)
{
	uint8_t op[COMMIT_OP_BYTES];
	size_t i = 0;

	if (read_op(h, op) == -1)
		return;
	while (i < s->n_ops && memcmp(s->op[i].op, op, sizeof(op)) != 0)
		i++;
	if (i < s->n_ops)
		s->op[i] = s->op[--s->n_ops];
}

static void
on_rotate(struct trailscan *s, const struct head *h)
{
	struct trailscan_end one = { .ep = h->ep };
	struct trailscan_end *more;

	if (cut_time(h->t, &one.at) == -1)
		return;
	more = one_more(s, s->end, s->n_ends, sizeof(one));
	if (more == NULL)
		return;
	s->end = more;
	s->end[s->n_ends++] = one;
}

static void
on_shred(struct trailscan *s, const struct head *h)
{
	const char *ep = after(h->payload, h->n_payload, ",\"epoch\":");
	uint32_t *more;

	if (ep == NULL)
		return;
	more = one_more(s, s->shred, s->n_shreds, sizeof(*more));
	if (more == NULL)
		return;
	s->shred = more;
	s->shred[s->n_shreds++] = (uint32_t)strtoul(ep, NULL, 10);
}

static void
on_prune(struct trailscan *s, const struct head *h)
{
	buf_reset(&s->prune);
	buf_puts(&s->prune, "{");
	buf_add(&s->prune, h->payload + 1, h->n_payload - 1);
	buf_puts(&s->prune, "\n");
	s->failed = s->failed || buf_failed(&s->prune);
}

static const struct {
	const char *type;
	void (*on)(struct trailscan *s, const struct head *h);
} rules[] = {
	{ "intent", on_intent }, { "done", on_outcome },
	{ "fail", on_outcome }, { "rotate", on_rotate },
	{ "rekey", on_rotate }, { "shred", on_shred }, { "prune", on_prune },
};

void
trailscan_line(struct trailscan *s, const char *line, size_t n)
{
	struct head h;

	if (read_head(line, n, &h) == -1)
		return;
	if (!s->any && cut_time(h.t, &s->first) == 0) {
		s->any = true;
		s->first_seq = h.seq;
	}
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strlen(rules[i].type) == h.n_type &&
		    memcmp(rules[i].type, h.type, h.n_type) == 0)
			rules[i].on(s, &h);
}

void
trailscan_release(struct trailscan *s)
{
	buf_release(&s->prune);
	free(s->op);
	free(s->end);
	free(s->shred);
	*s = (struct trailscan){ .prune = BUF_EMPTY };
}

bool
trailscan_is_open(const struct trailscan *s, uint32_t ep)
{
	for (size_t i = 0; i < s->n_ops; i++)
		if (s->op[i].ep == ep)
			return true;
	return false;
}

/* Its rotation was pruned: then it ended before what is there begins. */
struct wall
trailscan_ended(const struct trailscan *s, uint32_t ep)
{
	for (size_t i = 0; i < s->n_ends; i++)
		if (s->end[i].ep >= ep)
			return s->end[i].at;
	return s->first;
}
