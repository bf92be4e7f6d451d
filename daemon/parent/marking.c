/*
 * marking - marks are kept in the ledger, one for each file; whoever erases
 * makes the change counter of a database go up, and a restored file has the
 * one it had.
 */
#include "marking.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/ledger_erasure.h"
#include "retention/log.h"
#include "retention/msg.h"
#include "retention/pool.h"

#include "job.h"
#include "parent.h"
#include "place.h"
#include "printing.h"
#include "restoring.h"

#define LONG_AGO_MS (INT64_C(24) * 3600 * 1000)

/* A store that goes as a whole leaves no file to look at. */
static bool
has_rows(const struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->dataset[i].rule->action == RULE_DESTROY)
			return false;
	return j->store->kind == RULE_SQLITE;
}

static bool
may_look(const struct job *j)
{
	return (j->kind == JOB_PASS || j->kind == JOB_REQUEST) &&
	    has_rows(j) && j->parent->ev.ledger != NULL &&
	    !evidence_off(&j->parent->ev);
}

static bool
has_erased(const struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->dataset[i].erased != 0)
			return true;
	return false;
}

static int
ask(struct job *j, struct err *e)
{
	struct buf out = BUF_EMPTY;
	int rc;

	msg_mark_put_from(&out, j->mark_from);
	j->marking = true;
	rc = job_send(j, WIRE_MARK, &out, e);
	buf_release(&out);
	return rc;
}

int
marking_begin(struct job *j, bool *ret_asked, struct err *e)
{
	*ret_asked = !j->marked && may_look(j);
	j->marked = true;
	return *ret_asked ? ask(j, e) : 0;
}

int
marking_end(struct job *j, bool *ret_asked, struct err *e)
{
	*ret_asked = !j->marked_after && has_erased(j) && may_look(j);
	j->marked_after = true;
	j->mark_from = 0;
	return *ret_asked ? ask(j, e) : 0;
}

/* Why the file is not the one that was seen last; NULL: it is.  Sure: nothing
 * that an application does to its own file looks like it. */
static const char *
compare(const struct ledger_mark *was, const struct msg_mark *is,
    bool *ret_sure)
{
	*ret_sure = true;
	if (was->ino != is->ino || (was->dev != 0 && is->born != 0 &&
	    was->dev != is->born))
		return "another file is in its place";
	if (is->counter < was->counter)
		return "its counter of changes went back";
	if (is->cookie < was->cookie)
		return "its schema's number went back";
	*ret_sure = false;
	if (is->cookie > was->cookie &&
	    memcmp(was->schema, is->schema, sizeof(is->schema)) == 0)
		return "it was written over as a whole";
	return NULL;
}

int
marking_keep(struct job *j, const struct msg_mark *is, struct err *e)
{
	struct ledger_mark m = { .dev = is->born, .ino = is->ino,
		.counter = is->counter, .cookie = is->cookie };

	memcpy(m.file, is->file, sizeof(m.file));
	memcpy(m.schema, is->schema, sizeof(m.schema));
	return ledger_mark_put(j->parent->ev.ledger, j->place->full, &m, e);
}

int
marking_doubt(struct job *j, const char *why, struct err *e)
{
	if (!j->doubted && restoring_suspect(j->parent, j->place, why, e) == -1)
		return -1;
	j->doubted = true;
	return 0;
}

/* First who came back is looked for, then what was seen is forgotten: a kill
 * in between looks twice.  Where the file does not prove anything, what it
 * holds may. */
static int
look(struct job *j, const struct msg_mark *m, struct err *e)
{
	struct ledger_mark was;
	const char *why = NULL;
	bool sure = false;
	int rc = ledger_mark_get(j->parent->ev.ledger, j->place->full,
	    m->file, &was, e);

	if (rc == -1)
		return -1;
	if (rc == 1)
		why = compare(&was, m, &sure);
	if (rc == 1 && !sure && m->cookie > was.cookie)
		return printing_doubt(j, m, why, e);
	if (why != NULL && restoring_file(j->parent, j->place, why, m->file,
	    e) == -1)
		return -1;
	return marking_keep(j, m, e);
}

int
marking_go_on(struct job *j, struct err *e)
{
	bool asked;

	if (j->parent->stopping || j->worker.hurried)
		return job_advance(j, e);
	if (printing_next(j, &asked, e) == -1)
		return -1;
	if (asked)
		return 0;
	if (j->mark_page < MSG_MARKS_MOST)
		return job_advance(j, e);
	j->mark_from += j->mark_page;
	return ask(j, e);
}

int
marking_on_marked(struct job *j, const char *body, size_t n, struct err *e)
{
	struct err trouble = ERR_EMPTY;
	struct pool *p = pool_new();
	struct msg_marked m = { .n = 0 };
	int rc = p == NULL ? err_set(e, ERR_MEMORY, "no memory") :
	    msg_mark_get(body, n, p, &m, e);

	j->marking = false;
	for (size_t i = 0; rc == 0 && i < m.n; i++)
		if (look(j, &m.mark[i], &trouble) == -1)
			log_line(LOG_ERROR, "store %s: %s", j->place->full,
			    trouble.text);
	j->mark_page = m.n;
	pool_free(p);
	return rc == -1 ? -1 : marking_go_on(j, e);
}

void
marking_suspect(struct job *j, const struct job_dataset *d)
{
	struct place_dataset *known = place_dataset_find(j->place,
	    d->rule->full);
	struct err e = ERR_EMPTY;

	if (known == NULL || !known->counted || known->fresh ||
	    place_is_restored(j->place) || j->parent->ev.ledger == NULL ||
	    evidence_off(&j->parent->ev) || !d->counts.has_oldest ||
	    known->past.due != 0 || known->counts.held != 0 ||
	    known->counts.restricted != 0 ||
	    d->rule->timing.keep == RULE_UNTIL_EVENT ||
	    d->counts.oldest_due.ms + LONG_AGO_MS > known->past.last_pass.ms)
		return;
	if (restoring_suspect(j->parent, j->place, "what was due long ago is "
	    "there again", &e) == -1)
		log_line(LOG_ERROR, "store %s: %s", j->place->full, e.text);
}
