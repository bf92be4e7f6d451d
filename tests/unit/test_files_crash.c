/*
 * File stores: zeros only under a durable name of ours, a name goes only from
 * durable zeros, an outcome is told only of what is durably gone; and in
 * whatever call the process dies or the disk fails, nothing is lost that was
 * not due, and the next run counts exactly.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "retention/commit.h"

#include "filetest.h"
#include "tap.h"

#define MOST 200

/* What is known of a file; the numbers are of syncs, 0: not yet. */
struct trace {
	ino_t ino, dir;
	bool renamed, zeroed, removed;
	bool name_durable, zeros_durable, removal_durable;
};

static struct trace traced[MOST];
static size_t n_traced;
static int wrong;			/* steps that came too early */
static int syncs;
static bool resumed;			/* what had gone before is told as well */
static int calls, die_at = -1, fail_at = -1;

/* Shared with a child: what its sink was told. */
struct shared {
	struct commit_op op;
	size_t n_intended;
	uint8_t c[MOST][COMMIT_BYTES];
	uint64_t erased, left, drift;
	int dones;
};
static struct shared *heard;

static struct trace *
trace_of(ino_t ino)
{
	for (size_t i = 0; i < n_traced; i++)
		if (traced[i].ino == ino)
			return &traced[i];
	must(n_traced < MOST);
	traced[n_traced] = (struct trace){ .ino = ino };
	return &traced[n_traced++];
}

static bool
fails(void)
{
	if (++calls == die_at)
		_exit(9);
	if (calls != fail_at)
		return false;
	errno = EIO;
	return true;
}

static void
settle(ino_t of, bool names, bool zeros)
{
	syncs++;
	for (size_t i = 0; i < n_traced; i++) {
		struct trace *t = &traced[i];

		if (names && (of == 0 || t->dir == of)) {
			t->name_durable |= t->renamed;
			t->removal_durable |= t->removed;
		}
		if (zeros && (of == 0 || t->ino == of))
			t->zeros_durable |= t->zeroed;
	}
}

static ino_t
number(int fd)
{
	struct stat st;

	must(fstat(fd, &st) == 0);
	return st.st_ino;
}

/* Has it our name from an earlier life?  Then any sync has made it durable. */
static bool
was_begun(int fd)
{
	char link[40], path[300];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	must(n > 0);
	path[n] = '\0';
	return strstr(path, "/.retention-") != NULL && syncs > 0;
}

/* Nothing is written out in truth: a dying process loses nothing. */
int __wrap_syncfs(int fd);
int
__wrap_syncfs(int fd)
{
	(void)fd;
	if (fails())
		return -1;
	settle(0, true, true);
	return fails() ? -1 : 0;
}

int __wrap_fsync(int fd);
int
__wrap_fsync(int fd)
{
	if (fails())
		return -1;
	settle(number(fd), true, true);
	return 0;
}

int __wrap_fdatasync(int fd);
int
__wrap_fdatasync(int fd)
{
	if (fails())
		return -1;
	settle(number(fd), false, true);
	return 0;
}

int __real_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);
int
__wrap_renameat2(int from, const char *a, int to, const char *b, unsigned how)
{
	struct stat st;
	struct trace *t;

	if (fails())
		return -1;
	must(fstatat(from, a, &st, AT_SYMLINK_NOFOLLOW) == 0);
	t = trace_of(st.st_ino);
	t->dir = number(to);
	t->renamed = strncmp(b, ".retention-", 11) == 0;
	t->name_durable = false;
	return __real_renameat2(from, a, to, b, how);
}

ssize_t __real_pwrite(int, const void *, size_t, off_t);
ssize_t __wrap_pwrite(int, const void *, size_t, off_t);
ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	struct trace *t = trace_of(number(fd));

	if (fails())
		return -1;
	wrong += !t->name_durable && (t->dir != 0 || !was_begun(fd));
	t->zeroed = true;
	return __real_pwrite(fd, p, n, at);
}

int __real_unlinkat(int, const char *, int);
int __wrap_unlinkat(int, const char *, int);
int
__wrap_unlinkat(int dir, const char *name, int how)
{
	struct stat st;
	struct trace *t;

	if (fails())
		return -1;
	must(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
	t = trace_of(st.st_ino);
	wrong += !t->zeros_durable || st.st_size == 0;
	t->dir = number(dir);
	t->removed = true;
	return __real_unlinkat(dir, name, how);
}

static int
hear_ops(void *ctx, size_t n, struct commit_op *ret, struct err *e)
{
	(void)ctx, (void)e;
	must(n == 1);
	memset(ret, 5, sizeof(*ret));
	heard->op = *ret;
	return 0;
}

static int
hear_intend(void *ctx, const struct commit_op *op, const char *object,
    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
    struct err *e)
{
	(void)ctx, (void)op, (void)object, (void)root, (void)e;
	must(n <= MOST);
	memcpy(heard->c, c, n * COMMIT_BYTES);
	heard->n_intended = n;
	return 0;
}

static int
hear_go(void *ctx, struct err *e)
{
	(void)ctx, (void)e;
	return 1;
}

static int
hear_done(void *ctx, const struct store_outcome *o, struct err *e)
{
	uint64_t gone = 0;

	(void)ctx, (void)e;
	heard->dones++;
	heard->erased += o->erased;
	heard->left += o->left;
	heard->drift += o->skipped_drift;
	for (size_t i = 0; i < n_traced; i++)
		gone += traced[i].removal_durable;
	wrong += !resumed && o->erased > gone;
	return 0;
}

static const struct store_sink hear = { .ops = hear_ops,
	.intend = hear_intend, .go = hear_go, .done = hear_done };

static void
start_over(void)
{
	n_traced = 0;
	wrong = calls = syncs = 0;
	resumed = false;
	die_at = fail_at = -1;
	memset(heard, 0, sizeof(*heard));
}

/* n due files in three folders, and one beside each that is not. */
static void
fill(struct files *f, int n)
{
	char path[40];

	files_open(f);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "d%d", i);
		must(mkdirat(f->fd, path, 0700) == 0);
		snprintf(path, sizeof(path), "d%d/young", i);
		files_put(f, path, FILES_DUE + 1);
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "d%d/jane-%d", i % 3, i);
		files_put(f, path, FILES_DUE);
	}
}

static int
pass(struct files *f, const struct rule_dataset *d)
{
	store_close(f->st);
	f->st = NULL;
	f->r = (struct store_result){ .erased = 0 };
	must(store_open(&f->store, STORE_WRITE, NULL, &f->st, &f->e) == 0);
	return store_erase(f->st, d, files_now, &hear, &f->r, &f->e);
}

/* The three young ones, whole, and nothing besides. */
static bool
is_done(struct files *f)
{
	struct rule_dataset all = files_rule(NULL);
	struct store_counts n;

	return files_holds(f->fd, "d0/young") && files_holds(f->fd,
	    "d1/young") && files_holds(f->fd, "d2/young") &&
	    files_plan(f, &all, files_now, &n) == 0 && n.total == 3;
}

static int
test_order(int n)
{
	struct rule_dataset d = files_rule(NULL);
	struct files f;
	int used;

	start_over();
	fill(&f, n);
	ok(pass(&f, &d) == 0 && f.r.erased == (uint64_t)n && wrong == 0 &&
	    heard->erased == (uint64_t)n && heard->dones == 1 && is_done(&f),
	    "%d files: name, sync, zeros, sync, removal, sync, outcome", n);
	ok(n_traced == (size_t)n, "%d files: every one was watched", n);
	used = calls;
	files_close(&f);
	return used;
}

/* The worker dies in its k-th call, and the next finishes. */
static bool
dies(int n, int k)
{
	struct rule_dataset d = files_rule(NULL);
	struct files f;
	int status = 0;
	bool good;

	start_over();
	fill(&f, n);
	if (fork() == 0) {
		die_at = k;
		_exit(pass(&f, &d) == 0 && wrong == 0 ? 0 : 1);
	}
	must(wait(&status) != -1);
	good = WIFEXITED(status) && WEXITSTATUS(status) == 9 &&
	    heard->dones == 0 && heard->n_intended == (size_t)n;

	struct store_pending p = { heard->op, heard->n_intended,
		(const uint8_t (*)[COMMIT_BYTES])heard->c, "file" };

	resumed = true;
	must(store_open(&f.store, STORE_WRITE, NULL, &f.st, &f.e) == 0);
	good &= store_resume(f.st, &d, files_now, &p, 1, true, &hear,
	    &f.e) == 0 && heard->dones == 1 && wrong == 0 &&
	    heard->erased == (uint64_t)n && heard->left == 0 && is_done(&f);
	if (!good)
		printf("# died in call %d of %d files: %s\n", k, n, f.e.text);
	files_close(&f);
	return good;
}

/* The k-th call fails: what is told is so, and the next pass takes the rest. */
static bool
breaks(int n, int k)
{
	struct rule_dataset d = files_rule(NULL);
	struct files f;
	uint64_t first;
	bool good;

	start_over();
	fill(&f, n);
	fail_at = k;
	(void)pass(&f, &d);
	good = wrong == 0 && heard->dones == 1 && heard->erased +
	    heard->left + heard->drift == (uint64_t)n;
	first = heard->erased;
	start_over();
	good &= pass(&f, &d) == 0 && wrong == 0 && is_done(&f) &&
	    heard->erased <= (uint64_t)n - first && heard->left == 0;
	if (!good)
		printf("# failed in call %d of %d files: %d early; first %d,"
		    " then %d, left %d, %s\n", k, n, wrong, (int)first,
		    (int)heard->erased, (int)heard->left, f.e.text);
	files_close(&f);
	return good;
}

static void
everywhere(int n, int used, int step)
{
	int bad = 0;

	for (int k = 1; k <= used; k += step)
		bad += !dies(n, k);
	ok(bad == 0, "%d files: killed in each of %d calls", n, used / step);
	bad = 0;
	for (int k = 1; k <= used; k += step)
		bad += !breaks(n, k);
	ok(bad == 0, "%d files: failed in each of %d calls", n, used / step);
}

int
main(void)
{
	/* So few descriptors that there are several batches. */
	const struct rlimit few = { 200, 200 };
	int used;

	must(setrlimit(RLIMIT_NOFILE, &few) == 0);
	heard = mmap(NULL, sizeof(*heard), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(heard != MAP_FAILED);
	used = test_order(6);
	everywhere(6, used, 1);
	used = test_order(190);
	everywhere(190, used, 23);
	return tap_done();
}
