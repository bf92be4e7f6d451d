/*
 * Log stores, disturbed in the middle of a replacement: whoever opens the old
 * or the new file loses no line; a folder that is moved away keeps its files;
 * a file that somebody else leases, and folders that are closed, wait, and the
 * others go on.
 */
#include <errno.h>
#include <limits.h>

#include "logstest.h"
#include "tap.h"

enum when { NEVER, BEFORE_EXCHANGE, BETWEEN, MOVE_FOLDER };

static enum when when;
static struct logs *meanwhile;
static pid_t early, late;

static pid_t
writer(const char *line)
{
	const pid_t pid = fork();

	if (pid == 0) {
		/* A copy of a leased descriptor would keep the lease. */
		const int fd = close_range(3, ~0U, 0) == -1 ? -1 :
		    open(logs_path(meanwhile, "access.log"),
		    O_WRONLY | O_APPEND);

		_exit(write(fd, line, strlen(line)) != (ssize_t)strlen(line));
	}
	(void)usleep(50000);
	return pid;
}

int __real_renameat2(int a, const char *b, int c, const char *d, unsigned f);
int __wrap_renameat2(int a, const char *b, int c, const char *d, unsigned f);

/* Before the exchange somebody asks for the old file, so that it is undone;
 * right behind it somebody asks for the new one. */
int
__wrap_renameat2(int a, const char *b, int c, const char *d, unsigned f)
{
	const enum when now = when;
	char away[160];
	int rc;

	when = NEVER;
	if (now == BEFORE_EXCHANGE || now == BETWEEN)
		early = writer("early line\n");
	if (now == MOVE_FOLDER) {
		(void)snprintf(away, sizeof away, "%s.away", meanwhile->dir);
		must(rename(meanwhile->dir, away) == 0 &&
		    mkdir(meanwhile->dir, 0755) == 0);
	}
	rc = __real_renameat2(a, b, c, d, f);
	if (now == BETWEEN)
		late = writer("late line\n");
	return rc;
}

static bool
ended(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void
test_writers(enum when at, const char *what)
{
	struct logs l;
	struct told t;
	struct store_result r;

	logs_open(&l, RULE_DELETE);
	logs_put(&l, "access.log", "on", 5);
	meanwhile = &l;
	when = at;
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 5 &&
	    t.err.code == ERR_BUSY, "%s: left: %s", what, t.err.text);
	ok(ended(early) && (at != BETWEEN || ended(late)),
	    "%s: they could write", what);
	ok(logs_erase(&l, &t, &r) == 0 && logs_erase(&l, &t, &r) == 0 &&
	    logs_lines(&l, "access.log", "192") == 0 &&
	    logs_lines(&l, "access.log", "198") == 5,
	    "%s: the next pass takes what is due", what);
	ok(logs_lines(&l, "access.log", "early") == 1 &&
	    logs_lines(&l, "access.log", "late") == (at == BETWEEN),
	    "%s: and every line is there", what);
	logs_close(&l);
}

static void
test_moved(enum rule_unit unit)
{
	struct logs l;
	struct told t;
	struct store_result r;
	char away[160], path[200];

	logs_open(&l, RULE_DELETE);
	l.d.unit = unit;
	logs_put(&l, "access.log.1", unit == RULE_FILE ? "o" : "on", 5);
	meanwhile = &l;
	when = MOVE_FOLDER;
	(void)logs_erase(&l, &t, &r);
	when = NEVER;
	(void)snprintf(away, sizeof away, "%s.away", l.dir);
	ok(r.erased == 0 && t.err.code == ERR_BUSY, "moved away: %s", t.err.text);
	(void)snprintf(path, sizeof path, "%s", l.dir);
	must(rmdir(path) == 0 && rename(away, path) == 0);
	ok(logs_lines(&l, "access.log.1", "192") == 5,
	    "moved away: the file is whole");
	ok(logs_erase(&l, &t, &r) == 0 && r.erased > 0, "back: it goes");
	logs_close(&l);
}

/* Another program's lease: it is asked to give it back, and does not. */
static void
test_leased(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_counts c;
	int fd[2];
	char x;
	pid_t pid;

	logs_open(&l, RULE_DELETE);
	logs_put(&l, "access.log.1", "o", 5);
	logs_put(&l, "access.log.2", "o", 5);
	must(pipe(fd) == 0);
	pid = fork();
	if (pid == 0) {
		const int own = open(logs_path(&l, "access.log.1"), O_RDWR);

		(void)signal(SIGIO, SIG_IGN);
		must(fcntl(own, F_SETLEASE, F_WRLCK) == 0);
		must(write(fd[1], "x", 1) == 1);
		(void)pause();
		_exit(0);
	}
	must(read(fd[0], &x, 1) == 1);
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 5 &&
	    logs_lines(&l, "access.log.2", "") == -1,
	    "leased by another program: the other file goes: %s", l.e.text);
	ok(store_plan(l.st, &l.d, logs_now, &c, &l.e) == -1 &&
	    l.e.code == ERR_BUSY, "a plan is for later: %s", l.e.text);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	close(fd[0]);
	close(fd[1]);
	l.e = ERR_EMPTY;
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 5, "given back: it goes");
	logs_close(&l);
}

static int findings, unwritable;

static void
on_finding(void *ctx, const struct store_finding *f)
{
	(void)ctx;
	findings += strcmp(f->code, "unread-folder") == 0;
	unwritable += strcmp(f->code, "closed-folder") == 0;
}

static void
folder(const struct logs *l, const char *name, const char *log)
{
	must(mkdir(logs_path(l, name), 0755) == 0);
	logs_put(l, log, "o", 5);
	must(geteuid() != 0 || (chown(logs_path(l, name), 65534, (gid_t)-1) == 0 &&
	    chown(logs_path(l, log), 65534, (gid_t)-1) == 0));
}

/* Three good folders among one that is closed and one that is a link out. */
static void
test_folders(bool closed, bool linked)
{
	const bool root = geteuid() == 0;
	const unsigned n = closed + linked;
	char pattern[120], target[160];
	struct logs l, out;
	struct told t;
	struct store_result r;
	struct store_counts c;
	int rc;

	logs_open(&l, RULE_DELETE);
	logs_open(&out, RULE_DELETE);
	must(chmod(l.dir, 0755) == 0 && chmod(out.dir, 0755) == 0);
	(void)snprintf(pattern, sizeof pattern, "%s/*/access.log*", l.dir);
	l.store.path = pattern;
	folder(&l, "a", "a/access.log.1");
	folder(&l, "c", "c/access.log.1");
	folder(&l, "z", "z/access.log.1");
	logs_put(&l, "no-folder", "o", 1);
	logs_put(&out, "access.log.1", "o", 5);
	(void)snprintf(target, sizeof target, "%s", out.dir);
	if (linked)
		must(symlink(target, logs_path(&l, "b")) == 0);
	if (closed) {
		folder(&l, "d", "d/access.log.1");
		must(chmod(logs_path(&l, "d"), 0) == 0);
	}
	must(!root || seteuid(65534) == 0);
	must(store_open(&l.store, STORE_READ, NULL, &l.st, &l.e) == 0);
	c.due = c.undated = 0;
	must(store_plan(l.st, &l.d, logs_now, &c, &l.e) == 0);
	ok(c.due == 15 && c.undated == n, "plan: %u due, %u closed",
	    (unsigned)c.due, (unsigned)c.undated);
	findings = 0;
	ok(store_check(l.st, &l.d, logs_now, on_finding, NULL, &l.e) == 0 &&
	    findings == (n > 0), "check says so");
	rc = logs_erase(&l, &t, &r);
	ok(rc == (n > 0 ? -1 : 0) && r.erased == 15 &&
	    logs_lines(&l, "z/access.log.1", "") == -1 &&
	    (n == 0 || l.e.code == ERR_REFUSED),
	    "a pass: the others are done: %s", l.e.text);
	must(!root || seteuid(0) == 0);
	if (closed) {
		must(chmod(logs_path(&l, "d"), 0755) == 0);
		ok(logs_lines(&l, "d/access.log.1", "192") == 5, "closed: stays");
	}
	ok(logs_lines(&out, "access.log.1", "192") == 5,
	    "behind the link: stays");
	logs_close(&l);
	logs_close(&out);
}

/* A folder whose files can be read and not replaced. */
static void
test_unwritable(enum rule_action action)
{
	const bool root = geteuid() == 0, deletes = action == RULE_DELETE;
	struct logs l;
	struct told t;
	struct store_result r;

	logs_open(&l, action);
	logs_put(&l, "access.log.1", "on", 5);
	must(!root || chown(logs_path(&l, "access.log.1"), 65534,
	    (gid_t)-1) == 0);
	must(chmod(l.dir, 0555) == 0);
	must(!root || seteuid(65534) == 0);
	must(store_open(&l.store, STORE_READ, NULL, &l.st, &l.e) == 0);
	unwritable = 0;
	ok(store_check(l.st, &l.d, logs_now, on_finding, NULL, &l.e) == 0 &&
	    unwritable == deletes, "unwritable folder: check says it to who "
	    "deletes (%d)", deletes);
	if (deletes) {
		(void)logs_erase(&l, &t, &r);
		ok(r.erased == 0 && logs_lines(&l, "access.log.1", "") == 10,
		    "unwritable folder: every line stays");
	}
	must(!root || seteuid(0) == 0);
	must(chmod(l.dir, 0755) == 0);
	logs_close(&l);
}

int
main(void)
{
	test_writers(BEFORE_EXCHANGE, "opened just before");
	test_writers(BETWEEN, "opened before, and again behind");
	test_moved(RULE_LINE);
	test_moved(RULE_FILE);
	test_leased();
	test_folders(false, false);
	test_folders(true, false);
	test_folders(false, true);
	test_folders(true, true);
	test_unwritable(RULE_DELETE);
	test_unwritable(RULE_ANONYMISE);
	return tap_done();
}
