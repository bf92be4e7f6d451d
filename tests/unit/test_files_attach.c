/*
 * Files that belong to rows: they go with their rows, never without, and a
 * row whose file cannot go stays.
 */
#include <errno.h>

#include "filetest.h"
#include "tap.h"

#include "store/files/stash.h"

struct both {
	struct fixture db;
	struct files f;
	struct rule_dataset d;
	struct told told;
	struct store_result r;
	char sql[500];
};

#define OLD "1699000000"	/* more than a day before files_now */

static void
both_open(struct both *b)
{
	*b = (struct both){ .r = { .erased = 0 } };
	fixture_open(&b->db, "CREATE TABLE t(id INTEGER PRIMARY KEY, at, cv);"
	    "CREATE TABLE note(id INTEGER PRIMARY KEY, t REFERENCES t(id))");
	files_open(&b->f);
	must(mkdirat(b->f.fd, "x", 0700) == 0);
	files_put(&b->f, "x/a", 5);
	files_put(&b->f, "b", 5);
	b->d = a_rule("t", "at");
	b->d.files = (struct rule_files){ "cv", b->f.dir };
}

static void
both_close(struct both *b)
{
	fixture_close(&b->db);
	files_close(&b->f);
}

static int
both_erase(struct both *b, void (*on_go)(struct told *))
{
	struct store_sink sink = told_sink(&b->told);

	b->told.on_go = on_go;
	b->r = (struct store_result){ .erased = 0 };
	if (fixture_store(&b->db, STORE_WRITE) == -1)
		return -1;
	return store_erase(b->db.st, &b->d, files_now, &sink, &b->r,
	    &b->db.e);
}

static bool
both_told(const struct both *b, uint64_t erased, uint64_t left, uint64_t drift)
{
	return b->told.sum_ok && b->r.erased == erased && b->r.left == left &&
	    b->r.skipped_drift == drift;
}

static int64_t
rows(struct both *b)
{
	return fixture_int(&b->db, "SELECT count(*) FROM t");
}

/* Nothing of ours is left in the root. */
static bool
tidy(const struct both *b)
{
	char cmd[300];
	int status = 1;

	snprintf(cmd, sizeof(cmd), "test -z \"$(find '%s' -name .ret*)\"",
	    b->f.dir);
	if (fork() == 0)
		_exit(execl("/bin/sh", "sh", "-c", cmd, (char *)NULL));
	must(wait(&status) != -1);
	return status == 0;
}

static void
test_goes(void)
{
	struct both b;

	both_open(&b);
	snprintf(b.sql, sizeof(b.sql), "INSERT INTO t VALUES"
	    " (1, " OLD ", 'x/a'), (2, " OLD ", '%s/b'), (3, " OLD ", NULL),"
	    " (4, " OLD ", ''), (5, " OLD ", 'missing/file'),"
	    " (6, 1700000000, 'young')", b.f.dir);
	fixture_sql(&b.db, b.sql);
	files_put(&b.f, "young", 5);
	files_put(&b.f, "nobody's", 5);
	ok(both_erase(&b, NULL) == 0 && both_told(&b, 5, 0, 0) &&
	    rows(&b) == 1, "rows go: %s", b.db.e.text);
	ok(files_size(&b.f, "x/a") == -1 && files_size(&b.f, "b") == -1 &&
	    tidy(&b), "and their files");
	ok(files_holds(b.f.fd, "young") && files_holds(b.f.fd, "nobody's"),
	    "and no others");
	ok(strcmp(b.told.method, "sqlite-secure-delete+scrub+overwrite-unlink") ==
	    0, "told as such");
	both_close(&b);
}

static const struct refused {
	const char *cv;
	const char *whole;		/* must hold what it held; or NULL */
	enum err_code code;
} refusals[] = {
	{ "../../etc/passwd", NULL, ERR_REFUSED },
	{ "/etc/passwd", NULL, ERR_REFUSED },
	{ "x/../b", "b", ERR_REFUSED },
	{ "link", "b", ERR_REFUSED },
	{ "to/a", "x/a", ERR_REFUSED },
	{ "two", "b", ERR_REFUSED },
	{ "x", "x/a", ERR_SYSTEM },
	{ "fifo", NULL, ERR_REFUSED },
	{ ".", NULL, ERR_REFUSED },
};

static void
test_refused(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refused *x = &refusals[i];
		char sql[200];
		struct both b;

		both_open(&b);
		must(symlinkat("b", b.f.fd, "link") == 0 &&
		    symlinkat("x", b.f.fd, "to") == 0 &&
		    mkfifoat(b.f.fd, "fifo", 0600) == 0);
		if (strcmp(x->cv, "two") == 0)
			must(linkat(b.f.fd, "b", b.f.fd, "two", 0) == 0);
		files_put(&b.f, "fine", 5);
		snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (1, " OLD
		    ", '%s'), (2, " OLD ", 'fine')", x->cv);
		fixture_sql(&b.db, sql);
		ok(both_erase(&b, NULL) == 0 && both_told(&b, 1, 1, 0) &&
		    b.told.err.code == x->code && rows(&b) == 1 &&
		    (!x->whole || files_holds(b.f.fd, x->whole)) &&
		    files_size(&b.f, "fine") == -1 && tidy(&b),
		    "'%s': its row stays: %s", x->cv, b.told.err.text);
		both_close(&b);
	}
}

static void
test_shared(void)
{
	static const char *const spelling[] = { "'x/a'", "'./x//a'", "'x/a/'",
		"'x/../x/a'", "'../%s/x/a'", "CAST('x/a' AS BLOB)" };

	for (size_t i = 0; i < 6; i++) {
		char other[200];
		char sql[400];
		struct both b;

		both_open(&b);
		snprintf(other, sizeof(other), i == 4 ? "'../%s/x/a'" : "%s",
		    i == 4 ? strrchr(b.f.dir, '/') + 1 : spelling[i]);
		snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (1, " OLD
		    ", 'x/a'), (2, 1700000000, %s)", other);
		fixture_sql(&b.db, sql);
		ok(both_erase(&b, NULL) == 0 && both_told(&b, 0, 1, 0) &&
		    rows(&b) == 2 && files_holds(b.f.fd, "x/a"),
		    "a row not due names it as %s: both stay",
		    spelling[i]);
		fixture_sql(&b.db, "UPDATE t SET at = " OLD ", cv = 'x/a'");
		ok(both_erase(&b, NULL) == 0 && both_told(&b, 2, 0, 0) &&
		    files_size(&b.f, "x/a") == -1, "all due: it goes");
		both_close(&b);
	}
}

static struct both *in_hand;

static void
renew(struct told *t)
{
	(void)t;
	fixture_sql(&in_hand->db, "UPDATE t SET at = 1700000000");
}

static void
test_renewed(void)
{
	struct both b;

	both_open(&b);
	in_hand = &b;
	fixture_sql(&b.db, "INSERT INTO t VALUES (1, " OLD ", 'x/a')");
	ok(both_erase(&b, renew) == 0 && both_told(&b, 0, 0, 1) &&
	    rows(&b) == 1 && files_holds(b.f.fd, "x/a"),
	    "not due any more: row and file stay");
	both_close(&b);
}

static void
test_constraint(void)
{
	struct both b;

	both_open(&b);
	fixture_sql(&b.db, "INSERT INTO t VALUES (1, " OLD ", 'x/a'),"
	    " (2, " OLD ", 'b');"
	    "CREATE TRIGGER keep BEFORE DELETE ON t WHEN old.id = 1 BEGIN"
	    " SELECT RAISE(ABORT, 'kept'); END");
	ok(both_erase(&b, NULL) == 0 && both_told(&b, 1, 1, 0) &&
	    rows(&b) == 1 && files_holds(b.f.fd, "x/a") &&
	    files_size(&b.f, "b") == -1 && tidy(&b),
	    "a row that its application keeps has its file back");
	fixture_sql(&b.db, "DROP TRIGGER keep; CREATE TRIGGER keep BEFORE"
	    " DELETE ON t BEGIN SELECT RAISE(ROLLBACK, 'kept'); END");
	ok(both_erase(&b, NULL) == 0 && both_told(&b, 0, 1, 0) &&
	    files_holds(b.f.fd, "x/a") && tidy(&b),
	    "also when the whole transaction is undone");
	both_close(&b);
}

static void
test_anonymise(void)
{
	struct rule_column c = { .name = "cv", .method = RULE_NULL };
	struct rule_column other = { .name = "at", .method = RULE_NULL };
	struct both b;

	both_open(&b);
	fixture_sql(&b.db, "INSERT INTO t VALUES (1, " OLD ", 'x/a'),"
	    " (2, 1700000000, 'b')");
	b.d.action = RULE_ANONYMISE;
	b.d.n_columns = 1;
	b.d.columns = &other;
	ok(both_erase(&b, NULL) == -1 && files_holds(b.f.fd, "x/a"),
	    "the column itself must go: %s", b.db.e.text);
	b.d.columns = &c;
	ok(both_erase(&b, NULL) == 0 && both_told(&b, 1, 0, 0) &&
	    rows(&b) == 2 && files_size(&b.f, "x/a") == -1 &&
	    files_holds(b.f.fd, "b"), "anonymised, its file goes");
	both_close(&b);
}

static void
test_many(void)
{
	char name[32];
	struct both b;
	int left = 0;

	both_open(&b);
	fixture_sql(&b.db, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
	    " FROM n WHERE i < 1000) INSERT INTO t SELECT i, " OLD ","
	    " 'x/' || i FROM n");
	for (int i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "x/%d", i);
		files_put(&b.f, name, 5);
	}
	ok(both_erase(&b, NULL) == 0 && both_told(&b, 1000, 0, 0) &&
	    rows(&b) == 0 && tidy(&b), "a thousand rows");
	for (int i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "x/%d", i);
		left += files_size(&b.f, name) != -1;
	}
	ok(left == 0 && files_holds(b.f.fd, "x/a"), "and their files alone");
	both_close(&b);
}

/* A life ended between hiding a file and the end of its transaction: the row
 * is there, and meanwhile the folder has gone. */
static void
test_homeless(void)
{
	struct stash *s = calloc(1, sizeof *s);
	struct err why = ERR_EMPTY;
	struct both b;
	char cmd[400];

	must(s);
	both_open(&b);
	fixture_sql(&b.db, "INSERT INTO t VALUES (1, " OLD ", 'x/a')");
	must(stash_init(s, b.f.dir, b.d.full, NULL, &why) == 0 &&
	    stash_hide(s, 0, "x/a", &why) == 0);
	fixture_sql(&b.db, "UPDATE t SET at = 1700000000");
	fixture_sql(&b.db, "INSERT INTO t VALUES (2, " OLD ", NULL)");
	must(unlinkat(b.f.fd, "x", AT_REMOVEDIR) == 0);
	ok(both_erase(&b, NULL) == -1 && rows(&b) == 2 &&
	    files_holds(b.f.fd, s->hidden[0].mark),
	    "a hidden file of a row that is there is not erased: %s",
	    b.db.e.text);
	must(mkdirat(b.f.fd, "x", 0700) == 0);
	b.db.e = (struct err)ERR_EMPTY;
	ok(both_erase(&b, NULL) == 0 && rows(&b) == 1 &&
	    files_holds(b.f.fd, "x/a"), "it gets its name back: %s",
	    b.db.e.text);
	snprintf(cmd, sizeof(cmd), "%s", s->hidden[0].mark);
	ok(files_size(&b.f, cmd) == -1, "and has no other");
	stash_release(s);
	free(s);
	both_close(&b);
}

static int open_at, opens;		/* which one fails */

int __real_beneath_open(int root, const char *path);
int __wrap_beneath_open(int root, const char *path);

int
__wrap_beneath_open(int root, const char *path)
{
	if (++opens != open_at)
		return __real_beneath_open(root, path);
	errno = EMFILE;
	return -1;
}

/* A folder that cannot be opened now has not been moved by anybody. */
static void
test_no_descriptor(void)
{
	bool hit = true;
	int n = 0, torn = 0, told = 0;

	while (hit) {
		struct both b;

		both_open(&b);
		fixture_sql(&b.db, "INSERT INTO t VALUES (1, " OLD
		    ", 'x/a'), (2, " OLD ", 'b')");
		opens = 0;
		open_at = ++n;
		(void)both_erase(&b, NULL);
		hit = opens >= n;
		open_at = 0;
		torn += b.r.erased == 2 && (!tidy(&b) ||
		    files_size(&b.f, "x/a") != -1 ||
		    files_size(&b.f, "b") != -1);
		told += b.r.erased == 2;
		both_close(&b);
	}
	ok(torn == 0 && told > 0 && n > 4, "no descriptor, %d times: no file "
	    "that is left is told as erased (%d)", n - 1, torn);
}

int
main(void)
{
	test_no_descriptor();
	test_homeless();
	test_goes();
	test_refused();
	test_shared();
	test_renewed();
	test_constraint();
	test_anonymise();
	test_many();
	return tap_done();
}
