/*
 * confine - from what was said about a store to what the sandbox is asked for.
 *
 * A pattern keeps its fixed part: "/srv/crm" of "/srv/crm/?/x.db".  A database
 * that is itself a link keeps the folder that it leads to, because that is where its
 * side files lie; links that a pattern finds lead nowhere.
 */
#include "confine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "retention/msg.h"
#include "retention/pool.h"
#include "retention/sandbox.h"
#include "retention/sha256.h"

#define GLOB "*?["

static const struct sandbox_place always[] = {
	{ "/dev/urandom", SANDBOX_READ },	/* SQLite's */
	{ "/usr/share/zoneinfo", SANDBOX_READ },
#if defined(__SANITIZE_ADDRESS__)
	{ "/proc", SANDBOX_READ },		/* the leak checker's */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	{ "/proc", SANDBOX_READ },
#endif
#endif
};

#define N_ALWAYS (sizeof(always) / sizeof(always[0]))
#define N_OWN 2				/* a store's folder, and by its link */

struct places {
	struct pool *pool;
	struct sandbox_place *place;
	size_t n;
	enum sandbox_right right;
};

static int
add(struct places *all, const char *path, struct err *e)
{
	if (path == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a sandbox");
	all->place[all->n++] = (struct sandbox_place){ path, all->right };
	return 0;
}

/* Up to the last '/' before `end`; of "/x.db" it is "/". */
static const char *
folder_of(struct pool *pool, const char *path, size_t end)
{
	while (end > 1 && path[end - 1] != '/')
		end--;
	if (end > 1)
		end--;
	return pool_printf(pool, "%.*s", (int)end, path);
}

static int
add_store(struct places *all, const struct rule_store *s, struct err *e)
{
	struct stat st;
	char *real;
	int rc;

	if (s->kind == RULE_FILES)
		return add(all, s->path, e);
	rc = add(all, folder_of(all->pool, s->path, strcspn(s->path, GLOB)),
	    e);
	if (rc == -1 || s->kind != RULE_SQLITE || rule_path_is_glob(s->path) ||
	    lstat(s->path, &st) == -1 || !S_ISLNK(st.st_mode))
		return rc;
	real = realpath(s->path, NULL);
	if (real != NULL)
		rc = add(all, folder_of(all->pool, real, strlen(real)), e);
	free(real);
	return rc;
}

/* Libraries look for their settings with their first use. */
static void
warm_up(void)
{
	uint8_t hash[SHA256_BYTES];

	sha256_once("", 0, hash);
}

int
confine_to(const struct msg_open *m, struct err *e)
{
	struct places all = { .pool = pool_new(), .right = !m->write ?
		SANDBOX_READ : SANDBOX_CHANGE };
	int rc = -1;

	warm_up();
	if (all.pool != NULL)
		all.place = pool_array(all.pool, N_ALWAYS + N_OWN + m->n_roots,
		    sizeof(*all.place));
	if (all.place == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory for a sandbox");
		goto out;
	}
	memcpy(all.place, always, sizeof(always));
	all.n = N_ALWAYS;
	for (size_t i = 0; i < m->n_roots; i++)
		if (add(&all, m->roots[i], e) == -1)
			goto out;
	if (m->write && m->store.kind == RULE_FILES)
		all.right = SANDBOX_CLEAR;
	if (add_store(&all, &m->store, e) == -1)
		goto out;
	rc = sandbox_confine(&(struct sandbox_want){ .n = all.n,
	    .place = all.place, .write = m->write,
	    .thread = m->write && m->store.kind == RULE_LOGS, .required = m->required },
	    e);
out:
	pool_free(all.pool);
	return rc;
}
