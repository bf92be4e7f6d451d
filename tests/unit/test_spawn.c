/* spawn: a worker gets descriptor 3, its owner's identity and nothing else.
 * This program is its own worker: a copy of it stands beside it under the
 * worker's name, and reports what it finds itself with. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/spawn.h"
#include "retention/wire.h"

#include "tap.h"

struct seen {
	uid_t uid;
	gid_t gid;
	int n_groups, n_env, n_fds, no_new_privs, death_signal;
	int blocked, ignored, leader, capabilities;
	pid_t parent;
	rlim_t core, files;
	char null[32], tz[32];
};

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -3;			/* ".", ".." and d itself */

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		(void)closedir(d);
	return n;
}

/* Any that it has or may have; -1: nobody knows. */
static int
any_capability(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { 0 }, { 0 } };

	if (syscall(SYS_capget, &head, d) == -1)
		return -1;
	return (d[0].effective | d[0].permitted | d[0].inheritable |
	    d[1].effective | d[1].permitted | d[1].inheritable) != 0;
}

static int
be_worker(char **env)
{
	struct seen s = { .uid = getuid(), .gid = getegid(),
	    .n_groups = getgroups(0, NULL), .n_fds = count_fds(),
	    .no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
	    .leader = getsid(0) == getpid(), .parent = getppid(),
	    .capabilities = any_capability() };
	struct rlimit lim = { 1, 1 };
	struct sigaction pipe_now = { .sa_handler = SIG_IGN };
	sigset_t mask;

	while (env[s.n_env] != NULL)
		s.n_env++;
	(void)snprintf(s.tz, sizeof(s.tz), "%s", getenv("TZ"));
	must(readlink("/proc/self/fd/0", s.null, sizeof(s.null) - 1) > 0);
	(void)prctl(PR_GET_PDEATHSIG, &s.death_signal, 0, 0, 0);
	(void)getrlimit(RLIMIT_CORE, &lim);
	s.core = lim.rlim_max;
	(void)getrlimit(RLIMIT_NOFILE, &lim);
	s.files = lim.rlim_max;
	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	s.blocked = sigismember(&mask, SIGTERM);
	(void)sigaction(SIGPIPE, NULL, &pipe_now);
	s.ignored = pipe_now.sa_handler == SIG_IGN;
	return send(WIRE_FD, &s, sizeof(s), 0) == sizeof(s) ? 0 : 1;
}

/* Starts a worker and takes its report; its exit status, or -1. */
static int
meet(const char *owner_of, struct seen *ret)
{
	struct spawn_worker w = { .fd = -1 };
	struct err e = ERR_EMPTY;
	int status = 0;
	ssize_t n;

	if (spawn_start(owner_of, &w, &e) == -1) {
		printf("# %s\n", e.text);
		return -1;
	}
	n = recv(w.fd, ret, sizeof(*ret), 0);
	ok(n == sizeof(*ret) || n == 0, "a report, or the end: %zd", n);
	ok((fcntl(w.fd, F_GETFD) & FD_CLOEXEC) != 0, "our end is close-on-exec");
	(void)close(w.fd);
	(void)waitpid(w.pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_bare(void)
{
	struct sigaction ign = { .sa_handler = SIG_IGN }, dfl;
	struct seen s = { 0 };
	sigset_t term;
	int extra = open("/dev/null", O_RDONLY);	/* not close-on-exec */

	(void)sigaction(SIGPIPE, &ign, &dfl);
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, NULL);
	ok(meet(NULL, &s) == 0, "a worker ran");
	(void)sigprocmask(SIG_UNBLOCK, &term, NULL);
	(void)sigaction(SIGPIPE, &dfl, NULL);
	(void)close(extra);
	ok(s.n_fds == 4, "descriptors 0 to 3 only: %d", s.n_fds);
	ok(strcmp(s.null, "/dev/null") == 0, "0 is %s", s.null);
	ok(s.n_env == 3 && strcmp(s.tz, "UTC") == 0, "environment of three");
	ok(s.no_new_privs == 1, "no new privileges");
	ok(s.capabilities == 0, "no capability, also of root");
	ok(s.death_signal == SIGKILL && s.parent == getpid(),
	    "dies with its parent");
	ok(s.core == 0 && s.files <= 1024, "limits");
	ok(s.blocked == 0 && s.ignored == 0, "signals as at birth");
	ok(s.leader == 1, "a session of its own");
	ok(s.uid == getuid() && s.gid == getgid(), "our identity");
}

static void
test_owner(const char *file)
{
	const uid_t nobody = 54321;	/* has no name */
	struct seen s = { 0 };
	char name[200];

	if (geteuid() != 0) {
		ok(meet(file, &s) == 0 && s.uid == getuid(),
		    "not root: our identity (owner not tested)");
		return;
	}
	ok(chown(file, nobody, nobody + 1) == 0, "a store of somebody's");
	ok(meet(file, &s) == 0, "a worker for it ran");
	ok(s.uid == nobody && s.gid == nobody + 1 && s.n_groups == 1,
	    "as its owner: %u:%u, %d group", s.uid, s.gid, s.n_groups);
	ok(s.death_signal == SIGKILL, "still dies with its parent");
	(void)snprintf(name, sizeof(name), "%s.link", file);
	ok(symlink(file, name) == 0 && meet(name, &s) == 0 && s.uid == nobody,
	    "root's link to it");
	ok(lchown(name, nobody, nobody) == 0 && meet(name, &s) == 0,
	    "its owner's link");
	ok(lchown(name, nobody + 7, nobody) == 0 && meet(name, &s) == -1,
	    "no stranger's link");
	(void)unlink(name);
	ok(chown(file, 0, nobody) == 0 && meet(file, &s) == 0 && s.uid == 0 &&
	    s.gid == nobody, "root's own store: root, in its group");
	ok(s.capabilities == 0, "without a capability");
	ok(meet("/nonexistent/store.db", &s) == 0 && s.uid == 0,
	    "no store yet");
}

static void
test_find(const char *worker)
{
	char path[PATH_MAX];
	struct seen s;
	struct err e = ERR_EMPTY;
	int fd;

	ok(spawn_find("retentiond-worker", path, sizeof(path), &e) == 0 &&
	    strcmp(path, worker) == 0, "found beside us");
	ok(spawn_find("no-such-program", path, sizeof(path), &e) == -1 &&
	    strstr(e.text, RETENTION_LIBEXEC) != NULL, "not found: %s", e.text);
	ok(spawn_find("retentiond-worker", path, 8, &e) == -1, "no room");
	ok(chmod(worker, 0757) == 0 && spawn_find("retentiond-worker", path,
	    sizeof(path), &e) == -1 && e.code == ERR_REFUSED,
	    "everybody may write: %s", e.text);
	ok(chmod(worker, 0600) == 0 && spawn_find("retentiond-worker", path,
	    sizeof(path), &e) == -1 && e.code == ERR_CONFIG,
	    "no program: %s", e.text);
	(void)unlink(worker);
	fd = open(worker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ok(fd != -1 && write(fd, "\x7f" "ELF", 4) == 4 && close(fd) == 0 &&
	    meet(NULL, &s) == 127, "cannot be run: exit 127");
}

/* What spawn_owner_of() chooses below the folder; "" for the folder. */
static int
chooses(const char *folder, const char *pattern, const char *want)
{
	char store[300], got[300], path[300];

	(void)snprintf(store, sizeof(store), "%s/%s", folder, pattern);
	(void)snprintf(path, sizeof(path), "%s%s%s", folder,
	    want[0] != '\0' ? "/" : "", want);
	spawn_owner_of(store, got, sizeof(got));
	if (strcmp(got, path) != 0)
		printf("# %s: %s\n", store, got);
	return strcmp(got, path) == 0;
}

static void
test_pattern(void)
{
	char folder[] = "/tmp/spawn-test-XXXXXX", path[64];

	must(mkdtemp(folder) != NULL);
	ok(chooses(folder, "a.db", "a.db"), "no pattern: the store itself");
	ok(chooses(folder, "*.log", ""), "a pattern without files: the folder");
	for (const char *p = "abcd"; *p != '\0'; p++) {
		(void)snprintf(path, sizeof(path), "%s/%c.log", folder, *p);
		must(*p == 'a' ? symlink("/etc/passwd", path) == 0 :
		    close(open(path, O_WRONLY | O_CREAT, 0600)) == 0);
		if (geteuid() == 0 && *p != 'a')
			must(chown(path, *p == 'd' ? 1235 : 1234, 1) == 0);
	}
	ok(chooses(folder, "[a-c].log", "b.log"),
	    "all of one owner: a file, and not the link of another");
	if (geteuid() == 0)
		ok(chooses(folder, "*.log", ""), "of several: the folder");
	else
		printf("# not root: no files of several owners\n");
	for (const char *p = "abcd"; *p != '\0'; p++) {
		(void)snprintf(path, sizeof(path), "%s/%c.log", folder, *p);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static int
copy(const char *from, const char *to)
{
	char part[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	while ((n = read(in, part, sizeof(part))) > 0)
		if (write(out, part, (size_t)n) != n)
			return -1;
	(void)fchmod(out, 0755);
	(void)close(in);
	return n == 0 ? close(out) : -1;
}

int
main(int argc, char **argv, char **env)
{
	char self[PATH_MAX] = "", folder[PATH_MAX];
	char worker[PATH_MAX + 32], file[] = "/tmp/spawn-test-XXXXXX";
	int fd;

	if (argc >= 1 && strcmp(argv[0], "retentiond-worker") == 0)
		return be_worker(env);
	must(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	memcpy(folder, self, sizeof(folder));
	(void)snprintf(worker, sizeof(worker), "%s/retentiond-worker",
	    dirname(folder));
	fd = mkstemp(file);
	must(fd != -1 && copy(self, worker) == 0);
	test_bare();
	test_owner(file);
	test_pattern();
	test_find(worker);
	(void)close(fd);
	(void)unlink(file);
	(void)unlink(worker);
	return tap_done();
}
