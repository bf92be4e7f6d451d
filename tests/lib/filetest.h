/*
 * filetest - a throw-away folder as a file store, and a rule for it.
 */
#ifndef TESTS_FILETEST_H
#define TESTS_FILETEST_H

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "storetest.h"

#define FILETEST_DAY INT64_C(86400)

struct files {
	char dir[160];
	int fd;
	struct rule_store store;
	struct store *st;
	struct told told;
	struct store_result r;
	struct err e;
};

static const struct wall files_now = { INT64_C(1700000000000) };

/* Seconds since 1970 of a file that falls due at files_now, to the second. */
#define FILES_DUE (files_now.ms / 1000 - FILETEST_DAY)

static inline void
files_open(struct files *f)
{
	const char *tmp = getenv("TMPDIR");

	*f = (struct files){ .e = ERR_EMPTY };
	snprintf(f->dir, sizeof(f->dir), "%s/filetest.XXXXXX",
	    tmp ? tmp : "/tmp");
	must(mkdtemp(f->dir));
	f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(f->fd != -1);
	f->store = (struct rule_store){ .name = "cvs", .full = "n/cvs",
		.kind = RULE_FILES, .path = f->dir };
}

static inline void
files_close(struct files *f)
{
	char cmd[400];

	store_close(f->st);
	close(f->fd);
	snprintf(cmd, sizeof(cmd), "chmod -R u+rwx '%s'; rm -rf '%s'", f->dir,
	    f->dir);
	if (fork() == 0)
		_exit(execl("/bin/sh", "sh", "-c", cmd, (char *)NULL));
	must(wait(NULL) != -1);
}

static inline void
files_age(struct files *f, const char *path, int64_t mtime_s)
{
	struct timespec t[2] = { { mtime_s, 0 }, { mtime_s, 0 } };

	must(utimensat(f->fd, path, t, AT_SYMLINK_NOFOLLOW) == 0);
}

static inline void
files_put(struct files *f, const char *path, int64_t mtime_s)
{
	int fd = openat(f->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);

	must(fd != -1 && write(fd, "jane@example.org", 16) == 16);
	close(fd);
	files_age(f, path, mtime_s);
}

/* Its size, -1 when it is not there. */
static inline int64_t
files_size(struct files *f, const char *path)
{
	struct stat st;

	return fstatat(f->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ?
	    st.st_size : -1;
}

static inline bool
files_holds(int dir, const char *path)
{
	char text[17] = "";
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, 16);

	if (fd != -1)
		close(fd);
	return n == 16 && strcmp(text, "jane@example.org") == 0;
}

/* A day after the last change; NULL: every name. */
static inline struct rule_dataset
files_rule(const char *match)
{
	struct rule_dataset d = a_rule(NULL, "mtime");

	d.store = "cvs";
	d.match = match;
	return d;
}

static inline int
files_plan(struct files *f, const struct rule_dataset *d, struct wall at,
    struct store_counts *ret)
{
	store_close(f->st);
	f->st = NULL;
	return store_open(&f->store, STORE_READ, NULL, &f->st, &f->e) == 0 ?
	    store_plan(f->st, d, at, ret, &f->e) : -1;
}

/* on_go: what happens between plan and act; may be NULL. */
static inline int
files_erase(struct files *f, const struct rule_dataset *d,
    void (*on_go)(struct told *))
{
	struct store_sink sink = told_sink(&f->told);

	f->told.on_go = on_go;
	f->r = (struct store_result){ .erased = 0 };
	store_close(f->st);
	f->st = NULL;
	return store_open(&f->store, STORE_WRITE, NULL, &f->st, &f->e) == 0 ?
	    store_erase(f->st, d, files_now, &sink, &f->r, &f->e) : -1;
}

static inline bool
files_told(const struct files *f, uint64_t erased, uint64_t left,
    uint64_t drift)
{
	return f->told.sum_ok && f->told.root_ok && f->r.erased == erased &&
	    f->r.left == left && f->r.skipped_drift == drift &&
	    f->told.erased == erased && f->told.left == left &&
	    f->told.drift == drift;
}

#endif
