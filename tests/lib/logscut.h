/*
 * logscut - a log store whose file somebody else has open, on a file system
 * that can collapse a range.
 */
#ifndef TESTS_LOGSCUT_H
#define TESTS_LOGSCUT_H

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include "logstest.h"
#include "parent/who.h"
#include "tap.h"

#define ATTRIBUTE "user.retentiond.cut"

static const char *folder;		/* can collapse */

static inline pid_t
opener(const struct logs *l, const char *name, int flags)
{
	int go[2];
	char c;
	pid_t pid;

	must(pipe(go) == 0);
	pid = fork();
	if (pid == 0) {
		const int fd = open(logs_path(l, name), flags);

		must(fd != -1 && write(go[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	must(read(go[0], &c, 1) == 1);
	close(go[0]);
	close(go[1]);
	return pid;
}

static inline void
leave(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static inline off_t
size_of(const struct logs *l, const char *name)
{
	struct stat st;

	return stat(logs_path(l, name), &st) == 0 ? st.st_size : -1;
}

static inline bool
has_mark(const struct logs *l)
{
	return getxattr(logs_path(l, "access.log"), ATTRIBUTE, NULL, 0) > 0;
}

/* Lines of nothing but spaces. */
static inline int
blanks(const struct logs *l, const char *name)
{
	char line[8192];
	FILE *f = fopen(logs_path(l, name), "r");
	int n = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		n += line[strspn(line, " \n")] == '\0';
	if (f != NULL)
		fclose(f);
	return n;
}

static inline int
go_appends(void *ctx, uint64_t dev, uint64_t ino, bool *ret_appends,
    struct err *e)
{
	struct msg_go m;

	who_look(dev, ino, getpid(), &m);
	*ret_appends = m.appends;
	return told_go(ctx, e);
}

static inline int
erase(struct logs *l, struct told *t, struct store_result *r)
{
	struct store_sink sink = told_sink(t);

	sink.go_appends = go_appends;
	store_close(l->st);
	l->st = NULL;
	must(store_open(&l->store, STORE_WRITE, NULL, &l->st, &l->e) == 0);
	return store_erase(l->st, &l->d, logs_now, &sink, r, &l->e);
}

static inline void
start(struct logs *l)
{
	logs_open_in(l, folder, RULE_DELETE);
	l->d.collapse = true;
	logs_put(l, "access.log", "o", 60);	/* more than a block */
	logs_put(l, "access.log", "nuo", 3);
}

static inline bool
can(const char *path)
{
	char name[200];
	bool yes;
	int fd;

	snprintf(name, sizeof name, "%.100s/collapse.XXXXXX", path);
	fd = mkstemp(name);
	if (fd == -1)
		return false;
	(void)unlink(name);
	yes = fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 1) == -1 &&
	    errno == EINVAL && fsetxattr(fd, ATTRIBUTE, "x", 1, 0) == 0;
	close(fd);
	return yes;
}

/* Who has a file open is asked of all processes: those of a namespace of our
 * own, as not even root may see all of them everywhere. */
static inline bool
among_ourselves(void)
{
	int status = 1;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) == -1)
		return false;
	pid = fork();
	if (pid == 0)
		return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    mount("proc", "/proc", "proc", 0, NULL) == 0;
	(void)waitpid(pid, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* False, told: not here. */
static inline bool
logscut_possible(void)
{
	folder = can("/tmp") ? "/tmp" : can("/var/tmp") ? "/var/tmp" : NULL;
	if (folder != NULL && among_ourselves())
		return true;
	ok(true, "skip: %s", folder == NULL ? "neither /tmp nor /var/tmp is on a "
	    "file system that can collapse a range (ext4, xfs)" :
	    "needs root and namespaces, to see who has a file open");
	return false;
}

/* The leak checker traces its own process, which it does not find in there. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return 1;
}
#endif
#endif

#endif
