/*
 * printing - for each file in doubt, over each dataset that a person's request
 * goes through, the persons who are suppressed, so many at a time.
 */
#include "printing.h"

#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/log.h"
#include "retention/msg_print.h"
#include "retention/pool.h"

#include "eraseplan.h"
#include "erasing.h"
#include "firing.h"
#include "gating.h"
#include "job.h"
#include "marking.h"
#include "parent.h"
#include "place.h"
#include "printing_private.h"
#include "printkeep.h"
#include "ruleset.h"

static void
forget_file(struct printing *x)
{
	pool_free(x->pool);
	*x = (struct printing){ .n = x->n, .room = x->room, .at = x->at,
		.doubt = x->doubt, .job = x->job };
}

void
printing_free(struct printing *x)
{
	if (x == NULL)
		return;
	forget_file(x);
	free(x->doubt);
	free(x);
}

bool
printing_is_asking(const struct job *j)
{
	return j->printing != NULL && j->printing->asking;
}

int
printing_doubt(struct job *j, const struct msg_mark *m, const char *why,
    struct err *e)
{
	struct printing *x = j->printing;

	if (x == NULL)
		x = j->printing = calloc(1, sizeof(*x));
	if (x == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	x->job = j;
	if (x->n == x->room) {
		size_t room = x->room != 0 ? x->room * 2 : 8;
		struct doubt *more = reallocarray(x->doubt, room,
		    sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "no memory");
		x->doubt = more;
		x->room = room;
	}
	x->doubt[x->n++] = (struct doubt){ *m, why };
	return 0;
}

/* The rule as a request over all that is theirs in that file would have it. */
static const struct rule_dataset *
rule_for(struct job *j, const struct rule_dataset *d,
    const struct rule_person *who, size_t n, struct err *e)
{
	static const uint8_t only[16];
	struct printing *x = j->printing;
	const struct doubt *at = &x->doubt[x->at];
	struct rule_dataset *copy = pool_alloc(x->pool, sizeof(*copy));

	d = firing_fill(j->parent, j->notice, d, x->pool, e);
	if (d == NULL)
		return NULL;
	d = eraseplan_fill(j->set->conf, d, who, n, NULL, x->pool);
	if (d == NULL || copy == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		return NULL;
	}
	*copy = *d;
	copy->has_only = memcmp(at->mark.file, only, sizeof(only)) != 0;
	memcpy(copy->only, at->mark.file, sizeof(copy->only));
	return copy;
}

static int
question(struct job *j, const struct rule_dataset *d,
    const struct rule_person *who, size_t n, struct err *e)
{
	struct printing *x = j->printing;
	uint8_t (*print)[PRINT_BYTES] = pool_array(x->pool, x->n_told + 1,
	    sizeof(*print));
	struct msg_job m = { .at = clock_now() };
	struct buf out = BUF_EMPTY;
	int rc;

	d = print == NULL ? NULL : rule_for(j, d, who, n, e);
	if (print == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (d == NULL)
		return -1;
	for (size_t i = 0; i < x->n_told; i++)
		memcpy(print[i], x->row[x->told[i]].print, PRINT_BYTES);
	m.dataset = *d;
	if (gating_send(j, d, e) == -1 || printkeep_send(j,
	    (const uint8_t (*)[PRINT_BYTES])print, x->n_told, e) == -1)
		return -1;
	msg_put_job(&out, &m);
	rc = job_send(j, WIRE_MATCH, &out, e);
	buf_release(&out);
	x->asking = rc == 0;
	return rc;
}

/* Over the datasets of the store, from the one at hand on. */
static int
ask(struct job *j, bool *ret_asked, struct err *e)
{
	struct printing *x = j->printing;
	struct rule_person who[ERASING_MOST_PERSONS];

	*ret_asked = false;
	for (; x->n_rows != 0 && x->dataset < j->notice->n_datasets;
	    x->dataset++, x->next = 0) {
		const struct rule_dataset *d =
		    &j->notice->datasets[x->dataset];
		const struct rule_store *s = rule_store_of(j->notice, d);
		size_t n;

		if (s == NULL || strcmp(s->full, j->store->full) != 0 ||
		    eraseplan_why_never(d, j->store, false) != NULL)
			continue;
		n = printfile_choose(x, d, who);
		if (n == 0)
			continue;
		*ret_asked = true;
		return question(j, d, who, n, e);
	}
	return 0;
}

int
printing_next(struct job *j, bool *ret_asked, struct err *e)
{
	struct printing *x = j->printing;

	*ret_asked = false;
	for (; x != NULL && x->at < x->n; x->at++) {
		struct err trouble = ERR_EMPTY;
		int rc = x->pool == NULL ? printfile_begin(j, x, &trouble) : 0;

		if (rc == 0 && ask(j, ret_asked, &trouble) == -1) {
			/* What cannot be sent ends the job anyhow. */
			*e = trouble;
			return -1;
		}
		if (*ret_asked)
			return 0;
		if (rc == -1 || printfile_end(j, &trouble) == -1)
			log_line(LOG_ERROR, "store %s: %s", j->place->full,
			    trouble.text);
		forget_file(x);
	}
	if (x != NULL)
		x->n = x->at = 0;
	return 0;
}

int
printing_on_matched(struct job *j, const char *body, size_t n, struct err *e)
{
	struct printing *x = j->printing;
	struct msg_matched m;

	if (x == NULL || !x->asking)
		return err_set(e, ERR_PROTOCOL, "not asked for");
	if (msg_print_get_matched(body, n, x->n_told, &m, e) == -1)
		return -1;
	x->asking = false;
	for (size_t i = 0; i < m.n; i++)
		x->row[x->told[i]].flags = m.flags[i];
	x->timed += m.timed;
	x->other += m.other;
	return marking_go_on(j, e);
}

int
printing_on_failed(struct job *j, const struct err *why, struct err *e)
{
	struct printing *x = j->printing;

	log_line(LOG_WARN, "store %s: what was erased cannot be compared: %s",
	    j->place->full, why->text);
	x->asking = false;
	x->failed = true;
	return marking_go_on(j, e);
}
