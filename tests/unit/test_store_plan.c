/*
 * Plans: every form of keep, rivals, hostile conditions, and that reading
 * changes no byte of the store or its folder.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "storetest.h"
#include "tap.h"

#define NOW INT64_C(1700000000000)
#define OLD "1699900000"
#define NEW "1699950000"

static const struct wall now = { NOW };

static const char table[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, c, k, d);"
    "CREATE TABLE secret(x); INSERT INTO secret VALUES (1);"
    "INSERT INTO t VALUES (1, " OLD ", 'a', NULL), (2, " NEW ", 'a', 10000001),"
    "(3, NULL, 'b', 10000002), (4, " OLD ", 'b', 1800000000), (5, " OLD ", NULL, "
    "'x')";

static struct store_counts
plan(struct fixture *f, const struct rule_dataset *d, int *ret_rc)
{
	struct store_counts n = { .total = 0 };

	f->e = ERR_EMPTY;
	*ret_rc = fixture_store(f, STORE_READ) == -1 ? -1 :
	    store_plan(f->st, d, now, &n, &f->e);
	free(n.clause);
	n.clause = NULL;
	return n;
}

static bool
sums(const struct store_counts *n)
{
	return n->due + n->held + n->restricted + n->undated + n->future +
	    n->kept == n->total && n->total == 5;
}

static void
expect_due(struct fixture *f, const struct rule_dataset *d, uint64_t due,
    const char *what)
{
	int rc;
	struct store_counts n = plan(f, d, &rc);
	bool any = false;

	ok(rc == 0 && n.due == due && sums(&n), "%s: %d due: %s", what,
	    (int)n.due, f->e.text);
	ok(rc == 0 && store_peek(f->st, d, now, &any, &f->e) == 0 &&
	    any == (due > 0), "%s: peek", what);
}

static void
test_forms(void)
{
	struct fixture f;
	struct rule_dataset d = a_rule("t", "c");

	fixture_open(&f, table);
	expect_due(&f, &d, 3, "period");
	d.where = "k = 'a'";
	expect_due(&f, &d, 1, "where");
	d.where = "k IS NULL OR k = 'b'";
	expect_due(&f, &d, 2, "where with OR stays in its parentheses");
	d.where = NULL;
	d.timing = (struct rule_timing){ .keep = RULE_UNTIL, .from = "d" };
	expect_due(&f, &d, 2, "until");
	d.timing.from = "0";
	expect_due(&f, &d, 0, "zero is \"not set\"");
	d.timing = (struct rule_timing){ .keep = RULE_UNTIL_EVENT };
	expect_due(&f, &d, 0, "event not declared");
	d.timing.fired = true;
	d.timing.fired_at.ms = NOW - 3600000;
	d.timing.grace = (struct period){ 1, PERIOD_HOURS };
	expect_due(&f, &d, 5, "event and grace");
	d.timing.fired_at.ms++;
	expect_due(&f, &d, 0, "a millisecond less of grace");
	d.timing = (struct rule_timing){ .keep = RULE_UNTIL_DATE,
		.until_day = NOW / CALENDAR_DAY_MS - 1 };
	expect_due(&f, &d, 5, "date over");
	d.timing.until_day++;
	expect_due(&f, &d, 0, "date not over");
	d.timing = (struct rule_timing){ .keep = RULE_INDEFINITELY };
	expect_due(&f, &d, 0, "indefinitely");
	fixture_close(&f);
}

static void
test_rivals(void)
{
	struct rule_rival r = { .dataset = "n/r", .timing = {
	    .keep = RULE_PERIOD, .period = { 1, PERIOD_WEEKS }, .from = "c" } };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;

	d.n_rivals = 1;
	d.rivals = &r;
	fixture_open(&f, table);
	expect_due(&f, &d, 0, "a longer rival keeps all");
	r.where = "k = 'b'";
	expect_due(&f, &d, 2, "a rival keeps what it matches");
	r.where = "k <> 'b'";
	expect_due(&f, &d, 2, "where it gives NULL it does not match");
	r.where = NULL;
	r.timing.period = (struct period){ 1, PERIOD_HOURS };
	expect_due(&f, &d, 3, "a shorter one does not matter");
	r.timing = (struct rule_timing){ .keep = RULE_UNTIL, .from = "d" };
	expect_due(&f, &d, 0, "nothing happened, unreadable, future: kept");
	r.timing = (struct rule_timing){ .keep = RULE_INDEFINITELY };
	r.where = "id = 1";
	expect_due(&f, &d, 2, "indefinitely");
	fixture_close(&f);
}

static void
test_hostile(void)
{
	static const char *const bad[] = {
		"1); DELETE FROM t; --", "1) OR (1", "1 -- x", "1 /* x", "'",
		"\"", "1; SELECT 1", "?1", ":x", "@x", "$x", "",
		"id IN (SELECT x FROM secret)", "load_extension('x')",
		"id = random()", "readfile('/etc/passwd') = 1",
		"(SELECT count(*) FROM sqlite_schema) > 0",
		"EXISTS (SELECT * FROM pragma_table_info('t'))", "nope = 1",
		"1) UNION SELECT 1 FROM secret WHERE (1",
		"id = (SELECT x FROM temp.secret)", "randomblob(1) = x''",
		"sqlite_version() = '1'", "retention_redact(1)",
	};
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	int rc;

	fixture_open(&f, table);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		d.where = bad[i];
		plan(&f, &d, &rc);
		ok(rc == -1 && f.e.code != ERR_NONE, "where %s: %s", bad[i],
		    f.e.text);
		d.where = NULL;
		d.timing.from = bad[i];
		plan(&f, &d, &rc);
		ok(rc == -1, "from %s: %s", bad[i], f.e.text);
		d.timing.from = "c";
	}
	d.where = "k = 'a;--' OR k = 'it''s' OR [k] = \"k\" AND id = 1";
	expect_due(&f, &d, 1, "quoted signs are no signs");
	d.where = NULL;
	d.timing.from = "(SELECT max(o.c) FROM t AS o WHERE o.k = t.k)";
	expect_due(&f, &d, 2, "the latest of a person counts");
	d.timing.from = "c";
	d.table = "t; DROP TABLE t";
	plan(&f, &d, &rc);
	ok(rc == -1, "no such table: %s", f.e.text);
	d.table = "sqlite_schema";
	plan(&f, &d, &rc);
	ok(rc == -1, "not SQLite's own: %s", f.e.text);
	ok(fixture_int(&f, "SELECT count(*) FROM t") == 5, "all there");
	fixture_close(&f);
}

/* Names, sizes, times of change and bytes of everything in the folder. */
static void
fingerprint(const char *dir, struct buf *b)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	buf_reset(b);
	while (d && (de = readdir(d))) {
		struct stat st;
		char path[400];
		struct err e;
		struct buf bytes = BUF_EMPTY;

		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		must(stat(path, &st) == 0);
		if (!S_ISREG(st.st_mode))
			continue;
		(void)fd_read_file(path, 1 << 24, &bytes, &e);
		/* No change time: for root SQLite sets the same owner. */
		buf_putf(b, "%s %lld %lld.%09ld|", de->d_name,
		    (long long)st.st_size, (long long)st.st_mtim.tv_sec,
		    st.st_mtim.tv_nsec);
		buf_add(b, buf_text(&bytes), bytes.n);
		buf_release(&bytes);
	}
	if (d)
		closedir(d);
}

static void
read_only(const char *mode, bool open_app)
{
	struct rule_dataset d = a_rule("t", "c");
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	struct fixture f;
	struct store_counts n;
	pid_t pid = 0;
	int rc, pipes[2] = { -1, -1 };
	char c;

	fixture_open(&f, mode);
	fixture_sql(&f, table);
	sqlite3_close(f.app);
	f.app = NULL;
	if (open_app) {			/* another process, as in real life */
		must(pipe(pipes) == 0);
		pid = fork();
		if (pid == 0) {
			sqlite3 *h;

			sqlite3_open(f.path, &h);
			sqlite3_exec(h, "INSERT INTO t(c) VALUES (50000000); SELECT * "
			    "FROM t", NULL, NULL, NULL);
			if (write(pipes[1], "x", 1) == 1)
				pause();
			_exit(0);
		}
		must(read(pipes[0], &c, 1) == 1);
	}
	fingerprint(f.dir, &before);
	must(chmod(f.dir, 0500) == 0);
	n = plan(&f, &d, &rc);
	store_close(f.st);
	f.st = NULL;
	must(chmod(f.dir, 0700) == 0);
	fingerprint(f.dir, &after);
	ok(rc == 0 && n.due == 3u + open_app, "%s%s: due %d: %s", mode,
	    open_app ? ", open" : "", (int)n.due, f.e.text);
	ok(before.n == after.n && before.n > 0 &&
	    memcmp(before.data, after.data, before.n) == 0,
	    "no byte is changed, no file added");
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		n = plan(&f, &d, &rc);
		ok(rc == 0 || f.e.code == ERR_BUSY, "left behind: %s",
		    f.e.text);
	}
	buf_release(&before);
	buf_release(&after);
	fixture_close(&f);
}

static void
test_not_sqlite(void)
{
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	int rc;

	fixture_open(&f, table);
	sqlite3_close(f.app);
	f.app = NULL;
	int fd = open(f.path, O_WRONLY);
	must(pwrite(fd, "\x8f\x11garbage-garbage", 17, 0) == 17);
	close(fd);
	plan(&f, &d, &rc);
	ok(rc == -1 && f.e.code == ERR_STORE, "encrypted: %s", f.e.text);
	unlink(f.path);
	plan(&f, &d, &rc);
	ok(rc == -1 && access(f.path, F_OK) == -1, "missing: %s", f.e.text);
	fixture_close(&f);
}

static void
test_event(void)
{
	struct rule_event ev = { .name = "closed", .store = "site",
		.query = "SELECT max(d) FROM t WHERE id = 3" };
	struct fixture f;
	bool fired = true;
	struct wall at = { 0 };

	fixture_open(&f, table);
	fixture_store(&f, STORE_READ);
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == 0 && fired &&
	    at.ms == INT64_C(10000002000), "fired at its time: %s", f.e.text);
	ev.query = "SELECT d FROM t WHERE id = 1";
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == 0 && !fired,
	    "NULL: not fired");
	ev.query = "SELECT d FROM t WHERE id = 99";
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == 0 && !fired,
	    "no row: not fired");
	ev.query = "SELECT d FROM t WHERE id = 4";
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == 0 && !fired,
	    "the future has not happened");
	ev.query = "SELECT d FROM t WHERE id = 5";
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == -1,
	    "unreadable: %s", f.e.text);
	ev.query = "DELETE FROM t RETURNING id";
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == -1,
	    "reads only: %s", f.e.text);
	ev.query = "SELECT 1; DELETE FROM t";
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == -1,
	    "one statement: %s", f.e.text);
	ev.query = "SELECT id, d FROM t";
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == -1,
	    "one value: %s", f.e.text);
	ok(fixture_int(&f, "SELECT count(*) FROM t") == 5, "all there");
	fixture_close(&f);
}

int
main(void)
{
	test_forms();
	test_rivals();
	test_hostile();
	read_only("PRAGMA journal_mode=DELETE", false);
	read_only("PRAGMA journal_mode=WAL", false);
	read_only("PRAGMA journal_mode=DELETE", true);
	read_only("PRAGMA journal_mode=WAL", true);
	test_not_sqlite();
	test_event();
	return tap_done();
}
