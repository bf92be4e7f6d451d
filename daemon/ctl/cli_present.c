#include "cli_present.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/cut.h"
#include "retention/hex.h"
#include "retention/pool.h"

#include "cli_items.h"
#include "cli_keys.h"
#include "cli_out.h"
#include "cli_plan.h"
#include "cli_resume.h"
#include "cli_worker.h"

#define OP_TEXT (2 * COMMIT_OP_BYTES)
#define MOST_OPEN 1024			/* as the verifier */
#define MOST_BYTES ((size_t)16 << 20)	/* of a group's commitments */

struct one {				/* operation */
	uint8_t op[COMMIT_OP_BYTES];
	uint32_t ep;
	uint64_t seq[2];
	struct wall cutoff;
	char *object;			/* owned */
	struct buf c;
	uint64_t n, erased;
	struct set *set;
	struct one *next;
};

struct set {				/* dataset of today's policies */
	const struct cli_plan_row *row;
	struct one *first;		/* owned; done, to be asked about */
	size_t n, bytes;
	bool lost;			/* its store said no, and was told */
};

struct cli_present {
	struct cli_present_want want;
	struct pool *pool;		/* owned */
	struct cli_plan plan;
	struct set *set;		/* owned, plan.n */
	struct cli_keys *keys;		/* owned */
	struct one *open;		/* owned */
	size_t n_open;
	struct cli_present_found found;
};

static void
one_free(struct one *o)
{
	free(o->object);
	buf_release(&o->c);
	free(o);
}

static void
drop_all(struct one **at)
{
	while (*at != NULL) {
		struct one *o = *at;

		*at = o->next;
		one_free(o);
	}
}

struct cli_present *
cli_present_new(const struct cli_present_want *want, struct err *e)
{
	const struct cli_plan_job job = { .set = want->set, .at = want->now,
		.rules_only = true };
	struct cli_present *p = calloc(1, sizeof(*p));

	if (p == NULL || (p->pool = pool_new()) == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		goto fail;
	}
	p->want = *want;
	if (cli_plan_make(&job, p->pool, &p->plan, e) == -1)
		goto fail;
	p->set = calloc(p->plan.n + 1, sizeof(*p->set));
	if (p->set == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		goto fail;
	}
	for (size_t i = 0; i < p->plan.n; i++)
		p->set[i].row = &p->plan.rows[i];
	p->keys = cli_keys_new(want->set->main.state, e);
	if (p->keys != NULL)
		return p;
fail:
	cli_present_free(p);
	return NULL;
}

void
cli_present_free(struct cli_present *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; p->set != NULL && i < p->plan.n; i++)
		drop_all(&p->set[i].first);
	drop_all(&p->open);
	cli_keys_free(p->keys);
	free(p->set);
	pool_free(p->pool);
	free(p);
}

struct cli_present_found
cli_present_found(const struct cli_present *p)
{
	return p->found;
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

/* NULL: no policy of today has it, or it is in another store now. */
static struct set *
set_of(struct cli_present *p, const json_t *r)
{
	for (size_t i = 0; i < p->plan.n; i++) {
		const struct cli_plan_row *row = p->set[i].row;

		if (strcmp(row->d.full, text_of(r, "dataset")) == 0)
			return strcmp(row->store->full, text_of(r,
			    "store")) == 0 ? &p->set[i] : NULL;
	}
	return NULL;
}

static void
on_intent(struct cli_present *p, const json_t *r)
{
	const char *op = text_of(r, "op");
	struct one *o = calloc(1, sizeof(*o));

	if (o == NULL || p->n_open == MOST_OPEN || strlen(op) != OP_TEXT ||
	    hex_bytes(op, COMMIT_OP_BYTES, o->op) == -1 ||
	    (o->object = strdup(text_of(r, "object"))) == NULL ||
	    cut_time(text_of(r, "cutoff"), &o->cutoff) == -1 ||
	    cli_items_read(p->want.set->main.state, r, &o->c) == -1) {
		if (o != NULL)
			one_free(o);
		p->found.missed++;
		return;
	}
	o->ep = (uint32_t)count_of(r, "ep");
	o->seq[0] = count_of(r, "seq");
	o->n = count_of(r, "n");
	o->set = set_of(p, r);
	o->next = p->open;
	p->open = o;
	p->n_open++;
}

static void
tell(struct cli_present *p, const struct verify_finding *f)
{
	p->want.finding(p->want.ctx, f);
}

static void
tell_lost(struct cli_present *p, struct set *s, const char *why)
{
	struct verify_finding f = { .verdict = VERIFY_INCOMPLETE,
		.from_seq = s->first->seq[0], .to_seq = s->first->seq[1] };

	if (!s->lost) {
		(void)snprintf(f.text, sizeof(f.text), "dataset %.64s: its "
		    "store cannot be looked into: %.120s", s->row->d.full, why);
		tell(p, &f);
	}
	s->lost = true;
	p->found.missed += s->n;
}

/* Items that stayed by the record's own word are no finding. */
static void
judge(struct cli_present *p, const struct one *o,
    const struct cli_resume_op *a)
{
	struct verify_finding f = { .verdict = VERIFY_TAMPERED,
		.from_seq = o->seq[0], .to_seq = o->seq[1] };
	uint64_t stayed = o->n - o->erased;

	p->found.anew += a->other;
	if (a->due <= stayed)
		return;
	p->found.there += a->due - stayed;
	(void)snprintf(f.text, sizeof(f.text), "dataset %.64s: %" PRIu64 " of %"
	    PRIu64 " items that are recorded as erased are in the store, due "
	    "as they were: the record is false, or a backup was restored",
	    o->set->row->d.full, a->due - stayed, o->erased);
	tell(p, &f);
}

struct group {				/* of one dataset */
	struct cli_resume_op *op;
	size_t n;
	struct pool *pool;
};

/* First all at once, at the newest instant, when whatever was due is due. */
static int
ask_group(struct cli_present *p, struct set *s, struct cli_worker *w,
    const struct group *g, struct err *e)
{
	struct cli_resume_job job = { .dataset = &s->row->d, .op = g->op,
		.n = g->n };
	size_t i = 0;
	bool all;

	for (const struct one *o = s->first; o != NULL; o = o->next)
		if (o->cutoff.ms > job.at.ms)
			job.at = o->cutoff;
	all = cli_resume_ask(w, &job, g->pool, e) == 0;
	if (!all && e->code != ERR_REFUSED)
		return -1;
	for (const struct one *o = s->first; o != NULL; o = o->next, i++)
		all = all && g->op[i].due <= o->n - o->erased;
	i = 0;
	for (const struct one *o = s->first; o != NULL; o = o->next, i++) {
		job = (struct cli_resume_job){ .dataset = &s->row->d,
			.at = o->cutoff, .op = &g->op[i], .n = 1 };
		if (!all && cli_resume_ask(w, &job, g->pool, e) == -1)
			return -1;
		judge(p, o, &g->op[i]);
	}
	return 0;
}

/* The questions of all operations whose keys are there; the others go. */
static size_t
questions(struct cli_present *p, struct set *s, struct cli_resume_op *a)
{
	struct one **at = &s->first;
	size_t n = 0;

	while (*at != NULL) {
		struct one *o = *at;

		memcpy(a[n].op.op, o->op, COMMIT_OP_BYTES);
		if (cli_keys_op(p->keys, o->ep, &a[n].op) == -1) {
			p->found.closed++;
			*at = o->next;
			one_free(o);
			s->n--;
			continue;
		}
		a[n].object = o->object;
		a[n].n = o->c.n / COMMIT_BYTES;
		a[n].c = (const uint8_t (*)[COMMIT_BYTES])o->c.data;
		n++;
		at = &o->next;
	}
	return n;
}

static int
look(struct cli_present *p, struct set *s, struct group *g, struct err *e)
{
	const struct rule_notice *notice = s->row->notice;
	struct cli_worker w = CLI_WORKER_NONE;
	const char *note = NULL;
	uint8_t key[32];
	struct cli_worker_way way = cli_worker_way(&p->want.set->main, notice,
	    cli_plan_needs_key(notice), key, &note);
	int rc;

	g->pool = pool_new();
	if (g->pool == NULL)
		rc = err_set(e, ERR_MEMORY, "no memory");
	else if (note != NULL && cli_plan_keyed(&s->row->d))
		rc = err_set(e, ERR_REFUSED, "%s", note);
	else
		rc = cli_worker_open(s->row->store, &way, &w, e);
	explicit_bzero(key, sizeof(key));
	if (rc == 0)
		rc = ask_group(p, s, &w, g, e);
	cli_worker_close(&w);
	pool_free(g->pool);
	return rc;
}

static void
flush(struct cli_present *p, struct set *s)
{
	struct cli_resume_op a[CLI_RESUME_MOST] = { 0 };
	struct err e = ERR_EMPTY;
	struct group g = { .op = a, .n = questions(p, s, a) };

	if (g.n != 0) {
		cli_out_progress("looking in store %s", s->row->store->full);
		if (s->lost || s->row->error != NULL)
			tell_lost(p, s, s->row->error);
		else if (look(p, s, &g, &e) == -1)
			tell_lost(p, s, e.text);
		else
			for (const struct one *o = s->first; o != NULL;
			    o = o->next) {
				p->found.operations++;
				p->found.items += o->n;
			}
	}
	explicit_bzero(a, sizeof(a));
	drop_all(&s->first);
	s->n = s->bytes = 0;
}

static void
on_outcome(struct cli_present *p, const json_t *r)
{
	uint8_t op[COMMIT_OP_BYTES];
	struct one **at = &p->open;
	struct one *o;

	if (strlen(text_of(r, "op")) != OP_TEXT ||
	    hex_bytes(text_of(r, "op"), sizeof(op), op) == -1)
		return;
	while (*at != NULL && memcmp((*at)->op, op, sizeof(op)) != 0)
		at = &(*at)->next;
	o = *at;
	if (o == NULL)
		return;
	*at = o->next;
	p->n_open--;
	o->seq[1] = count_of(r, "seq");
	o->erased = count_of(r, "erased");
	if (o->set == NULL || o->erased == 0 || o->erased > o->n) {
		p->found.gone += o->set == NULL;
		one_free(o);
		return;
	}
	o->next = o->set->first;
	o->set->first = o;
	o->set->bytes += o->c.n;
	if (++o->set->n == CLI_RESUME_MOST || o->set->bytes > MOST_BYTES)
		flush(p, o->set);
}

/* What was corrected is there, and has to be; so are lines in which a person's
 * request masked what only the person could name again. */
static bool
stays(const json_t *r)
{
	return strcmp(text_of(r, "action"), "correct") == 0 ||
	    (strcmp(text_of(r, "cause"), "request") == 0 &&
	    strcmp(text_of(r, "object"), "line") == 0);
}

void
cli_present_record(struct cli_present *p, const char *line, size_t n)
{
	json_t *r = json_loadb(line, n, 0, NULL);
	const char *type = text_of(r, "type");

	if (strcmp(type, "intent") == 0 && !stays(r))
		on_intent(p, r);
	else if (strcmp(type, "done") == 0 || strcmp(type, "fail") == 0)
		on_outcome(p, r);
	json_decref(r);
}

void
cli_present_end(struct cli_present *p)
{
	for (size_t i = 0; i < p->plan.n; i++)
		if (p->set[i].n != 0)
			flush(p, &p->set[i]);
	cli_out_progress_end();
}
