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
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 1, 0, 0),
	    "the rest goes");
	if (geteuid() != 0) {
		must(mkdirat(f.fd, "closed", 0) == 0);
		ok(files_plan(&f, &d, files_now, &n) == 0 &&
		    n.undated == 2, "unreadable: shown");
	} else {
		ok(1, "unreadable # SKIP for root nothing is");
	}
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
	test_beneath();
	return tap_done();
}
