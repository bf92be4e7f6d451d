/*
 * spawn_owner - whose rights fit a store that is a pattern.
 */
#include "retention/spawn.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The first of the pattern's files, if all of them have one owner.  Links are
 * passed over, as the engines do. */
static const char *
of_all(const glob_t *g)
{
	const char *first = NULL;
	struct stat st;
	uid_t uid = 0;

	for (size_t i = 0; i < g->gl_pathc; i++) {
		if (lstat(g->gl_pathv[i], &st) == -1 || !S_ISREG(st.st_mode))
			continue;
		if (first != NULL && st.st_uid != uid)
			return NULL;
		first = first != NULL ? first : g->gl_pathv[i];
		uid = st.st_uid;
	}
	return first;
}

void
spawn_owner_of(const char *store, char *ret_path, size_t n)
{
	size_t len = strcspn(store, "*?[");
	glob_t g = { .gl_pathc = 0 };
	const char *one = NULL;

	if (store[len] != '\0' && glob(store, 0, NULL, &g) == 0)
		one = of_all(&g);
	while (store[len] != '\0' && len > 1 && store[len] != '/')
		len--;
	if (one != NULL)
		(void)snprintf(ret_path, n, "%s", one);
	else
		(void)snprintf(ret_path, n, "%.*s", (int)len, store);
	globfree(&g);
}
