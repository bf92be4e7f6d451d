/*
 * walktest - two names change places at a chosen step of a walk, or as fast as
 * can be: this stands in for openat() and fstatat().
 */
#ifndef TESTS_WALKTEST_H
#define TESTS_WALKTEST_H

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/err.h"

/* Two names below a folder whose places are exchanged. */
struct places {
	int dir;
	const char *one, *other;
};

static inline void
exchange(const struct places *p)
{
	must(renameat2(p->dir, p->one, p->dir, p->other, RENAME_EXCHANGE) == 0);
}

/* At a chosen step: before `name` is opened, or when it was looked at, in a
 * folder or (0) anywhere. */
static struct {
	const char *name;
	bool looked;
	ino_t in;
	struct places p;
	int done;
} step;

static inline void
take_step(int dir, const char *name, bool looked)
{
	struct stat st;

	if (step.name != NULL && step.looked == looked &&
	    strcmp(name, step.name) == 0 && (step.in == 0 ||
	    (fstat(dir, &st) == 0 && st.st_ino == step.in)) &&
	    step.done++ == 0)
		exchange(&step.p);
}

int openat(int dir, const char *name, int flags, ...);
int __openat_2(int dir, const char *name, int flags);	/* as fortified */

int
openat(int dir, const char *name, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	take_step(dir, name, false);
	return (int)syscall(SYS_openat, dir, name, flags, mode);
}

int
fstatat(int dir, const char *restrict name, struct stat *restrict st,
    int flags)
{
	const int rc = (int)syscall(SYS_newfstatat, dir, name, st, flags);

	if (rc == 0)
		take_step(dir, name, true);
	return rc;
}

int
__openat_2(int dir, const char *name, int flags)
{
	return openat(dir, name, flags);
}

static inline pid_t
restless(const struct places *p)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			exchange(p);
	return pid;
}

static inline void
calm(pid_t pid)
{
	must(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static inline bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_nlink == b->st_nlink &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec &&
	    a->st_atim.tv_sec == b->st_atim.tv_sec &&
	    a->st_atim.tv_nsec == b->st_atim.tv_nsec;
}

static inline struct stat
look_at(const char *dir, const char *name)
{
	char path[200];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	must(lstat(path, &st) == 0);
	return st;
}

#endif
