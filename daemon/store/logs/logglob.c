/*
 * logglob - see the header.
 */
#include "logglob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "retention/fd.h"

struct walk {
	struct logfile_set *to;
	struct err *e;
};

/* A folder on the way, that is what it is whatever its name leads to now. */
struct folder {
	int fd;
	const char *path;
};

static int down(struct walk *w, struct folder in, const char *rest, bool wild);

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

static char *
join(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) == -1 ? NULL : path;
}

static int
enter(struct walk *w, struct folder in, const char *name, const char *path,
    const char *rest, bool wild)
{
	const int follow = wild ? O_NOFOLLOW : 0;
	int fd = openat(in.fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC | follow);
	int rc;

	/* A folder was seen there: what is none now took its place. */
	if (fd == -1)
		return errno == ENOENT || (!wild && errno == ENOTDIR) ? 0 :
		    closed(w);
	rc = down(w, (struct folder){ fd, path }, rest, wild);
	fd_close(&fd);
	return rc;
}

/* One name that is there, or may be.  `rest`: behind it. */
static int
found(struct walk *w, struct folder in, const char *name, const char *rest,
    bool wild)
{
	char *path = join(in.path, name);
	struct stat st;
	int rc = 0;

	if (path == NULL)
		return no_memory(w);
	if (fstatat(in.fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (!is_gone())
			rc = closed(w);
	} else if (rest == NULL) {
		return add(w, path);
	} else if (wild && S_ISLNK(st.st_mode)) {
		if (fstatat(in.fd, name, &st, 0) == 0 ?
		    S_ISDIR(st.st_mode) : !is_gone())
			rc = closed(w);
	} else if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode)) {
		rc = enter(w, in, name, path, rest, wild);
	}
	free(path);
	return rc;
}

static DIR *
list(struct folder in)
{
	int fd = openat(in.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL)
		fd_close(&fd);
	return d;
}

static int
each(struct walk *w, struct folder in, const char *part, const char *rest)
{
	DIR *d = list(in);
	struct dirent *de;
	int rc = 0;

	if (d == NULL)
		return is_gone() ? 0 : closed(w);
	while (rc == 0 && (errno = 0, de = readdir(d)) != NULL)
		if (strcmp(de->d_name, ".") != 0 &&
		    strcmp(de->d_name, "..") != 0 &&
		    fnmatch(part, de->d_name, FNM_PERIOD) == 0)
			rc = found(w, in, de->d_name, rest, true);
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
down(struct walk *w, struct folder in, const char *rest, bool wild)
{
	const size_t n = strcspn(rest, "/");
	const char *next = rest[n] == '\0' ? NULL : rest + n + 1;
	char *part = strndup(rest, n);
	int rc;

	if (part == NULL)
		return no_memory(w);
	if (rule_path_is_glob(part)) {
		rc = each(w, in, part, next);
	} else {
		unescape(part);
		rc = found(w, in, part, next, wild);
	}
	free(part);
	return rc;
}

int
logglob_add(const char *pattern, struct logfile_set *to, struct err *e)
{
	struct walk w = { to, e };
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc;

	must(pattern[0] == '/');
	if (root == -1)
		return err_sys(e, "open the root folder");
	rc = down(&w, (struct folder){ root, "" }, pattern + 1, false);
	fd_close(&root);
	return rc;
}
