/* confine: what a worker that has been taken over tries after OPEN is refused,
 * call by call, while its own store stays in reach (I9 for reading). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/holders.h"
#include "retention/msg.h"
#include "retention/sandbox.h"

#include "worker/confine.h"
#include "worker/scout.h"

#include "alone.h"
#include "confinetries.h"
#include "tap.h"

enum { COULD = 1, REFUSED, UNCONFINED };

static int
confined(enum way way)
{
	const char *root[] = { roots };
	struct msg_open m = {
		.store = { .kind = RULE_SQLITE, .path = mine },
		.write = way != READS,
		.required = true };
	struct err e = ERR_EMPTY;

	if (way == ROW_FILES) {
		m.store.kind = RULE_FILES;
		m.store.path = own;
		m.roots = root;
		m.n_roots = 1;
	}
	if (way == LOG_LINES)
		m.store.kind = RULE_LOGS;
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
		by_dots, by_link, local, forks,
		thread, thread_beyond, code, pidfd, memory_file };

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
	test_attempts(LOG_LINES, "of logs");
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
