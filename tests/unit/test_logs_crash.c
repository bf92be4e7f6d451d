/*
 * Log stores: whatever call the process dies in, and whoever opens a file
 * meanwhile, no line is lost that was not due, and nothing stays beside.
 */
#include <sys/mman.h>

#include "logstest.h"
#include "tap.h"

static void
path_into(char *to, const char *path)
{
	memcpy(to, path, strlen(path) + 1);
}

/* Somebody opens the file while it is rewritten, and writes a line. */
static struct logs *meanwhile;
static pid_t writer;

static void
on_go_write(struct told *t)
{
	(void)t;
	writer = fork();
	if (writer == 0) {
		int fd = open(logs_path(meanwhile, "access.log.1"),
		    O_WRONLY | O_APPEND);

		_exit(write(fd, "late line\n", 10) != 10);
	}
	(void)usleep(50000);
}

static void
test_meanwhile(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_sink sink;
	int status = -1;

	logs_open(&l, RULE_DELETE);
	meanwhile = &l;
	logs_put(&l, "access.log.1", "on", 5);
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&t);
	t.on_go = on_go_write;
	ok(store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e) == 0 && r.left == 5 &&
	    t.err.code == ERR_BUSY, "opened meanwhile: left: %s", t.err.text);
	(void)waitpid(writer, &status, 0);
	ok(status == 0 && logs_lines(&l, "access.log.1", "") == 11 &&
	    logs_lines(&l, "access.log.1", "late") == 1, "the writer's line is there");
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 5 &&
	    logs_lines(&l, "access.log.1", "") == 6, "the next pass takes them");
	logs_close(&l);
}

/* Files are rotated, as logrotate does it, after their lines were picked:
 * other files take the names, and one of those is still written to. */
static int live = -1;

static void
on_go_rotate(struct told *t)
{
	char from[160];

	(void)t;
	path_into(from, logs_path(meanwhile, "access.log.1"));
	must(rename(from, logs_path(meanwhile, "access.log.2")) == 0);
	path_into(from, logs_path(meanwhile, "access.log"));
	must(rename(from, logs_path(meanwhile, "access.log.1")) == 0);
}

static void
rotated(const char *kinds, enum rule_unit unit, const char *what)
{
	const int old = (int)strlen(kinds) * 5;
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_sink sink;

	logs_open(&l, RULE_DELETE);
	l.d.unit = unit;
	meanwhile = &l;
	logs_put(&l, "access.log.1", kinds, 5);
	logs_put(&l, "access.log", "n", 7);
	live = open(logs_path(&l, "access.log"), O_WRONLY | O_APPEND);
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&t);
	t.on_go = on_go_rotate;
	(void)store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e);
	must(write(live, "late line\n", 10) == 10);
	close(live);
	ok(r.erased == 0 && r.left > 0, "%s: left: %s", what, t.err.text);
	ok(logs_lines(&l, "access.log.1", "") == 8 &&
	    logs_lines(&l, "access.log.1", "late") == 1,
	    "%s: the file that took the name is whole", what);
	ok(logs_lines(&l, "access.log.2", "") == old,
	    "%s: and so is the one that was picked", what);
	ok(logs_erase(&l, &t, &r) == 0 && r.erased > 0 &&
	    logs_lines(&l, "access.log.1", "") == 8,
	    "%s: the next pass takes it", what);
	logs_close(&l);
}

/* A second name that appears under way keeps every line. */
static void
on_go_link(struct told *t)
{
	char from[160];

	(void)t;
	path_into(from, logs_path(meanwhile, "access.log.1"));
	must(link(from, logs_path(meanwhile, "copy")) == 0);
}

static void
test_linked_meanwhile(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_sink sink;

	logs_open(&l, RULE_DELETE);
	meanwhile = &l;
	logs_put(&l, "access.log.1", "on", 5);
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&t);
	t.on_go = on_go_link;
	(void)store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e);
	ok(r.erased == 0 && logs_lines(&l, "copy", "198.") == 5 &&
	    logs_lines(&l, "access.log.1", "") == 10,
	    "a second name under way: both are whole: %s", t.err.text);
	logs_close(&l);
}

/* Calls of the engine that the process may die in. */
static int die_at = -1;
static int calls;

static void
maybe_die(void)
{
	if (++calls == die_at)
		_exit(9);
}

#define DYING(type, name, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		type rc; \
		maybe_die(); \
		rc = __real_##name args; \
		maybe_die(); \
		return rc; \
	}

DYING(int, fsync, (int fd), (fd))
DYING(int, fdatasync, (int fd), (fd))
DYING(int, unlinkat, (int fd, const char *p, int f), (fd, p, f))
DYING(int, renameat2, (int a, const char *b, int c, const char *d, unsigned f),
    (a, b, c, d, f))
DYING(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
DYING(int, fd_write_all, (int fd, const void *p, size_t n, struct err *e),
    (fd, p, n, e))

/* No file is left beside. */
static bool
is_clean(const struct logs *l)
{
	int status = -1;
	const pid_t pid = fork();

	if (pid == 0)
		_exit(execlp("sh", "sh", "-c", "! ls -A \"$0\" | grep -q '^[.]'",
		    l->dir, (char *)NULL));
	(void)waitpid(pid, &status, 0);
	return status == 0;
}

struct shape {
	enum rule_action action;
	enum rule_unit unit;
	bool act;
	const char *name;
};

/* The told page is shared, so that the child's sink tells the parent. */
static int
die_and_resume(const struct shape *h, int k)
{
	struct told *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct told after;
	struct logs l;
	struct store_result r;
	struct store_sink sink;
	struct store_pending p[4];
	size_t n = 0;
	int status = 0;
	bool good;
	pid_t pid;

	logs_open(&l, h->action);
	l.d.unit = h->unit;
	logs_put(&l, "access.log.1", "onu", 8);
	logs_put(&l, "access.log.2", "o", 3);
	logs_put(&l, "access.log.3", "no", 4);
	logs_compress(&l, "access.log.3", "access.log.3.gz");
	pid = fork();
	if (pid == 0) {
		calls = 0;
		die_at = k;
		must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
		sink = told_sink(t);
		_exit(store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e) != 0);
	}
	(void)waitpid(pid, &status, 0);
	for (size_t i = t->dones; i < t->intents && n < 4; i++, n++)
		p[n] = (struct store_pending){ t->op[i], t->n_c[i],
			(const uint8_t (*)[COMMIT_BYTES])t->c[i],
			h->unit == RULE_FILE ? "file" : "line" };
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&after);
	good = store_resume(l.st, &l.d, logs_now, p, n, h->act, &sink, &l.e) == 0 &&
	    after.sum_ok && after.dones == n;
	good &= is_clean(&l);
	good &= logs_erase(&l, &after, &r) == 0 && r.left == 0 && is_clean(&l);
	if (h->unit == RULE_FILE) {
		good &= logs_lines(&l, "access.log.1", "") == 24 &&
		    logs_lines(&l, "access.log.2", "") == -1 &&
		    logs_lines(&l, "access.log.3.gz", "") == 8;
	} else if (h->action == RULE_DELETE) {
		good &= logs_lines(&l, "access.log.1", "198") == 8 &&
		    logs_lines(&l, "access.log.1", "no time") == 8 &&
		    logs_lines(&l, "access.log.1", "") == 16 &&
		    logs_lines(&l, "access.log.2", "") == -1 &&
		    logs_lines(&l, "access.log.3.gz", "") == 4;
	} else {
		good &= logs_lines(&l, "access.log.1", "192.0.2.0 - -") == 8 &&
		    logs_lines(&l, "access.log.1", "") == 24 &&
		    logs_lines(&l, "access.log.2", "192.0.2.0") == 3 &&
		    logs_lines(&l, "access.log.3.gz", "192.0.2.0") == 4 &&
		    logs_lines(&l, "access.log.3.gz", "198") == 4;
	}
	if (!good)
		printf("# died in call %d: %s\n", k, l.e.text);
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
	int rc;
	int bad = 0;

	while ((rc = die_and_resume(h, k)) != 0) {
		bad += rc == -1;
		if (++k > 200)
			break;
	}
	ok(bad == 0, "died in each of %d places (%s): nothing is lost", k - 1,
	    h->name);
	ok(k > 10 && k < 200, "all of them were reached");
}

static void
put_side(const struct logs *l, const char *name, uint64_t ino, size_t size,
    const char *text, char ret[160])
{
	char from[160];
	struct stat st;
	FILE *f;

	snprintf(from, sizeof from, "%s/side", l->dir);
	f = fopen(from, "w");
	fputs(text, f);
	fclose(f);
	must(stat(from, &st) == 0);
	snprintf(ret, 160, "%s/.%s.retentiond-%ju-%zu", l->dir, name,
	    (uintmax_t)(ino != 0 ? ino : st.st_ino), size);
	must(rename(from, ret) == 0);
}

/* What a crash left: an unfinished new file goes; an old file's late lines
 * are fetched before it goes; what is not of this store stays. */
static void
test_tidy(void)
{
	char new_one[160], old_one[160], foreign[160], linked[160];
	struct logs l;
	struct told t;
	struct store_result r;
	int fd;

	logs_open(&l, RULE_DELETE);
	logs_put(&l, "access.log.1", "n", 2);
	put_side(&l, "access.log.1", 1, 500, "half a li", new_one);
	put_side(&l, "access.log.2", 0, 4, "old\nlate line\n", old_one);
	put_side(&l, "other.log", 0, 4, "old\nlate line\n", foreign);
	put_side(&l, "access.log.4", 0, 4, "old\n", linked);
	must(link(linked, logs_path(&l, "second")) == 0);
	fd = open(old_one, O_RDONLY);
	ok(logs_erase(&l, &t, &r) == 0 && access(new_one, F_OK) == -1,
	    "an unfinished new file goes: %s", l.e.text);
	ok(access(old_one, F_OK) == 0, "an old file that is open waits");
	close(fd);
	ok(logs_erase(&l, &t, &r) == 0 && access(old_one, F_OK) == -1 &&
	    logs_lines(&l, "access.log.2", "late line") == 1 &&
	    logs_lines(&l, "access.log.2", "") == 1,
	    "its late line is fetched, and it goes");
	ok(access(foreign, F_OK) == 0, "not of this store: stays");
	ok(access(linked, F_OK) == 0, "of two names: stays");
	ok(logs_lines(&l, "access.log.1", "") == 2, "logs are as they were");
	logs_close(&l);
}

static const struct shape shapes[] = {
	{ RULE_DELETE, RULE_LINE, true, "delete, finished" },
	{ RULE_DELETE, RULE_LINE, false, "delete, looked at" },
	{ RULE_ANONYMISE, RULE_LINE, true, "anonymise, finished" },
	{ RULE_DELETE, RULE_FILE, true, "files, finished" },
	{ RULE_DELETE, RULE_FILE, false, "files, looked at" },
};

int
main(void)
{
	test_meanwhile();
	rotated("on", RULE_LINE, "rotated under a rewrite");
	rotated("o", RULE_LINE, "rotated under the removal of all lines");
	rotated("o", RULE_FILE, "rotated under the removal of a file");
	test_linked_meanwhile();
	test_tidy();
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		test_dying(&shapes[i]);
	return tap_done();
}
