/* msg: every message comes back as it went; anything else is refused. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/msg.h"
#include "retention/pool.h"
#include "retention/wire.h"

#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct rule_column columns[] = {
	{ .name = "email", .method = RULE_REDACT },
	{ .name = "na\"me\xc3\xa9", .method = RULE_SET, .text = "gone" },
	{ .name = "note", .method = RULE_TRUNCATE, .n = 12 },
};
static const struct rule_value values[] = {
	{ .column = "a", .type = RULE_T_NULL },
	{ .column = "b", .type = RULE_T_INT, .i = INT64_MIN },
	{ .column = "c", .type = RULE_T_REAL, .r = 0.1 },
	{ .column = "d", .type = RULE_T_REAL, .r = 2.0 },
	{ .column = "e", .type = RULE_T_TEXT, .text = "" },
};
static const struct rule_child grandchildren[] = {
	{ .table = "line_note", .column = "line_id" },
};
static const struct rule_child children[] = {
	{ .table = "line", .column = "order_id", .n_columns = 3,
	    .columns = columns, .n_children = 1, .children = grandchildren },
	{ .table = "label", .column = "order_id" },
};
static const struct rule_subject subjects[] = {
	{ .kind = "email", .column = "email" },
};
static const struct rule_rival rivals[] = {
	{ .dataset = "n/other", .where = "kind = 'x'", .timing = {
	    .keep = RULE_UNTIL_EVENT, .event = "closed", .fired = true,
	    .fired_at = { 1700000000123 }, .grace = { 3, PERIOD_WEEKS } } },
	{ .dataset = "n/third", .time_format = "syslog", .timing = { .keep = RULE_INDEFINITELY,
	    .reason = "statistics" } },
};
static const char *const key[] = { "id", "part" };

static const struct rule_dataset dataset = {
	.name = "orders", .full = "n/orders", .promise = "kept 2 years",
	.basis = "Article 6", .mode = RULE_REVIEW, .store = "site",
	.table = "orders", .n_key = 2, .key = key,
	.timing = { .keep = RULE_PERIOD, .period = { 2, PERIOD_YEARS },
	    .from = "sent_at", .clock = RULE_JULIAN, .zone = "Europe/London",
	    .until_day = -5, .agreement = "DSA-1" },
	.action = RULE_ANONYMISE, .n_columns = N(columns), .columns = columns,
	.n_set = N(values), .set = values, .n_children = N(children),
	.children = children, .files = { "cv", "/srv/cv" },
	.n_subject = 1, .subject = subjects, .where = "state <> 'open'",
	.window = { 60, 300 }, .brake = { -1, 0.25 },
	.n_rivals = N(rivals), .rivals = rivals, .unit = RULE_FILE,
	.time_format = "combined", .collapse = true,
	.mask = { true, false, true, false }, .match = "*.pdf",
	.empty = RULE_EMPTY_REMOVE, .file = "p.conf", .line = 12,
};

/* Writes, reads and writes again: the texts must be the same. */
static void
test_dataset(void)
{
	struct buf one = BUF_EMPTY, two = BUF_EMPTY;
	struct pool *p = pool_new();
	struct rule_dataset d = { 0 };
	struct err e = ERR_EMPTY;

	msg_put_dataset(&one, &dataset);
	ok(msg_get_dataset(one.data, one.n, p, &d, &e) == 0,
	    "dataset read: %s", e.text);
	msg_put_dataset(&two, &d);
	ok(one.n == two.n && memcmp(one.data, two.data, one.n) == 0,
	    "dataset comes back the same");
	ok(d.n_key == 2 && strcmp(d.key[1], "part") == 0, "key");
	ok(d.timing.keep == RULE_PERIOD && d.timing.period.n == 2 &&
	    d.timing.period.unit == PERIOD_YEARS &&
	    d.timing.clock == RULE_JULIAN && d.timing.until_day == -5 &&
	    strcmp(d.timing.zone, "Europe/London") == 0 &&
	    d.timing.event == NULL && d.timing.grace.n == 0, "timing");
	ok(d.n_columns == 3 && d.columns[2].n == 12 &&
	    d.columns[1].method == RULE_SET &&
	    strcmp(d.columns[1].name, columns[1].name) == 0, "columns");
	ok(d.n_set == 5 && d.set[0].type == RULE_T_NULL &&
	    d.set[1].i == INT64_MIN && d.set[2].r == values[2].r &&
	    d.set[3].r == values[3].r && d.set[4].text[0] == '\0',
	    "set values of every type");
	ok(d.n_children == 2 && d.children[0].n_columns == 3 &&
	    strcmp(d.children[0].children[0].table, "line_note") == 0 &&
	    d.children[1].n_children == 0 && d.children[1].children == NULL,
	    "children, nested");
	ok(strcmp(d.files.column, "cv") == 0 &&
	    strcmp(d.files.root, "/srv/cv") == 0 &&
	    strcmp(d.subject[0].kind, "email") == 0 &&
	    strcmp(d.where, "state <> 'open'") == 0, "files, subject, where");
	ok(d.n_rivals == 2 && d.rivals[0].timing.fired &&
	    d.rivals[0].timing.fired_at.ms == 1700000000123 &&
	    d.rivals[0].timing.grace.unit == PERIOD_WEEKS &&
	    d.rivals[1].where == NULL, "rivals");
	ok(d.window.to_min == 300 && d.brake.rows == -1 &&
	    d.brake.share > 0.24 && d.unit == RULE_FILE && d.collapse && d.mask.ip_prefix &&
	    !d.mask.email_redact && d.mask.query_strip && d.line == 12 &&
	    d.action == RULE_ANONYMISE && d.mode == RULE_REVIEW, "the rest");
	pool_free(p);
	buf_release(&one);
	buf_release(&two);
}

/* Does a dataset with `levels` of children arrive? */
static int
nested(size_t levels, struct err *e)
{
	struct rule_child chain[12];
	struct rule_dataset d = { .name = "a", .full = "n/a", .store = "s",
	    .n_children = 1, .children = chain };
	struct rule_dataset back;
	struct buf b = BUF_EMPTY;
	struct pool *p = pool_new();
	int rc;

	for (size_t i = 0; i < levels; i++)
		chain[i] = (struct rule_child){ .table = "t", .column = "c",
		    .n_children = i + 1 < levels, .children = &chain[i + 1] };
	msg_put_dataset(&b, &d);
	rc = msg_get_dataset(b.data, b.n, p, &back, e);
	pool_free(p);
	buf_release(&b);
	return rc;
}

static void
test_limits(void)
{
	struct rule_dataset d = { .name = "a", .full = "n/a", .store = "s" };
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	ok(nested(8, &e) == 0, "eight levels of children arrive: %s", e.text);
	ok(nested(9, &e) == -1 && e.code == ERR_PROTOCOL,
	    "nine do not: %s", e.text);
	d.where = "name = '\xff'";
	msg_put_dataset(&b, &d);
	ok(buf_failed(&b), "text that is not UTF-8 is not sent changed");
	buf_reset(&b);
	d.where = NULL;
	d.brake.share = (double)INFINITY;
	msg_put_dataset(&b, &d);
	ok(buf_failed(&b), "nor is infinity");
	buf_release(&b);
}

static void
test_open(void)
{
	struct msg_open m = { .store = { .name = "site", .full = "n/site",
	    .kind = RULE_SQLITE, .path = "/srv/site.db", .cache_bytes = 1,
	    .lock_ms = 10, .busy_ms = 5000 }, .write = true,
	    .has_pseudonym = true };
	struct msg_open back = { 0 };
	struct buf b = BUF_EMPTY;
	struct pool *p = pool_new();
	struct err e = ERR_EMPTY;

	memset(m.pseudonym, 0xa5, sizeof(m.pseudonym));
	msg_put_open(&b, &m);
	ok(msg_get_open(b.data, b.n, p, &back, &e) == 0, "open: %s", e.text);
	ok(back.write && back.has_pseudonym && back.store.busy_ms == 5000 &&
	    strcmp(back.store.path, "/srv/site.db") == 0 &&
	    memcmp(back.pseudonym, m.pseudonym, 32) == 0, "open is the same");
	buf_reset(&b);
	m.write = m.has_pseudonym = false;
	msg_put_open(&b, &m);
	ok(msg_get_open(b.data, b.n, p, &back, &e) == 0 && !back.write &&
	    !back.has_pseudonym && back.pseudonym[0] == 0,
	    "open to read, without a key");
	pool_free(p);
	buf_release(&b);
}

static void
test_job(void)
{
	struct msg_op ops[2] = { { .n = 1, .object = "orders" },
	    { .n = COMMIT_MAX_ITEMS, .object = "file" } };
	struct msg_job m = { .at = { -7 }, .dataset = dataset, .act = true,
	    .n_ops = 2, .ops = ops }, back = { 0 };
	struct buf b = BUF_EMPTY;
	struct pool *p = pool_new();
	struct err e = ERR_EMPTY;

	memset(&ops[1].op, 0x11, sizeof(ops[1].op));
	msg_put_job(&b, &m);
	ok(msg_get_job(b.data, b.n, p, &back, &e) == 0, "job: %s", e.text);
	ok(back.at.ms == -7 && back.act && back.n_ops == 2 &&
	    back.ops[1].n == COMMIT_MAX_ITEMS &&
	    strcmp(back.ops[1].object, "file") == 0 &&
	    memcmp(&back.ops[1].op, &ops[1].op, sizeof(ops[1].op)) == 0 &&
	    strcmp(back.dataset.full, "n/orders") == 0, "job is the same");
	ops[0].n = COMMIT_MAX_ITEMS + 1;
	buf_reset(&b);
	msg_put_job(&b, &m);
	ok(msg_get_job(b.data, b.n, p, &back, &e) == -1 &&
	    e.code == ERR_PROTOCOL, "an item too many: %s", e.text);
	pool_free(p);
	buf_release(&b);
}

static void
test_replies(struct buf *b, struct pool *p, struct err *e)
{
	struct msg_counted c = { 21, 1, 2, 3, 4, 5, 6, true, true, { 9 },
	    { 10 }, "SELECT 1", "sure", NULL }, c2 = { 0 };
	struct msg_finding f = { 2, "no-table", "t\xff", NULL }, f2 = { 0 };
	struct msg_event v = { { 8 }, { "closed", "site", "SELECT 1",
	    RULE_ISO8601, NULL } }, v2 = { 0 };

	msg_put_counted(b, &c);
	ok(msg_get_counted(b->data, b->n, p, &c2, e) == 0 && c2.total == 21 &&
	    c2.due == 1 && c2.held == 2 && c2.restricted == 3 &&
	    c2.undated == 4 && c2.future == 5 && c2.kept == 6 &&
	    c2.has_oldest && c2.oldest_due.ms == 9 && c2.has_next &&
	    c2.next_due.ms == 10 && strcmp(c2.clause, "SELECT 1") == 0,
	    "counted");
	buf_reset(b);
	c.has_oldest = false;
	c.clause = NULL;
	msg_put_counted(b, &c);
	ok(msg_get_counted(b->data, b->n, p, &c2, e) == 0 &&
	    !c2.has_oldest && c2.clause == NULL, "counted without the oldest");
	buf_reset(b);
	msg_put_finding(b, &f);
	ok(msg_get_finding(b->data, b->n, p, &f2, e) == 0 && f2.severity == 2 &&
	    strcmp(f2.code, "no-table") == 0 && f2.fix == NULL &&
	    strcmp(f2.text, "t\xef\xbf\xbd") == 0, "finding, mended");
	buf_reset(b);
	msg_put_event(b, &v);
	ok(msg_get_event(b->data, b->n, p, &v2, e) == 0 && v2.at.ms == 8 &&
	    v2.event.clock == RULE_ISO8601 && v2.event.zone == NULL &&
	    strcmp(v2.event.query, "SELECT 1") == 0, "event");
	buf_reset(b);
}

static void
test_outcomes(struct buf *b, struct pool *p, struct err *e)
{
	struct commit_op ops[3], *ops2 = NULL;
	struct msg_intend i = { .object = "t", .n = 3 }, i2 = { 0 };
	struct msg_done d = { .n = 3, .erased = 1, .left = 1,
	    .skipped_drift = 1, .method = "m", .pseudonymous = true, .ms = 4,
	    .error = "busy", .error_text = "locked" }, d2 = { 0 };
	struct msg_finished f = { 7, 8, 9, true, true }, f2 = { 0 };
	size_t n = 0;

	memset(ops, 0x22, sizeof(ops));
	msg_put_ops(b, ops, 3);
	ok(msg_get_ops(b->data, b->n, p, &ops2, &n, e) == 0 && n == 3 &&
	    memcmp(ops, ops2, sizeof(ops)) == 0, "ops");
	buf_reset(b);
	memset(i.op, 1, sizeof(i.op));
	memset(i.root, 2, sizeof(i.root));
	msg_put_intend(b, &i);
	ok(msg_get_intend(b->data, b->n, p, &i2, e) == 0 && i2.n == 3 &&
	    memcmp(i.op, i2.op, sizeof(i.op)) == 0 &&
	    memcmp(i.root, i2.root, sizeof(i.root)) == 0, "intend");
	buf_reset(b);
	msg_put_done(b, &d);
	ok(msg_get_done(b->data, b->n, p, &d2, e) == 0 && d2.erased == 1 &&
	    d2.left == 1 && d2.skipped_drift == 1 && d2.pseudonymous &&
	    d2.assurance == NULL && strcmp(d2.error, "busy") == 0 &&
	    strcmp(d2.error_text, "locked") == 0 && d2.ms == 4, "done");
	buf_reset(b);
	msg_put_finished(b, &f);
	ok(msg_get_finished(b->data, b->n, p, &f2, e) == 0 && f2.erased == 7 &&
	    f2.skipped_drift == 8 && f2.left == 9 && f2.more && f2.stopped,
	    "finished");
	buf_reset(b);
}

static void
test_small(struct buf *b, struct err *e)
{
	size_t want = 0;
	bool yes = false;
	struct msg_go go;
	uint64_t dev = 0, ino = 0;
	struct wall at = { 0 };
	struct err back = ERR_EMPTY, said = ERR_EMPTY;
	int64_t pid = 0;

	msg_put_want(b, WIRE_MOST_OPS);
	ok(msg_get_want(b->data, b->n, &want, e) == 0 && want == 64, "want");
	ok(msg_get_want("{\"ops\":65}", 10, &want, e) == -1, "one too many");
	ok(msg_get_want("{\"ops\":0}", 9, &want, e) == -1 && want == 64,
	    "none, and the result is left alone");
	buf_reset(b);
	msg_put_peeked(b, true);
	ok(msg_get_peeked(b->data, b->n, &yes, e) == 0 && yes, "peeked");
	buf_reset(b);
	msg_put_ready(b, 2049, INT64_MAX);
	ok(msg_get_ready(b->data, b->n, &dev, &ino, e) == 0 && dev == 2049 &&
	    ino == INT64_MAX, "ready, with a question");
	ok(msg_get_ready("{}", 2, &dev, &ino, e) == -1, "without one");
	buf_reset(b);
	msg_put_go(b, &(struct msg_go){ .appends = true });
	ok(msg_get_go(b->data, b->n, &go, e) == 0 && go.appends && !go.alone,
	    "go: they append");
	buf_reset(b);
	msg_put_go(b, &(struct msg_go){ .alone = true });
	ok(msg_get_go(b->data, b->n, &go, e) == 0 && !go.appends && go.alone,
	    "go: nobody");
	buf_reset(b);
	msg_put_fired(b, true, (struct wall){ 77 });
	yes = false;
	ok(msg_get_fired(b->data, b->n, &yes, &at, e) == 0 && yes &&
	    at.ms == 77, "fired");
	buf_reset(b);
	msg_put_hello(b, 4711);
	ok(msg_get_hello(b->data, b->n, &pid, e) == 0 && pid == 4711, "hello");
	ok(msg_get_hello("{\"v\":2,\"pid\":1}", 15, &pid, e) == -1,
	    "another version: %s", e->text);
	buf_reset(b);
	(void)err_set(&said, ERR_BUSY, "locked \xff");
	said.sys_errno = 11;
	msg_put_failed(b, &said);
	msg_get_failed(b->data, b->n, &back);
	ok(back.code == ERR_BUSY && back.sys_errno == 11 &&
	    strncmp(back.text, "locked ", 7) == 0, "failed: %s", back.text);
	msg_get_failed("{}", 2, &back);
	ok(back.code == ERR_PROTOCOL, "failed, unreadable: %s", back.text);
	buf_reset(b);
}

/* Every prefix of a good message is bad, and harmless. */
static void
test_prefixes(void)
{
	struct buf b = BUF_EMPTY;
	struct rule_dataset d;
	struct err e;
	size_t taken = 0;

	msg_put_dataset(&b, &dataset);
	for (size_t n = 0; n < b.n; n++) {
		struct pool *p = pool_new();

		taken += msg_get_dataset(b.data, n, p, &d, &e) == 0;
		pool_free(p);
	}
	ok(taken == 0, "no prefix of a dataset is a dataset");
	buf_release(&b);
}

int
main(void)
{
	struct buf b = BUF_EMPTY;
	struct pool *p = pool_new();
	struct err e = ERR_EMPTY;

	test_dataset();
	test_limits();
	test_open();
	test_job();
	test_replies(&b, p, &e);
	test_outcomes(&b, p, &e);
	test_small(&b, &e);
	test_prefixes();
	pool_free(p);
	buf_release(&b);
	return tap_done();
}
