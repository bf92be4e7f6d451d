/*
 * look - opens the files of a store in the order of their names.
 */
#include "look.h"

#include <glob.h>
#include <string.h>

#include "db.h"
#include "imprint.h"
#include "mark.h"
#include "probe.h"
#include "query.h"

struct look {
	struct db_how how;
	const struct rule_dataset *d;	/* NULL: marks */
	struct wall at;
	struct store_marks *marks;
	struct store_matched *matched;
};

static int
match(struct look *l, struct db *db, struct err *e)
{
	struct query *q = NULL;
	int rc = db_exec(db, "BEGIN", e);

	if (rc == 0)
		rc = query_make(db, l->d, l->at, &q, e);
	if (rc == 0)
		rc = imprint_match(q, l->matched, e);
	query_free(q);
	(void)sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int
one_file(struct look *l, struct err *e)
{
	struct db *db = NULL;
	int rc;

	/* What was told before need not be opened for that again. */
	if (l->d != NULL && !look_wants(l->how.store, l->d, l->how.path))
		return 0;
	if (l->d == NULL && l->marks->skip != 0) {
		l->marks->skip--;
		return 0;
	}
	if (db_open(&l->how, &db, e) == -1)
		return -1;
	rc = l->d != NULL ? match(l, db, e) : mark_file(db, l->marks, e);
	if (rc == 0)
		rc = db_still(db, e);
	db_close(db);
	return rc;
}

static int
all_files(struct look *l, struct err *e)
{
	const char *pattern = l->how.path;
	glob_t found;
	int rc;

	if (!rule_path_is_glob(pattern))
		return one_file(l, e);
	rc = glob(pattern, GLOB_ERR, NULL, &found);
	if (rc == GLOB_NOMATCH)
		return 0;
	if (rc != 0)
		return err_set(e, ERR_STORE, "store %s: its files cannot be "
		    "listed", l->how.store->full);
	for (size_t i = 0; rc == 0 && i < found.gl_pathc &&
	    (l->d != NULL || l->marks->n < STORE_MARKS_MOST); i++) {
		l->how.path = found.gl_pathv[i];
		l->how.file = rule_path_file(pattern, l->how.path);
		rc = one_file(l, e);
	}
	globfree(&found);
	return rc;
}

bool
look_wants(const struct rule_store *s, const struct rule_dataset *d,
    const char *path)
{
	uint8_t name[sizeof(d->only)];

	if (d == NULL || !d->has_only)
		return true;
	mark_name(rule_path_file(s->path, path), name);
	return memcmp(name, d->only, sizeof(name)) == 0;
}

int
look_marks(const struct rule_store *s, enum store_access access,
    struct store_marks *ret, struct err *e)
{
	struct look l = { .how = { .store = s, .path = s->path,
		.access = access }, .marks = ret };

	return all_files(&l, e);
}

int
look_match(const struct look_at *a, const struct rule_dataset *d,
    struct wall at, struct store_matched *ret, struct err *e)
{
	struct look l = { .how = { .store = a->store, .path = a->store->path,
		.access = a->access }, .d = d, .at = at, .matched = ret };

	return all_files(&l, e);
}

int
look_event(const struct look_at *a, const struct rule_event *ev,
    struct wall now, bool *ret_fired, struct wall *ret_at, struct err *e)
{
	struct db_how how = { .store = a->store, .path = a->store->path,
		.access = a->access };
	struct db *db;
	int rc;

	if (rule_path_is_glob(how.path))
		return err_set(e, ERR_CONFIG, "event %s: its store is of many "
		    "files", ev->name);
	if (db_open(&how, &db, e) == -1)
		return -1;
	rc = probe_event(db, ev, now, ret_fired, ret_at, e);
	db_close(db);
	return rc;
}
