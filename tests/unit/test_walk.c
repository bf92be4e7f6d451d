/*
 * A folder below the root changes places with a link or a folder, again and
 * again and at chosen steps, while log and file stores are walked: nothing out
 * there is named, read or touched, and nothing of the store is lost.
 */
#include <time.h>

#include "filetest.h"
#include "logstest.h"
#include "store/logs/logglob.h"
#include "tap.h"
#include "walktest.h"

enum { FOR_S = 2 };

static bool
is_over(time_t until)
{
	return time(NULL) >= until;
}

/* A log store of a/ and b/, and what may take the place of a: a link that
 * leads out, or the folder out there. */
struct web {
	struct logs in, out;
	char pattern[120];
	struct places p;
	ino_t a;
	int canary[2];		/* that nobody may touch */
};

static void
web_open(struct web *w, bool link)
{
	logs_open(&w->in, RULE_DELETE);
	logs_open(&w->out, RULE_DELETE);
	snprintf(w->pattern, sizeof(w->pattern), "%s/[ab]/access.log*",
	    w->in.dir);
	w->in.store.path = w->pattern;
	must(mkdir(logs_path(&w->in, "a"), 0755) == 0 &&
	    mkdir(logs_path(&w->in, "b"), 0755) == 0);
	must(symlink(w->out.dir, logs_path(&w->in, "l")) == 0);
	logs_put(&w->in, "a/access.log.1", "on", 5);
	logs_put(&w->in, "b/access.log.1", "on", 5);
	logs_put(&w->out, "access.log.1", "on", 5);
	logs_put(&w->out, "access.log.outside", "o", 5);
	w->p = (struct places){ open(w->in.dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC), "a", link ? "l" : w->out.dir };
	w->a = look_at(w->in.dir, "a").st_ino;
	w->canary[0] = open(link ? logs_path(&w->out, "access.log.1") :
	    logs_path(&w->in, "a/access.log.1"), O_PATH | O_CLOEXEC);
	w->canary[1] = open(logs_path(&w->out, "access.log.outside"),
	    O_PATH | O_CLOEXEC);
	must(w->p.dir != -1 && w->canary[0] != -1 && w->canary[1] != -1);
}

static void
web_close(struct web *w)
{
	close(w->p.dir);
	close(w->canary[0]);
	close(w->canary[1]);
	logs_close(&w->in);
	logs_close(&w->out);
}

/* The folder a is where it was. */
static void
web_mend(struct web *w)
{
	if (look_at(w->in.dir, "a").st_ino != w->a)
		exchange(&w->p);
}

static void
web_ends_well(struct web *w, const char *what)
{
	struct told t;
	struct store_result r;

	web_mend(w);
	w->in.e = ERR_EMPTY;
	(void)logs_erase(&w->in, &t, &r);
	ok(logs_lines(&w->in, "a/access.log.1", "192") == 0 &&
	    logs_lines(&w->in, "b/access.log.1", "192") == 0,
	    "%s: what is due goes in the end", what);
	ok(logs_lines(&w->in, "a/access.log.1", "198") == 5 &&
	    logs_lines(&w->in, "b/access.log.1", "198") == 5,
	    "%s: and nothing else", what);
}

/* How many names of what is outside are among those that match. */
static unsigned
names_outside(const struct web *w)
{
	struct logfile_set set = { .n = 0 };
	struct err e = ERR_EMPTY;
	unsigned n = 0;

	must(logglob_add(w->pattern, &set, &e) == 0);
	for (size_t i = 0; i < set.n; i++)
		n += strstr(set.path[i], "outside") != NULL;
	logfile_release(&set);
	return n;
}

/*
 * A folder that takes the place of another is in the store from then on, and
 * what is due in it may go; the one that it drove out is not touched.
 */
static const struct logs_case {
	const char *at;
	bool inside;			/* at that name in a, not anywhere */
	const char *text;
	bool link;
	unsigned due, closed, named;
} logs_cases[] = {
	{ ".", false, "a link, before a is seen", true, 5, 1, 0 },
	{ "a", false, "a link, before a is entered", true, 5, 1, 0 },
	{ ".", true, "a link, before a is listed", true, 5, 1, 0 },
	{ "a", false, "a folder, before a is entered", false, 15, 0, 1 },
	{ ".", true, "a folder, before a is listed", false, 10, 0, 0 },
};

static void
test_logs_step(const struct logs_case *c)
{
	struct store_counts n = { .due = 0 };
	struct stat before[2], now[2];
	struct store_result r;
	struct told t;
	struct web w;
	int rc;

	web_open(&w, c->link);
	for (int i = 0; i < 2; i++)
		must(fstat(w.canary[i], &before[i]) == 0);
	step.name = c->at;
	step.looked = false;
	step.in = c->inside ? w.a : 0;
	step.p = w.p;
	step.done = 0;
	ok(names_outside(&w) == c->named && step.done > 0,
	    "%s: nothing is named that is not in the store", c->text);
	web_mend(&w);
	step.done = 0;
	must(store_open(&w.in.store, STORE_READ, NULL, &w.in.st, &w.in.e) ==
	    0);
	rc = store_plan(w.in.st, &w.in.d, logs_now, &n, &w.in.e);
	ok(rc == 0 && step.done > 0 && n.due == c->due && n.undated == c->closed,
	    "%s: planned: %u lines, and %u closed", c->text, (unsigned)n.due,
	    (unsigned)n.undated);
	web_mend(&w);
	step.done = 0;
	rc = logs_erase(&w.in, &t, &r);
	step.name = NULL;
	ok((rc == -1) == (c->closed > 0) && (rc == 0 || w.in.e.code ==
	    ERR_REFUSED), "%s: a pass says so: %s", c->text, w.in.e.text);
	ok(r.erased == c->due, "%s: it takes %u", c->text, (unsigned)r.erased);
	for (int i = 0; i < 2; i++)
		must(fstat(w.canary[i], &now[i]) == 0);
	ok(is_same(&before[0], &now[0]) && (!c->link ||
	    is_same(&before[1], &now[1])), "%s: what is outside is as it was",
	    c->text);
	web_ends_well(&w, c->text);
	ok(logs_lines(&w.out, "access.log.1", "198") == 5, "%s: nor from there",
	    c->text);
	web_close(&w);
}

static void
test_logs_restless(void)
{
	struct stat one, other, one_now, other_now;
	unsigned rounds = 0, erased = 0;
	time_t until = time(NULL) + FOR_S;
	struct web w;
	pid_t pid;

	web_open(&w, true);
	one = look_at(w.out.dir, "access.log.1");
	other = look_at(w.out.dir, "access.log.outside");
	pid = restless(&w.p);
	for (; !is_over(until); rounds++) {
		struct told t;
		struct store_result r = { .erased = 0 };

		logs_put(&w.in, "b/access.log.1", "o", 1);
		w.in.e = ERR_EMPTY;
		(void)logs_erase(&w.in, &t, &r);
		erased += (unsigned)r.erased;
	}
	calm(pid);
	one_now = look_at(w.out.dir, "access.log.1");
	other_now = look_at(w.out.dir, "access.log.outside");
	ok(rounds > 2, "logs, restless: %u passes, %u lines", rounds, erased);
	ok(is_same(&one, &one_now) && is_same(&other, &other_now),
	    "logs, restless: nothing outside is touched");
	ok(erased <= rounds + 10, "logs, restless: nor claimed to be");
	web_ends_well(&w, "logs, restless");
	web_close(&w);
}

/* A file store of a/ and b/; a changes places when it, or the file in it, was
 * looked at. */
static const struct files_case {
	const char *at, *text;
	bool link;
	unsigned closed, erased, drift;
} files_cases[] = {
	{ "a", "files: a link, before a is entered", true, 1, 1, 0 },
	{ "inner", "files: a link, in a", true, 0, 1, 1 },
	{ "a", "files: a folder, before a is entered", false, 0, 2, 0 },
	{ "inner", "files: a folder, in a", false, 0, 1, 1 },
};

static void
test_files_step(const struct files_case *c)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_counts n = { .due = 0 };
	struct stat before, now;
	struct files f, out;
	int canary, rc;

	files_open(&f);
	files_open(&out);
	must(mkdirat(f.fd, "a", 0700) == 0 && mkdirat(f.fd, "b", 0700) == 0 &&
	    symlinkat(out.dir, f.fd, "l") == 0);
	files_put(&f, "a/inner", FILES_DUE);
	files_put(&f, "b/old", FILES_DUE);
	files_put(&out, "inner", FILES_DUE);
	canary = openat(c->link ? out.fd : f.fd, c->link ? "inner" : "a/inner",
	    O_PATH | O_CLOEXEC);
	must(canary != -1 && fstat(canary, &before) == 0);
	step.name = c->at;
	step.looked = true;
	step.in = c->at[1] == '\0' ? 0 : look_at(f.dir, "a").st_ino;
	step.p = (struct places){ f.fd, "a", c->link ? "l" : out.dir };
	step.done = 0;
	rc = files_plan(&f, &d, files_now, &n);
	ok(rc == 0 && step.done > 0 && n.due == 2 - c->closed &&
	    n.undated == c->closed, "%s: planned: %u, and %u closed", c->text,
	    (unsigned)n.due, (unsigned)n.undated);
	exchange(&step.p);
	step.done = 0;
	rc = files_erase(&f, &d, NULL);
	step.name = NULL;
	ok(rc == (c->closed != 0 ? -1 : 0) && step.done > 0 && files_told(&f, c->erased, 0, c->drift),
	    "%s: a pass takes %u, and %u drifted", c->text,
	    (unsigned)f.r.erased, (unsigned)f.r.skipped_drift);
	must(fstat(canary, &now) == 0);
	ok(is_same(&before, &now), "%s: what is outside is as it was", c->text);
	exchange(&step.p);
	ok(files_erase(&f, &d, NULL) == 0 && files_size(&f, "a/inner") == -1 &&
	    files_size(&f, "b/old") == -1, "%s: what is due goes in the end",
	    c->text);
	ok(!c->link || files_holds(out.fd, "inner"), "%s: and no more",
	    c->text);
	close(canary);
	files_close(&f);
	files_close(&out);
}

static void
test_files_restless(void)
{
	struct rule_dataset d = files_rule(NULL);
	unsigned rounds = 0, erased = 0;
	time_t until = time(NULL) + FOR_S;
	struct stat canary, now;
	struct files f, out;
	struct places p;
	pid_t pid;

	files_open(&f);
	files_open(&out);
	must(mkdirat(f.fd, "a", 0700) == 0 && mkdirat(f.fd, "b", 0700) == 0 &&
	    symlinkat(out.dir, f.fd, "l") == 0);
	files_put(&out, "old", FILES_DUE);
	files_put(&f, "a/young", FILES_DUE + 1);
	canary = look_at(out.dir, "old");
	p = (struct places){ f.fd, "a", "l" };
	pid = restless(&p);
	for (; !is_over(until); rounds++) {
		files_put(&f, "b/old", FILES_DUE);
		f.e = ERR_EMPTY;
		(void)files_erase(&f, &d, NULL);
		erased += (unsigned)f.r.erased;
	}
	calm(pid);
	now = look_at(out.dir, "old");
	ok(rounds > 2 && erased > 0, "files, restless: %u passes, %u files",
	    rounds, erased);
	ok(is_same(&canary, &now) && files_holds(out.fd, "old"),
	    "files, restless: nothing outside is touched");
	ok(erased <= rounds, "files, restless: nor claimed to be");
	must(fstatat(f.fd, "a", &now, AT_SYMLINK_NOFOLLOW) == 0);
	if (S_ISLNK(now.st_mode))
		exchange(&p);
	ok(files_size(&f, "a/young") == 16, "files, restless: what is not due "
	    "is there");
	files_put(&f, "a/old", FILES_DUE);
	(void)files_erase(&f, &d, NULL);
	ok(files_size(&f, "a/old") == -1 && files_size(&f, "a/young") == 16,
	    "files, restless: what is due goes in the end");
	files_close(&f);
	files_close(&out);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(logs_cases) / sizeof(*logs_cases); i++)
		test_logs_step(&logs_cases[i]);
	test_logs_restless();
	for (size_t i = 0; i < sizeof(files_cases) / sizeof(*files_cases); i++)
		test_files_step(&files_cases[i]);
	test_files_restless();
	return tap_done();
}
