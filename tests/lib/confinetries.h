/*
 * confinetries - what a worker that was taken over would try, and who may do
 * it.  Each is 0 or a positive number when it could be done.
 */
#ifndef TESTS_CONFINETRIES_H
#define TESTS_CONFINETRIES_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "confinestage.h"

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
static void *in_thread(void *it)
{
	int (*const *what)(void) = it;

	return (*what)() < 0 ? NULL : it;
}
static int by_thread(int (*it)(void))
{
	void *good = NULL;
	pthread_t t;

	return pthread_create(&t, NULL, in_thread, &it) == 0 &&
	    pthread_join(t, &good) == 0 && good != NULL ? 0 : -1;
}
static int thread(void) { return by_thread(read_own); }
static int thread_beyond(void) { return by_thread(read_other); }
static int thread_forks(void) { return by_thread(forks); }
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
#define L (1U << LOG_LINES)

static const struct attempt attempts[] = {
	{ "read its store", read_own, W | L | R | F, false },
	{ "list its folder", list_own, W | L | R | F, false },
	{ "watch its store", watching, W | L | R | F, false },
	{ "read a time zone", zone, W | L | R | F, false },
	{ "write to its store", write_own, W | L | F, false },
	{ "make a side file", make_own, W | L | F, false },
	{ "remove from its folder", remove_own, W | L | F, false },
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
	{ "start a thread", thread, L, true },
	{ "open another store in a thread", thread_beyond, 0, true },
	{ "fork in a thread", thread_forks, 0, true },
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

#endif
