/*
 * logglob - see the header.
 */
#include "logglob.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	struct logfile_set *to;
	struct err *e;
};

static int down(struct walk *w, const char *done, const char *rest, bool wild);

static int
no_memory(struct walk *w)
{
	return err_set(w->e, ERR_MEMORY, "no memory for the names of log files");
}

/* Takes path. */
static int
add(struct walk *w, char *path)
{
	struct logfile_set *s = w->to;
	char **more = (s->n & (s->n + 1)) != 0 ? s->path :
	    realloc(s->path, (2 * s->n + 2) * sizeof *more);

	if (more == NULL) {
		free(path);
		return no_memory(w);
	}
	s->path = more;
	s->path[s->n++] = path;
	return 0;
}

static int
closed(struct walk *w)
{
	w->to->closed++;
	return 0;
}

static bool
is_gone(void)
{
	return errno == ENOENT || errno == ENOTDIR;
}

/* One name that is there, or may be; takes path.  `rest`: behind it. */
static int
found(struct walk *w, char *path, const char *rest, bool wild)
{
	struct stat st;
	int rc = 0;

	if (lstat(path, &st) == -1) {
		if (!is_gone())
			rc = closed(w);
	} else if (rest == NULL) {
		return add(w, path);
	} else if (wild && S_ISLNK(st.st_mode)) {
		if (stat(path, &st) == 0 ? S_ISDIR(st.st_mode) : !is_gone())
			rc = closed(w);
	} else if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode)) {
		rc = down(w, path, rest, wild);
	}
	free(path);
	return rc;
}

static char *
join(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) == -1 ? NULL : path;
}

static int
each(struct walk *w, const char *done, const char *part, const char *rest)
{
	DIR *d = opendir(done[0] == '\0' ? "/" : done);
	struct dirent *de;
	int rc = 0;

	if (d == NULL)
		return is_gone() ? 0 : closed(w);
	while (rc == 0 && (errno = 0, de = readdir(d)) != NULL) {
		char *path;

		if (strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0 ||
		    fnmatch(part, de->d_name, FNM_PERIOD) != 0)
			continue;
		path = join(done, de->d_name);
		rc = path == NULL ? no_memory(w) : found(w, path, rest, true);
	}
	if (rc == 0 && errno != 0)
		rc = closed(w);
	(void)closedir(d);
	return rc;
}

/* A component without wildcards, as fnmatch() reads it. */
static void
unescape(char *part)
{
	char *to = part;

	for (const char *p = part; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		*to++ = *p;
	}
	*to = '\0';
}

static int
down(struct walk *w, const char *done, const char *rest, bool wild)
{
	const size_t n = strcspn(rest, "/");
	const char *next = rest[n] == '\0' ? NULL : rest + n + 1;
	char *part = strndup(rest, n);
	char *path;
	int rc;

	if (part == NULL)
		return no_memory(w);
	if (rule_path_is_glob(part)) {
		rc = each(w, done, part, next);
	} else {
		unescape(part);
		path = join(done, part);
		rc = path == NULL ? no_memory(w) : found(w, path, next, wild);
	}
	free(part);
	return rc;
}

int
logglob_add(const char *pattern, struct logfile_set *to, struct err *e)
{
	struct walk w = { to, e };

	must(pattern[0] == '/');
	return down(&w, "", pattern + 1, false);
}
