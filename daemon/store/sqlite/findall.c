#include "findall.h"

#include <glob.h>
#include <string.h>

#include "db.h"
#include "find.h"

#define MOST_TRIES 5

static int
within(struct find_job *j, struct db *db, struct err *e)
{
	int rc = db_exec(db, "BEGIN", e);

	j->db = db;
	j->current = NULL;
	if (rc == 0)
		rc = find_file(j, e);
	(void)sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* What was counted while the file changed is counted again; what was sent
 * cannot be taken back, so then the question fails. */
static int
one_file(struct find_job *j, const struct db_how *how, struct err *e)
{
	const struct find_found before = *j->found;

	for (int try = 1; ; try++) {
		struct db *db;
		int rc;

		*j->found = before;
		if (db_open(how, &db, e) == -1)
			return -1;
		rc = within(j, db, e);
		if (rc == 0)
			rc = db_still(db, e);
		db_close(db);
		if (rc == 0 || e->code != ERR_CHANGED || try == MOST_TRIES ||
		    j->ask->rows)
			return rc;
		*e = ERR_EMPTY;
	}
}

static int
all_files(struct find_job *j, const struct rule_store *s, struct err *e)
{
	struct db_how how = { .store = s, .path = s->path,
		.access = STORE_READ };
	glob_t found;
	int rc;

	if (!rule_path_is_glob(s->path))
		return one_file(j, &how, e);
	rc = glob(s->path, GLOB_ERR, NULL, &found);
	if (rc == GLOB_NOMATCH)
		return 0;
	if (rc != 0)
		return err_set(e, ERR_STORE, "store %s: its files cannot be "
		    "listed", s->full);
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++) {
		how.path = found.gl_pathv[i];
		how.file = rule_path_file(s->path, how.path);
		rc = one_file(j, &how, e);
	}
	globfree(&found);
	return rc;
}

static bool
has_kind(const struct rule_dataset *d, const char *kind)
{
	bool own = d->n_persons == 0;
	const struct rule_subject *list = own ? d->subject : d->persons;

	for (size_t i = 0; i < (own ? d->n_subject : d->n_persons); i++)
		if (strcmp(list[i].kind, kind) == 0)
			return true;
	return false;
}

int
findall_run(const struct rule_store *s, const struct find_ask *ask,
    const struct find_sink *sink, struct pool *p, struct find_found *ret,
    struct err *e)
{
	struct subjectform form[FIND_MOST_PERSONS] = { { .n = 0 } };
	struct find_job job = { .ask = ask, .sink = sink, .pool = p,
		.found = ret, .n = ask->n_persons, .form = form,
		.err = ERR_EMPTY };
	bool any = false;
	int rc;

	for (size_t i = 0; i < ask->n_persons; i++)
		any |= has_kind(&ask->dataset, ask->persons[i].kind);
	if (!any) {
		ret->note = "it declares no identifier of these kinds";
		return 0;
	}
	ret->way = FIND_INDEX;
	rc = find_forms(ask, form, e);
	if (rc == 0)
		rc = all_files(&job, s, e);
	find_forms_release(form, ask->n_persons);
	return rc;
}
