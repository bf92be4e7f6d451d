/*
 * sandbox - what every program of this project gives up at its start (I8), and
 * a worker before it opens its store (I9).
 */
#include "retention/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "callfilter.h"
#include "landlock.h"

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

#ifdef WITHOUT_CONFINEMENT	/* coverage is written where the objects are */
static const bool built = false;
#else
static const bool built = true;
#endif

bool
sandbox_is_whole(const char **ret_why)
{
	bool files = built && landlock_abi() != -1;
	bool calls = built && callfilter_is_there();

	if (!files && !calls)
		*ret_why = "no Landlock and no seccomp here: workers are "
		    "confined by their user alone";
	else if (!files)
		*ret_why = "no Landlock here: workers may open what their "
		    "user may";
	else if (!calls)
		*ret_why = "no seccomp here: workers may make every system "
		    "call that their user may";
	return files && calls;
}

static int
refuse(struct err *e)
{
	const char *why = "the kernel took part of it back";

	(void)sandbox_is_whole(&why);
	return err_set(e, ERR_REFUSED, "sandbox = \"required\": %s", why);
}

int
sandbox_confine(const struct sandbox_want *w, struct err *e)
{
	const char *why;
	int rc;

	if (w->required && !sandbox_is_whole(&why))
		return refuse(e);
	/* The limit would keep threads from starting as well; the list of calls
	 * tells one from a process. */
	if (!(w->thread && built && callfilter_is_there()) &&
	    limit(RLIMIT_NPROC, 0, "nproc", e) == -1)
		return -1;
	rc = built ? landlock_restrict(w->place, w->n, e) : 1;
	if (rc == -1)
		return -1;
	if (rc == 1 && w->required)
		return refuse(e);
	if (!built || (!w->required && !callfilter_is_there()))
		return 0;
	return callfilter_worker(w->write, w->thread, e);
}

int
sandbox_scout(struct err *e)
{
	if (limit(RLIMIT_NPROC, 0, "nproc", e) == -1)
		return -1;
	return built && callfilter_is_there() ? callfilter_scout(e) : 0;
}

int
sandbox_forbid(struct err *e)
{
	return built && callfilter_is_there() ? callfilter_forbid(e) : 0;
}
