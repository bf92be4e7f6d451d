/*
 * Log stores: exactly the due lines go, from rotated, compressed and live
 * files, and what cannot be done is left and said.
 */
#include <sys/resource.h>

#include "logstest.h"
#include "tap.h"

static struct store_counts
plan(struct logs *l)
{
	struct store_counts c = { 0 };

	store_close(l->st);
	l->st = NULL;
	must(store_open(&l->store, STORE_READ, NULL, &l->st, &l->e) == 0);
	ok(store_plan(l->st, &l->d, logs_now, &c, &l->e) == 0, "plan %s", l->e.text);
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
	logs_put(&l, "access.log", "on", 5);		/* live */
	logs_put(&l, "access.log.1", "onu", 10);
	logs_put(&l, "access.log.2", "o", 10);		/* all due */
	logs_put(&l, "access.log-idle", "o", 3);
	logs_put(&l, "access.log.3", "ono", 10);
	logs_compress(&l, "access.log.3", "access.log.3.gz");
	logs_put(&l, "other.log", "o", 10);
	must(symlink("other.log", logs_path(&l, "access.log.link")) == 0);
	must(chmod(logs_path(&l, "access.log.1"), 0640) == 0);
	must(stat(logs_path(&l, "access.log.1"), &before) == 0);
	live = open(logs_path(&l, "access.log"), O_WRONLY | O_APPEND);
	c = plan(&l);
	ok(c.total == 83 && c.due == 48 && c.undated == 10 && c.kept == 25,
	    "plan: %d of %d due", (int)c.due, (int)c.total);
	ok(c.has_oldest && c.oldest_due.ms == INT64_C(1777629600000) &&
	    c.has_next && c.next_due.ms == INT64_C(1805536800000),
	    "oldest and next: %jd %jd", (intmax_t)c.oldest_due.ms,
	    (intmax_t)c.next_due.ms);

	ok(logs_erase(&l, &t, &r) == 0, "erase: %s", l.e.text);
	ok(r.erased == 43 && t.erased == 43 && r.left == 5 && t.n == 43 &&
	    t.sum_ok && t.root_ok && t.gos == 4, "43 erased, 5 left: %d %d",
	    (int)r.erased, (int)r.left);
	ok(logs_lines(&l, "access.log", "192") == 5 &&
	    logs_lines(&l, "access.log", "198") == 5, "the live file is as it was");
	ok(logs_lines(&l, "access.log.1", "192") == 0 &&
	    logs_lines(&l, "access.log.1", "198") == 10 &&
	    logs_lines(&l, "access.log.1", "no time") == 10, "rotated: due lines");
	ok(logs_lines(&l, "access.log.3.gz", "192") == 0 &&
	    logs_lines(&l, "access.log.3.gz", "198") == 10, "compressed: due lines");
	ok(access(logs_path(&l, "access.log.2"), F_OK) == -1, "all due: gone");
	ok(logs_lines(&l, "access.log-idle", "") == 0, "a log without a number stays");
	ok(logs_lines(&l, "other.log", "192") == 10, "no link is followed");
	must(stat(logs_path(&l, "access.log.1"), &after) == 0);
	ok(after.st_mode == before.st_mode && after.st_uid == before.st_uid &&
	    after.st_mtim.tv_sec == before.st_mtim.tv_sec &&
	    after.st_ino != before.st_ino, "mode, owner and time are kept");

	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 0 && t.ops == 0 && r.left == 5,
	    "again: nothing but the live file");
	close(live);
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 5 && r.left == 0,
	    "closed: its lines go as well");
	ok(store_peek(l.st, &l.d, logs_now, &due, &l.e) == 0 && !due, "nothing due");
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
	logs_put(&l, "access.log", "onou", 20000);
	logs_put(&l, "access.log.1", "on", 5);
	logs_compress(&l, "access.log.1", "access.log.1.gz");
	live = open(logs_path(&l, "access.log"), O_WRONLY | O_APPEND);
	must(write(live, "192.0.2.1 - - [01/Jan/2026", 26) == 26);
	must(fstat(live, &before) == 0);
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 40005 && r.left == 0,
	    "live and compressed: %d %s", (int)r.erased, l.e.text);
	must(fstat(live, &after) == 0);
	ok(before.st_size == after.st_size && before.st_ino == after.st_ino &&
	    strcmp(t.method, "log-rewrite") == 0, "same file, same size");
	ok(logs_lines(&l, "access.log", "192.0.2.0 - - [01/Jan/2026:10:00:00 +0000] "
	    "\"GET / HTTP/1.1\" 200 1 ") == 40000, "every due line is masked");
	ok(logs_lines(&l, "access.log", "198.51.100.0") == 0 &&
	    logs_lines(&l, "access.log", "198.51.100.") == 20000 &&
	    logs_lines(&l, "access.log", "no time") == 20000, "no other line is");
	ok(logs_lines(&l, "access.log", "192.0.2.1 - - [01/Jan/2026") == 1,
	    "an unfinished line waits");
	ok(logs_lines(&l, "access.log.1.gz", "192.0.2.0 - -") == 5 &&
	    logs_lines(&l, "access.log.1.gz", "198.51.100.") == 5, "compressed");
	ok(plan(&l).due == 0, "anonymised: not due again");
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 0 && t.ops == 0, "nothing more");
	close(live);
	logs_close(&l);
}

/* The application changes two picked lines after the intent. */
static struct logs *meanwhile;

static void
on_go_change(struct told *t)
{
	const int fd = open(logs_path(meanwhile, "access.log"), O_WRONLY);

	(void)t;
	must(pwrite(fd, "20/Nov", 6, 16) == 6);		/* the first one's day */
	must(pwrite(fd, " ", 1, 71 + 70) == 1);	/* the second and third: one */
	close(fd);
}

static void
test_drift(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_sink sink = told_sink(&t);
	int live;

	logs_open(&l, RULE_ANONYMISE);
	meanwhile = &l;
	logs_put(&l, "access.log", "o", 4);
	live = open(logs_path(&l, "access.log"), O_WRONLY | O_APPEND);
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	t.on_go = on_go_change;
	ok(store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e) == 0 &&
	    r.erased == 1 && r.skipped_drift == 3 && t.sum_ok,
	    "changed after the intent: drift");
	ok(logs_lines(&l, "access.log", "192.0.2.0") == 1 &&
	    logs_lines(&l, "access.log", "192.0.2.") == 3, "and they stay");
	close(live);
	logs_close(&l);
}

/* Lines of nothing are somebody's lines, too. */
static void
test_blank(bool collapse)
{
	char text[64] = "";
	struct logs l;
	struct told t;
	struct store_result r;
	FILE *f;

	logs_open(&l, RULE_DELETE);
	l.d.collapse = collapse;
	f = fopen(logs_path(&l, "access.log.1"), "w");
	fprintf(f, "\n   \n" LOGS_OLD "\n   \n\n" LOGS_NEW, 1, 1);
	fclose(f);
	must(logs_erase(&l, &t, &r) == 0 && r.erased == 1);
	f = fopen(logs_path(&l, "access.log.1"), "r");
	must(fread(text, 1, 11, f) > 0);
	fclose(f);
	ok(strcmp(text, "\n   \n\n   \n\n") == 0 &&
	    logs_lines(&l, "access.log.1", "198") == 1 &&
	    logs_lines(&l, "access.log.1", "") == 6,
	    "blank lines before and behind one that goes stay");
	logs_close(&l);
}

static void
test_refused(void)
{
	struct logs l;
	struct told t;
	struct store_result r;

	logs_open(&l, RULE_DELETE);
	logs_put(&l, "access.log.1", "on", 5);
	logs_put(&l, "access.log.2", "on", 5);
	must(link(logs_path(&l, "access.log.2"), "/tmp/logstest.link") == 0);
	ok(logs_erase(&l, &t, &r) == -1 && l.e.code == ERR_REFUSED && r.erased == 5,
	    "a file of two names: %s", l.e.text);
	ok(logs_lines(&l, "access.log.2", "") == 10, "and it is as it was");
	must(unlink("/tmp/logstest.link") == 0);
	must(logs_erase(&l, &t, &r) == 0);

	logs_put(&l, "access.log.5", "on", 5);
	struct store_sink sink = told_sink(&t);

	t.go = 0;
	ok(store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e) == 0 && r.stopped &&
	    r.left == 5 && t.left == 5 && t.sum_ok &&
	    logs_lines(&l, "access.log.5", "192") == 5, "stopped: nothing goes");

	l.d.unit = RULE_FILE;
	l.d.action = RULE_ANONYMISE;
	ok(logs_erase(&l, &t, &r) == -1 && l.e.code == ERR_REFUSED, "%s",
	    l.e.text);
	logs_close(&l);
}

/* More due lines than go in one round, and a folder behind a link. */
static void
test_rounds(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	char folder[80];

	logs_open(&l, RULE_DELETE);
	logs_put(&l, "access.log.1", "on", 330000);
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 330000 && t.gos == 2 &&
	    t.intents == 33 && t.sum_ok, "two rounds: %s", l.e.text);
	ok(logs_lines(&l, "access.log.1", "") == 330000 &&
	    logs_lines(&l, "access.log.1", "198") == 330000, "the rest stays");

	snprintf(folder, sizeof folder, "%s.link", l.dir);
	must(symlink(l.dir, folder) == 0);
	snprintf(l.glob, sizeof l.glob, "%s.link/access.log*", l.dir);
	ok(logs_erase(&l, &t, &r) == -1 && l.e.code == ERR_REFUSED,
	    "a folder behind a link: %s", l.e.text);
	must(unlink(folder) == 0);
	logs_close(&l);
}

static void
set_mtime(const struct logs *l, const char *name, int64_t s)
{
	const struct timespec t[2] = { { s, 0 }, { s, 0 } };

	must(utimensat(AT_FDCWD, logs_path(l, name), t, 0) == 0);
}

/* A dataset that keeps the same lines longer tells the time in its own way. */
static void
test_rival(enum rule_unit unit, const char *from, const char *name,
    int64_t changed, int erased)
{
	struct rule_rival longer = { .dataset = "n/long", .timing = {
		.keep = RULE_PERIOD, .period = { 200, PERIOD_DAYS },
		.from = from }, .time_format = "json:t" };
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_counts c;

	logs_open(&l, RULE_DELETE);
	l.d.unit = unit;
	l.d.n_rivals = 1;
	l.d.rivals = &longer;
	logs_put(&l, name, "o", 1);
	set_mtime(&l, name, changed);
	must(store_open(&l.store, STORE_READ, NULL, &l.st, &l.e) == 0);
	ok(store_plan(l.st, &l.d, logs_now, &c, &l.e) == 0 &&
	    c.due == (uint64_t)erased && c.total == 1 &&
	    logs_erase(&l, &t, &r) == 0 && r.erased == (uint64_t)erased &&
	    logs_lines(&l, name, "192") == (erased ? -1 : 1),
	    "a longer rival by %s of %s: %d goes", from, name, erased);
	logs_close(&l);
}

static void
test_rivals(void)
{
	const int64_t border = logs_now.ms / 1000 - 200 * 86400;

	test_rival(RULE_LINE, "mtime", "access.log.1", border, 1);
	test_rival(RULE_LINE, "mtime", "access.log.1", border + 1, 0);
	test_rival(RULE_FILE, "mtime", "access.log.1", border + 1, 0);
	test_rival(RULE_FILE, "line", "access.log.1", border, 1);
	test_rival(RULE_FILE, "line", "access.log.1", border + 1, 0);
	test_rival(RULE_LINE, "name", "access.log-20260101", border, 1);
	test_rival(RULE_LINE, "name", "access.log-20260901", border, 0);
	test_rival(RULE_LINE, "name", "access.log.1", border, 0);
	test_rival(RULE_LINE, "line", "access.log.1", border, 0);
}

/* unit = "file": by the youngest line, by mtime, by name. */
static void
test_whole(const char *from, int due, const char *gone)
{
	const int64_t border = logs_now.ms / 1000 - 120 * 86400;
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_counts c;
	int live;

	logs_open(&l, RULE_DELETE);
	l.d.unit = RULE_FILE;
	l.d.timing.from = from;
	logs_put(&l, "access.log-20260724", "ou", 2);
	set_mtime(&l, "access.log-20260724", border + 1);
	logs_put(&l, "access.log-20200101-2026-07-25", "oon", 2);
	set_mtime(&l, "access.log-20200101-2026-07-25", border);
	logs_put(&l, "access.log.120260101", "u", 2);
	logs_put(&l, "access.log-2020-01-01", "o", 2);
	set_mtime(&l, "access.log-2020-01-01", 1000000000);
	live = open(logs_path(&l, "access.log-2020-01-01"), O_RDONLY);
	c = plan(&l);
	ok(c.total == 4 && (int)c.due == due, "by %s: %d of %d files due", from,
	    (int)c.due, (int)c.total);
	ok(logs_erase(&l, &t, &r) == 0 && (int)r.erased == due - 1 &&
	    r.left == 1 && t.sum_ok, "by %s: the open one waits", from);
	ok(access(logs_path(&l, gone), F_OK) == -1, "by %s: %s", from, gone);
	ok((t.c[0][0][0] | t.c[0][0][1] | t.c[0][0][2] | t.c[0][0][3]) != 0 && strcmp(t.method, "log-remove") == 0, "method");
	close(live);
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 1, "closed: it goes");
	ok(plan(&l).due == 0, "by %s: nothing more", from);
	logs_close(&l);
}

/* An offset behind a space: not due a second before, due at the second. */
static void
test_offset(void)
{
	static const char *const lines[] = { "2026-07-25 09:00:00 -03:00 x\n",
		"2026-07-25 17:30:00 +05:30 x\n", "2026-07-25T14:00:00 +0200\n",
		"2026-07-25 04:00:00  -08 x\n" };
	const struct wall due = { logs_now.ms };
	const struct wall before = { logs_now.ms - 1000 };
	struct logs l;
	struct store_counts c = { 0 };

	logs_open(&l, RULE_DELETE);
	l.d.time_format = "iso8601";
	for (size_t i = 0; i < 4; i++) {
		FILE *f = fopen(logs_path(&l, "access.log"), "a");

		must(f != NULL && fputs(lines[i], f) >= 0 && fclose(f) == 0);
	}
	must(store_open(&l.store, STORE_READ, NULL, &l.st, &l.e) == 0);
	ok(store_plan(l.st, &l.d, before, &c, &l.e) == 0 && c.due == 0 &&
	    c.kept == 4, "offset behind a space, a second before: kept");
	ok(store_plan(l.st, &l.d, due, &c, &l.e) == 0 && c.due == 4,
	    "and at the second: due");
	logs_close(&l);
}

/* As many rotated files as a folder may have in years: nothing grows. */
static void
test_many(int n)
{
	struct rusage u;
	struct logs l;
	struct told t;
	struct store_result r;
	long before;

	logs_open(&l, RULE_DELETE);
	for (int i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof name, "access.log.%d", i);
		logs_put(&l, name, i % (n / 20) == 0 ? "on" : "n", 1);
	}
	must(getrusage(RUSAGE_SELF, &u) == 0);
	before = u.ru_maxrss;
	ok(plan(&l).due == 20 && logs_erase(&l, &t, &r) == 0 &&
	    r.erased == 20 && (int)plan(&l).total == n, "%d files: %s", n,
	    l.e.text);
	must(getrusage(RUSAGE_SELF, &u) == 0);
	ok(LOGS_SANITIZED || u.ru_maxrss - before < 24 << 10, "with %ld KiB of memory",
	    u.ru_maxrss - before);
	logs_close(&l);
}

int
main(void)
{
	test_rivals();
	test_offset();
	test_many(LOGS_SANITIZED ? 10000 : 100000);
	test_rounds();
	test_whole("line", 2, "access.log-20260724");
	test_whole("mtime", 2, "access.log-20200101-2026-07-25");
	test_whole("name", 2, "access.log-20260724");
	test_delete();
	test_anonymise();
	test_drift();
	test_blank(false);
	test_blank(true);
	test_refused();
	return tap_done();
}
