/* ledger: what was put is there after reopening; a foreign file is refused. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/ledger.h"
#include "retention/ledger_erasure.h"

#include "tap.h"

static char state[] = "/tmp/ledger-test-XXXXXX";
static char path[64];

static struct ledger *
reopen(struct ledger *l)
{
	struct ledger *next = NULL;
	struct err e = ERR_EMPTY;

	ledger_close(l);
	ok(ledger_open(state, &next, &e) == 0, "opens: %s", e.text);
	return next;
}

static int
raw(const char *sql)
{
	sqlite3 *db;
	int rc = sqlite3_open(path, &db) == SQLITE_OK &&
	    sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;

	sqlite3_close(db);
	return rc;
}

static void
count(void *ctx, const struct ledger_event *ev)
{
	int *n = ctx;

	(*n) += strncmp(ev->name, "event-", 6) == 0;
}

static struct ledger *
test_events(struct ledger *l)
{
	struct ledger_event ev = { .name = "event-portal-closed", .at.ms = -5,
		.declared.ms = 7, .uid = 1000, .user = "clerk" }, got;
	struct err e = ERR_EMPTY;
	int n = 0;

	ok(ledger_event_get(l, ev.name, &got, &e) == 0, "no event yet");
	ok(ledger_event_add(l, &ev, &e) == 0, "declare: %s", e.text);
	ev.at.ms = 99;
	ok(ledger_event_add(l, &ev, &e) == -1 && e.code == ERR_REFUSED,
	    "a second time: %s", e.text);
	l = reopen(l);
	ok(ledger_event_get(l, ev.name, &got, &e) == 1 && got.at.ms == -5 &&
	    got.declared.ms == 7 && got.uid == 1000 &&
	    strcmp(got.user, "clerk") == 0, "it is the first one");
	(void)snprintf(ev.name, sizeof(ev.name), "event-'; DROP TABLE event;");
	ok(ledger_event_add(l, &ev, &e) == 0, "names are data");
	ok(ledger_event_each(l, &n, count, &e) == 0 && n == 2, "both listed");
	return l;
}

static struct ledger *
test_rest(struct ledger *l)
{
	struct ledger_dataset d = { .dataset = "n/d", .last_pass.ms = 1,
		.erased_total = 2, .due = 3, .undated = 4, .future = 5,
		.oldest_due.ms = 6, .last_error = "busy" }, got = { .due = 0 };
	uint8_t root[32], out[32], op[16] = { 9 };
	struct ledger_clock t = { .at.ms = 0 };
	struct err e = ERR_EMPTY;
	uint64_t size = 0;
	char *job = NULL;

	memset(root, 7, sizeof(root));
	ok(ledger_head_get(l, &size, out, &e) == 0 &&
	    ledger_policy_get(l, out, &e) == 0 &&
	    ledger_clock_get(l, &t, &e) == 0 &&
	    ledger_op_get(l, op, &job, &e) == 0 &&
	    ledger_dataset_get(l, "n/d", &got, &e) == 0, "all empty at first");
	for (int i = 0; i < 2; i++)
		ok(ledger_head_put(l, 41U + (unsigned)i, root, &e) == 0 &&
		    ledger_policy_put(l, root, &e) == 0 &&
		    ledger_clock_put(l, &(struct ledger_clock){ .at.ms =
		    77 + i, .since_boot_ms = 5, .boot = "b" }, &e) == 0 &&
		    ledger_op_put(l, op, i ? "{}" : "{old}", &e) == 0 &&
		    ledger_dataset_put(l, &d, &e) == 0, "put, and again");
	l = reopen(l);
	ok(ledger_head_get(l, &size, out, &e) == 1 && size == 42 &&
	    memcmp(out, root, 32) == 0, "head");
	memset(out, 0, sizeof(out));
	ok(ledger_policy_get(l, out, &e) == 1 && memcmp(out, root, 32) == 0,
	    "policy");
	ok(ledger_clock_get(l, &t, &e) == 1 && t.at.ms == 78 &&
	    t.since_boot_ms == 5 && strcmp(t.boot, "b") == 0, "clock");
	ok(ledger_fresh_get(l, "n/d", &e) == 0 &&
	    ledger_fresh_put(l, "n/d", &e) == 0 &&
	    ledger_fresh_put(l, "n/d", &e) == 0 &&
	    ledger_fresh_get(l, "n/d", &e) == 1 &&
	    ledger_fresh_get(l, "n/other", &e) == 0, "a stricter dataset");
	ok(ledger_fresh_drop(l, "n/d", &e) == 0 &&
	    ledger_fresh_get(l, "n/d", &e) == 0, "and no more");
	ok(ledger_dataset_get(l, "n/d", &got, &e) == 1 &&
	    memcmp(&got, &d, sizeof(d)) == 0, "dataset");
	ok(ledger_op_get(l, op, &job, &e) == 1 && strcmp(job, "{}") == 0, "op");
	free(job);
	ok(ledger_op_drop(l, op, &e) == 0 &&
	    ledger_op_get(l, op, &job, &e) == 0, "op dropped");
	return l;
}

static void
test_refusals(struct ledger *l)
{
	struct ledger *none = NULL;
	struct err e = ERR_EMPTY;
	uint8_t out[32];
	uint64_t size = 12345;

	ok(raw("UPDATE head SET root=x'00'") &&
	    ledger_head_get(l, &size, out, &e) == -1 && size == 12345,
	    "a short root: %s", e.text);
	ledger_close(l);
	ok(raw("PRAGMA user_version=2") && ledger_open(state, &none, &e) == -1 &&
	    e.code == ERR_CONFIG, "newer schema: %s", e.text);
	ok(raw("PRAGMA user_version=1; DROP TABLE op") &&
	    ledger_open(state, &none, &e) == -1, "a table gone: %s", e.text);
	ok(chmod(path, 0640) == 0 && ledger_open(state, &none, &e) == -1 &&
	    e.code == ERR_CONFIG, "open to a group: %s", e.text);
	(void)unlink(path);
	ok(symlink("/dev/null", path) == 0 &&
	    ledger_open(state, &none, &e) == -1, "a link: %s", e.text);
	ok(ledger_open("/nonexistent", &none, &e) == -1, "no state: %s", e.text);
}

/* Known until somebody is about to write. */
static struct ledger *
test_clean(struct ledger *l)
{
	char says[LEDGER_CLEAN_BYTES] = "";
	struct err e = ERR_EMPTY;

	ok(ledger_clean_take(l, "n/s", says, &e) == 0 &&
	    ledger_clean_put(l, "n/s", "1 ab", &e) == 0 &&
	    ledger_clean_put(l, "n/s", "1 cd", &e) == 0 &&
	    ledger_clean_put(l, "n/t", "1 ef", &e) == 0, "left clean: kept");
	l = reopen(l);
	ok(ledger_clean_take(l, "n/s", says, &e) == 1 &&
	    strcmp(says, "1 cd") == 0, "left clean: the last is taken");
	l = reopen(l);
	ok(ledger_clean_take(l, "n/s", says, &e) == 0 &&
	    ledger_clean_take(l, "n/t", says, &e) == 1, "once, of that store");
	return l;
}

int
main(void)
{
	struct ledger *l;
	struct stat st;
	char command[128];

	if (mkdtemp(state) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ledger.db", state);
	l = reopen(NULL);
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "mode 0600");
	(void)snprintf(command, sizeof(command), "%s/ledger.db-wal", state);
	ok(stat(command, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "its WAL too");
	l = test_events(l);
	l = test_rest(l);
	l = test_clean(l);
	test_refusals(l);
	(void)unlink(path);
	(void)snprintf(command, sizeof(command), "%s/ledger.db-wal", state);
	(void)unlink(command);
	(void)snprintf(command, sizeof(command), "%s/ledger.db-shm", state);
	(void)unlink(command);
	ok(rmdir(state) == 0, "nothing else was made");
	return tap_done();
}
