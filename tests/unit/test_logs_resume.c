/*
 * Log stores, killed between intent and outcome: what then cannot be looked
 * at, or may not go any more, is counted as left and stays.
 */
#include <sys/mman.h>

#include "logstest.h"
#include "tap.h"

static void
on_go_die(struct told *t)
{
	(void)t;
	_exit(9);
}

/* Dies when all is intended and nothing done; told by the shared page. */
static struct told *
die_at_go(struct logs *l)
{
	struct told *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct store_result r;
	struct store_sink sink;
	const pid_t pid = fork();

	if (pid == 0) {
		must(store_open(&l->store, STORE_WRITE, NULL, &l->st, &l->e) ==
		    0);
		sink = told_sink(t);
		t->on_go = on_go_die;
		_exit(store_erase(l->st, &l->d, logs_now, &sink, &r, &l->e));
	}
	(void)waitpid(pid, NULL, 0);
	must(t->intents == 1 && t->dones == 0);
	return t;
}

static int
resume(struct logs *l, struct told *t, bool act, struct told *after)
{
	const struct store_pending p = { t->op[0], t->n_c[0],
		(const uint8_t (*)[COMMIT_BYTES])t->c[0],
		l->d.unit == RULE_FILE ? "file" : "line" };
	struct store_sink sink = told_sink(after);

	store_close(l->st);
	l->st = NULL;
	must(store_open(&l->store, STORE_WRITE, NULL, &l->st, &l->e) == 0);
	return store_resume(l->st, &l->d, logs_now, &p, 1, act, &sink, &l->e);
}

/* One file that may not be opened does not keep the others in doubt; but what
 * is not found may be in it. */
static void
test_one_closed(void)
{
	struct logs l;
	struct told *t, after;
	char path[160];

	for (int gone = 0; gone < 2; gone++) {
		logs_open(&l, RULE_DELETE);
		logs_put(&l, "access.log.1", "on", 5);
		t = die_at_go(&l);
		logs_put(&l, "access.log.2", "n", 5);
		snprintf(path, sizeof path, "%s/access.log.2", l.dir);
		must(link(path, logs_path(&l, "other")) == 0);
		if (gone)
			must(unlink(logs_path(&l, "access.log.1")) == 0);
		ok(resume(&l, t, true, &after) == 0 && after.sum_ok &&
		    after.erased == (gone ? 0 : 5) &&
		    after.left == (gone ? 5 : 0), "another file has two names, "
		    "the one in question %s: %s", gone ? "is gone" :
		    "is finished", l.e.text);
		munmap(t, sizeof *t);
		logs_close(&l);
	}
}

/* Killed with the file out of its place, and then a hold came. */
static void
test_held(void)
{
	struct logs l;
	struct told *t, after;
	struct stat st;
	char path[160], side[200];

	logs_open(&l, RULE_DELETE);
	l.d.unit = RULE_FILE;
	logs_put(&l, "access.log.1", "o", 5);
	t = die_at_go(&l);
	snprintf(path, sizeof path, "%s/access.log.1", l.dir);
	must(stat(path, &st) == 0);
	snprintf(side, sizeof side, "%s/.access.log.1.retentiond-%ju-%ju",
	    l.dir, (uintmax_t)st.st_ino, (uintmax_t)st.st_size);
	must(rename(path, side) == 0);
	ok(resume(&l, t, false, &after) == 0 && after.left == 1 &&
	    after.erased == 0 && logs_lines(&l, "access.log.1", "192") == 5 &&
	    access(side, F_OK) == -1, "held: a file that was on its way out is back: %s",
	    l.e.text);
	munmap(t, sizeof *t);
	logs_close(&l);
}

/* Killed with nothing done, and then the file gets a name that is not the
 * store's: its lines are not gone. */
static void
test_renamed(enum rule_unit unit, bool alone)
{
	struct logs l;
	struct told *t, after;
	char path[160];
	const unsigned n = unit == RULE_FILE ? 1 : 5;

	logs_open(&l, RULE_DELETE);
	l.d.unit = unit;
	logs_put(&l, "access.log.1", "o", 5);
	t = die_at_go(&l);
	if (!alone)
		logs_put(&l, "access.log.2", "n", 5);
	snprintf(path, sizeof path, "%s/access.log.1", l.dir);
	must(rename(path, logs_path(&l, "kept-for-the-court")) == 0);
	ok(resume(&l, t, true, &after) == 0 && after.left == n &&
	    after.erased == 0 && after.sum_ok, "renamed, %s: left: %s",
	    alone ? "nothing else is there" : "among others", after.err.text);
	ok(logs_lines(&l, "kept-for-the-court", "192") == 5, "and whole");
	munmap(t, sizeof *t);
	logs_close(&l);
}

int
main(void)
{
	test_renamed(RULE_LINE, false);
	test_renamed(RULE_LINE, true);
	test_renamed(RULE_FILE, true);
	test_one_closed();
	test_held();
	return tap_done();
}
