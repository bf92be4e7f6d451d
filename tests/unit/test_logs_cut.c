/*
 * Log stores: due lines are cut off the head of a file that is still written,
 * and whatever call the process dies or fails in, no line is lost or torn
 * that was not due, and the count is right.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include "logstest.h"
#include "parent/who.h"
#include "store/logs/logmap.h"
#include "tap.h"

#define ATTRIBUTE "user.retentiond.cut"

static const char *folder;		/* can collapse */

/* --- somebody who has the file open --- */

static pid_t
opener(const struct logs *l, const char *name, int flags)
{
	int go[2];
	char c;
	pid_t pid;

	must(pipe(go) == 0);
	pid = fork();
	if (pid == 0) {
		const int fd = open(logs_path(l, name), flags);

		must(fd != -1 && write(go[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	must(read(go[0], &c, 1) == 1);
	close(go[0]);
	close(go[1]);
	return pid;
}

static void
leave(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static off_t
size_of(const struct logs *l, const char *name)
{
	struct stat st;

	return stat(logs_path(l, name), &st) == 0 ? st.st_size : -1;
}

static bool
has_mark(const struct logs *l)
{
	return getxattr(logs_path(l, "access.log"), ATTRIBUTE, NULL, 0) > 0;
}

/* Lines of nothing but spaces. */
static int
blanks(const struct logs *l, const char *name)
{
	char line[8192];
	FILE *f = fopen(logs_path(l, name), "r");
	int n = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		n += line[strspn(line, " \n")] == '\0';
	if (f != NULL)
		fclose(f);
	return n;
}

/* --- calls that end the process, or fail --- */

static int calls, die_at, fail_at;

/* 1: this call fails. */
static bool
maybe(void)
{
	calls++;
	if (calls == die_at)
		_exit(9);
	return calls == fail_at;
}

#define DYING(type, name, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		type rc; \
		if (maybe()) { \
			errno = EIO; \
			return -1; \
		} \
		rc = __real_##name args; \
		(void)maybe(); \
		return rc; \
	}

DYING(int, fsync, (int fd), (fd))
DYING(int, fdatasync, (int fd), (fd))
DYING(int, fsetxattr, (int fd, const char *k, const void *v, size_t n, int f),
    (fd, k, v, n, f))
DYING(int, fremovexattr, (int fd, const char *k), (fd, k))

/* Asked with one byte it is a question. */
int __real_fallocate(int fd, int mode, off_t at, off_t n);
int __wrap_fallocate(int fd, int mode, off_t at, off_t n);
int
__wrap_fallocate(int fd, int mode, off_t at, off_t n)
{
	int rc;

	if (n == 1)
		return __real_fallocate(fd, mode, at, n);
	if (maybe()) {
		errno = EFBIG;
		return -1;
	}
	rc = __real_fallocate(fd, mode, at, n);
	(void)maybe();
	return rc;
}

/* Also dies with half of the words written. */
int __real_logmap_put(int fd, const struct logmap_change *c, struct err *e);
int __wrap_logmap_put(int fd, const struct logmap_change *c, struct err *e);
int
__wrap_logmap_put(int fd, const struct logmap_change *c, struct err *e)
{
	struct logmap_change half = *c;
	int rc;

	if (maybe())
		return err_set(e, ERR_SYSTEM, "failed");
	half.n = c->n / 2 + 3;
	if (calls + 1 == die_at)
		(void)__real_logmap_put(fd, &half, e);
	(void)maybe();
	rc = __real_logmap_put(fd, c, e);
	(void)maybe();
	return rc;
}

/* --- tests --- */

static int
go_appends(void *ctx, uint64_t dev, uint64_t ino, bool *ret_appends,
    struct err *e)
{
	*ret_appends = who_appends(dev, ino, getpid());
	return told_go(ctx, e);
}

static int
erase(struct logs *l, struct told *t, struct store_result *r)
{
	struct store_sink sink = told_sink(t);

	sink.go_appends = go_appends;
	store_close(l->st);
	l->st = NULL;
	must(store_open(&l->store, STORE_WRITE, NULL, &l->st, &l->e) == 0);
	return store_erase(l->st, &l->d, logs_now, &sink, r, &l->e);
}

static void
start(struct logs *l)
{
	calls = die_at = fail_at = 0;
	logs_open_in(l, folder, RULE_DELETE);
	l->d.collapse = true;
	logs_put(l, "access.log", "o", 60);	/* more than a block */
	logs_put(l, "access.log", "nuo", 3);
}

static void
test_cut(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_counts c;
	struct stat before, after;
	pid_t pid;
	off_t size;

	start(&l);
	size = size_of(&l, "access.log");
	must(stat(logs_path(&l, "access.log"), &before) == 0);
	pid = opener(&l, "access.log", O_WRONLY | O_APPEND);
	ok(erase(&l, &t, &r) == 0 && r.erased == 60 && r.left == 3 &&
	    t.n == 60 && t.sum_ok && strcmp(t.method, "log-collapse") == 0,
	    "60 lines cut off a live file, 3 left: %s %s", l.e.text, t.err.text);
	must(stat(logs_path(&l, "access.log"), &after) == 0);
	ok(after.st_ino == before.st_ino && size - size_of(&l, "access.log") ==
	    4096, "the same file, a block shorter");
	ok(logs_lines(&l, "access.log", "198") == 3 &&
	    logs_lines(&l, "access.log", "no time") == 3 &&
	    logs_lines(&l, "access.log", "192") == 3 &&
	    blanks(&l, "access.log") == 1 &&
	    logs_lines(&l, "access.log", "") == 10,
	    "what follows is whole, behind one blank line");
	store_close(l.st);
	must(store_open(&l.store, STORE_READ, NULL, &l.st, &l.e) == 0);
	ok(store_plan(l.st, &l.d, logs_now, &c, &l.e) == 0 && c.due == 3 &&
	    c.undated == 3 && c.kept == 4 && c.total == 10,
	    "the blank line is neither due nor undated");
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 3 &&
	    t.ops == 0, "again: lines behind others wait, without an intent");
	ok(!has_mark(&l), "no mark stays");
	leave(pid);
	ok(erase(&l, &t, &r) == 0 && r.erased == 3 &&
	    logs_lines(&l, "access.log", "") == 6,
	    "closed: the rest goes, and the blank line");
	logs_close(&l);
}

/* Nobody but those who append: else it waits as ever. */
static void
test_waits(int flags, const char *why)
{
	struct logs l;
	struct told t;
	struct store_result r;
	pid_t writer, other;
	off_t size;

	start(&l);
	size = size_of(&l, "access.log");
	writer = opener(&l, "access.log", O_WRONLY | O_APPEND);
	other = opener(&l, "access.log", flags);
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 63 &&
	    t.left == 60 && size_of(&l, "access.log") == size &&
	    blanks(&l, "access.log") == 0 && !has_mark(&l),
	    "%s: all is left: %s", why, l.e.text);
	leave(writer);
	leave(other);
	logs_close(&l);
}

static void
test_small(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	pid_t pid;

	start(&l);
	must(unlink(logs_path(&l, "access.log")) == 0);
	logs_put(&l, "access.log", "o", 50);
	pid = opener(&l, "access.log", O_WRONLY | O_APPEND);
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 50 &&
	    t.ops == 0, "less than a block waits");
	logs_put(&l, "access.log", "o", 60);
	ok(erase(&l, &t, &r) == 0 && r.erased == 110 && r.left == 0 &&
	    logs_lines(&l, "access.log", "") == blanks(&l, "access.log"),
	    "nothing but due lines: all go, the last block stays blank");
	logs_put(&l, "access.log", "o", 60);
	logs_put(&l, "access.log", "n", 1);
	ok(erase(&l, &t, &r) == 0 && r.erased == 60 &&
	    blanks(&l, "access.log") == 1 &&
	    logs_lines(&l, "access.log", "") == 2, "blanks go with what follows");
	logs_put(&l, "access.log", "uo", 60);
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 60,
	    "behind a line that stays: left");
	leave(pid);
	logs_close(&l);
}

/* Whoever opens the file while it is blanked may read it: no cut. */
static struct logs *meanwhile;
static pid_t reader;

static void
on_go_open(struct told *t)
{
	(void)t;
	reader = opener(meanwhile, "access.log", O_RDONLY);
}

static void
test_reader(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_sink sink;
	pid_t pid;
	off_t size;

	start(&l);
	meanwhile = &l;
	size = size_of(&l, "access.log");
	pid = opener(&l, "access.log", O_WRONLY | O_APPEND);
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&t);
	sink.go_appends = go_appends;
	t.on_go = on_go_open;
	ok(store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e) == 0 &&
	    r.erased == 60 && r.left == 3 && size_of(&l, "access.log") == size,
	    "a reader came: blank, but not cut: %s", t.err.text);
	ok(logs_lines(&l, "access.log", "retention") == 0 &&
	    logs_lines(&l, "access.log", "192") == 3 &&
	    logs_lines(&l, "access.log", "198") == 3, "the rest is whole");
	leave(reader);
	leave(pid);
	logs_close(&l);
}

/* What a power cut leaves of a cut of many extents. */
static void
test_hole(off_t at, const char *what)
{
	struct logs l;
	struct told t;
	struct store_result r;
	char text[] = "retentiond-cut: 0123456789abcdef 4300 4096";
	char line[9000];
	int fd, n;

	start(&l);
	must(truncate(logs_path(&l, "access.log"), 0) == 0);
	fd = open(logs_path(&l, "access.log"), O_RDWR);
	memset(line, ' ', sizeof line);
	line[203] = '\n';
	n = at == 0 ? 4096 : 0;
	must(pwrite(fd, line, 204, n) == 204);
	n += 204;
	n += snprintf(line, sizeof line, LOGS_NEW, 1);
	memset(line, 'x', sizeof line);
	line[8999] = '\n';
	must(pwrite(fd, line, 9000, at == 0 ? 4300 : 204) == 9000);
	if (at > 0) {
		must(fallocate(fd, FALLOC_FL_INSERT_RANGE, at, 4096) == 0);
	}
	must(fsetxattr(fd, ATTRIBUTE, text, strlen(text), 0) == 0);
	close(fd);
	ok(erase(&l, &t, &r) == 0 && size_of(&l, "access.log") == 9204 &&
	    logs_lines(&l, "access.log", "") >= 2 && !has_mark(&l),
	    "%s is mended: %s", what, l.e.text);
	fd = open(logs_path(&l, "access.log"), O_RDONLY);
	ok(read(fd, line, 204) == 204 && strspn(line, " ") == 203 &&
	    read(fd, line, 9000) == 9000 && memchr(line, '\0', 9000) == NULL,
	    "no zero byte is in it");
	close(fd);
	logs_close(&l);
}

/* No line can pretend to be a mark. */
static void
test_forged(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	FILE *f;

	start(&l);
	f = fopen(logs_path(&l, "access.log"), "w");
	fputs("retentiond-cut: 0123456789abcdef 4300 4096\n", f);
	fclose(f);
	logs_put(&l, "access.log", "n", 100);
	ok(erase(&l, &t, &r) == 0 && logs_lines(&l, "access.log", "") == 101 &&
	    logs_lines(&l, "access.log", "198") == 100,
	    "a mark without its attribute is a line");
	must(setxattr(logs_path(&l, "access.log"), ATTRIBUTE,
	    "retentiond-cut: fedcba9876543210 4300 0", 39, 0) == 0);
	ok(erase(&l, &t, &r) == 0 && logs_lines(&l, "access.log", "") == 101 &&
	    logs_lines(&l, "access.log", "198") == 100 && !has_mark(&l),
	    "nor with another's");
	logs_close(&l);
}

struct shape {
	bool act, open_later, fails;
	const char *name;
};

static bool
is_whole(const struct logs *l)
{
	return logs_lines(l, "access.log", "198") == 3 &&
	    logs_lines(l, "access.log", "no time") == 3 &&
	    logs_lines(l, "access.log", "retention") == 0 &&
	    logs_lines(l, "access.log", "192") % 60 == 3 &&
	    logs_lines(l, "access.log", "") == 6 + blanks(l, "access.log") +
	    logs_lines(l, "access.log", "192");
}

/* 1: it died or failed, and all is well; 0: there was no such call; -1. */
static int
die_and_resume(const struct shape *h, int k)
{
	struct told *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct told after = { .go = 1 };
	struct logs l;
	struct store_result r;
	struct store_sink sink;
	struct store_pending p;
	size_t n;
	int status = 0;
	int there;
	bool good;
	pid_t pid, writer;

	start(&l);
	writer = opener(&l, "access.log", O_WRONLY | O_APPEND);
	pid = fork();
	if (pid == 0) {
		*(h->fails ? &fail_at : &die_at) = k;
		must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
		sink = told_sink(t);
		sink.go_appends = go_appends;
		(void)store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e);
		_exit(calls < k ? 0 : h->fails ? 9 : 1);
	}
	(void)waitpid(pid, &status, 0);
	if (!h->open_later)
		leave(writer);
	n = t->intents - t->dones;
	p = (struct store_pending){ t->op[0], t->n_c[0],
		(const uint8_t (*)[COMMIT_BYTES])t->c[0], "line" };
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&after);
	good = store_resume(l.st, &l.d, logs_now, &p, n, h->act, &sink,
	    &l.e) == 0 && after.sum_ok && after.dones == n && after.drift == 0;
	there = logs_lines(&l, "access.log", "192");
	/* What is still there is what is said to be left. */
	if (n == 1)
		good &= after.erased + after.left == 60 &&
		    (after.left == 60 ? there == 63 : after.left == 0 &&
		    (there == 3 || there == 0));
	good &= h->open_later ? is_whole(&l) :
	    logs_lines(&l, "access.log", "198") == 3;
	good &= erase(&l, &after, &r) == 0;
	good &= erase(&l, &after, &r) == 0 && !has_mark(&l) &&
	    logs_lines(&l, "access.log", "198") == 3 &&
	    logs_lines(&l, "access.log", "no time") == 3;
	good &= logs_lines(&l, "access.log", "192") == (h->open_later ? 3 : 0);
	good &= logs_lines(&l, "access.log", "") == 6 +
	    (h->open_later ? 3 : 0) + blanks(&l, "access.log");
	if (!good)
		printf("# call %d: %s; %d there, %d left, %d erased\n", k,
		    l.e.text, there, (int)after.left, (int)after.erased);
	if (h->open_later)
		leave(writer);
	logs_close(&l);
	munmap(t, sizeof *t);
	if (!good)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 9;
}

static void
test_dying(const struct shape *h)
{
	int k = 1;
	int bad = 0;
	int rc;

	while ((rc = die_and_resume(h, k)) != 0 && k < 100) {
		bad += rc == -1;
		k++;
	}
	ok(bad == 0, "%s in each of %d places: nothing is lost, the count is right",
	    h->name, k - 1);
	ok(k > 20 && k < 100, "all of them were reached");
}

static const struct shape shapes[] = {
	{ true, true, false, "died, finished" },
	{ false, true, false, "died, looked at" },
	{ true, false, false, "died, closed meanwhile" },
	{ true, true, true, "failed" },
};

static bool
can(const char *path)
{
	char name[200];
	bool yes;
	int fd;

	snprintf(name, sizeof name, "%.100s/collapse.XXXXXX", path);
	fd = mkstemp(name);
	if (fd == -1)
		return false;
	(void)unlink(name);
	yes = fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 1) == -1 &&
	    errno == EINVAL && fsetxattr(fd, ATTRIBUTE, "x", 1, 0) == 0;
	close(fd);
	return yes;
}

/* Who has a file open is asked of all processes: those of a namespace of our
 * own, as not even root may see all of them everywhere. */
static bool
among_ourselves(void)
{
	int status = 1;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) == -1)
		return false;
	pid = fork();
	if (pid == 0)
		return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    mount("proc", "/proc", "proc", 0, NULL) == 0;
	(void)waitpid(pid, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int
main(void)
{
	folder = can("/tmp") ? "/tmp" : can("/var/tmp") ? "/var/tmp" : NULL;
	if (folder == NULL || !among_ourselves()) {
		ok(true, "skip: %s", folder == NULL ? "neither /tmp nor /var/tmp is "
		    "on a file system that can collapse a range (ext4, xfs)" :
		    "needs root and namespaces, to see who has a file open");
		return tap_done();
	}
	test_cut();
	test_waits(O_RDONLY, "a reader");
	test_waits(O_RDWR, "a writer with its own offset");
	test_waits(O_RDWR | O_APPEND, "one who may read");
	test_small();
	test_reader();
	test_hole(0, "a hole at the head");
	test_hole(8192, "a hole in the middle");
	test_forged();
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		test_dying(&shapes[i]);
	return tap_done();
}
