/*
 * Log stores: due lines are cut off the head of a file that is still written,
 * and off no file that somebody has open for more than appending.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "logscut.h"

static void
test_cut(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_counts c;
	struct stat before, after;
	pid_t pid;
	off_t size;

	start(&l);
	size = size_of(&l, "access.log");
	must(stat(logs_path(&l, "access.log"), &before) == 0);
	pid = opener(&l, "access.log", O_WRONLY | O_APPEND);
	ok(erase(&l, &t, &r) == 0 && r.erased == 60 && r.left == 3 &&
	    t.n == 60 && t.sum_ok && strcmp(t.method, "log-collapse") == 0,
	    "60 lines cut off a live file, 3 left: %s %s", l.e.text, t.err.text);
	must(stat(logs_path(&l, "access.log"), &after) == 0);
	ok(after.st_ino == before.st_ino && size - size_of(&l, "access.log") ==
	    4096, "the same file, a block shorter");
	ok(logs_lines(&l, "access.log", "198") == 3 &&
	    logs_lines(&l, "access.log", "no time") == 3 &&
	    logs_lines(&l, "access.log", "192") == 3 &&
	    blanks(&l, "access.log") == 1 &&
	    logs_lines(&l, "access.log", "") == 10,
	    "what follows is whole, behind one blank line");
	store_close(l.st);
	must(store_open(&l.store, STORE_READ, NULL, &l.st, &l.e) == 0);
	ok(store_plan(l.st, &l.d, logs_now, &c, &l.e) == 0 && c.due == 3 &&
	    c.undated == 3 && c.kept == 4 && c.total == 10,
	    "the blank line is neither due nor undated");
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 3 &&
	    t.ops == 0, "again: lines behind others wait, without an intent");
	ok(!has_mark(&l), "no mark stays");
	leave(pid);
	ok(erase(&l, &t, &r) == 0 && r.erased == 3 &&
	    logs_lines(&l, "access.log", "") == 6,
	    "closed: the rest goes, and the blank line");
	logs_close(&l);
}

/* Nobody but those who append: else it waits as ever. */
static void
test_waits(int flags, const char *why)
{
	struct logs l;
	struct told t;
	struct store_result r;
	pid_t writer, other;
	off_t size;

	start(&l);
	size = size_of(&l, "access.log");
	writer = opener(&l, "access.log", O_WRONLY | O_APPEND);
	other = opener(&l, "access.log", flags);
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 63 &&
	    t.left == 60 && size_of(&l, "access.log") == size &&
	    blanks(&l, "access.log") == 0 && !has_mark(&l),
	    "%s: all is left: %s", why, l.e.text);
	leave(writer);
	leave(other);
	logs_close(&l);
}

/* Ways to have a file open that no descriptor of the process tells. */
static const char *hidden_path;
static int hidden_go;

static void
hide_mapping(void)
{
	const int fd = open(hidden_path, O_RDWR);

	must(fd != -1 && mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0) != MAP_FAILED);
	close(fd);
	must(write(hidden_go, "x", 1) == 1);
	for (;;)
		pause();
}

static void *
on_thread(void *unused)
{
	(void)unused;
	must(unshare(CLONE_FILES) == 0 && open(hidden_path, O_RDONLY) != -1 &&
	    write(hidden_go, "x", 1) == 1);
	for (;;)
		pause();
}

static void
hide_thread(void)
{
	pthread_t t;

	must(pthread_create(&t, NULL, on_thread, NULL) == 0);
	for (;;)
		pause();
}

static void
test_hidden(void (*hide)(void), const char *why)
{
	struct logs l;
	struct told t;
	struct store_result r;
	pid_t writer, other;
	off_t size;
	int go[2];
	char c;

	start(&l);
	size = size_of(&l, "access.log");
	writer = opener(&l, "access.log", O_WRONLY | O_APPEND);
	hidden_path = logs_path(&l, "access.log");
	must(pipe(go) == 0);
	hidden_go = go[1];
	other = fork();
	if (other == 0)
		hide();
	must(read(go[0], &c, 1) == 1);
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 63 &&
	    size_of(&l, "access.log") == size && blanks(&l, "access.log") == 0,
	    "%s: all is left: %s", why, l.e.text);
	leave(other);
	ok(erase(&l, &t, &r) == 0 && r.erased == 60, "%s: until it goes", why);
	leave(writer);
	close(go[0]);
	close(go[1]);
	logs_close(&l);
}

static void
test_small(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	pid_t pid;

	start(&l);
	must(unlink(logs_path(&l, "access.log")) == 0);
	logs_put(&l, "access.log", "o", 50);
	pid = opener(&l, "access.log", O_WRONLY | O_APPEND);
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 50 &&
	    t.ops == 0, "less than a block waits");
	logs_put(&l, "access.log", "o", 60);
	ok(erase(&l, &t, &r) == 0 && r.erased == 110 && r.left == 0 &&
	    logs_lines(&l, "access.log", "") == blanks(&l, "access.log"),
	    "nothing but due lines: all go, the last block stays blank");
	logs_put(&l, "access.log", "o", 60);
	logs_put(&l, "access.log", "n", 1);
	ok(erase(&l, &t, &r) == 0 && r.erased == 60 &&
	    blanks(&l, "access.log") == 1 &&
	    logs_lines(&l, "access.log", "") == 2, "blanks go with what follows");
	logs_put(&l, "access.log", "uo", 60);
	ok(erase(&l, &t, &r) == 0 && r.erased == 0 && r.left == 60,
	    "behind a line that stays: left");
	leave(pid);
	logs_close(&l);
}

/* Whoever opens the file while it is blanked may read it: no cut. */
static struct logs *meanwhile;
static pid_t reader;

static void
on_go_open(struct told *t)
{
	(void)t;
	reader = opener(meanwhile, "access.log", O_RDONLY);
}

static void
test_reader(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_sink sink;
	pid_t pid;
	off_t size;

	start(&l);
	meanwhile = &l;
	size = size_of(&l, "access.log");
	pid = opener(&l, "access.log", O_WRONLY | O_APPEND);
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&t);
	sink.go_appends = go_appends;
	t.on_go = on_go_open;
	ok(store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e) == 0 &&
	    r.erased == 60 && r.left == 3 && size_of(&l, "access.log") == size,
	    "a reader came: blank, but not cut: %s", t.err.text);
	ok(logs_lines(&l, "access.log", "retention") == 0 &&
	    logs_lines(&l, "access.log", "192") == 3 &&
	    logs_lines(&l, "access.log", "198") == 3, "the rest is whole");
	leave(reader);
	leave(pid);
	logs_close(&l);
}

/* What a power cut leaves of a cut of many extents. */
static void
test_hole(off_t at, const char *what)
{
	struct logs l;
	struct told t;
	struct store_result r;
	char text[] = "retentiond-cut: 0123456789abcdef 4300 4096";
	char line[9000];
	int fd, n;

	start(&l);
	must(truncate(logs_path(&l, "access.log"), 0) == 0);
	fd = open(logs_path(&l, "access.log"), O_RDWR);
	memset(line, ' ', sizeof line);
	line[203] = '\n';
	n = at == 0 ? 4096 : 0;
	must(pwrite(fd, line, 204, n) == 204);
	n += 204;
	n += snprintf(line, sizeof line, LOGS_NEW, 1);
	memset(line, 'x', sizeof line);
	line[8999] = '\n';
	must(pwrite(fd, line, 9000, at == 0 ? 4300 : 204) == 9000);
	if (at > 0) {
		must(fallocate(fd, FALLOC_FL_INSERT_RANGE, at, 4096) == 0);
	}
	must(fsetxattr(fd, ATTRIBUTE, text, strlen(text), 0) == 0);
	close(fd);
	ok(erase(&l, &t, &r) == 0 && size_of(&l, "access.log") == 9204 &&
	    logs_lines(&l, "access.log", "") >= 2 && !has_mark(&l),
	    "%s is mended: %s", what, l.e.text);
	fd = open(logs_path(&l, "access.log"), O_RDONLY);
	ok(read(fd, line, 204) == 204 && strspn(line, " ") == 203 &&
	    read(fd, line, 9000) == 9000 && memchr(line, '\0', 9000) == NULL,
	    "no zero byte is in it");
	close(fd);
	logs_close(&l);
}

/* No line can pretend to be a mark. */
static void
test_forged(void)
{
	struct logs l;
	struct told t;
	struct store_result r;
	FILE *f;

	start(&l);
	f = fopen(logs_path(&l, "access.log"), "w");
	fputs("retentiond-cut: 0123456789abcdef 4300 4096\n", f);
	fclose(f);
	logs_put(&l, "access.log", "n", 100);
	ok(erase(&l, &t, &r) == 0 && logs_lines(&l, "access.log", "") == 101 &&
	    logs_lines(&l, "access.log", "198") == 100,
	    "a mark without its attribute is a line");
	must(setxattr(logs_path(&l, "access.log"), ATTRIBUTE,
	    "retentiond-cut: fedcba9876543210 4300 0", 39, 0) == 0);
	ok(erase(&l, &t, &r) == 0 && logs_lines(&l, "access.log", "") == 101 &&
	    logs_lines(&l, "access.log", "198") == 100 && !has_mark(&l),
	    "nor with another's");
	logs_close(&l);
}

int
main(void)
{
	if (!logscut_possible())
		return tap_done();
	test_cut();
	test_waits(O_RDONLY, "a reader");
	test_waits(O_RDWR, "a writer with its own offset");
	test_waits(O_RDWR | O_APPEND, "one who may read");
	test_hidden(hide_mapping, "a mapping without a descriptor");
	test_hidden(hide_thread, "a thread with descriptors of its own");
	test_small();
	test_reader();
	test_hole(0, "a hole at the head");
	test_hole(8192, "a hole in the middle");
	test_forged();
	return tap_done();
}
