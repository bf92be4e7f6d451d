/* trail: what is accepted is durable, signed, and taken up again. */
#include <errno.h>
#include <fcntl.h>

#include "retention/trail_keep.h"

#include "audit/checkuniq.h"
#include "trailkit.h"

static void
test_life(void)
{
	struct kit k;
	struct err e;
	struct trail_head h;

	kit_make(&k);
	ok(kit_open(&k, 1 << 20, NULL, &e) == 0, "a new one: %s", e.text);
	ok(trail_was_new(k.trail) && !trail_was_unclean(k.trail) &&
	    trail_epoch(k.trail) == 0, "is new");
	ok(kit_plain(&k, RECORD_START, &e) == 0 &&
	    kit_intent(&k, 1, 2, &e) == 0 && trail_sync(k.trail, &e) == 0 &&
	    kit_done(&k, 1, 2, 2, &e) == 0, "an operation: %s", e.text);
	ok(trail_unsealed(k.trail) == 4, "four unsealed");
	ok(trail_checkpoint(k.trail, kit_now(&k), &e) == 0 &&
	    trail_unsealed(k.trail) == 0, "sealed: %s", e.text);
	ok(kit_verify(&k, NULL, 0) == VERIFY_INCOMPLETE, "open: %s", k.why);
	ok(kit_plain(&k, RECORD_STOP, &e) == 0 &&
	    trail_checkpoint(k.trail, kit_now(&k), &e) == 0, "closed");
	h = trail_head(k.trail);
	kit_shut(&k);
	ok(kit_verify(&k, NULL, 0) == VERIFY_VALID && k.report.records == 7 &&
	    memcmp(k.report.root, h.root, 32) == 0, "VALID: %s", k.why);
	ok(kit_open(&k, 1 << 20, &h, &e) == 0 && !trail_was_new(k.trail) &&
	    !trail_was_unclean(k.trail), "opened again: %s", e.text);
	ok(kit_plain(&k, RECORD_START, &e) == 0, "appended, never synced");
	kit_shut(&k);
	ok(kit_verify(&k, NULL, 0) == VERIFY_VALID, "was not written");
	kit_drop(&k);
}

static void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	(void)seq;
	buf_reset(ctx);
	buf_add(ctx, line, n);
}

static void
test_clock(void)
{
	struct buf last = BUF_EMPTY;
	struct verify_options o = { .ctx = &last, .record = on_record };
	struct verify_report r;
	struct kit k;
	struct err e;

	kit_make(&k);
	(void)kit_open(&k, 1 << 20, NULL, &e);
	k.ms -= 86400000;
	ok(kit_plain(&k, RECORD_START, &e) == 0 && trail_sync(k.trail, &e) == 0,
	    "the clock was set back a day");
	(void)verify_trail(k.state, &o, &r, &e);
	ok(strstr(buf_text(&last), "\"t\":\"2026-09-21T14:13:20.010Z\","
	    "\"raw\":\"2026-09-20T14:13:20.020Z\"") != NULL, "%.110s",
	    buf_text(&last));
	ok(kit_verify(&k, NULL, 0) == VERIFY_INCOMPLETE, "not TAMPERED");
	buf_release(&last);
	kit_drop(&k);
}

static void
test_open_ops(void)
{
	const struct trail_open_op *ops;
	struct trail_open_op now = { .op = { 3, 1 }, .n = 65 };
	uint8_t (*c)[COMMIT_BYTES] = NULL, root[32], want[32];
	const size_t first = 0;
	struct kit k;
	struct err e;
	size_t n;

	kit_make(&k);
	(void)kit_open(&k, 1 << 20, NULL, &e);
	ok(kit_intent(&k, 1, 64, &e) == 0 && kit_intent(&k, 2, 3, &e) == 0 &&
	    kit_intent(&k, 3, 65, &e) == 0 && kit_done(&k, 2, 3, 3, &e) == 0 &&
	    trail_sync(k.trail, &e) == 0, "three, one done: %s", e.text);
	ok(trail_items_read(k.trail, &now, &c, &e) == 0, "in the same life: %s",
	    e.text);
	sha256_once(&first, sizeof(first), want);
	ok(commit_find((const uint8_t (*)[32])c, now.n, want) >= 0,
	    "they are those");
	free(c);
	now.n = 66;
	ok(trail_items_read(k.trail, &now, &c, &e) == -1, "more than there are");
	kit_shut(&k);
	ok(kit_open(&k, 1 << 20, NULL, &e) == 0 && trail_was_unclean(k.trail),
	    "after a crash: %s", e.text);
	ops = trail_open_ops(k.trail, &n);
	ok(n == 2 && ops[0].op[0] == 1 && ops[0].n == 64 && ops[1].op[0] == 3 &&
	    ops[1].n == 65 && ops[1].cutoff.ms == T0 &&
	    strcmp(ops[1].dataset, "notice/data") == 0 &&
	    strcmp(ops[1].store, "notice/site") == 0 &&
	    strcmp(ops[1].object, "rows") == 0 &&
	    strcmp(ops[1].action, "delete") == 0, "two are open");
	for (size_t i = 0; i < n; i++) {
		size_t x = 5;

		ok(trail_items_read(k.trail, &ops[i], &c, &e) == 0,
		    "items of %zu: %s", i, e.text);
		sha256_once(&x, sizeof(x), want);
		commit_root(c, ops[i].n, root);
		ok(commit_find((const uint8_t (*)[32])c, ops[i].n, want) >= 0,
		    "they are those");
		free(c);
	}
	ok(kit_done(&k, 1, 64, 64, &e) == 0 && kit_done(&k, 3, 65, 65, &e) == 0 &&
	    kit_plain(&k, RECORD_STOP, &e) == 0 &&
	    trail_checkpoint(k.trail, kit_now(&k), &e) == 0 &&
	    kit_verify(&k, NULL, 0) == VERIFY_VALID, "resolved: %s", k.why);
	kit_drop(&k);
}

static void
test_segments(void)
{
	struct kit k;
	struct err e;
	char path[128];
	struct stat st;
	int segments = 0;

	kit_make(&k);
	(void)kit_open(&k, 1000, NULL, &e);
	for (int i = 0; i < 40; i++)
		(void)(kit_plain(&k, RECORD_EVENT, &e) == 0 &&
		    trail_sync(k.trail, &e) == 0);
	(void)snprintf(path, sizeof(path), "%s/trail/log/%018d.jsonl",
	    k.state, 0);
	ok(stat(path, &st) == 0 && st.st_size > 5000,
	    "no segment ends without a checkpoint");
	for (int i = 0; i < 40; i++)
		(void)(kit_plain(&k, RECORD_EVENT, &e) == 0 &&
		    trail_checkpoint(k.trail, kit_now(&k), &e) == 0);
	kit_shut(&k);
	ok(kit_open(&k, 1000, NULL, &e) == 0 &&
	    kit_plain(&k, RECORD_STOP, &e) == 0 &&
	    trail_checkpoint(k.trail, kit_now(&k), &e) == 0, "goes on");
	ok(kit_verify(&k, NULL, 0) == VERIFY_VALID && k.report.records == 123,
	    "many segments: VALID: %s", k.why);
	for (int i = 0; i < 123; i++) {
		(void)snprintf(path, sizeof(path), "%s/trail/log/%018d.jsonl",
		    k.state, i);
		segments += access(path, F_OK) == 0;
	}
	ok(segments > 15 && segments < 41, "%d of them, named by their first "
	    "record", segments);
	kit_drop(&k);
}

static void
tear(struct kit *k, const char *bytes, size_t n)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/trail/log/%018d.jsonl",
	    k->state, 0);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (write(fd, bytes, n) != (ssize_t)n)
		printf("# cannot tear\n");
	(void)close(fd);
}

static void
test_torn(void)
{
	char path[160] = "";
	struct kit k;
	struct err e;

	kit_make(&k);
	(void)kit_open(&k, 1 << 20, NULL, &e);
	(void)trail_checkpoint(k.trail, kit_now(&k), &e);
	kit_shut(&k);
	tear(&k, "{\"v\":1,\"seq\":2,", 15);
	ok(kit_verify(&k, NULL, 0) == VERIFY_INCOMPLETE &&
	    k.report.torn == 15, "torn: %s", k.why);
	ok(kit_open(&k, 1 << 20, NULL, &e) == 0 && trail_was_unclean(k.trail) &&
	    trail_head(k.trail).size == 3, "cut and recorded: %s", e.text);
	ok(kit_plain(&k, RECORD_STOP, &e) == 0 &&
	    trail_checkpoint(k.trail, kit_now(&k), &e) == 0 &&
	    kit_verify(&k, NULL, 0) == VERIFY_VALID, "goes on: %s", k.why);
	(void)snprintf(path, sizeof(path), "%s/trail/quarantine/%018d-"
	    "2026-09-21T14:13:20.030Z.torn", k.state, 2);
	ok(access(path, F_OK) == 0, "the bytes are kept");
	kit_drop(&k);
	kit_make(&k);
	(void)snprintf(path, sizeof(path), "%s/trail", k.state);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/trail/log", k.state);
	(void)mkdir(path, 0700);
	tear(&k, "{\"v\":", 5);
	ok(kit_open(&k, 1 << 20, NULL, &e) == 0 && trail_was_new(k.trail),
	    "torn before the first record: begins anew: %s", e.text);
	kit_drop(&k);
}

static void
test_refusals(void)
{
	struct trail_head h, other;
	struct kit k, stranger;
	struct key *own;
	struct err e;

	kit_make(&k);
	kit_make(&stranger);
	(void)kit_open(&k, 1 << 20, NULL, &e);
	(void)trail_checkpoint(k.trail, kit_now(&k), &e);
	h = trail_head(k.trail);
	kit_shut(&k);
	other = h;
	ok(kit_open(&k, 1 << 20, &h, &e) == 0, "at its head: %s", e.text);
	kit_shut(&k);
	other.size++;
	ok(kit_open(&k, 1 << 20, &other, &e) == -1 && e.code == ERR_TRAIL,
	    "behind the ledger: %s", e.text);
	other = h;
	other.root[0] ^= 1;
	ok(kit_open(&k, 1 << 20, &other, &e) == -1 && e.code == ERR_TRAIL,
	    "another branch: %s", e.text);
	own = k.key;
	k.key = stranger.key;
	ok(kit_open(&k, 1 << 20, NULL, &e) == -1 && e.code == ERR_TRAIL,
	    "another key: %s", e.text);
	k.key = own;
	ok(kit_open(&stranger, 1 << 20, &h, &e) == -1 && e.code == ERR_TRAIL,
	    "no trail, but the ledger knows one: %s", e.text);
	tear(&k, "garbage\n", 8);
	ok(kit_open(&k, 1 << 20, NULL, &e) == -1 && e.code == ERR_TRAIL &&
	    strstr(e.text, "TAMPERED") != NULL, "%s", e.text);
	kit_drop(&k);
	kit_drop(&stranger);
}

static void
test_limits(void)
{
	static char big[RECORD_MOST];
	struct buf b = BUF_EMPTY;
	struct kit k;
	struct err e;

	kit_make(&k);
	(void)kit_open(&k, 1 << 20, NULL, &e);
	memset(big, 'x', sizeof(big) - 1);
	record_event(&b, big, (struct wall){ 0 }, (struct record_who){ 0, "r" });
	ok(trail_append(k.trail, RECORD_EVENT, &b, kit_now(&k), &e) == -1 &&
	    e.code == ERR_INPUT && !trail_broken(k.trail),
	    "too long a record harms nothing: %s", e.text);
	big[RECORD_MOST - 400] = '\0';
	buf_reset(&b);
	record_event(&b, big, (struct wall){ 0 }, (struct record_who){ 0, "r" });
	ok(trail_append(k.trail, RECORD_EVENT, &b, kit_now(&k), &e) == 0 &&
	    kit_plain(&k, RECORD_STOP, &e) == 0 &&
	    trail_checkpoint(k.trail, kit_now(&k), &e) == 0 &&
	    kit_verify(&k, NULL, 0) == VERIFY_VALID, "a long one goes: %s",
	    k.why);
	buf_release(&b);
	kit_drop(&k);
}

static void
test_speed(void)
{
	struct mono from;
	struct kit k;
	struct err e;

	kit_make(&k);
	(void)kit_open(&k, 64 << 20, NULL, &e);
	from = clock_mono();
	for (int i = 0; i < 20000; i++)
		(void)(kit_plain(&k, RECORD_EVENT, &e) == 0 &&
		    i % 500 == 0 && trail_sync(k.trail, &e) == 0);
	(void)trail_checkpoint(k.trail, kit_now(&k), &e);
	printf("# 20,000 records appended in %" PRId64 " ms\n",
	    clock_since_ms(from, clock_mono()));
	from = clock_mono();
	ok(kit_verify(&k, NULL, 0) == VERIFY_INCOMPLETE &&
	    k.report.records == 20002, "all of them verified");
	printf("# in %" PRId64 " ms\n", clock_since_ms(from, clock_mono()));
	kit_drop(&k);
}

/* Nowhere but in the state folder is there room for a temporary file. */
int __real_mkostemp(char *name, int flags);
int __wrap_mkostemp(char *name, int flags);
static int spilled;

int
__wrap_mkostemp(char *name, int flags)
{
	if (strstr(name, "/trail-test-") == NULL) {
		errno = EROFS;
		return -1;
	}
	spilled++;
	return __real_mkostemp(name, flags);
}

/* An operation over nothing, and its outcome. */
static int
put_nothing(struct kit *k, uint32_t id, struct err *e)
{
	static const uint8_t none[32];
	uint8_t op[16], root[32];
	struct record_intent in = { .op = op, .dataset = "notice/data",
		.action = "delete", .store = "notice/site", .object = "rows",
		.basis = "test", .policy = none, .cutoff.ms = T0,
		.croot = root };
	struct record_outcome out = { .op = op, .method = "test",
		.verify = "requery" };
	struct buf b = BUF_EMPTY, c = BUF_EMPTY;
	int rc;

	sha256_once(&id, sizeof(id), root);
	memcpy(op, root, sizeof(op));
	commit_root(NULL, 0, root);
	record_intent(&b, &in);
	record_done(&c, &out);
	rc = trail_append(k->trail, RECORD_INTENT, &b, kit_now(k), e);
	if (rc == 0)
		rc = trail_append(k->trail, RECORD_DONE, &c, kit_now(k), e);
	buf_release(&b);
	buf_release(&c);
	return rc;
}

static void
test_spill(void)
{
	struct trail_keep_limits l = { .before = { INT64_MAX },
		.covered = UINT64_MAX, .who = { 0, "root" } };
	struct trail_keep_pruned done;
	struct kit k;
	struct err e;
	int rc = 0;

	kit_make(&k);
	(void)kit_open(&k, 1 << 20, NULL, &e);
	for (uint32_t i = 0; rc == 0 && i <= 2 * CHECKUNIQ_ROOM; i++) {
		rc = put_nothing(&k, i, &e);
		if (rc == 0 && i % 1024 == 0)
			rc = trail_checkpoint(k.trail, kit_now(&k), &e);
	}
	ok(rc == 0 && trail_checkpoint(k.trail, kit_now(&k), &e) == 0,
	    "more operations than memory holds: %s", e.text);
	kit_shut(&k);
	ok(kit_open(&k, 1 << 20, NULL, &e) == 0 && spilled == 1,
	    "read again with room in the state folder only: %s", e.text);
	ok(k.trail != NULL &&
	    trail_keep_prune(k.trail, &l, kit_now(&k), &done, &e) == 1 &&
	    spilled == 2, "and cut: %s", e.text);
	kit_drop(&k);
}

int
main(void)
{
	test_life();
	test_clock();
	test_open_ops();
	test_segments();
	test_torn();
	test_refusals();
	test_limits();
	test_spill();
	test_speed();
	return tap_done();
}
