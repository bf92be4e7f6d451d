/*
 * Log stores: exactly the due lines go, from rotated, compressed and live
 * files; no other line is lost, whatever call the process dies in, and
 * whoever opens a file meanwhile.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <zlib.h>

#include "storetest.h"
#include "tap.h"

#define OLD "192.0.2.%d - jo [01/Jan/2026:10:00:00 +0000] \"GET /?q=1 HTTP/1.1\" 200 1\n"
#define NEW "198.51.100.%d - - [20/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n"
#define ODD "no time at all %d\n"

static const struct wall now = { INT64_C(1795348800000) };	/* 22 Nov 2026 */

struct logs {
	char dir[64], glob[96];
	struct rule_store store;
	struct rule_dataset d;
	struct store *st;
	struct err e;
};

static void
logs_open(struct logs *l, enum rule_action action)
{
	*l = (struct logs){ .e = ERR_EMPTY };
	snprintf(l->dir, sizeof l->dir, "/tmp/logstest.XXXXXX");
	must(mkdtemp(l->dir));
	snprintf(l->glob, sizeof l->glob, "%s/access.log*", l->dir);
	l->store = (struct rule_store){ .name = "weblogs", .full = "n/weblogs",
		.kind = RULE_LOGS, .path = l->glob };
	l->d = (struct rule_dataset){ .name = "logs", .full = "n/logs",
		.timing = { .keep = RULE_PERIOD, .from = "line",
		.period = { 120, PERIOD_DAYS } }, .action = action,
		.unit = RULE_LINE, .time_format = "combined",
		.mask = { true, true, true, true } };
}

static void
logs_close(struct logs *l)
{
	char cmd[120];
	pid_t pid = fork();

	snprintf(cmd, sizeof cmd, "%s", l->dir);
	if (pid == 0) {
		execlp("rm", "rm", "-rf", cmd, (char *)NULL);
		_exit(1);
	}
	(void)waitpid(pid, NULL, 0);
	store_close(l->st);
}

static const char *
path_of(const struct logs *l, const char *name)
{
	static char path[160];

	snprintf(path, sizeof path, "%s/%s", l->dir, name);
	return path;
}

/* n lines each: old, new, undated in turn. */
static void
put_file(const struct logs *l, const char *name, const char *kinds, int n)
{
	FILE *f = fopen(path_of(l, name), "a");

	must(f != NULL);
	for (int i = 0; i < n; i++)
		for (const char *k = kinds; *k != '\0'; k++) {
			if (*k == 'o')
				fprintf(f, OLD, i % 250 + 1);
			else if (*k == 'n')
				fprintf(f, NEW, i % 250 + 1);
			else
				fprintf(f, ODD, i);
		}
	fclose(f);
}

static void
compress_file(const struct logs *l, const char *name, const char *to)
{
	char buf[65536];
	FILE *f = fopen(path_of(l, name), "r");
	gzFile gz = gzopen(path_of(l, to), "wb");
	size_t n;

	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		must(gzwrite(gz, buf, (unsigned)n) == (int)n);
	fclose(f);
	gzclose(gz);
	must(unlink(path_of(l, name)) == 0);
}

/* Lines that begin with `start` in a file, compressed or not; -1: no file. */
static int
lines(const struct logs *l, const char *name, const char *start)
{
	char line[400];
	gzFile gz = gzopen(path_of(l, name), "rb");
	int n = 0;

	if (gz == NULL)
		return -1;
	while (gzgets(gz, line, sizeof line) != NULL)
		n += strncmp(line, start, strlen(start)) == 0;
	gzclose(gz);
	return n;
}

static int
erase(struct logs *l, struct told *t, struct store_result *r)
{
	struct store_sink sink = told_sink(t);

	store_close(l->st);
	l->st = NULL;
	must(store_open(&l->store, STORE_WRITE, NULL, &l->st, &l->e) == 0);
	return store_erase(l->st, &l->d, now, &sink, r, &l->e);
}

static struct store_counts
plan(struct logs *l)
{
	struct store_counts c = { 0 };

	store_close(l->st);
	l->st = NULL;
	must(store_open(&l->store, STORE_READ, NULL, &l->st, &l->e) == 0);
	ok(store_plan(l->st, &l->d, now, &c, &l->e) == 0, "plan %s", l->e.text);
	ok(c.due + c.undated + c.future + c.kept == c.total, "counts add up");
	return c;
}

static void
test_delete(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct stat before;
	struct stat after;
	struct store_counts c;
	bool due = true;
	int live;

	logs_open(&l, RULE_DELETE);
	put_file(&l, "access.log", "on", 5);		/* live */
	put_file(&l, "access.log.1", "onu", 10);
	put_file(&l, "access.log.2", "o", 10);		/* all due */
	put_file(&l, "access.log-idle", "o", 3);
	put_file(&l, "access.log.3", "ono", 10);
	compress_file(&l, "access.log.3", "access.log.3.gz");
	put_file(&l, "other.log", "o", 10);
	must(symlink("other.log", path_of(&l, "access.log.link")) == 0);
	must(chmod(path_of(&l, "access.log.1"), 0640) == 0);
	must(stat(path_of(&l, "access.log.1"), &before) == 0);
	live = open(path_of(&l, "access.log"), O_WRONLY | O_APPEND);
	c = plan(&l);
	ok(c.total == 83 && c.due == 48 && c.undated == 10 && c.kept == 25,
	    "plan: %d of %d due", (int)c.due, (int)c.total);
	ok(c.has_oldest && c.oldest_due.ms == INT64_C(1777629600000) &&
	    c.has_next && c.next_due.ms == INT64_C(1805536800000),
	    "oldest and next: %jd %jd", (intmax_t)c.oldest_due.ms,
	    (intmax_t)c.next_due.ms);

	ok(erase(&l, &t, &r) == 0, "erase: %s", l.e.text);
	ok(r.erased == 43 && t.erased == 43 && r.left == 5 && t.n == 43 &&
	    t.sum_ok && t.root_ok && t.gos == 4, "43 erased, 5 left: %d %d",
	    (int)r.erased, (int)r.left);
	ok(lines(&l, "access.log", "192") == 5 &&
	    lines(&l, "access.log", "198") == 5, "the live file is as it was");
	ok(lines(&l, "access.log.1", "192") == 0 &&
	    lines(&l, "access.log.1", "198") == 10 &&
	    lines(&l, "access.log.1", "no time") == 10, "rotated: due lines");
	ok(lines(&l, "access.log.3.gz", "192") == 0 &&
	    lines(&l, "access.log.3.gz", "198") == 10, "compressed: due lines");
	ok(access(path_of(&l, "access.log.2"), F_OK) == -1, "all due: gone");
	ok(lines(&l, "access.log-idle", "") == 0, "a log without a number stays");
	ok(lines(&l, "other.log", "192") == 10, "no link is followed");
	must(stat(path_of(&l, "access.log.1"), &after) == 0);
	ok(after.st_mode == before.st_mode && after.st_uid == before.st_uid &&
	    after.st_mtim.tv_sec == before.st_mtim.tv_sec &&
	    after.st_ino != before.st_ino, "mode, owner and time are kept");

	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && t.ops == 0 && r.left == 5,
	    "again: nothing but the live file");
	close(live);
	ok(erase(&l, &t, &r) == 0 && r.erased == 5 && r.left == 0,
	    "closed: its lines go as well");
	ok(store_peek(l.st, &l.d, now, &due, &l.e) == 0 && !due, "nothing due");
	logs_close(&l);
}

static void
test_anonymise(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct stat before;
	struct stat after;
	int live;

	logs_open(&l, RULE_ANONYMISE);
	put_file(&l, "access.log", "onou", 20000);
	put_file(&l, "access.log.1", "on", 5);
	compress_file(&l, "access.log.1", "access.log.1.gz");
	live = open(path_of(&l, "access.log"), O_WRONLY | O_APPEND);
	must(write(live, "192.0.2.1 - - [01/Jan/2026", 26) == 26);
	must(fstat(live, &before) == 0);
	ok(erase(&l, &t, &r) == 0 && r.erased == 40005 && r.left == 0,
	    "live and compressed: %d %s", (int)r.erased, l.e.text);
	must(fstat(live, &after) == 0);
	ok(before.st_size == after.st_size && before.st_ino == after.st_ino &&
	    strcmp(t.method, "log-rewrite") == 0, "same file, same size");
	ok(lines(&l, "access.log", "192.0.2.0 - - [01/Jan/2026:10:00:00 +0000] "
	    "\"GET / HTTP/1.1\" 200 1 ") == 40000, "every due line is masked");
	ok(lines(&l, "access.log", "198.51.100.0") == 0 &&
	    lines(&l, "access.log", "198.51.100.") == 20000 &&
	    lines(&l, "access.log", "no time") == 20000, "no other line is");
	ok(lines(&l, "access.log", "192.0.2.1 - - [01/Jan/2026") == 1,
	    "an unfinished line waits");
	ok(lines(&l, "access.log.1.gz", "192.0.2.0 - -") == 5 &&
	    lines(&l, "access.log.1.gz", "198.51.100.") == 5, "compressed");
	ok(plan(&l).due == 0, "anonymised: not due again");
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && t.ops == 0, "nothing more");
	close(live);
	logs_close(&l);
}

static void
test_refused(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	int f;

	logs_open(&l, RULE_DELETE);
	put_file(&l, "access.log.1", "on", 5);
	put_file(&l, "access.log.2", "on", 5);
	must(link(path_of(&l, "access.log.2"), "/tmp/logstest.link") == 0);
	ok(erase(&l, &t, &r) == -1 && l.e.code == ERR_REFUSED && r.erased == 5,
	    "a file of two names: %s", l.e.text);
	ok(lines(&l, "access.log.2", "") == 10, "and it is as it was");
	must(unlink("/tmp/logstest.link") == 0);
	must(erase(&l, &t, &r) == 0);

	put_file(&l, "access.log.4", "on", 500);
	compress_file(&l, "access.log.4", "access.log.4.gz");
	must(truncate(path_of(&l, "access.log.4.gz"), 200) == 0);
	ok(erase(&l, &t, &r) == -1 && r.erased == 0, "cut short: %s", l.e.text);
	ok(t.ops == 0, "nothing was intended");
	must(unlink(path_of(&l, "access.log.4.gz")) == 0);

	put_file(&l, "access.log.5", "on", 5);
	struct store_sink sink = told_sink(&t);

	t.go = 0;
	ok(store_erase(l.st, &l.d, now, &sink, &r, &l.e) == 0 && r.stopped &&
	    r.left == 5 && t.left == 5 && t.sum_ok &&
	    lines(&l, "access.log.5", "192") == 5, "stopped: nothing goes");

	f = open(path_of(&l, "..access.log.9.retentiond-1-1"), O_CREAT, 0600);
	close(f);
	l.d.unit = RULE_FILE;
	ok(erase(&l, &t, &r) == -1 && l.e.code == ERR_REFUSED, "%s", l.e.text);
	logs_close(&l);
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
		int fd = open(path_of(meanwhile, "access.log.1"),
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
	put_file(&l, "access.log.1", "on", 5);
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&t);
	t.on_go = on_go_write;
	ok(store_erase(l.st, &l.d, now, &sink, &r, &l.e) == 0 && r.left == 5 &&
	    t.err.code == ERR_BUSY, "opened meanwhile: left: %s", t.err.text);
	(void)waitpid(writer, &status, 0);
	ok(status == 0 && lines(&l, "access.log.1", "") == 11 &&
	    lines(&l, "access.log.1", "late") == 1, "the writer's line is there");
	ok(erase(&l, &t, &r) == 0 && r.erased == 5 &&
	    lines(&l, "access.log.1", "") == 6, "the next pass takes them");
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

/* A shared page, so that the child's sink tells the parent. */
#include <sys/mman.h>

static int
die_and_resume(enum rule_action action, int k, bool act)
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

	logs_open(&l, action);
	put_file(&l, "access.log.1", "onu", 8);
	put_file(&l, "access.log.2", "o", 3);
	put_file(&l, "access.log.3", "no", 4);
	compress_file(&l, "access.log.3", "access.log.3.gz");
	pid = fork();
	if (pid == 0) {
		calls = 0;
		die_at = k;
		must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
		sink = told_sink(t);
		_exit(store_erase(l.st, &l.d, now, &sink, &r, &l.e) != 0);
	}
	(void)waitpid(pid, &status, 0);
	for (size_t i = t->dones; i < t->intents && n < 4; i++, n++)
		p[n] = (struct store_pending){ t->op[i], t->n_c[i],
			(const uint8_t (*)[COMMIT_BYTES])t->c[i], "line" };
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&after);
	good = store_resume(l.st, &l.d, now, p, n, act, &sink, &l.e) == 0 &&
	    after.sum_ok && after.dones == n;
	good &= erase(&l, &after, &r) == 0 && r.left == 0;
	if (action == RULE_DELETE) {
		good &= lines(&l, "access.log.1", "198") == 8 &&
		    lines(&l, "access.log.1", "no time") == 8 &&
		    lines(&l, "access.log.1", "") == 16 &&
		    lines(&l, "access.log.2", "") == -1 &&
		    lines(&l, "access.log.3.gz", "") == 4;
	} else {
		good &= lines(&l, "access.log.1", "192.0.2.0 - -") == 8 &&
		    lines(&l, "access.log.1", "") == 24 &&
		    lines(&l, "access.log.2", "192.0.2.0") == 3 &&
		    lines(&l, "access.log.3.gz", "192.0.2.0") == 4 &&
		    lines(&l, "access.log.3.gz", "198") == 4;
	}
	pid = fork();
	if (pid == 0)		/* no file is left beside */
		_exit(execlp("sh", "sh", "-c", "! ls -A \"$0\" | grep -q '^[.]'",
		    l.dir, (char *)NULL));
	int clean = -1;

	(void)waitpid(pid, &clean, 0);
	if (!good || clean != 0)
		printf("# died in call %d: %s\n", k, l.e.text);
	good &= clean == 0;
	logs_close(&l);
	munmap(t, sizeof *t);
	if (!good)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 9;
}

static void
test_dying(enum rule_action action, bool act)
{
	int k = 1;
	int rc;
	int bad = 0;

	while ((rc = die_and_resume(action, k, act)) != 0) {
		bad += rc == -1;
		if (++k > 200)
			break;
	}
	ok(bad == 0, "died in each of %d places (%s, %s): nothing is lost",
	    k - 1, rule_action_name(action), act ? "finished" : "looked at");
	ok(k > 10 && k < 200, "all of them were reached");
}

int
main(void)
{
	test_delete();
	test_anonymise();
	test_refused();
	test_meanwhile();
	test_dying(RULE_DELETE, true);
	test_dying(RULE_DELETE, false);
	test_dying(RULE_ANONYMISE, true);
	return tap_done();
}
