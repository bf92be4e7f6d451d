#include "fullscrub.h"

#include <errno.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "retention/log.h"
#include "retention/sha256.h"

#include "agenda.h"
#include "gating.h"
#include "parent.h"
#include "place.h"

static const char *const suffixes[] = { "", "-wal", "-journal" };

static int64_t
ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A log without frames is as good as none: opening makes one, closing takes
 * it away. */
static int
add_file(struct sha256 *h, const char *path)
{
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		char name[4096];
		struct stat st = { .st_size = 0 };
		int n = snprintf(name, sizeof(name), "%s%s", path,
		    suffixes[i]);
		int64_t says[6] = { 0 };

		if (n < 0 || (size_t)n >= sizeof(name))
			return -1;
		if (stat(name, &st) == -1 && errno != ENOENT)
			return -1;
		if (st.st_size > 0 || (i == 0 && st.st_ino != 0)) {
			says[0] = (int64_t)st.st_dev;
			says[1] = (int64_t)st.st_ino;
			says[2] = st.st_size;
			says[3] = ns(st.st_mtim);
			says[4] = ns(st.st_ctim);
			says[5] = 1;
		}
		sha256_add(h, says, sizeof(says));
	}
	return 0;
}

/* -1: they cannot be told from others. */
static int
look(const struct place *pl, uint8_t ret[SHA256_BYTES])
{
	const char *path = pl->store->path;
	struct sha256 *h = sha256_new();
	glob_t found;
	int rc = h == NULL ? -1 : 0;

	if (rc == 0 && !rule_path_is_glob(path)) {
		rc = add_file(h, path);
	} else if (rc == 0) {
		int got = glob(path, GLOB_ERR, NULL, &found);

		rc = got == 0 || got == GLOB_NOMATCH ? 0 : -1;
		for (size_t i = 0; got == 0 && rc == 0 && i < found.gl_pathc;
		    i++) {
			sha256_add(h, found.gl_pathv[i],
			    strlen(found.gl_pathv[i]) + 1);
			rc = add_file(h, found.gl_pathv[i]);
		}
		globfree(&found);
	}
	if (rc == 0)
		sha256_end(h, ret);
	sha256_free(h);
	return rc;
}

static bool
may(const struct place *pl)
{
	const char *why;
	bool enforces = false, held = true;
	struct err e = ERR_EMPTY;

	if (pl->parent->opt.dry_run || pl->parent->stopping ||
	    evidence_off(&pl->parent->ev) || place_is_restored(pl) ||
	    !parent_may_enforce(pl->parent, &why))
		return false;
	for (size_t i = 0; i < pl->n; i++) {
		const struct place_dataset *d = &pl->dataset[i];

		if (d->verdict == DECIDE_UNKNOWN || d->failed ||
		    d->verdict == DECIDE_BRAKE || d->verdict == DECIDE_STOPPED)
			return false;
		enforces = enforces || d->rule->mode == RULE_ENFORCE;
	}
	return enforces &&
	    gating_store(pl->parent, pl, &held, &e) == 0 && !held;
}

void
fullscrub_consider(struct place *pl)
{
	struct place_scrub *s = &pl->scrub;
	uint8_t now[SHA256_BYTES];

	/* What waits comes first, another pass included. */
	if (pl->store == NULL || pl->store->kind != RULE_SQLITE ||
	    pl->store->scrub != RULE_SCRUB_FULL || s->after == pl->passed ||
	    agenda_is_wanted(pl))
		return;
	s->after = pl->passed;
	if (!may(pl) || (s->known && look(pl, now) == 0 &&
	    memcmp(now, s->left_as, sizeof(now)) == 0))
		return;
	log_line(LOG_INFO, "store %s: has changed since it was scrubbed as a "
	    "whole, if ever", pl->full);
	s->wanted = true;
}

void
fullscrub_done(struct place *pl, bool whole)
{
	pl->scrub.known = whole && pl->store != NULL &&
	    pl->store->scrub == RULE_SCRUB_FULL &&
	    look(pl, pl->scrub.left_as) == 0;
}
