/*
 * A file store: what is due to the second, what a plan counts is what a pass
 * takes, and a pass asks before it acts.
 */
#include "filetest.h"
#include "tap.h"

static void
test_second(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_counts n;
	struct files f;

	files_open(&f);
	files_put(&f, "due", FILES_DUE);
	files_put(&f, "not yet", FILES_DUE + 1);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.total == 2 &&
	    n.due == 1 && n.kept == 1 && n.has_oldest && n.has_next &&
	    n.oldest_due.ms == files_now.ms &&
	    n.next_due.ms == files_now.ms + 1000, "plan to the second");
	ok(files_plan(&f, &d, (struct wall){ files_now.ms - 1 }, &n) == 0 &&
	    n.due == 0 && n.kept == 2, "a millisecond before: none");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 1, 0, 0) &&
	    files_size(&f, "due") == -1 && files_holds(f.fd, "not yet"),
	    "the one due goes, the other stays");
	ok(strcmp(f.told.method, "overwrite-unlink") == 0 &&
	    f.told.intents == 1 && f.told.gos == 1, "told as such");
	files_close(&f);
}

static void
test_part_of_ms(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct timespec t[2] = { { FILES_DUE, 1 }, { FILES_DUE, 1 } };
	struct store_counts n;
	struct files f;

	files_open(&f);
	files_put(&f, "a", 0);
	must(utimensat(f.fd, "a", t, 0) == 0);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.due == 0,
	    "a nanosecond too young is kept");
	ok(files_plan(&f, &d, (struct wall){ files_now.ms + 1 }, &n) == 0 &&
	    n.due == 1, "and due a millisecond later");
	files_close(&f);
}

static void
test_odd_times(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_counts n;
	struct files f;
	int64_t now_s = files_now.ms / 1000;

	files_open(&f);
	files_put(&f, "before 1970", -1);
	files_put(&f, "ahead", now_s + FILETEST_DAY + 1);
	files_put(&f, "a little ahead", now_s + FILETEST_DAY);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.total == 3 &&
	    n.undated == 1 && n.future == 1 && n.kept == 1 && n.due == 0,
	    "before 1970 and ahead of time are never due");
	ok(files_erase(&f, &d, NULL) == 0 && f.told.ops == 0 &&
	    files_holds(f.fd, "before 1970") && files_holds(f.fd, "ahead"),
	    "and nobody is asked");
	files_close(&f);
}

static void
test_match(void)
{
	struct rule_dataset d = files_rule("*.pdf");
	struct store_counts n;
	struct files f;

	files_open(&f);
	must(mkdirat(f.fd, "2020", 0700) == 0 &&
	    mkdirat(f.fd, "2020/x.pdf", 0700) == 0);
	files_put(&f, "a.pdf", FILES_DUE);
	files_put(&f, "2020/b.pdf", FILES_DUE);
	files_put(&f, "2020/x.pdf/c.pdf", FILES_DUE);
	files_put(&f, "2020/x.pdf/c.txt", FILES_DUE);
	files_put(&f, "a\n\xff\xfe' \\*.pdf", FILES_DUE);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.total == 4 &&
	    n.due == 4, "names that match, in all folders");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 4, 0, 0) &&
	    files_size(&f, "2020/x.pdf/c.pdf") == -1 &&
	    files_size(&f, "a\n\xff\xfe' \\*.pdf") == -1 &&
	    files_holds(f.fd, "2020/x.pdf/c.txt"), "go, and no others");
	files_close(&f);
}

static void
test_rivals(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct rule_rival longer = { .dataset = "n/long", .where = "*.pdf",
		.timing = { .keep = RULE_PERIOD, .from = "mtime",
		.period = { 2, PERIOD_DAYS } } };
	struct store_counts n;
	struct files f;

	d.n_rivals = 1;
	d.rivals = &longer;
	files_open(&f);
	files_put(&f, "a.pdf", FILES_DUE - FILETEST_DAY + 1);
	files_put(&f, "b.pdf", FILES_DUE - FILETEST_DAY);
	files_put(&f, "c.txt", FILES_DUE);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.due == 2 &&
	    n.kept == 1 && n.next_due.ms == files_now.ms + 1000,
	    "the longest period of a name counts");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 2, 0, 0) &&
	    files_holds(f.fd, "a.pdf"), "also in a pass");
	files_close(&f);
}

static void
test_destroy(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_counts n;
	struct files f;

	d.action = RULE_DESTROY;
	d.timing = (struct rule_timing){ .keep = RULE_UNTIL_EVENT,
		.event = "closed" };
	files_open(&f);
	must(mkdirat(f.fd, "x", 0700) == 0);
	files_put(&f, "x/a", files_now.ms / 1000);
	files_put(&f, "b", -5);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.total == 2 &&
	    n.due == 0 && n.kept == 2, "not before the event");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 0, 0, 0),
	    "nothing goes");
	d.timing.fired = true;
	d.timing.fired_at = files_now;
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 2, 0, 0) &&
	    files_size(&f, "b") == -1 && files_size(&f, "x/a") == -1,
	    "all files go with it, whatever their time");
	files_close(&f);
}

static bool
is_folder(struct files *f, const char *path)
{
	struct stat st;

	return fstatat(f->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

/* Folders that erasing emptied, with what is beside them. */
static void
hollow(enum rule_empty empty)
{
	struct rule_dataset d = files_rule(NULL);
	static const char *const folders[] = { "a", "a/b", "a/b/c", "old",
		"busy", "busy/deep", "was-empty", "linked", "mixed" };
	const bool gone = empty == RULE_EMPTY_REMOVE;
	struct files f;

	d.empty = empty;
	files_open(&f);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		must(mkdirat(f.fd, folders[i], 0700) == 0);
	files_put(&f, "top", FILES_DUE);
	files_put(&f, "a/x", FILES_DUE);
	files_put(&f, "a/b/c/x", FILES_DUE);
	files_put(&f, "old/x", FILES_DUE);
	files_put(&f, "busy/x", FILES_DUE + 1);
	files_put(&f, "busy/deep/x", FILES_DUE);
	files_put(&f, "linked/x", FILES_DUE);
	files_put(&f, "mixed/x", FILES_DUE);
	must(symlinkat("../was-empty", f.fd, "linked/link") == 0 &&
	    mkdirat(f.fd, "mixed/new", 0700) == 0);
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 7, 0, 0),
	    "folders: what is due goes");
	ok(is_folder(&f, "a") == !gone && is_folder(&f, "a/b/c") == !gone &&
	    is_folder(&f, "old") == !gone && is_folder(&f, "busy/deep") ==
	    !gone, "folders that it emptied %s", gone ? "go" : "stay");
	ok(files_holds(f.fd, "busy/x") && is_folder(&f, "was-empty") &&
	    is_folder(&f, "linked") && is_folder(&f, "mixed/new") &&
	    access(f.dir, F_OK) == 0, "all others stay");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 0, 0, 0) &&
	    is_folder(&f, "was-empty") && is_folder(&f, "mixed/new"),
	    "also in a pass with nothing due");
	files_close(&f);
}

static void
test_leave(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_sink sink;
	struct files f;
	bool due = false;

	files_open(&f);
	files_put(&f, "a", FILES_DUE);
	must(store_open(&f.store, STORE_READ, NULL, &f.st, &f.e) == 0);
	sink = told_sink(&f.told);
	ok(store_erase(f.st, &d, files_now, &sink, &f.r, &f.e) == -1 &&
	    f.told.ops == 0, "opened for reading: refused");
	ok(store_peek(f.st, &d, files_now, &due, &f.e) == 0 && due, "peek");
	store_close(f.st);
	must(store_open(&f.store, STORE_WRITE, NULL, &f.st, &f.e) == 0);
	f.told.go = 0;
	ok(store_erase(f.st, &d, files_now, &sink, &f.r, &f.e) == 0 &&
	    f.r.stopped && f.told.left == 1 && f.told.erased == 0 &&
	    files_holds(f.fd, "a"), "no leave: nothing is touched");
	f.told.go = -1;
	ok(store_erase(f.st, &d, files_now, &sink, &f.r, &f.e) == -1 &&
	    files_holds(f.fd, "a"), "no trail: nothing is touched");
	files_close(&f);
}

static void
test_many(void)
{
	struct rule_dataset d = files_rule(NULL);
	char name[32];
	struct files f;
	int left = 0;

	files_open(&f);
	for (int i = 0; i < 11000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		files_put(&f, name, FILES_DUE + (i % 20 == 0));
	}
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 10450, 0, 0) &&
	    f.told.intents == 2, "an operation for each ten thousand");
	for (int i = 0; i < 11000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		left += files_size(&f, name) != -1;
		if (i % 20 == 0 && !files_holds(f.fd, name))
			left = -100000;
	}
	ok(left == 550, "the others are whole");
	files_close(&f);
}

static bool
once(void *ctx)
{
	struct told *t = ctx;

	return t->n_c[63]++ > 0;	/* not the first time */
}

static void
test_halt(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_sink sink;
	char name[32];
	struct files f;
	int left = 0;

	files_open(&f);
	for (int i = 0; i < 700; i++) {
		snprintf(name, sizeof(name), "%d", i);
		files_put(&f, name, FILES_DUE);
	}
	must(store_open(&f.store, STORE_WRITE, NULL, &f.st, &f.e) == 0);
	sink = told_sink(&f.told);
	sink.halted = once;
	ok(store_erase(f.st, &d, files_now, &sink, &f.r, &f.e) == 0 &&
	    f.r.stopped && f.r.more && f.told.erased == 500 &&
	    f.told.left == 200 && f.told.sum_ok, "a halt between batches");
	for (int i = 0; i < 700; i++) {
		snprintf(name, sizeof(name), "%d", i);
		left += files_holds(f.fd, name);
	}
	ok(left == 200, "what is left is whole");
	files_close(&f);
}

static void
test_sparse(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct files f;
	int fd;

	files_open(&f);
	fd = openat(f.fd, "huge", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must(fd != -1 && ftruncate(fd, (off_t)1 << 41) == 0 &&
	    pwrite(fd, "jane@example.org", 16, (off_t)1 << 40) == 16);
	close(fd);
	files_age(&f, "huge", FILES_DUE);
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 1, 0, 0) &&
	    files_size(&f, "huge") == -1, "two terabytes of holes");
	files_close(&f);
}

int
main(void)
{
	test_second();
	test_part_of_ms();
	test_odd_times();
	test_match();
	test_rivals();
	test_destroy();
	hollow(RULE_EMPTY_KEEP);
	hollow(RULE_EMPTY_REMOVE);
	test_leave();
	test_many();
	test_halt();
	test_sparse();
	return tap_done();
}
