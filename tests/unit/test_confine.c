/* confine: what a worker that has been taken over tries after OPEN is refused,
 * call by call, while its own store stays in reach (I9 for reading). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/holders.h"
#include "retention/msg.h"
#include "retention/sandbox.h"

#include "worker/confine.h"
#include "worker/scout.h"

#include "alone.h"
#include "tap.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum way { NONE, WRITES, READS, ROW_FILES };

/* Folders of the stage: two stores, the daemon's own, files of rows. */
static char top[] = "/tmp/retention-confine.XXXXXX";
static char own[64], other[64], state[64], roots[64], secret[160], mine[160];
static pid_t parent;

static void
put(const char *folder, const char *name, char *ret_path, size_t n)
{
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(fd != -1 && write(fd, "secret\n", 7) == 7 && close(fd) == 0);
	if (ret_path != NULL)
		(void)snprintf(ret_path, n, "%s", path);
}

static void
folder(const char *name, char ret[64])
{
	(void)snprintf(ret, 64, "%s/%s", top, name);
	must(mkdir(ret, 0700) == 0);
}

static void
set_stage(void)
{
	char link[160];

	must(mkdtemp(top) != NULL);
	folder("own", own);
	folder("other", other);
	folder("state", state);
	folder("roots", roots);
	put(own, "a.db", mine, sizeof(mine));
	put(other, "b.db", secret, sizeof(secret));
	put(state, "ledger.db", NULL, 0);
	put(roots, "r.pdf", NULL, 0);
	(void)snprintf(link, sizeof(link), "%s/way.db", own);
	must(symlink(secret, link) == 0);
	(void)snprintf(link, sizeof(link), "%s/sub", own);
	must(mkdir(link, 0700) == 0);
	parent = getpid();
}

static void
clear_stage(void)
{
	static const char *const names[] = { "own/a.db", "own/a.db-wal",
		"own/way.db", "own/sub", "own", "other/b.db", "other",
		"state/ledger.db", "state", "roots/r.pdf", "roots", "" };
	char path[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", top, names[i]);
		(void)remove(path);
	}
}

/* --- what is tried; 0 or a positive number: it could be done --- */

static int
opened(int flags, const char *dir, const char *name)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);
}

static int read_own(void) { return opened(O_RDONLY, own, "a.db"); }
static int write_own(void) { return opened(O_RDWR, own, "a.db"); }
static int make_own(void) { return opened(O_RDWR | O_CREAT, own, "a.db-wal"); }
static int list_own(void) { return opened(O_RDONLY | O_DIRECTORY, own, "."); }
static int read_roots(void) { return opened(O_RDONLY, roots, "r.pdf"); }
static int write_roots(void) { return opened(O_RDWR, roots, "r.pdf"); }
static int zone(void)
{ return opened(O_RDONLY, "/usr/share/zoneinfo", "Europe/Berlin"); }
static int read_other(void) { return opened(O_RDONLY, other, "b.db"); }
static int by_dots(void) { return opened(O_RDONLY, own, "../other/b.db"); }
static int by_link(void) { return opened(O_RDONLY, own, "way.db"); }
static int passwords(void) { return opened(O_RDONLY, "/etc", "passwd"); }
static int ledger(void) { return opened(O_RDONLY, state, "ledger.db"); }
static int list_top(void) { return opened(O_RDONLY | O_DIRECTORY, top, "."); }
static int make_other(void)
{ return opened(O_RDWR | O_CREAT, other, "new"); }
static int temporary(void)
{ return opened(O_RDWR | O_CREAT, "/tmp", "retention-confine.new"); }
static int of_parent(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)parent);
	return opened(O_RDONLY, path, "environ");
}
static int move_out(void)
{
	char to[160];

	(void)snprintf(to, sizeof(to), "%s/taken", other);
	return rename(mine, to);
}
static int link_in(void)
{
	char to[160];

	(void)snprintf(to, sizeof(to), "%s/in", own);
	return link(secret, to);
}
static int unlink_other(void) { return unlink(secret); }
static int cut_other(void) { return truncate(secret, 0); }
static int mode_other(void) { return chmod(secret, 0666); }
static int times_other(void) { return utimensat(AT_FDCWD, secret, NULL, 0); }
static int owner_other(void) { return chown(secret, 0, 0); }
static int attr_other(void)
{ return (int)syscall(SYS_setxattr, secret, "user.x", "x", 1, 0); }
static int remove_own(void)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/a.db", own);
	return unlink(path);
}
static int remove_folder(void)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/sub", own);
	return rmdir(path);
}
static int inet(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int local(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static int pair(void)
{
	int fd[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
}
static int connecting(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/x" };

	return connect(0, (struct sockaddr *)&a, sizeof(a));
}
static int exec(void)
{
	static char name[] = "true";
	char *argv[] = { name, NULL };

	return execv("/bin/true", argv);
}
static int exec_fd(void)
{
	static char name[] = "true";
	char *argv[] = { name, NULL };

	return (int)syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, argv, 0);
}
static int forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}
static int clones(void) { return (int)syscall(SYS_clone3, NULL, 0); }
static int trace(void)
{ return (int)ptrace(PTRACE_ATTACH, parent, NULL, NULL); }
static int peek(void)
{ return (int)syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0); }
static int kill_parent(void) { return kill(parent, 0); }
static int kill_group(void) { return kill(0, 0); }
static int pidfd(void) { return (int)syscall(SYS_pidfd_open, parent, 0); }
static int own_signals(void) { return fcntl(0, F_SETOWN, parent); }
static int code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int to_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? 0 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static int uring(void) { return (int)syscall(SYS_io_uring_setup, 1, NULL); }
static int keys(void) { return (int)syscall(SYS_keyctl, 0, 0, 0, 0, 0); }
static int privileges(void) { return setresuid(0, 0, 0); }
static int namespace(void) { return unshare(CLONE_NEWUSER); }
static int terminal(void) { return (int)syscall(SYS_ioctl, 2, 0x5412, "x"); }
static int memory_file(void) { return memfd_create("x", 0); }
static int watching(void)
{ return inotify_add_watch(inotify_init1(IN_CLOEXEC), mine, IN_OPEN); }

/* A process of its own for each; as the worker starts. */
struct attempt {
	const char *what;
	int (*it)(void);
	unsigned may;		/* by way: bits of who may */
	bool not_sanitized;	/* the sanitizers need it themselves */
};
#define W (1U << WRITES)
#define R (1U << READS)
#define F (1U << ROW_FILES)

static const struct attempt attempts[] = {
	{ "read its store", read_own, W | R | F, false },
	{ "list its folder", list_own, W | R | F, false },
	{ "watch its store", watching, W | R | F, false },
	{ "read a time zone", zone, W | R | F, false },
	{ "write to its store", write_own, W | F, false },
	{ "make a side file", make_own, W | F, false },
	{ "remove from its folder", remove_own, W | F, false },
	{ "remove a folder", remove_folder, F, false },
	{ "read the rows' files", read_roots, F, false },
	{ "write to the rows' files", write_roots, F, false },
	{ "open another store", read_other, 0, false },
	{ "reach it by ..", by_dots, 0, false },
	{ "reach it by a link", by_link, 0, false },
	{ "read /etc/passwd", passwords, 0, false },
	{ "read the state folder", ledger, 0, false },
	{ "list the folder above", list_top, 0, false },
	{ "make a file elsewhere", make_other, 0, false },
	{ "make a file in /tmp", temporary, 0, false },
	{ "look into its parent", of_parent, 0, true },
	{ "move its store out", move_out, 0, false },
	{ "give a file a name inside", link_in, 0, false },
	{ "remove a file elsewhere", unlink_other, 0, false },
	{ "cut a file elsewhere", cut_other, 0, false },
	{ "change a mode elsewhere", mode_other, 0, false },
	{ "change times elsewhere", times_other, 0, false },
	{ "change an owner elsewhere", owner_other, 0, false },
	{ "set an attribute elsewhere", attr_other, 0, false },
	{ "make an internet socket", inet, 0, false },
	{ "make a local socket", local, 0, false },
	{ "make a pair of sockets", pair, 0, false },
	{ "connect", connecting, 0, false },
	{ "run a program", exec, 0, false },
	{ "run a program by execveat", exec_fd, 0, false },
	{ "fork", forks, 0, true },
	{ "clone", clones, 0, false },
	{ "trace its parent", trace, 0, true },
	{ "read its parent's memory", peek, 0, false },
	{ "signal its parent", kill_parent, 0, false },
	{ "signal its group", kill_group, 0, false },
	{ "get hold of its parent", pidfd, 0, false },
	{ "have the kernel signal for it", own_signals, 0, false },
	{ "map code", code, 0, false },
	{ "make memory code", to_code, 0, false },
	{ "use io_uring", uring, 0, false },
	{ "use keyrings", keys, 0, false },
	{ "become root", privileges, 0, false },
	{ "make a namespace", namespace, 0, false },
	{ "type at a terminal", terminal, 0, false },
	{ "make a file in memory", memory_file, 0, false },
};

enum { COULD = 1, REFUSED, UNCONFINED };

static int
confined(enum way way)
{
	const char *root[] = { roots };
	struct msg_open m = {
		.store = { .kind = RULE_SQLITE, .path = mine },
		.write = way == WRITES || way == ROW_FILES,
		.required = true };
	struct err e = ERR_EMPTY;

	if (way == ROW_FILES) {
		m.store.kind = RULE_FILES;
		m.store.path = own;
		m.roots = root;
		m.n_roots = 1;
	}
	if (sandbox_harden(&e) == -1 || confine_to(&m, &e) == -1) {
		printf("# %s\n", e.text);
		(void)fflush(stdout);
		return -1;
	}
	return 0;
}

/* COULD, REFUSED, or 128 + the signal that ended it. */
static int
attempt(enum way way, int (*it)(void))
{
	int status = 0;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (way != NONE && confined(way) == -1)
			_exit(UNCONFINED);
		_exit(it() < 0 ? REFUSED : COULD);
	}
	(void)waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

static void
test_attempts(enum way way, const char *who)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		const struct attempt *a = &attempts[i];
		bool may = (a->may & (1U << way)) != 0;
		int got;

		if (a->not_sanitized && SANITIZED)
			continue;
		got = attempt(way, a->it);
		ok(may ? got == COULD : got == REFUSED || got == 128 + SIGSYS,
		    "%s: %s %s (%d)", who, may ? "can" : "cannot", a->what,
		    got);
		if (may && access(mine, F_OK) == -1)
			put(own, "a.db", NULL, 0);
		if (may && a->it == remove_folder) {
			char path[160];

			(void)snprintf(path, sizeof(path), "%s/sub", own);
			must(mkdir(path, 0700) == 0);
		}
	}
}

/* Without confinement these succeed: the test can fail. */
static void
test_free(void)
{
	static int (*const some[])(void) = { read_other, passwords, ledger,
		by_dots, by_link, local, forks, code, pidfd, memory_file };

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++)
		ok(attempt(NONE, some[i]) == COULD, "free: can do %zu", i);
}

/* What was open before stays open, but a reader cannot change it. */
static int
write_before(enum way way)
{
	int fd = fcntl(open(mine, O_RDWR | O_CLOEXEC), F_DUPFD_CLOEXEC, 10);

	must(fd != -1);
	if (confined(way) == -1)
		return UNCONFINED;
	if (pwrite(fd, "S", 1, 0) == 1 || ftruncate(fd, 7) == 0 ||
	    write(fd, "S", 1) == 1 || fallocate(fd, 0, 0, 1) == 0 ||
	    fchmod(fd, 0600) == 0)
		return COULD;
	return REFUSED;
}

static void
test_before(void)
{
	for (enum way way = WRITES; way <= READS; way++) {
		int status = 0;
		pid_t pid;

		if (way == READS && SANITIZED)
			continue;
		(void)fflush(stdout);
		pid = fork();
		if (pid == 0)
			_exit(write_before(way));
		(void)waitpid(pid, &status, 0);
		ok(WIFEXITED(status) && WEXITSTATUS(status) ==
		    (way == WRITES ? COULD : REFUSED), "an open file, by %s",
		    way == WRITES ? "a writer" : "a reader: unchanged (I9)");
	}
}

/* The scout sees what a confined worker cannot, and says "somebody" as soon
 * as it cannot tell. */
static int
asks(int scout, const char *path, bool *ret_held)
{
	struct holders h = { scout };
	struct stat st;
	struct holders_file f[3];

	if (stat(path, &st) == -1)
		return -1;
	f[0] = f[2] = (struct holders_file){ st.st_dev, st.st_ino };
	f[1] = (struct holders_file){ 1, 1 };
	holders_ask(scout == -2 ? NULL : &h, f, 3, ret_held);
	return 0;
}

static int
with_scout(bool open_elsewhere)
{
	bool held[3], blind[3];
	int scout = scout_start();

	if (scout == -1 || confined(WRITES) == -1 ||
	    asks(scout, mine, held) == -1 || asks(-2, mine, blind) == -1)
		return 1;
	if (!SANITIZED && (!blind[0] || !blind[1] || !blind[2]))
		return 2;
	if (held[0] != open_elsewhere || held[2] != open_elsewhere || held[1])
		return held[1] && held[0] && held[2] ? 3 : 4;
	(void)shutdown(scout, SHUT_RDWR);
	if (asks(scout, mine, held) == -1 || !held[0] || !held[1])
		return 5;
	return 0;
}

static void
test_scout(bool sees_all)
{
	for (int is_open = 0; is_open < 2; is_open++) {
		int status = 0;
		int fd = is_open ? open(mine, O_RDONLY | O_CLOEXEC) : -1;
		pid_t pid;

		(void)fflush(stdout);
		pid = fork();
		if (pid == 0) {
			if (fd != -1)
				(void)close(fd);
			_exit(with_scout(is_open));
		}
		(void)waitpid(pid, &status, 0);
		ok(WIFEXITED(status) && WEXITSTATUS(status) ==
		    (sees_all ? 0 : 3), "the scout: %s (%d)", !sees_all ?
		    "it cannot know, and says so" : is_open ? "somebody" :
		    "nobody", WEXITSTATUS(status));
		if (fd != -1)
			(void)close(fd);
	}
}

static int
forbidden(void)
{
	struct err e = ERR_EMPTY;

	if (sandbox_harden(&e) == -1 || sandbox_forbid(&e) == -1)
		return 1;
	if (syscall(SYS_mount, "", "", "", 0, "") != -1 || errno != EPERM)
		return 2;
	if (!SANITIZED && (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != -1 ||
	    errno != EPERM))
		return 3;
	if (syscall(SYS_settimeofday, NULL, NULL) != -1 || errno != EPERM)
		return 4;
	if (forks() <= 0 || local() == -1 || read_other() == -1)
		return 5;
	/* A worker's own needs are not among it. */
	return confined(WRITES) == -1 || read_own() == -1 ? 6 : 0;
}

int
main(void)
{
	const char *why = "";
	bool all = alone_enter();
	int status = 0;
	pid_t pid;

	if (!sandbox_is_whole(&why)) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	set_stage();
	test_free();
	test_attempts(WRITES, "a writer");
	test_attempts(READS, "a reader");
	test_attempts(ROW_FILES, "of files");
	test_before();
	test_scout(all);
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(forbidden());
	(void)waitpid(pid, &status, 0);
	ok(status == 0, "the parent: forbidden calls, and no more: check %d",
	    WEXITSTATUS(status));
	clear_stage();
	return tap_done();
}
