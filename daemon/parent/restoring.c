/*
 * restoring - a store came out of a backup, and with it, perhaps, people who
 * were erased on request.
 */
#include "restoring.h"

#include <string.h>

#include "retention/log.h"
#include "retention/pool.h"

#include "agenda.h"
#include "eraseplan.h"
#include "erasenote.h"
#include "erasing.h"
#include "parent.h"
#include "place.h"
#include "recorrect.h"
#include "ruleset.h"

struct returned {
	struct pool *pool;
	struct ledger_wanted *list;
	size_t n, room;
	bool failed;
};

static void
add_returned(void *ctx, const struct ledger_wanted *x)
{
	struct returned *c = ctx;

	if (c->n == c->room) {
		size_t room = c->room != 0 ? c->room * 2 : 64;
		struct ledger_wanted *more = pool_array(c->pool, room,
		    sizeof(*more));

		if (more == NULL) {
			c->failed = true;
			return;
		}
		if (c->n != 0)
			memcpy(more, c->list, c->n * sizeof(*more));
		c->list = more;
		c->room = room;
	}
	c->list[c->n++] = *x;
}

/* One request over some of the persons. */
static int
look_for(struct parent *p, const struct place *pl,
    const struct ledger_erasure_new *about, const char *why, struct pool *pool,
    struct err *e)
{
	const char **kinds = pool_array(pool, about->n_persons, sizeof(*kinds));
	struct ledger_erasure_new n = *about;
	struct eraseplan plan = { .n_kinds = about->n_persons };

	if (kinds == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < about->n_persons; i++)
		kinds[i] = about->persons[i].kind;
	plan.kinds = kinds;
	if (eraseplan_make(p->set->conf, pl->full, pool, &plan, e) == -1)
		return -1;
	n.n_parts = plan.n_parts;
	n.parts = plan.parts;
	return plan.n_parts == 0 ? 0 : erasing_begin(p, &n, why, e);
}

static int
record(struct parent *p, const struct place *pl, const char *state,
    const char *why, const struct record_who *who, struct err *e)
{
	char id[LEDGER_ERASURE_ID + 1];
	struct record_erasure x = { .id = id, .what = "restored",
		.state = state, .store = pl->full, .why = why,
		.user = who != NULL ? who->user : NULL,
		.uid = who != NULL ? who->uid : 0 };

	return erasing_id(id, e) == -1 ? -1 : erasenote_record(p, &x, e);
}

/* It did.  What was corrected there is told; without that it goes on. */
static int
seen(struct parent *p, const struct place *pl, const char *why,
    const struct record_who *who, struct err *e)
{
	struct err trouble = ERR_EMPTY;

	if (record(p, pl, "seen", why, who, e) == -1)
		return -1;
	if (recorrect_tell(p, pl->full, &trouble) == -1)
		log_line(LOG_ERROR, "store %s: its corrections: %s", pl->full,
		    trouble.text);
	return 0;
}

int
restoring_suspect(struct parent *p, const struct place *pl, const char *why,
    struct err *e)
{
	log_line(LOG_WARN, "store %s may have come out of a backup: %s; if it "
	    "did, say so: retentionctl restored %s", pl->full, why, pl->full);
	return record(p, pl, "suspected", why, NULL, e);
}

/* row: what, when, who, and where alone. */
static int
begin(struct parent *p, struct place *pl, const char *why,
    struct ledger_erasure *row, char ret_id[LEDGER_ERASURE_ID + 1],
    struct err *e)
{
	struct returned c = { .pool = pool_new() };
	int rc = c.pool == NULL ? err_set(e, ERR_MEMORY, "no memory") : 0;

	if (rc == 0 && (ledger_erasure_expire(p->ev.ledger, row->made,
	    e) == -1 || ledger_erasure_suppressed(p->ev.ledger, &c,
	    add_returned, e) == -1))
		rc = -1;
	if (rc == 0 && c.failed)
		rc = err_set(e, ERR_MEMORY, "no memory");
	for (size_t at = 0; rc == 0 && at < c.n; at += ERASING_MOST_PERSONS) {
		struct ledger_erasure_new n = { .erasure = row,
			.persons = c.list + at, .n_persons = c.n - at };

		if (n.n_persons > ERASING_MOST_PERSONS)
			n.n_persons = ERASING_MOST_PERSONS;
		rc = erasing_id(row->id, e) == -1 ? -1 :
		    look_for(p, pl, &n, why, c.pool, e);
		if (rc == 0 && erasing_find(p, row->id) != NULL)
			memcpy(ret_id, row->id, sizeof(row->id));
	}
	pl->restored = pl->pass + 1;
	agenda_want(pl, NULL);
	pool_free(c.pool);
	return rc;
}

int
restoring_begin(struct parent *p, struct place *pl, const char *why,
    const struct record_who *who, char ret_id[LEDGER_ERASURE_ID + 1],
    struct err *e)
{
	struct ledger_erasure row = { .made = clock_now(),
		.what = "restored", .uid = who->uid };

	ret_id[0] = '\0';
	(void)snprintf(row.user, sizeof(row.user), "%s", who->user);
	log_line(LOG_NOTICE, "store %s came out of a backup: %s", pl->full,
	    why);
	return seen(p, pl, why, who, e) == -1 ? -1 :
	    begin(p, pl, why, &row, ret_id, e);
}

int
restoring_file(struct parent *p, struct place *pl, const char *why,
    const uint8_t file[16], struct err *e)
{
	static const uint8_t only[16];
	struct ledger_erasure row = { .made = clock_now(),
		.what = "restored",
		.has_file = memcmp(file, only, sizeof(only)) != 0 };
	char id[LEDGER_ERASURE_ID + 1];

	memcpy(row.file, file, sizeof(row.file));
	log_line(LOG_NOTICE, "store %s came out of a backup%s: %s", pl->full,
	    row.has_file ? ", in one of its files" : "", why);
	return seen(p, pl, why, NULL, e) == -1 ? -1 :
	    begin(p, pl, why, &row, id, e);
}

/* So many persons from one on, with what is known of theirs. */
static int
replay(struct parent *p, const struct place *pl,
    const struct restoring_printed *r, size_t from, struct err *e)
{
	static const uint8_t only[16];
	struct ledger_erasure row = { .made = clock_now(),
		.what = "restored", .printed = true,
		.has_file = memcmp(r->file, only, sizeof(only)) != 0 };
	struct ledger_erasure_new n = { .erasure = &row,
		.persons = r->persons + from, .n_persons = r->n_persons - from };
	struct pool *pool = pool_new();
	struct ledger_erasure_print *prints = pool == NULL ? NULL :
	    pool_array(pool, r->n_prints + 1, sizeof(*prints));
	int rc = prints == NULL ? err_set(e, ERR_MEMORY, "no memory") :
	    erasing_id(row.id, e);

	memcpy(row.file, r->file, sizeof(row.file));
	if (n.n_persons > ERASING_MOST_PERSONS)
		n.n_persons = ERASING_MOST_PERSONS;
	for (size_t i = 0; rc == 0 && i < r->n_prints; i++)
		if (r->prints[i].person >= from &&
		    r->prints[i].person < from + n.n_persons)
			prints[n.n_prints++] = r->prints[i].p;
	n.prints = prints;
	if (rc == 0 && n.n_prints != 0)
		rc = look_for(p, pl, &n, r->why, pool, e);
	pool_free(pool);
	return rc;
}

/* Rows that are due go by their rules, brake and all: nobody has said that
 * this is no mistake. */
int
restoring_printed(struct parent *p, const struct place *pl,
    const struct restoring_printed *r, struct err *e)
{
	int rc = seen(p, pl, r->why, NULL, e);

	log_line(LOG_NOTICE, "store %s came out of a backup: %s; they go "
	    "again", pl->full, r->why);
	for (size_t at = 0; rc == 0 && at < r->n_persons;
	    at += ERASING_MOST_PERSONS)
		rc = replay(p, pl, r, at, e);
	return rc;
}
