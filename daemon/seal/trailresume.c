/*
 * trailresume - reads the whole trail through the verifier and collects the
 * operations that a crash left open.  Whoever continues it holds the key that
 * signed last (rotate_settle), which pins every record before.
 */
#include "trailresume.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"

struct reading {
	struct trailresume r;
	struct trailscan *scan;		/* borrowed */
	struct verify_finding worst;	/* the first that forbids to go on */
	bool forbidden, no_memory;
};

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	struct reading *g = ctx;

	if (f->verdict == VERIFY_INCOMPLETE)
		return;
	if (!g->forbidden || (f->verdict == VERIFY_TAMPERED &&
	    g->worst.verdict != VERIFY_TAMPERED))
		g->worst = *f;
	g->forbidden = true;
}

static void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct reading *g = ctx;

	(void)seq;
	trailscan_line(g->scan, line, n);
}

static int
grow(struct trailresume *r)
{
	struct trail_open_op *ops = realloc(r->ops,
	    (r->n_ops + 1) * sizeof(*ops));
	uint8_t (**c)[COMMIT_BYTES];

	if (ops == NULL)
		return -1;
	r->ops = ops;
	c = realloc(r->c, (r->n_ops + 1) * sizeof(*c));
	if (c == NULL)
		return -1;
	r->c = c;
	return 0;
}

static void
on_open(void *ctx, const struct verify_open *from)
{
	struct reading *g = ctx;
	struct trailresume *r = &g->r;
	uint8_t (*c)[COMMIT_BYTES] = NULL;
	struct trail_open_op *op;

	if (grow(r) == -1 || (from->n <= RECORD_C_IN_LINE &&
	    (c = malloc(sizeof(from->c))) == NULL)) {
		g->no_memory = true;
		return;
	}
	if (c != NULL)
		memcpy(c, from->c, sizeof(from->c));
	op = &r->ops[r->n_ops];
	*op = (struct trail_open_op){ .n = from->n, .ep = from->ep,
		.cutoff = from->cutoff };
	memcpy(op->op, from->op, sizeof(op->op));
	memcpy(op->dataset, from->dataset, sizeof(op->dataset));
	memcpy(op->store, from->store, sizeof(op->store));
	memcpy(op->object, from->object, sizeof(op->object));
	memcpy(op->action, from->action, sizeof(op->action));
	r->c[r->n_ops++] = c;
}

static int
judge(struct reading *g, const struct trail_settings *s, struct err *e)
{
	const struct verify_report *r = &g->r.report;

	if (g->no_memory)
		return err_set(e, ERR_MEMORY, "no memory for open operations");
	/* A crash before the first record was whole; nothing was sealed. */
	if (r->records == 0 && r->verdict == VERIFY_UNVERIFIABLE && !r->lost &&
	    (s->at_least == NULL || s->at_least->size == 0)) {
		g->r.unborn = true;
		return 0;
	}
	if (g->forbidden)
		return err_set(e, ERR_TRAIL, "the trail is %s at record %"
		    PRIu64 ": %s; nothing is erased until a person has "
		    "looked at it (retentionctl audit verify)",
		    verify_verdict_name(g->worst.verdict), g->worst.from_seq,
		    g->worst.text);
	if (strcmp(r->first_key.name, s->origin) != 0)
		return err_set(e, ERR_TRAIL, "the trail is of %s, not of %s",
		    r->first_key.name, s->origin);
	return 0;
}

int
trailresume_read(const struct trail_settings *s, struct trailscan *scan,
    struct trailresume *ret, struct err *e)
{
	struct reading g = { .scan = scan };
	struct verify_options o = { .pin = s->pin, .holds_key = true,
		.accept_rekey = true, .now = s->now, .ctx = &g,
		.finding = on_finding, .open = on_open, .record = on_record,
		.copies_folder = s->copies, .copies_origin = s->origin,
		.temp = s->state };
	struct buf path = BUF_EMPTY;
	int rc;

	if (s->at_least != NULL) {
		o.has_head = true;
		o.head_size = s->at_least->size;
		memcpy(o.head_root, s->at_least->root, 32);
	}
	buf_putf(&path, "%s/trail", s->state);
	rc = buf_failed(&path) ? err_set(e, ERR_MEMORY, "no memory") :
	    verify_trail(buf_text(&path), &o, &g.r.report, e);
	if (rc == 0)
		rc = judge(&g, s, e);
	buf_release(&path);
	if (rc == -1)
		trailresume_release(&g.r);
	else
		*ret = g.r;
	return rc;
}

void
trailresume_release(struct trailresume *r)
{
	for (size_t i = 0; i < r->n_ops; i++)
		free(r->c[i]);
	free(r->c);
	free(r->ops);
	*r = (struct trailresume){ .ops = NULL };
}
