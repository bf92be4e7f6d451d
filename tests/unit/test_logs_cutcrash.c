/*
 * Log stores: in whatever call the process dies or fails while lines are cut
 * off a file that is still written, no line is lost or torn that was not due,
 * and the count is right.
 */
#include <sys/mman.h>

#include "logscut.h"
#include "store/logs/logmap.h"

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
	calls = die_at = fail_at = 0;
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

int
main(void)
{
	if (!logscut_possible())
		return tap_done();
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		test_dying(&shapes[i]);
	return tap_done();
}
