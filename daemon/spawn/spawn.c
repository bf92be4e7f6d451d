/*
 * spawn - starts retentiond-worker, in the parent and in retentionctl, and the
 * operator's hooks.
 *
 * Everything that looks something up (owner, groups, paths) happens before
 * the fork; the child only makes system calls, and reports by exit status:
 * 126 it could not give something up, 127 the program could not be run.
 */
#include "retention/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/wire.h"

#define MOST_GROUPS 64
#define HIGH_FD 10			/* above what the child rearranges */
#define CHILD_DESCRIPTORS 1024
#define EXIT_SETUP 126
#define EXIT_EXEC 127

struct identity {
	bool change;
	uid_t uid;
	gid_t gid;
	int n_groups;
	gid_t groups[MOST_GROUPS];
};

/* All that the child needs, made before the fork. */
struct plan {
	char path[PATH_MAX];
	struct identity id;
	int link, null;			/* owned */
	pid_t parent;
};

static int
usable(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return err_sys(e, "%s", path);
	if (!S_ISREG(st.st_mode) || access(path, X_OK) == -1)
		return err_set(e, ERR_CONFIG, "%s: not a program", path);
	if ((st.st_mode & S_IWOTH) != 0)
		return err_set(e, ERR_REFUSED,
		    "%s: everybody may write to it", path);
	return 0;
}

static int
join(char *ret_path, size_t n, const char *folder, const char *name)
{
	int len = snprintf(ret_path, n, "%s/%s", folder, name);

	return len >= 0 && (size_t)len < n ? 0 : -1;
}

int
spawn_find(const char *name, char *ret_path, size_t n, struct err *e)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (len > 0) {
		self[len] = '\0';
		slash = strrchr(self, '/');
		if (slash != NULL)
			*slash = '\0';
		if (join(ret_path, n, self, name) == 0 &&
		    access(ret_path, F_OK) == 0)
			return usable(ret_path, e);
	}
	if (join(ret_path, n, RETENTION_LIBEXEC, name) == -1)
		return err_set(e, ERR_CONFIG, "the path of %s is too long",
		    name);
	return usable(ret_path, e);
}

/* An owner without a name has no groups but the file's. */
static void
find_groups(struct identity *id)
{
	char room[4096];
	struct passwd pw;
	struct passwd *found = NULL;

	id->n_groups = MOST_GROUPS;
	if (getpwuid_r(id->uid, &pw, room, sizeof(room), &found) == 0 &&
	    found != NULL && getgrouplist(pw.pw_name, id->gid, id->groups,
	    &id->n_groups) != -1)
		return;
	id->groups[0] = id->gid;
	id->n_groups = 1;
}

static int
find_identity(const char *owner_of, struct identity *ret, struct err *e)
{
	struct stat st, link;

	*ret = (struct identity){ .change = false };
	if (owner_of == NULL || geteuid() != 0)
		return 0;
	if (stat(owner_of, &st) == -1 || lstat(owner_of, &link) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "owner of the store");
	/* Or one application could point us to the data of another. */
	if (S_ISLNK(link.st_mode) && link.st_uid != 0 &&
	    link.st_uid != st.st_uid)
		return err_set(e, ERR_REFUSED, "the store is a symbolic link "
		    "whose owner is not that of the file");
	if (st.st_uid == 0 && st.st_gid == getegid())
		return 0;
	ret->change = true;
	ret->uid = st.st_uid;
	ret->gid = st.st_gid;
	find_groups(ret);
	return 0;
}

/* --- in the child --- */

static int
arrange_descriptors(const struct plan *p)
{
	int null = fcntl(p->null, F_DUPFD, HIGH_FD);
	int high = fcntl(p->link, F_DUPFD, HIGH_FD);

	if (null == -1 || high == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(high, WIRE_FD) == -1)
		return -1;
	return close_range(WIRE_FD + 1, ~0U, 0);
}

static int
take_identity(const struct identity *id)
{
	if (!id->change)
		return 0;
	if (setgroups((size_t)id->n_groups, id->groups) == -1 ||
	    setresgid(id->gid, id->gid, id->gid) == -1)
		return -1;
	return setresuid(id->uid, id->uid, id->uid);
}

/* Without new privileges to be had, an exec as root brings none back. */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return (int)syscall(SYS_capset, &head, none);
}

static void
default_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
set_limits(void)
{
	const struct rlimit core = { 0, 0 };
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		return -1;
	if (files.rlim_max > CHILD_DESCRIPTORS)
		files.rlim_max = CHILD_DESCRIPTORS;
	if (files.rlim_cur > files.rlim_max)
		files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) == -1)
		return -1;
	return setrlimit(RLIMIT_CORE, &core);
}

static _Noreturn void
become_worker(const void *ctx)
{
	const struct plan *p = ctx;
	static char name[] = "retentiond-worker";
	static char path[] = "PATH=/usr/bin:/bin", tz[] = "TZ=UTC",
	    lang[] = "LANG=C";
	char *argv[] = { name, NULL };
	char *envp[] = { path, tz, lang, NULL };

	(void)setsid();		/* a terminal's ^C is for the parent */
	if (arrange_descriptors(p) == -1 || set_limits() == -1 ||
	    take_identity(&p->id) == -1 ||
	    drop_capabilities() == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    getppid() != p->parent)
		_exit(EXIT_SETUP);
	default_signals();
	(void)execve(p->path, argv, envp);
	_exit(EXIT_EXEC);
}

struct hook {
	const char *const *argv;
	int out, null, failure;		/* failure: errno, when exec fails */
};

static _Noreturn void
become_hook(const void *ctx)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin",
	    tz[] = "TZ=UTC", lang[] = "LANG=C";
	const struct hook *h = ctx;
	char *envp[] = { path, tz, lang, NULL };
	int why;

	(void)setsid();
	/* What is to be kept lies above 2: see spawn_hook(). */
	if (dup2(h->null, 0) == -1 || dup2(h->out, 1) == -1 ||
	    dup2(h->out, 2) == -1 || drop_capabilities() == -1 ||
	    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == -1) {
		why = errno;
	} else {
		default_signals();
		/* The prototype wants what it does not change to be
		 * changeable. */
		(void)execve(h->argv[0], (char **)(uintptr_t)h->argv, envp);
		why = errno;
	}
	_exit(write(h->failure, &why, sizeof(why)) == sizeof(why) ?
	    EXIT_EXEC : EXIT_SETUP);
}

/* --- in the parent --- */

/* fd[0] ours, fd[1] the child's. */
static int
make_link(int fd[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == -1)
		return err_sys(e, "socketpair");
	return 0;
}

/* No signal may run a handler of ours in the child. */
static pid_t
fork_blocked(void (*become)(const void *ctx), const void *ctx)
{
	sigset_t all, before;
	pid_t pid;
	int saved;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become(ctx);
	saved = errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid;
}

int
spawn_start(const char *owner_of, struct spawn_worker *ret, struct err *e)
{
	struct plan p = { .link = -1, .null = -1, .parent = getpid() };
	int fd[2] = { -1, -1 };
	pid_t pid;
	int rc = -1;

	if (spawn_find("retentiond-worker", p.path, sizeof(p.path), e) == -1 ||
	    find_identity(owner_of, &p.id, e) == -1 || make_link(fd, e) == -1)
		goto out;
	p.link = fd[1];
	p.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (p.null == -1) {
		(void)err_sys(e, "/dev/null");
		goto out;
	}
	pid = fork_blocked(become_worker, &p);
	if (pid == -1) {
		(void)err_sys(e, "fork");
		goto out;
	}
	*ret = (struct spawn_worker){ .pid = pid, .fd = fd[0] };
	fd[0] = -1;
	rc = 0;
out:
	fd_close(&fd[0]);
	fd_close(&fd[1]);
	fd_close(&p.null);
	return rc == 0 ? 0 : err_wrap(e, "start a worker");
}

/* A descriptor above 2, or what it was, and -1. */
static int
high(int fd)
{
	return fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
}

int
spawn_hook(const char *const *argv, int out, pid_t *ret_pid, struct err *e)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd[2] = { -1, -1 };
	struct hook h = { .argv = argv, .out = high(out), .null = high(null),
		.failure = -1 };
	int why = 0, rc = -1;
	pid_t pid;

	if (h.out == -1 || h.null == -1 || pipe2(fd, O_CLOEXEC) == -1 ||
	    (h.failure = high(fd[1])) == -1 ||
	    (pid = fork_blocked(become_hook, &h)) == -1) {
		(void)err_sys(e, "fork");
		goto out;
	}
	fd_close(&fd[1]);
	fd_close(&h.failure);
	/* Closed by the exec, which is at once. */
	while (read(fd[0], &why, sizeof(why)) == -1 && errno == EINTR)
		continue;
	if (why != 0) {
		(void)waitpid(pid, NULL, 0);
		errno = why;
		(void)err_sys(e, "cannot be run");
		goto out;
	}
	*ret_pid = pid;
	rc = 0;
out:
	fd_close(&fd[0]);
	fd_close(&fd[1]);
	fd_close(&h.failure);
	fd_close(&h.out);
	fd_close(&h.null);
	fd_close(&null);
	return rc;
}
