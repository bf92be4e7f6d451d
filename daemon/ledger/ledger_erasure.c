/* ledger_erasure - requests of persons, from the first word to the outcome. */
#include "retention/ledger_erasure.h"

#include <string.h>

#include "ledger_private.h"

static int
add_person(struct ledger *l, const char *id, const struct ledger_wanted *p,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_PERSON_ADD);

	ledger_bind_text(s, 1, id);
	ledger_bind_text(s, 2, p->kind);
	ledger_bind_blob(s, 3, p->hash, sizeof(p->hash));
	ledger_bind_int(s, 4, p->before.ms);
	return ledger_run(l, s, e);
}

int
ledger_erasure_part(struct ledger *l, const char *id,
    const struct ledger_part *p, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_PART_PUT);

	ledger_bind_text(s, 1, id);
	ledger_bind_text(s, 2, p->store);
	ledger_bind_text(s, 3, p->dataset);
	ledger_bind_text(s, 4, p->state);
	ledger_bind_int(s, 5, (int64_t)p->erased);
	ledger_bind_int(s, 6, (int64_t)p->left);
	ledger_bind_int(s, 7, (int64_t)p->held);
	ledger_bind_int(s, 8, (int64_t)p->restricted);
	ledger_bind_int(s, 9, (int64_t)p->kept);
	ledger_bind_text(s, 10, p->error);
	return ledger_run(l, s, e);
}

static int
suppress(struct ledger *l, const struct ledger_wanted *p,
    const struct ledger_erasure *r, struct wall until, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_SUPPRESSION_PUT);

	ledger_bind_text(s, 1, p->kind);
	ledger_bind_blob(s, 2, p->hash, sizeof(p->hash));
	ledger_bind_int(s, 3, r->made.ms);
	ledger_bind_int(s, 4, until.ms);
	return ledger_run(l, s, e);
}

static int
add_erasure(struct ledger *l, const struct ledger_erasure *r, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_ADD);

	ledger_bind_text(s, 1, r->id);
	ledger_bind_text(s, 2, r->what);
	ledger_bind_text(s, 3, r->reason);
	ledger_bind_int(s, 4, r->made.ms);
	ledger_bind_int(s, 5, r->lines);
	ledger_bind_int(s, 6, r->uid);
	ledger_bind_text(s, 7, r->user);
	return ledger_run(l, s, e);
}

/* What was entered under that id for an attempt that has ended goes. */
static int
set_file(struct ledger *l, const struct ledger_erasure *r, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_FILE_DROP);

	ledger_bind_text(s, 1, r->id);
	if (ledger_run(l, s, e) == -1)
		return -1;
	if (!r->has_file)
		return 0;
	s = ledger_statement(l, LEDGER_ERASURE_FILE_ADD);
	ledger_bind_text(s, 1, r->id);
	ledger_bind_blob(s, 2, r->file, sizeof(r->file));
	return ledger_run(l, s, e);
}

static int
set_prints(struct ledger *l, const struct ledger_erasure_new *n,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_PRINT_DROP);
	int rc;

	must(n->erasure->printed == (n->n_prints != 0));
	ledger_bind_text(s, 1, n->erasure->id);
	rc = ledger_run(l, s, e);
	s = ledger_statement(l, LEDGER_ERASURE_PRINT_ADD);
	for (size_t i = 0; rc == 0 && i < n->n_prints; i++) {
		ledger_bind_text(s, 1, n->erasure->id);
		ledger_bind_text(s, 2, n->prints[i].dataset);
		ledger_bind_blob(s, 3, n->prints[i].print,
		    sizeof(n->prints[i].print));
		rc = ledger_run(l, s, e);
	}
	return rc;
}

static int
add_all(struct ledger *l, const struct ledger_erasure_new *n, struct err *e)
{
	const char *id = n->erasure->id;
	sqlite3_stmt *drop = ledger_statement(l, LEDGER_ERASURE_PART_DROP);

	ledger_bind_text(drop, 1, id);	/* of an attempt that came to nothing */
	if (ledger_run(l, drop, e) == -1)
		return -1;
	if (add_erasure(l, n->erasure, e) == -1 ||
	    set_file(l, n->erasure, e) == -1 || set_prints(l, n, e) == -1)
		return -1;
	for (size_t i = 0; i < n->n_persons; i++)
		if (add_person(l, id, &n->persons[i], e) == -1 ||
		    (n->suppress_until.ms != 0 && suppress(l, &n->persons[i],
		    n->erasure, n->suppress_until, e) == -1))
			return -1;
	for (size_t i = 0; i < n->n_parts; i++)
		if (ledger_erasure_part(l, id, &n->parts[i], e) == -1)
			return -1;
	return 0;
}

int
ledger_erasure_add(struct ledger *l, const struct ledger_erasure_new *n,
    struct err *e)
{
	struct err ignored = ERR_EMPTY;

	if (ledger_run(l, ledger_statement(l, LEDGER_BEGIN), e) == -1)
		return -1;
	if (add_all(l, n, e) == 0 &&
	    ledger_run(l, ledger_statement(l, LEDGER_COMMIT), e) == 0)
		return 0;
	(void)ledger_run(l, ledger_statement(l, LEDGER_ROLLBACK), &ignored);
	return -1;
}

int
ledger_erasure_each(struct ledger *l, void *ctx,
    void (*each)(void *ctx, const struct ledger_erasure *r), struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_EACH);
	int rc;

	while ((rc = ledger_step(l, s, e)) == 1) {
		struct ledger_erasure r = {
			.made.ms = sqlite3_column_int64(s, 3),
			.lines = sqlite3_column_int(s, 4) != 0,
			.uid = sqlite3_column_int64(s, 5),
			.has_file = sqlite3_column_type(s, 7) != SQLITE_NULL,
			.printed = sqlite3_column_int(s, 8) != 0 };

		if (ledger_column_text(s, 0, r.id, sizeof(r.id)) == -1 ||
		    ledger_column_text(s, 1, r.what, sizeof(r.what)) == -1 ||
		    ledger_column_text(s, 2, r.reason,
		    sizeof(r.reason)) == -1 ||
		    ledger_column_text(s, 6, r.user, sizeof(r.user)) == -1 ||
		    (r.has_file && ledger_column_blob(s, 7, r.file,
		    sizeof(r.file)) == -1)) {
			rc = ledger_bad_row("erasure", e);
			break;
		}
		each(ctx, &r);
	}
	(void)sqlite3_reset(s);
	return rc;
}

static int
each_person(struct ledger *l, sqlite3_stmt *s, void *ctx,
    void (*each)(void *ctx, const struct ledger_wanted *p), struct err *e)
{
	int rc;

	while ((rc = ledger_step(l, s, e)) == 1) {
		struct ledger_wanted p = {
			.before.ms = sqlite3_column_int64(s, 2) };

		if (ledger_column_text(s, 0, p.kind, sizeof(p.kind)) == -1 ||
		    ledger_column_blob(s, 1, p.hash, sizeof(p.hash)) == -1) {
			rc = ledger_bad_row("a person", e);
			break;
		}
		each(ctx, &p);
	}
	(void)sqlite3_reset(s);
	return rc;
}

int
ledger_erasure_persons(struct ledger *l, const char *id, void *ctx,
    void (*each)(void *ctx, const struct ledger_wanted *p), struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_PERSONS);

	ledger_bind_text(s, 1, id);
	return each_person(l, s, ctx, each, e);
}

int
ledger_erasure_suppressed(struct ledger *l, void *ctx,
    void (*each)(void *ctx, const struct ledger_wanted *p), struct err *e)
{
	return each_person(l, ledger_statement(l, LEDGER_SUPPRESSION_EACH),
	    ctx, each, e);
}

int
ledger_erasure_parts(struct ledger *l, const char *id, void *ctx,
    void (*each)(void *ctx, const struct ledger_part *p), struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_PARTS);
	int rc;

	ledger_bind_text(s, 1, id);
	while ((rc = ledger_step(l, s, e)) == 1) {
		struct ledger_part p = {
			.erased = (uint64_t)sqlite3_column_int64(s, 3),
			.left = (uint64_t)sqlite3_column_int64(s, 4),
			.held = (uint64_t)sqlite3_column_int64(s, 5),
			.restricted = (uint64_t)sqlite3_column_int64(s, 6),
			.kept = (uint64_t)sqlite3_column_int64(s, 7) };

		if (ledger_column_text(s, 0, p.store, sizeof(p.store)) == -1 ||
		    ledger_column_text(s, 1, p.dataset,
		    sizeof(p.dataset)) == -1 ||
		    ledger_column_text(s, 2, p.state, sizeof(p.state)) == -1 ||
		    ledger_column_text(s, 8, p.error, sizeof(p.error)) == -1) {
			rc = ledger_bad_row("a part of a request", e);
			break;
		}
		each(ctx, &p);
	}
	(void)sqlite3_reset(s);
	return rc;
}

int
ledger_erasure_end(struct ledger *l, const char *id, struct wall at,
    struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_ERASURE_END);

	ledger_bind_text(s, 1, id);
	ledger_bind_int(s, 2, at.ms);
	if (ledger_run(l, s, e) == -1)
		return -1;
	s = ledger_statement(l, LEDGER_ERASURE_PRINT_DROP);
	ledger_bind_text(s, 1, id);
	if (ledger_run(l, s, e) == -1)
		return -1;
	s = ledger_statement(l, LEDGER_ERASURE_PERSON_DROP);
	ledger_bind_text(s, 1, id);
	return ledger_run(l, s, e);
}

int64_t
ledger_erasure_expire(struct ledger *l, struct wall now, struct err *e)
{
	sqlite3_stmt *s = ledger_statement(l, LEDGER_SUPPRESSION_EXPIRE);
	int64_t n;

	ledger_bind_int(s, 1, now.ms);
	if (ledger_run(l, s, e) == -1)
		return -1;
	n = sqlite3_changes64(l->db);
	return ledger_run(l, ledger_statement(l, LEDGER_PRINT_EXPIRE),
	    e) == -1 ? -1 : n;
}
