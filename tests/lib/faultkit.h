/* faultkit - stands in for the calls that make things durable: the n-th of
 * them fails, or the process dies in it.  Link with the --wrap options that
 * the Makefile gives test_rotate. */
#ifndef TESTS_FAULTKIT_H
#define TESTS_FAULTKIT_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAULT_STATUS 9		/* of a process that died so */

enum fault_how { FAULT_FAIL, FAULT_DIE_BEFORE, FAULT_DIE_AFTER };

static struct {
	int at, seen;		/* at 0: none fails */
	int err;
	enum fault_how how;
	char log[4096];		/* "write 0.key, fsync 0.key, ..." */
} fault;

ssize_t __real_write(int fd, const void *bytes, size_t n);
int __real_renameat(int a, const char *from, int b, const char *to);
int __real_linkat(int a, const char *from, int b, const char *to, int flags);
int __real_unlinkat(int fd, const char *name, int flags);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_renameat(int a, const char *from, int b, const char *to);
int __wrap_linkat(int a, const char *from, int b, const char *to, int flags);
int __wrap_unlinkat(int fd, const char *name, int flags);

static inline void
fault_set(int at, enum fault_how how, int err)
{
	fault.at = at;
	fault.seen = 0;
	fault.how = how;
	fault.err = err;
	fault.log[0] = '\0';
}

/* The last part of a descriptor's path, or a name as it was given. */
static inline void
fault_note(const char *call, int fd, const char *name)
{
	size_t n = strlen(fault.log);
	char link[64], path[256] = "";

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (name == NULL && readlink(link, path, sizeof(path) - 1) > 0)
		name = strrchr(path, '/') + 1;
	(void)snprintf(fault.log + n, sizeof(fault.log) - n, "%s%s %s",
	    n == 0 ? "" : ", ", call, name != NULL ? name : "?");
}

/* 0: let it happen; 1: and die then; -1: it fails. */
static inline int
fault_now(void)
{
	if (++fault.seen != fault.at)
		return 0;
	if (fault.how == FAULT_DIE_BEFORE)
		_exit(FAULT_STATUS);
	return fault.how == FAULT_DIE_AFTER ? 1 : -1;
}

static inline int
fault_call(int now, int rc)
{
	if (now == 1)
		_exit(FAULT_STATUS);
	return rc;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t n)
{
	bool here = fault.seen + 1 == fault.at;
	int now;

	fault_note("write", fd, NULL);
	if (here && fault.how != FAULT_DIE_AFTER)
		(void)__real_write(fd, bytes, n / 2);	/* torn */
	now = fault_now();
	if (now == -1) {
		errno = fault.err;
		return -1;
	}
	n = (size_t)__real_write(fd, bytes, n);
	(void)fault_call(now, 0);
	return (ssize_t)n;
}

#define FAULT_CALL(call) do { \
	int now = fault_now(); \
	if (now == -1) { \
		errno = fault.err; \
		return -1; \
	} \
	return fault_call(now, call); \
} while (0)

/* A death is no loss of power: the disk itself need not be waited for. */
int
__wrap_fsync(int fd)
{
	fault_note("sync", fd, NULL);
	FAULT_CALL(0);
}

int
__wrap_fdatasync(int fd)
{
	fault_note("sync", fd, NULL);
	FAULT_CALL(0);
}

int
__wrap_renameat(int a, const char *from, int b, const char *to)
{
	fault_note("rename", -1, from);
	FAULT_CALL(__real_renameat(a, from, b, to));
}

int
__wrap_linkat(int a, const char *from, int b, const char *to, int flags)
{
	fault_note("link", -1, to);
	FAULT_CALL(__real_linkat(a, from, b, to, flags));
}

int
__wrap_unlinkat(int fd, const char *name, int flags)
{
	fault_note("unlink", -1, name);
	FAULT_CALL(__real_unlinkat(fd, name, flags));
}

/* The exit status of work(), done in a process of its own that may die, or in
 * which one step fails with err. */
static inline int
fault_child_err(int at, enum fault_how how, int err, int (*work)(void *),
    void *arg)
{
	pid_t pid;
	int status = 0;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fault_set(at, how, err);
		_exit(work(arg) == 0 ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline int
fault_child(int at, enum fault_how how, int (*work)(void *), void *arg)
{
	return fault_child_err(at, how, EIO, work, arg);
}

#endif
