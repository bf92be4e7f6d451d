/*
 * A folder whose owner works against the pass: nothing outside of it and
 * nothing that was not chosen is ever touched.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "filetest.h"
#include "tap.h"

static struct files *in_hand;		/* of the test that is running */

struct outside {			/* what must stay as it is */
	char dir[160];
	int fd;
};

static void
outside_open(struct outside *o)
{
	struct files f;

	files_open(&f);
	memcpy(o->dir, f.dir, sizeof(o->dir));
	o->fd = f.fd;
	files_put(&f, "prey", FILES_DUE);
	files_put(&f, "a", FILES_DUE);
}

static bool
outside_whole(const struct outside *o)
{
	return files_holds(o->fd, "prey") && files_holds(o->fd, "a");
}

static void
outside_close(struct outside *o)
{
	unlinkat(o->fd, "prey", 0);
	unlinkat(o->fd, "a", 0);
	close(o->fd);
	rmdir(o->dir);
}

static void
test_links(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_counts n;
	struct outside o;
	struct files f;
	char path[200];

	outside_open(&o);
	files_open(&f);
	snprintf(path, sizeof(path), "%s/prey", o.dir);
	must(symlinkat(path, f.fd, "file") == 0 &&
	    symlinkat(o.dir, f.fd, "folder") == 0 &&
	    symlinkat(".", f.fd, "loop") == 0);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.total == 0,
	    "links are no files");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 0, 0, 0) &&
	    outside_whole(&o), "and lead nowhere");
	f.store.path = path;
	snprintf(path, sizeof(path), "%s/folder", f.dir);
	ok(files_plan(&f, &d, files_now, &n) == -1 &&
	    f.e.code == ERR_REFUSED, "a link as the store: %s", f.e.text);
	snprintf(path, sizeof(path), "%s/folder/../x", f.dir);
	ok(files_plan(&f, &d, files_now, &n) == -1 &&
	    f.e.code == ERR_CONFIG, "dots: %s", f.e.text);
	snprintf(path, sizeof(path), "%s/none", f.dir);
	ok(files_plan(&f, &d, files_now, &n) == -1 &&
	    f.e.code == ERR_SYSTEM, "missing: %s", f.e.text);
	files_close(&f);
	outside_close(&o);
}

static char prey[200], prey_dir[160];

static void
swap_file(struct told *t)
{
	(void)t;
	must(unlinkat(in_hand->fd, "x/a", 0) == 0 &&
	    symlinkat(prey, in_hand->fd, "x/a") == 0);
}

static void
swap_folder(struct told *t)
{
	(void)t;
	must(renameat(in_hand->fd, "x", in_hand->fd, "y") == 0 &&
	    symlinkat(prey_dir, in_hand->fd, "x") == 0);
}

static void
swap_young(struct told *t)
{
	(void)t;
	files_put(in_hand, "new", files_now.ms / 1000);
	must(renameat(in_hand->fd, "new", in_hand->fd, "x/a") == 0);
}

static void
swap_old(struct told *t)
{
	(void)t;
	files_put(in_hand, "new", FILES_DUE - 1);
	must(renameat(in_hand->fd, "new", in_hand->fd, "x/a") == 0);
}

static void
touch(struct told *t)
{
	(void)t;
	files_age(in_hand, "x/a", FILES_DUE + 1);
}

static void
become_fifo(struct told *t)
{
	(void)t;
	must(unlinkat(in_hand->fd, "x/a", 0) == 0 &&
	    mkfifoat(in_hand->fd, "x/a", 0600) == 0);
}

static void
become_socket(struct told *t)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)t;
	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/x/a",
	    in_hand->fd);
	must(unlinkat(in_hand->fd, "x/a", 0) == 0 &&
	    bind(s, (struct sockaddr *)&a, sizeof(a)) == 0);
	close(s);
}

/* Zeros and a rename of it would do no harm; its opening might. */
static void
become_device(struct told *t)
{
	(void)t;
	must(unlinkat(in_hand->fd, "x/a", 0) == 0);
	if (mknodat(in_hand->fd, "x/a", S_IFCHR | 0600, 0x103) == -1)
		printf("# no right to make a device: the file is gone\n");
}

static void
move_out(struct told *t)
{
	char to[200];

	(void)t;
	snprintf(to, sizeof(to), "%s/moved", prey_dir);
	must(renameat(in_hand->fd, "x", AT_FDCWD, to) == 0);
}

static void
move_back(void)
{
	char from[200];

	snprintf(from, sizeof(from), "%s/moved", prey_dir);
	(void)renameat(AT_FDCWD, from, in_hand->fd, "x");
}

static void
become_folder(struct told *t)
{
	(void)t;
	must(unlinkat(in_hand->fd, "x/a", 0) == 0 &&
	    mkdirat(in_hand->fd, "x/a", 0700) == 0);
}

static void
become_two(struct told *t)
{
	(void)t;
	must(linkat(in_hand->fd, "x/a", in_hand->fd, "other", 0) == 0);
}

static void
vanish(struct told *t)
{
	(void)t;
	must(unlinkat(in_hand->fd, "x/a", 0) == 0);
}

static const struct race {
	const char *text;
	void (*on_go)(struct told *);
	uint64_t left, drift;
	const char *whole;		/* must hold what it held */
} races[] = {
	{ "a link takes the file's place", swap_file, 0, 1, NULL },
	{ "a link takes the folder's place", swap_folder, 0, 1, "y/a" },
	{ "a younger file takes its place", swap_young, 0, 1, "x/a" },
	{ "another old file takes its place", swap_old, 0, 1, "x/a" },
	{ "it is touched", touch, 0, 1, "x/a" },
	{ "it becomes a FIFO", become_fifo, 0, 1, NULL },
	{ "it becomes a folder", become_folder, 0, 1, NULL },
	{ "it becomes a socket", become_socket, 0, 1, NULL },
	{ "it becomes a device", become_device, 0, 1, NULL },
	{ "its folder is moved out of the root", move_out, 0, 1, "x/a" },
	{ "it gets a second name", become_two, 1, 0, "other" },
	{ "it is gone", vanish, 0, 1, NULL },
};

static void
test_races(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct outside o;

	outside_open(&o);
	snprintf(prey, sizeof(prey), "%s/prey", o.dir);
	memcpy(prey_dir, o.dir, sizeof(prey_dir));
	for (size_t i = 0; i < sizeof(races) / sizeof(*races); i++) {
		const struct race *r = &races[i];
		struct files f;

		files_open(&f);
		in_hand = &f;
		must(mkdirat(f.fd, "x", 0700) == 0);
		files_put(&f, "x/a", FILES_DUE);
		files_put(&f, "b", FILES_DUE);
		int rc = files_erase(&f, &d, r->on_go);

		move_back();
		ok(rc == 0 && files_told(&f, 1, r->left, r->drift) &&
		    files_size(&f, "b") == -1 &&
		    (!r->whole || files_holds(f.fd, r->whole)),
		    "%s: the other one goes alone", r->text);
		ok(outside_whole(&o), "%s: nothing else", r->text);
		files_close(&f);
	}
	outside_close(&o);
}

/* What happens after the last look, right before the file gets our name. */
static void (*before_rename)(struct told *);

int __real_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);
int
__wrap_renameat2(int from, const char *a, int to, const char *b, unsigned how)
{
	void (*f)(struct told *) = before_rename;

	if (f && strcmp(a, "a") == 0) {
		before_rename = NULL;
		f(NULL);
	}
	return __real_renameat2(from, a, to, b, how);
}

/* Somebody comes for it by its name, and writes. */
static pid_t opener;

static void
open_it(struct told *t)
{
	char path[200];

	(void)t;
	snprintf(path, sizeof(path), "%s/x/a", in_hand->dir);
	opener = fork();
	if (opener == 0) {
		/* A copy of a leased descriptor would keep the lease. */
		int fd = close_range(3, ~0U, 0) == -1 ? -1 :
		    open(path, O_WRONLY | O_APPEND);

		_exit(fd == -1 || write(fd, "more", 4) != 4);
	}
	usleep(50000);
}

static const struct race late[] = {
	{ "its folder is moved out of the root", move_out, 0, 1, "x/a" },
	{ "somebody opens it", open_it, 1, 0, "x/a" },
	{ "a link takes the file's place", swap_file, 0, 1, NULL },
	{ "a younger file takes its place", swap_young, 0, 1, "x/a" },
	{ "another old file takes its place", swap_old, 0, 1, "x/a" },
	{ "it is touched", touch, 0, 1, "x/a" },
	{ "it becomes a FIFO", become_fifo, 0, 1, NULL },
	{ "it becomes a socket", become_socket, 0, 1, NULL },
	{ "it becomes a folder", become_folder, 0, 1, NULL },
	{ "it gets a second name", become_two, 0, 1, "other" },
	{ "it is gone", vanish, 0, 1, NULL },
};

static void
test_late(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct outside o;

	outside_open(&o);
	snprintf(prey, sizeof(prey), "%s/prey", o.dir);
	memcpy(prey_dir, o.dir, sizeof(prey_dir));
	for (size_t i = 0; i < sizeof(late) / sizeof(*late); i++) {
		const struct race *r = &late[i];
		struct files f;

		files_open(&f);
		in_hand = &f;
		must(mkdirat(f.fd, "x", 0700) == 0);
		files_put(&f, "x/a", FILES_DUE);
		files_put(&f, "b", FILES_DUE);
		before_rename = r->on_go;
		int rc = files_erase(&f, &d, NULL), status = 0;

		if (r->on_go == open_it)
			must(waitpid(opener, &status, 0) == opener);
		if (r->on_go == move_out)
			move_back();
		ok(rc == 0 && status == 0 && files_told(&f, 1, r->left, r->drift) &&
		    files_size(&f, "b") == -1 &&
		    (!r->whole || files_holds(f.fd, r->whole)) &&
		    (r->on_go == vanish || files_size(&f, "x/a") != -1),
		    "after the last look %s: it keeps its name and content",
		    r->text);
		ok(outside_whole(&o), "%s: nothing else", r->text);
		files_close(&f);
	}
	outside_close(&o);
}

static void
test_special(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct store_counts n;
	struct files f;
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	d.action = RULE_DESTROY;
	d.timing = (struct rule_timing){ .keep = RULE_UNTIL_EVENT,
		.fired = true, .fired_at = files_now };
	files_open(&f);
	must(mkfifoat(f.fd, "fifo", 0600) == 0);
	(void)mknodat(f.fd, "null", S_IFCHR | 0600, 0x103);
	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/socket",
	    f.fd);
	must(s != -1 && bind(s, (struct sockaddr *)&a, sizeof(a)) == 0);
	close(s);
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.total == 0,
	    "pipes, devices and sockets are no files");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 0, 0, 0) &&
	    files_size(&f, "fifo") == 0 && files_size(&f, "socket") == 0,
	    "and stay");
	files_close(&f);
}

static void
test_hard_link(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct files f;

	files_open(&f);
	files_put(&f, "a", FILES_DUE);
	must(linkat(f.fd, "a", f.fd, "b", 0) == 0);
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 0, 2, 0) &&
	    f.told.err.code == ERR_REFUSED && files_holds(f.fd, "a") &&
	    files_holds(f.fd, "b"), "two names: %s", f.told.err.text);
	files_close(&f);
}

int
main(void)
{
	test_links();
	test_races();
	test_late();
	test_special();
	test_hard_link();
	return tap_done();
}
