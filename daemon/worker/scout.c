/*
 * scout - a worker's eyes on other processes.
 *
 * It has the worker's identity and memory as they were before the first
 * message: no key, no store, no link.  It reads pairs of numbers and gives a bit for
 * each, so there is nothing in it for an intruder but that answer.
 */
#include "scout.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/holders.h"
#include "retention/sandbox.h"

#define OWN_FD 3

static _Noreturn void
live(int fd, pid_t worker)
{
	struct err e = ERR_EMPTY;

	if (dup2(fd, OWN_FD) == -1 || close_range(OWN_FD + 1, ~0U, 0) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NAME, "retention-scout", 0, 0, 0) == -1 ||
	    getppid() != worker || sandbox_scout(&e) == -1)
		_exit(1);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	holders_serve(OWN_FD, worker);
	_exit(0);
}

int
scout_start(void)
{
	const pid_t worker = getpid();
	int fd[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		live(fd[1], worker);
	fd_close(&fd[1]);
	if (pid == -1)
		fd_close(&fd[0]);
	return fd[0];
}
