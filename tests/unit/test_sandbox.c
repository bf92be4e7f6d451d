/* sandbox: what is given up is gone. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/sandbox.h"

#include "tap.h"

/* In a process of its own, which is not the one that is tested for leaks. */
static int
hardened(void)
{
	struct err e = ERR_EMPTY;
	struct rlimit core = { 1, 1 }, files = { 0, 0 };

	if (sandbox_harden(&e) == -1)
		return 1;
	(void)getrlimit(RLIMIT_CORE, &core);
	(void)getrlimit(RLIMIT_NOFILE, &files);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 2;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 3;
	if (core.rlim_max != 0 || core.rlim_cur != 0)
		return 4;
	if (files.rlim_max > 1024 || files.rlim_cur < 16)
		return 5;
	if (umask(0) != 077)
		return 6;
	return sandbox_harden(&e) == 0 ? 0 : 7;
}

int
main(void)
{
	struct rlimit core = { 0, 0 };
	int status = 0;
	pid_t pid;

	(void)getrlimit(RLIMIT_CORE, &core);
	ok(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1, "dumpable before");
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(hardened());
	(void)waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "hardened, twice: check %d", WEXITSTATUS(status));
	return tap_done();
}
