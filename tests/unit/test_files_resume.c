/*
 * After a crash: every item counted once, what had begun is finished, and
 * what is not due any more stays.
 */
#include "store/files/sift.h"

#include "filetest.h"
#include "tap.h"

/* Intends all due files and stops: as if killed before GO. */
static struct store_pending
intended(struct files *f, const struct rule_dataset *d)
{
	struct store_sink sink = told_sink(&f->told);

	f->told.go = -1;
	store_close(f->st);
	f->st = NULL;
	must(store_open(&f->store, STORE_WRITE, NULL, &f->st, &f->e) == 0);
	(void)store_erase(f->st, d, files_now, &sink, &f->r, &f->e);
	must(f->told.intents == 1);
	return (struct store_pending){ f->told.op[0], f->told.n_c[0],
		(const uint8_t (*)[COMMIT_BYTES])f->told.c[0], "file" };
}

static int
resume(struct files *f, const struct rule_dataset *d,
    const struct store_pending *p, bool act)
{
	struct told before = f->told;
	struct store_sink sink = told_sink(&f->told);
	int rc;

	memcpy(f->told.c, before.c, sizeof(before.c));
	rc = store_resume(f->st, d, files_now, p, 1, act, &sink, &f->e);
	return rc;
}

static bool
says(const struct files *f, uint64_t erased, uint64_t left, uint64_t drift)
{
	return f->told.sum_ok && f->told.dones == 1 &&
	    f->told.erased == erased && f->told.left == left &&
	    f->told.drift == drift && f->told.intents == 0;
}

/* Give a file the name that says its erasing has begun. */
static void
begun(struct files *f, const struct rule_dataset *d,
    const struct store_pending *p, const char *name, bool zeroed)
{
	struct sift s;
	struct stat st;
	char mark[SIFT_NAME_BYTES];

	must(sift_init(&s, d, files_now, &f->e) == 0 &&
	    fstatat(f->fd, name, &st, 0) == 0);
	sift_name(&s, p->op.op, st.st_ino, mark);
	must(renameat(f->fd, name, f->fd, mark) == 0);
	if (zeroed)			/* writing has changed its time */
		files_put(f, mark, files_now.ms / 1000);
}

static bool
empty(struct files *f, const char *keep)
{
	char cmd[300];
	int status = 1;

	snprintf(cmd, sizeof(cmd), "test \"$(ls -A '%s')\" = '%s'", f->dir,
	    keep);
	if (fork() == 0)
		_exit(execl("/bin/sh", "sh", "-c", cmd, (char *)NULL));
	must(wait(&status) != -1);
	return status == 0;
}

static void
test_all_there(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_pending p;
	struct files f;

	files_open(&f);
	files_put(&f, "a", FILES_DUE);
	files_put(&f, "b", FILES_DUE);
	files_put(&f, "c", FILES_DUE);
	files_put(&f, "young", FILES_DUE + 1);
	p = intended(&f, &d);
	ok(p.n == 3 && resume(&f, &d, &p, false) == 0 && says(&f, 0, 3, 0) &&
	    f.told.gos == 0 && files_holds(f.fd, "a"),
	    "without leave they are counted");
	files_age(&f, "b", FILES_DUE + 1);
	unlinkat(f.fd, "c", 0);
	ok(resume(&f, &d, &p, true) == 0 && says(&f, 2, 0, 1) &&
	    f.told.gos == 1 && files_size(&f, "a") == -1 &&
	    files_holds(f.fd, "b") && files_holds(f.fd, "young"),
	    "with it: due goes, touched stays, gone is gone");
	ok(resume(&f, &d, &p, true) == 0 && says(&f, 2, 0, 1),
	    "and again the same");
	files_close(&f);
}

static void
test_begun(bool zeroed)
{
	struct rule_dataset d = files_rule("*.pdf");
	struct store_pending p;
	struct files f;

	files_open(&f);
	files_put(&f, "a.pdf", FILES_DUE);
	files_put(&f, "b.pdf", FILES_DUE);
	files_put(&f, "young.pdf", FILES_DUE + 1);
	p = intended(&f, &d);
	begun(&f, &d, &p, "a.pdf", zeroed);
	ok(resume(&f, &d, &p, false) == 0 && says(&f, 0, 2, 0),
	    "begun: counted as left");
	ok(resume(&f, &d, &p, true) == 0 && says(&f, 2, 0, 0) &&
	    empty(&f, "young.pdf"), "begun: finished");
	files_close(&f);
}

/* The operation is over, with something left: the next pass takes it. */
static void
test_left_over(void)
{
	struct rule_dataset d = files_rule("*.pdf"), other = files_rule(NULL);
	struct store_pending p;
	struct store_counts n;
	struct files f;

	other.full = "n/other";
	files_open(&f);
	files_put(&f, "a.pdf", FILES_DUE);
	p = intended(&f, &d);
	begun(&f, &d, &p, "a.pdf", true);
	files_put(&f, ".retention-0123456789abcdef-nothex-1", FILES_DUE + 1);
	ok(files_plan(&f, &other, files_now, &n) == 0 && n.total == 1 &&
	    n.due == 0, "no business of another dataset");
	ok(files_plan(&f, &d, files_now, &n) == 0 && n.total == 1 &&
	    n.due == 1, "due in its own");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 1, 0, 0) &&
	    empty(&f, ".retention-0123456789abcdef-nothex-1"),
	    "and goes; what only looks like it stays");
	files_close(&f);
}

/* A young file took the name of one that was chosen, and a crash came before
 * that was seen: its number is another. */
static void
test_wrong_number(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_pending p;
	struct sift s;
	struct files f;
	char mark[SIFT_NAME_BYTES];

	files_open(&f);
	files_put(&f, "a", FILES_DUE);
	p = intended(&f, &d);
	must(sift_init(&s, &d, files_now, &f.e) == 0);
	sift_name(&s, p.op.op, 1, mark);
	must(unlinkat(f.fd, "a", 0) == 0);
	files_put(&f, mark, FILES_DUE + 1);
	ok(resume(&f, &d, &p, true) == 0 && says(&f, 0, 0, 1) &&
	    files_holds(f.fd, mark), "another's number: stays");
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 0, 0, 0) &&
	    files_holds(f.fd, mark), "in the next pass as well");
	files_close(&f);
}

static void
test_stranger(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_pending p;
	struct files f;

	files_open(&f);
	files_put(&f, "a", FILES_DUE);
	p = intended(&f, &d);
	unlinkat(f.fd, "a", 0);
	files_put(&f, "b", FILES_DUE);
	ok(resume(&f, &d, &p, true) == 0 && says(&f, 1, 0, 0) &&
	    files_holds(f.fd, "b"), "a due file that was not intended stays");
	must(linkat(f.fd, "b", f.fd, "a", 0) == 0);
	ok(resume(&f, &d, &p, true) == 0 && says(&f, 0, 1, 0) &&
	    f.told.err.code == ERR_REFUSED && files_holds(f.fd, "b"),
	    "nor does it go by another name");
	files_close(&f);
}

/* What is not found may be where nobody can look: it is not called erased. */
static void
test_out_of_sight(void)
{
	struct rule_dataset d = files_rule(NULL);
	struct store_pending p;
	char path[200] = "";
	struct files f;

	files_open(&f);
	files_put(&f, "a", FILES_DUE);
	files_put(&f, "b", FILES_DUE);
	p = intended(&f, &d);
	for (int i = 0; i < 70; i++) {		/* too deep to be walked */
		path[2 * i] = 'd';		/* d/d/d... */
		path[2 * i + 1] = '\0';
		must(mkdirat(f.fd, path, 0700) == 0);
		path[2 * i + 1] = '/';
	}
	must(renameat(f.fd, "b", f.fd, "d/b") == 0);
	ok(resume(&f, &d, &p, true) == 0 && says(&f, 1, 1, 0) &&
	    f.told.err.code == ERR_STORE && files_size(&f, "a") == -1 &&
	    files_holds(f.fd, "d/b"), "one folder is closed: what was not "
	    "found is left: %s %s", f.e.text, f.told.err.text);
	files_close(&f);
}

int
main(void)
{
	test_out_of_sight();
	test_all_there();
	test_begun(false);
	test_begun(true);
	test_left_over();
	test_wrong_number();
	test_stranger();
	return tap_done();
}
