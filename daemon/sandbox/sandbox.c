/*
 * sandbox - what every program of this project gives up at its start (I8).
 */
#include "retention/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define MOST_DESCRIPTORS 1024

static int
limit(__rlimit_resource_t what, rlim_t most, const char *name, struct err *e)
{
	struct rlimit now;

	if (getrlimit(what, &now) == -1)
		return err_sys(e, "getrlimit %s", name);
	if (now.rlim_max > most)
		now.rlim_max = most;
	if (now.rlim_cur > now.rlim_max)
		now.rlim_cur = now.rlim_max;
	if (setrlimit(what, &now) == -1)
		return err_sys(e, "setrlimit %s", name);
	return 0;
}

int
sandbox_harden(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_sys(e, "no new privileges");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return err_sys(e, "not dumpable");
	if (limit(RLIMIT_CORE, 0, "core", e) == -1 ||
	    limit(RLIMIT_NOFILE, MOST_DESCRIPTORS, "nofile", e) == -1)
		return -1;
	(void)umask(077);
	return 0;
}
