/*
 * Triggers of the application that keep a full-text index or an R-tree up to
 * date do so when rows are erased and anonymised; but a schema is trusted with
 * nothing that does more than compute.
 */
#include "storetest.h"
#include "tap.h"

static const struct wall now = { INT64_C(1700000000000) };

#define ROWS "CREATE TABLE p(id INTEGER PRIMARY KEY, mail TEXT, x REAL, " \
    "seen); INSERT INTO p VALUES (1, 'ann brown', 1.5, 1), " \
    "(2, 'bob stays', 2.5, 1699999999); "

static const struct {
	const char *name, *sql, *count, *check;
	int64_t before, after;
} cases[] = {
	{ "fts5, content elsewhere", ROWS
	    "CREATE VIRTUAL TABLE i USING fts5(mail, content='p', "
	    "content_rowid='id'); INSERT INTO i(i) VALUES ('rebuild'); "
	    "CREATE TRIGGER p_ad AFTER DELETE ON p BEGIN INSERT INTO "
	    "i(i, rowid, mail) VALUES ('delete', old.id, old.mail); END; "
	    "CREATE TRIGGER p_au AFTER UPDATE ON p BEGIN INSERT INTO "
	    "i(i, rowid, mail) VALUES ('delete', old.id, old.mail); INSERT "
	    "INTO i(rowid, mail) VALUES (new.id, new.mail); END;",
	    "SELECT count(*) FROM i WHERE i MATCH 'ann OR bob'",
	    "INSERT INTO i(i) VALUES ('integrity-check')", 2, 1 },
	{ "fts5, its own content", ROWS
	    "CREATE VIRTUAL TABLE i USING fts5(mail); INSERT INTO "
	    "i(rowid, mail) SELECT id, mail FROM p; CREATE TRIGGER p_ad AFTER "
	    "DELETE ON p BEGIN DELETE FROM i WHERE rowid = old.id; END; "
	    "CREATE TRIGGER p_au AFTER UPDATE ON p BEGIN UPDATE i SET mail = "
	    "new.mail WHERE rowid = old.id; END;",
	    "SELECT count(*) FROM i WHERE i MATCH 'ann OR bob'",
	    "INSERT INTO i(i) VALUES ('integrity-check')", 2, 1 },
	{ "fts4", ROWS
	    "CREATE VIRTUAL TABLE i USING fts4(mail); INSERT INTO "
	    "i(docid, mail) SELECT id, mail FROM p; CREATE TRIGGER p_ad AFTER "
	    "DELETE ON p BEGIN DELETE FROM i WHERE docid = old.id; END; "
	    "CREATE TRIGGER p_au AFTER UPDATE ON p BEGIN UPDATE i SET mail = "
	    "new.mail WHERE docid = old.id; END;",
	    "SELECT count(*) FROM i WHERE i MATCH 'ann OR bob'",
	    "INSERT INTO i(i) VALUES ('integrity-check')", 2, 1 },
	{ "fts3", ROWS
	    "CREATE VIRTUAL TABLE i USING fts3(mail); INSERT INTO "
	    "i(docid, mail) SELECT id, mail FROM p; CREATE TRIGGER p_ad AFTER "
	    "DELETE ON p BEGIN DELETE FROM i WHERE docid = old.id; END; "
	    "CREATE TRIGGER p_au AFTER UPDATE ON p BEGIN UPDATE i SET mail = "
	    "new.mail WHERE docid = old.id; END;",
	    "SELECT count(*) FROM i WHERE i MATCH 'ann OR bob'",
	    "SELECT 1", 2, 1 },
	{ "R-tree", ROWS
	    "CREATE VIRTUAL TABLE i USING rtree(id, a, b); INSERT INTO i "
	    "SELECT id, x, x FROM p; CREATE TRIGGER p_ad AFTER DELETE ON p "
	    "BEGIN DELETE FROM i WHERE id = old.id; END; CREATE TRIGGER p_au "
	    "AFTER UPDATE ON p WHEN new.mail IS NULL BEGIN DELETE FROM i "
	    "WHERE id = old.id; END;",
	    "SELECT count(*) FROM i", "SELECT rtreecheck('i')", 2, 1 },
	{ "JSON", ROWS
	    "CREATE TABLE i(n); INSERT INTO i VALUES ('[1,2]'); "
	    "CREATE TRIGGER p_ad AFTER DELETE ON p BEGIN UPDATE i SET n = "
	    "json_remove(n, '$[0]'); END; CREATE TRIGGER p_au AFTER UPDATE ON "
	    "p BEGIN UPDATE i SET n = json_remove(n, '$[0]'); END;",
	    "SELECT json_array_length(n) FROM i", "SELECT 1", 2, 1 },
};

static void
test_kept(size_t i, enum rule_action action)
{
	static const struct rule_column mail = { .name = "mail",
		.method = RULE_NULL };
	struct fixture f;
	struct told t;
	struct store_sink sink = told_sink(&t);
	struct store_result r = { .erased = 0 };
	struct rule_dataset d = a_rule("p", "seen");
	const char *say = rule_action_name(action);
	int64_t was;
	int rc;

	d.action = action;
	if (action == RULE_ANONYMISE) {
		d.columns = &mail;
		d.n_columns = 1;
	}
	fixture_open(&f, cases[i].sql);
	was = fixture_int(&f, cases[i].count);
	rc = fixture_store(&f, STORE_WRITE);
	if (rc == 0)
		rc = store_erase(f.st, &d, now, &sink, &r, &f.e);
	ok(rc == 0 && r.erased == 1 && r.left == 0, "%s: %s: one goes: %s%s",
	    cases[i].name, say, f.e.text, t.err.text);
	ok(was == cases[i].before && fixture_int(&f, cases[i].count) ==
	    cases[i].after, "%s: %s: and from there as well", cases[i].name,
	    say);
	ok(fixture_int(&f, cases[i].check) != -2, "%s: %s: which is sound",
	    cases[i].name, say);
	ok(strstr(t.method, "+scrub") != NULL, "%s: %s: %s", cases[i].name,
	    say, t.method);
	fixture_close(&f);
}

static void
test_refused(const char *what)
{
	struct fixture f;
	struct told t;
	struct store_sink sink = told_sink(&t);
	struct store_result r = { .erased = 0 };
	struct rule_dataset d = a_rule("p", "seen");
	char sql[600];
	int rc;

	(void)snprintf(sql, sizeof(sql), ROWS "CREATE TABLE i(n); CREATE "
	    "TRIGGER p_ad AFTER DELETE ON p BEGIN INSERT INTO i SELECT %s; "
	    "END;", what);
	fixture_open(&f, sql);
	rc = fixture_store(&f, STORE_WRITE);
	if (rc == 0)
		rc = store_erase(f.st, &d, now, &sink, &r, &f.e);
	ok((rc == -1 || r.left == 1) && r.erased == 0, "a trigger with %s is "
	    "refused: %s%s", what, f.e.text, t.err.text);
	ok(fixture_int(&f, "SELECT count(*) FROM p") == 2, "%s: all is there",
	    what);
	fixture_close(&f);
}

/* Of the library in use, nothing else is neither innocuous by its own word
 * nor looked at by us. */
static void
test_library(void)
{
	static const char sql[] = "SELECT group_concat(DISTINCT name) FROM "
	    "pragma_function_list WHERE flags & 0x280000 = 0 AND name NOT IN "
	    "('match', 'snippet', 'offsets', 'matchinfo', 'optimize', "
	    "'highlight', 'bm25', 'fts5', 'fts5_source_id', 'rtreedepth', "
	    "'rtreenode', 'rtreecheck', '->', '->>', 'geopoly_xform') AND "
	    "name NOT LIKE 'json%' AND name NOT LIKE 'geopoly%'";
	sqlite3 *h;
	sqlite3_stmt *q;

	must(sqlite3_open(":memory:", &h) == SQLITE_OK &&
	    sqlite3_prepare_v2(h, sql, -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW);
	ok(sqlite3_column_type(q, 0) == SQLITE_NULL, "no unknown function: %s",
	    (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	sqlite3_close(h);
}

int
main(void)
{
	test_library();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		test_kept(i, RULE_DELETE);
		test_kept(i, RULE_ANONYMISE);
	}
	test_refused("rtreecheck('x')");
	test_refused("name FROM pragma_table_list");
	test_refused("sql FROM sqlite_stmt");
	test_refused("name FROM dbstat");
	test_refused("retention_anon(1, 2, 3, 4)");
	return tap_done();
}
