#include "retention/samestore.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct ids {
	size_t n, room;
	struct { dev_t dev; ino_t ino; } *id;	/* owned */
	bool unknown;			/* something could not be looked at */
};

static void
add(struct ids *s, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		s->unknown = s->unknown ||
		    (errno != ENOENT && errno != ENOTDIR);
		return;
	}
	if (s->n == s->room) {
		size_t room = s->room != 0 ? s->room * 2 : 16;
		void *more = realloc(s->id, room * sizeof(*s->id));

		if (more == NULL) {
			s->unknown = true;
			return;
		}
		s->id = more;
		s->room = room;
	}
	s->id[s->n].dev = st.st_dev;
	s->id[s->n++].ino = st.st_ino;
}

/* All folders that it lies in, links resolved. */
static void
add_above(struct ids *s, const char *path)
{
	char *real = realpath(path, NULL), *slash;

	if (real == NULL) {
		s->unknown = s->unknown ||
		    (errno != ENOENT && errno != ENOTDIR);
		return;
	}
	while ((slash = strrchr(real, '/')) != NULL && slash != real) {
		*slash = '\0';
		add(s, real);
	}
	free(real);
}

static void
each_file(struct ids *s, const char *path, void (*put)(struct ids *s,
    const char *path))
{
	glob_t g = { .gl_pathc = 0 };
	int rc;

	if (!rule_path_is_glob(path)) {
		put(s, path);
		return;
	}
	rc = glob(path, GLOB_NOSORT | GLOB_ERR, NULL, &g);
	s->unknown = s->unknown || (rc != 0 && rc != GLOB_NOMATCH);
	for (size_t i = 0; rc == 0 && i < g.gl_pathc; i++)
		put(s, g.gl_pathv[i]);
	globfree(&g);
}

static bool
meet(const struct ids *a, const struct ids *b)
{
	if (a->unknown || b->unknown)
		return true;
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (a->id[i].ino == b->id[k].ino &&
			    a->id[i].dev == b->id[k].dev)
				return true;
	return false;
}

bool
samestore_covers(const struct rule_store *held, const struct rule_store *s,
    const struct rule_dataset *d)
{
	struct ids was = { .n = 0 }, was_above = { .n = 0 };
	struct ids is = { .n = 0 }, is_above = { .n = 0 };
	bool same;

	if (strcmp(held->full, s->full) == 0 ||
	    strcmp(held->path, s->path) == 0)
		return true;
	each_file(&was, held->path, add);
	each_file(&was_above, held->path, add_above);
	each_file(&is, s->path, add);
	each_file(&is_above, s->path, add_above);
	if (d->files.column != NULL) {
		add(&is, d->files.root);
		add_above(&is_above, d->files.root);
	}
	same = meet(&was, &is) || meet(&was, &is_above) ||
	    meet(&was_above, &is);
	free(was.id);
	free(was_above.id);
	free(is.id);
	free(is_above.id);
	return same;
}

static const struct rule_store *
find(const struct conf_set *set, const char *full)
{
	for (size_t i = 0; i < set->n_notices; i++)
		for (size_t k = 0; k < set->notices[i].n_stores; k++)
			if (strcmp(set->notices[i].stores[k].full, full) == 0)
				return &set->notices[i].stores[k];
	return NULL;
}

const char *
samestore_name(const struct conf_set *set, const struct gate_hold *h,
    const struct rule_store *s, const struct rule_dataset *d)
{
	const struct rule_store *held;

	if (h->scope != GATE_STORE || strcmp(h->name, s->full) == 0)
		return s->full;
	held = find(set, h->name);
	return held != NULL && samestore_covers(held, s, d) ? held->full :
	    s->full;
}
