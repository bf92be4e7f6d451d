/*
 * Destroying whole files: all of them or a reason, never through a link, and
 * never under a process that has one open.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "storetest.h"
#include "tap.h"

static const struct wall now = { INT64_C(1700000000000) };

static struct rule_dataset
rule(void)
{
	struct rule_dataset d = a_rule(NULL, NULL);

	d.action = RULE_DESTROY;
	d.timing = (struct rule_timing){ .keep = RULE_UNTIL_DATE,
		.until_day = 19674, .agreement = "A1" };	/* 2023-11-13 */
	return d;
}

static int
destroy(struct fixture *f, struct told *t, struct store_result *r)
{
	struct rule_dataset d = rule();
	struct store_sink sink = told_sink(t);

	*r = (struct store_result){ .erased = 0 };
	fixture_store(f, STORE_WRITE);
	return store_erase(f->st, &d, now, &sink, r, &f->e);
}

static void
put(const char *path, const char *suffix)
{
	char name[160];
	int fd;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	must(fd != -1 && write(fd, "jane@example.org", 16) == 16);
	close(fd);
}

static void
test_dates(void)
{
	struct rule_dataset d = rule();
	struct store_counts n;
	struct fixture f;

	fixture_open(&f, "CREATE TABLE t(x)");
	fixture_store(&f, STORE_READ);
	int64_t end = (d.timing.until_day + 1) * CALENDAR_DAY_MS;
	ok(store_plan(f.st, &d, (struct wall){ end - 1 }, &n, &f.e) == 0 &&
	    n.total == 1 && n.due == 0 && n.kept == 1 && n.has_next &&
	    n.next_due.ms == end, "kept until the day has ended");
	ok(store_plan(f.st, &d, (struct wall){ end }, &n, &f.e) == 0 &&
	    n.due == 1 && n.kept == 0 && n.oldest_due.ms == end, "then due");
	d.timing = (struct rule_timing){ .keep = RULE_UNTIL_EVENT };
	ok(store_plan(f.st, &d, now, &n, &f.e) == 0 && n.due == 0,
	    "an event not declared");
	d.timing.fired = true;
	d.timing.fired_at = now;
	ok(store_plan(f.st, &d, now, &n, &f.e) == 0 && n.due == 1,
	    "and declared");
	d.timing = (struct rule_timing){ .keep = RULE_PERIOD, .period =
	    { 1, PERIOD_DAYS }, .from = "x" };
	ok(store_plan(f.st, &d, now, &n, &f.e) == -1, "no period: %s",
	    f.e.text);
	fixture_close(&f);
}

static void
test_destroy(void)
{
	struct fixture f;
	struct told t;
	struct store_result r;
	char away[160], wal[160];
	struct stat st;
	char held[17] = "";

	fixture_open(&f, "CREATE TABLE t(x)");
	sqlite3_close(f.app);
	f.app = NULL;
	put(f.path, "-wal");
	snprintf(wal, sizeof(wal), "%s-wal", f.path);

	/* A process that has a side file open stands in the way. */
	int pipes[2];
	must(pipe(pipes) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		char c;
		int fd = open(wal, O_RDONLY);

		must(write(pipes[1], "x", 1) == 1);
		sleep(fd == -1 ? 0 : 30);
		_exit((int)read(fd, &c, 1));
	}
	must(read(pipes[0], held, 1) == 1);
	ok(destroy(&f, &t, &r) == 0 && r.erased == 0 && r.left == 1 &&
	    t.err.code == ERR_BUSY && stat(f.path, &st) == 0 && st.st_size > 0,
	    "busy: %s", t.err.text);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	snprintf(away, sizeof(away), "%s/other", f.dir);
	must(link(f.path, away) == 0);
	ok(destroy(&f, &t, &r) == 0 && r.left == 1 &&
	    t.err.code == ERR_REFUSED && stat(away, &st) == 0 &&
	    st.st_size > 0, "two names: %s", t.err.text);
	unlink(f.path);
	must(symlink(away, f.path) == 0);
	ok(destroy(&f, &t, &r) == 0 && r.left == 1 &&
	    t.err.code == ERR_REFUSED && stat(away, &st) == 0 &&
	    st.st_size > 0, "a link: %s", t.err.text);
	unlink(f.path);
	must(rename(away, f.path) == 0);

	int fd = -1;
	snprintf(away, sizeof(away), "/proc/self/fd/%d", fd);
	ok(destroy(&f, &t, &r) == 0 && r.erased == 1 && r.left == 0 &&
	    t.dones == 1 && t.n == 1 && t.sum_ok, "destroyed: %s %s", f.e.text,
	    t.err.text);
	ok(stat(f.path, &st) == -1 && stat(wal, &st) == -1 &&
	    rmdir(f.dir) == 0, "file, side files and all are gone");
	ok(destroy(&f, &t, &r) == 0 && t.ops == 0, "nothing left to do");
	fixture_close(&f);
}

static void
test_glob(void)
{
	struct rule_dataset d = rule(), rows = a_rule("t", "c");
	struct fixture f;
	struct told t;
	struct store_result r;
	struct store_counts n;
	struct store_pending p;
	char pattern[96], q1[128], q2[128];
	struct store_sink sink = told_sink(&t);

	fixture_open(&f, "CREATE TABLE t(x INTEGER PRIMARY KEY, c); INSERT "
	    "INTO t VALUES (1, 50000000), (2, 50000000)");
	snprintf(q1, sizeof(q1), "%s/2024q1.db", f.dir);
	snprintf(q2, sizeof(q2), "%s/2024q2.db", f.dir);
	char *sql = sqlite3_mprintf("VACUUM INTO %Q; DELETE FROM t WHERE x = 1;"
	    "VACUUM INTO %Q", q1, q2);
	fixture_sql(&f, sql);
	sqlite3_free(sql);
	put(q1, "-journal.txt");
	snprintf(pattern, sizeof(pattern), "%s/2024q?.db", f.dir);
	f.store.path = pattern;
	fixture_store(&f, STORE_WRITE);
	ok(store_plan(f.st, &rows, now, &n, &f.e) == 0 && n.total == 3 &&
	    n.due == 3, "rows are counted over all files: %s", f.e.text);
	free(n.clause);
	rows.where = "x = 2";
	ok(store_erase(f.st, &rows, now, &sink, &r, &f.e) == 0 &&
	    r.erased == 2 && t.ops == 2 && memcmp(t.c[0], t.c[1], 32) != 0,
	    "and erased in all, one operation each");
	ok(store_plan(f.st, &d, now, &n, &f.e) == 0 && n.total == 2 &&
	    n.due == 2, "two files");
	sink = told_sink(&t);
	t.go = 0;
	ok(store_erase(f.st, &d, now, &sink, &r, &f.e) == 0 && r.stopped &&
	    t.left == 2, "stop stops");
	unlink(q1);
	p = (struct store_pending){ .op = t.op[0], .n = t.n_c[0],
		.object = "file", .c = (const uint8_t (*)[32])t.c[0] };
	struct told t2;
	sink = told_sink(&t2);
	ok(store_resume(f.st, &d, now, &p, 1, false, &sink, &f.e) == 0 &&
	    t2.erased == 1 && t2.left == 1 && t2.sum_ok, "resume looks");
	sink = told_sink(&t2);
	ok(store_resume(f.st, &d, now, &p, 1, true, &sink, &f.e) == 0 &&
	    t2.erased == 2 && t2.left == 0 && access(q2, F_OK) == -1,
	    "resume finishes");
	ok(access(f.path, F_OK) == 0, "a file that does not match stays");
	put(q2, "");
	sink = told_sink(&t);
	ok(store_erase(f.st, &d, now, &sink, &r, &f.e) == 0 && t.left == 1 &&
	    t.err.code == ERR_REFUSED && access(q2, F_OK) == 0,
	    "nor is what is no database destroyed by a pattern: %s",
	    t.err.text);
	unlink(q2);
	snprintf(q1 + strlen(q1), 20, "-journal.txt");
	unlink(q1);
	f.store.path = f.path;
	fixture_close(&f);
}

int
main(void)
{
	test_dates();
	test_destroy();
	test_glob();
	return tap_done();
}
