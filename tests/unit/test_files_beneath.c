/*
 * The way down a folder: no link, no way up, no other file system, and not
 * deeper than was promised.
 */
#include "store/files/beneath.h"

#include "filetest.h"
#include "tap.h"

static void
test_closed(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_counts n;
	struct files f;
	char path[160];

	files_open(&f);
	for (size_t i = 0; i < 70; i++) {
		path[2 * i] = 'd';
		path[2 * i + 1] = '\0';
		must(mkdirat(f.fd, path, 0700) == 0);
		path[2 * i + 1] = '/';
	}
	files_put(&f, "d/d/a", FILES_DUE);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.due == 1 &&
	    n.undated == 1 && n.total == 2, "too deep: shown, not entered");
	ok(files_erase(&f, &d, NULL) == -1 && f.e.code == ERR_REFUSED &&
	    files_told(&f, 1, 0, 0), "the rest goes, and the pass is an "
	    "error: %s", f.e.text);
	files_close(&f);
}

static int closed_said;

static void
on_finding(void *ctx, const struct store_finding *f)
{
	(void)ctx;
	closed_said += strcmp(f->code, "closed-folder") == 0;
}

static int
check_says(struct files *f, const struct rule_dataset *d)
{
	struct err e = ERR_EMPTY;
	struct store *st = NULL;

	closed_said = 0;
	must(store_open(&f->store, STORE_READ, NULL, &st, &e) == 0 &&
	    store_check(st, d, files_now, on_finding, NULL, &e) == 0);
	store_close(st);
	return closed_said;
}

static void
give(const struct files *f, const char *path)
{
	must(geteuid() != 0 || fchownat(f->fd, path, 65534, (gid_t)-1,
	    AT_EMPTY_PATH) == 0);
}

/* A folder that the worker cannot enter, and one that it can. */
static void
test_unreadable(void)
{
	struct rule_dataset d = files_rule(NULL);
	const bool root = geteuid() == 0;
	struct store_counts n;
	struct files f;

	files_open(&f);
	must(mkdirat(f.fd, "shut", 0700) == 0);
	files_put(&f, "a", FILES_DUE);
	files_put(&f, "shut/b", FILES_DUE);
	give(&f, "");
	give(&f, "a");
	give(&f, "shut");
	give(&f, "shut/b");
	must(!root || seteuid(65534) == 0);
	ok(check_says(&f, &d) == 0, "open: check has nothing to say");
	must(fchmodat(f.fd, "shut", 0, 0) == 0);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.due == 1 &&
	    n.undated == 1 && n.total == 2, "closed: the plan counts it");
	ok(check_says(&f, &d) == 1, "closed: check says so, once");
	ok(files_erase(&f, &d, NULL) == -1 && f.e.code == ERR_REFUSED &&
	    files_told(&f, 1, 0, 0), "closed: a pass takes the rest, and is "
	    "an error: %s", f.e.text);
	ok(files_erase(&f, &d, NULL) == -1 && f.e.code == ERR_REFUSED,
	    "closed: also when nothing else is due");
	must(fchmodat(f.fd, "shut", 0700, 0) == 0);
	ok(files_holds(f.fd, "shut/b"), "closed: what is in it stays");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 1, 0, 0) &&
	    files_size(&f, "shut/b") == -1, "open again: it goes, and the "
	    "pass is none: %s", f.e.text);
	must(!root || seteuid(0) == 0);
	files_close(&f);
}

static const struct way {
	const char *path;
	bool opens;
} ways[] = {
	{ "", true }, { "x", true }, { "x/y", true }, { "x/y/..", false },
	{ "..", false }, { ".", false }, { "x//y", false }, { "/x", false },
	{ "x/", false }, { "link", false }, { "x/link", false },
	{ "x/up/x", false }, { "file", false }, { "none", false },
	{ "x/y/link/z", false },
};

static void
test_beneath(void)
{
	struct files f;

	files_open(&f);
	must(mkdirat(f.fd, "x", 0700) == 0 && mkdirat(f.fd, "x/y", 0700) == 0);
	files_put(&f, "file", 0);
	must(symlinkat("x", f.fd, "link") == 0 &&
	    symlinkat("y", f.fd, "x/link") == 0 &&
	    symlinkat("..", f.fd, "x/up") == 0 &&
	    symlinkat("/etc", f.fd, "x/y/link") == 0);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		int a = beneath_open(f.fd, ways[i].path);
		int b = beneath_steps(f.fd, ways[i].path);

		ok((a != -1) == ways[i].opens && (b != -1) == ways[i].opens,
		    "beneath: '%s', by the kernel and by steps",
		    ways[i].path);
		if (a != -1)
			close(a);
		if (b != -1)
			close(b);
	}
	int proc = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ok(beneath_open(proc, "proc") == -1 && beneath_steps(proc, "proc") ==
	    -1, "another file system is not entered");
	close(proc);
	files_close(&f);
}

int
main(void)
{
	test_closed();
	test_unreadable();
	test_beneath();
	return tap_done();
}
