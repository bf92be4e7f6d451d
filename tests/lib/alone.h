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

/* True in a child that is alone; it is process 1.  False where that is not to
 * be had.  The caller's process waits, and exits as the child did. */
static inline bool
alone_enter(void)
{
	int status = 0;
	pid_t pid;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID) == -1)
		return false;
	pid = fork();
	if (pid > 0) {
		(void)waitpid(pid, &status, 0);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	return pid == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) ==
	    0 && mount("proc", "/proc", "proc", 0, NULL) == 0;
}

#endif
