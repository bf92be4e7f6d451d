/*
 * rinse - one file of the store after the other; who fails does not stop the
 * others.
 */
#include "rinse.h"

#include <glob.h>

#include "../assure.h"

#include "db.h"
#include "scrub.h"
#include "stamp.h"

static void
leave(struct store_swept *r, const struct err *why)
{
	r->left++;
	if (r->why.code == ERR_NONE)
		r->why = *why;
}

static void
add(struct store_swept *r, const struct scrub_sum *s)
{
	for (int i = 0; i < DEAD_N; i++)
		r->dead[i] += s->found.bytes[i];
	r->pages += s->found.pages;
	r->strange += s->found.strange;
	r->locks += s->locks;
	r->longest_ms = s->lock_ms > r->longest_ms ? s->lock_ms :
	    r->longest_ms;
	r->sealed = r->sealed && s->sealed;
}

static void
one_file(const struct rule_store *store, const char *path,
    const struct store_sink *sink, struct store_swept *r,
    enum assure *worst)
{
	struct db_how how = { .store = store, .path = path,
		.access = STORE_WRITE };
	struct scrub_sum sum = { .rounds = 0 };
	struct err why = ERR_EMPTY;
	struct db *db = NULL;
	int rc = db_open(&how, &db, &why);

	if (rc == 0)
		rc = scrub_run(db, sink, &sum, &why);
	if (rc == 0 && !rule_path_is_glob(store->path))
		stamp_take(db, r->clean);
	add(r, &sum);
	if (rc == 0)
		r->files++;
	else
		leave(r, &why);
	if (db != NULL)
		*worst = assure_worse(*worst, db->assure);
	db_close(db);
}

int
rinse_store(const struct rule_store *store, const struct store_sink *sink,
    struct store_swept *ret, struct err *e)
{
	struct mono began = clock_mono();
	enum assure worst = ASSURE_IN_PLACE;
	glob_t found;
	int rc;

	*ret = (struct store_swept){ .sealed = true, .why = ERR_EMPTY };
	if (!rule_path_is_glob(store->path)) {
		one_file(store, store->path, sink, ret, &worst);
	} else {
		rc = glob(store->path, GLOB_ERR, NULL, &found);
		if (rc != 0 && rc != GLOB_NOMATCH)
			return err_set(e, ERR_STORE, "store %s: its files "
			    "cannot be listed", store->full);
		for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
			one_file(store, found.gl_pathv[i], sink, ret, &worst);
		if (rc == 0)
			globfree(&found);
	}
	ret->assurance = ret->files > 0 ? assure_word(worst) : NULL;
	ret->ms = clock_since_ms(began, clock_mono());
	return 0;
}
