/*
 * Who else has a database open: another process that opens, reads, writes,
 * sits idle and leaves, in both journal modes.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "store/sqlite/company.h"
#include "store/sqlite/db.h"

#include "storetest.h"
#include "alone.h"
#include "tap.h"

static char path[64] = "/tmp/test_company.XXXXXX/db";

static void
nap_ms(long ms)
{
	struct timespec t = { 0, ms * 1000000 };

	nanosleep(&t, NULL);
}

/* A process that does what it is told, a letter at a time, and says when. */
struct other {
	pid_t pid;
	int to, from;
};

static void
obey(int in, int out)
{
	sqlite3 *h = NULL;
	char c;

	while (read(in, &c, 1) == 1) {
		if (c == 'o') {
			sqlite3_open(path, &h);
			sqlite3_exec(h, "SELECT * FROM t", NULL, NULL, NULL);
		} else if (c == 'w') {
			sqlite3_exec(h, "INSERT INTO t VALUES (1)", NULL, NULL,
			    NULL);
		} else if (c == 'c') {
			sqlite3_close(h);
		}
		if (write(out, &c, 1) != 1)
			break;
	}
	_exit(0);
}

static struct other
other_new(void)
{
	struct other o;
	int to[2], from[2];

	if (pipe(to) == -1 || pipe(from) == -1 || (o.pid = fork()) == -1)
		abort();
	if (o.pid == 0) {
		close(to[1]);
		close(from[0]);
		obey(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	o.to = to[1];
	o.from = from[0];
	return o;
}

static void
tell(const struct other *o, char c)
{
	if (write(o->to, &c, 1) != 1 || read(o->from, &c, 1) != 1)
		abort();
}

static struct mono
later(int64_t s)
{
	return (struct mono){ clock_mono().ns + s * 1000000000 };
}

static void
follow(struct company *c, const struct other *o, const char *journal)
{
	bool wal = strcmp(journal, "wal") == 0;

	ok(!company_came(c, later(1)), "%s: nobody came", journal);
	tell(o, 'o');
	ok(company_came(c, later(2)), "%s: a newcomer is noticed", journal);
	ok(!company_came(c, later(3)), "%s: once", journal);
	ok(!company_none(c, later(4)), "%s: and found", journal);
	ok(!company_none(c, later(6)), "%s: still there", journal);
	company_listen(c);
	nap_ms(5);
	ok(!company_stirred(c), "%s: he does nothing", journal);
	company_listen(c);
	tell(o, 'w');
	ok(company_stirred(c) == !wal, "%s: he writes%s", journal,
	    wal ? ", which the data version tells" : "");
	ok(!company_none(c, later(8)), "%s: there", journal);
	tell(o, 'c');
	ok(company_none(c, later(10)), "%s: gone", journal);
}

/* We see nobody; whoever sees everybody tells that nobody is there. */
static void
test_told(void)
{
	const struct holders blind = { .fd = -1 };
	struct rule_store s = { .name = "s", .full = "t/s",
		.kind = RULE_SQLITE, .path = path, .holders = &blind };
	struct db_how how = { .store = &s, .path = path,
		.access = STORE_WRITE };
	struct other o = other_new();
	struct holders_file file;
	struct err e = ERR_EMPTY;
	struct company c;
	struct stat st;
	struct db *db;
	sqlite3 *h;

	unlink(path);
	sqlite3_open(path, &h);
	sqlite3_exec(h, "CREATE TABLE t (a)", NULL, NULL, NULL);
	sqlite3_close(h);
	must(stat(path, &st) == 0 && db_open(&how, &db, &e) == 0);
	company_init(&c, db);
	ok(!company_none(&c, clock_mono()), "blind: company is assumed");
	ok(company_unknown(&c, &file) && file.dev == st.st_dev &&
	    file.ino == st.st_ino, "blind: and asked about");
	ok(!company_none(&c, later(2)), "no answer: company");
	company_told_none(&c, later(2));
	ok(company_none(&c, later(3)), "told: nobody");
	ok(!company_unknown(&c, &file), "told: not asked again");
	tell(&o, 'o');
	ok(company_came(&c, later(4)), "told: a newcomer is noticed");
	ok(!company_none(&c, later(5)), "told: and is company");
	tell(&o, 'c');
	ok(!company_none(&c, later(7)), "gone: which we do not see");
	ok(company_unknown(&c, &file), "gone: so it is asked about again");
	tell(&o, 'o');
	company_told_none(&c, later(8));
	ok(!company_none(&c, later(9)),
	    "one who came between question and answer is company");
	company_release(&c);
	db_close(db);
	close(o.to);
	close(o.from);
	(void)waitpid(o.pid, NULL, 0);
}

static void
test_journal(const char *journal, bool sees_all)
{
	struct rule_store s = { .name = "s", .full = "t/s",
		.kind = RULE_SQLITE, .path = path };
	struct db_how how = { .store = &s, .path = path,
		.access = STORE_WRITE };
	struct other o = other_new();
	struct err e = ERR_EMPTY;
	struct company c;
	struct db *db;
	sqlite3 *h;
	char sql[128];

	unlink(path);
	sqlite3_open(path, &h);
	snprintf(sql, sizeof(sql), "PRAGMA journal_mode=%s;"
	    " CREATE TABLE t (a)", journal);
	sqlite3_exec(h, sql, NULL, NULL, NULL);
	sqlite3_close(h);
	if (!ok(db_open(&how, &db, &e) == 0, "%s: open %s", journal, e.text))
		return;
	company_init(&c, db);
	if (company_none(&c, clock_mono()))
		follow(&c, &o, journal);
	else
		ok(!sees_all, "%s: we may not look into processes of others, "
		    "and assume the worst", journal);
	company_release(&c);
	db_close(db);
	close(o.to);
	waitpid(o.pid, NULL, 0);
	close(o.from);
	unlink(path);
}

int
main(void)
{
	const bool all = alone_enter();

	path[strlen(path) - 3] = '\0';
	if (!mkdtemp(path))
		return 1;
	path[strlen(path)] = '/';
	test_told();
	test_journal("delete", all);
	test_journal("wal", all);
	path[strlen(path) - 3] = '\0';
	rmdir(path);
	return tap_done();
}
