/*
 * alone - a process namespace of one's own: whether a test may look into
 * every process of the machine is not for it to say.  Included by a test.
 */
#ifndef TESTS_ALONE_H
#define TESTS_ALONE_H

#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* The caller's process waits, and exits as the child did. */
static inline pid_t
alone_fork(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid <= 0)
		return pid;
	(void)waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* True in a grandchild that is alone with process 1, its parent.  False where
 * that is not to be had. */
static inline bool
alone_enter(void)
{
	return unshare(CLONE_NEWNS | CLONE_NEWPID) == 0 &&
	    alone_fork() == 0 &&
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("proc", "/proc", "proc", 0, NULL) == 0 && alone_fork() == 0;
}

#endif
