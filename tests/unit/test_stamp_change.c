/*
 * After anything that anybody did to a file since a pass left it clean, the
 * next one reads all of it.
 */
#include "stampkit.h"

#include <sys/wait.h>

/* What somebody does between two passes. */
static void
commits(struct stamped *w)
{
	fixture_sql(&w->f, "UPDATE t SET body = 'x' WHERE id = 9000");
}

/* All of it back in the file, and the log empty again. */
static void
commits_and_copies(struct stamped *w)
{
	commits(w);
	fixture_sql(&w->f, "PRAGMA wal_checkpoint(TRUNCATE)");
}

static void
commits_and_closes(struct stamped *w)
{
	commits(w);
	sqlite3_close(w->f.app);
	must(sqlite3_open(w->f.path, &w->f.app) == SQLITE_OK);
}

static void
vacuums(struct stamped *w)
{
	fixture_sql(&w->f, "VACUUM");
}

static void
touches(struct stamped *w)
{
	must(utimensat(AT_FDCWD, w->f.path, NULL, 0) == 0);
}

/* The same time of writing as before; the inode's own change tells. */
static void
sets_back(struct stamped *w)
{
	struct timespec t[2];
	struct stat st;

	must(stat(w->f.path, &st) == 0);
	t[0] = st.st_atim;
	t[1] = st.st_mtim;
	commits_and_copies(w);
	must(utimensat(AT_FDCWD, w->f.path, t, 0) == 0);
}

static void
replaces(struct stamped *w)
{
	size_t n;
	unsigned char *d;
	struct timespec t[2];
	struct stat st;
	char to[120];
	int fd;

	sqlite3_close(w->f.app);
	must(stat(w->f.path, &st) == 0);
	t[0] = st.st_atim;
	t[1] = st.st_mtim;
	d = scrub_slurp(w->f.path, &n);
	snprintf(to, sizeof(to), "%s/copy", w->f.dir);
	fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(d != NULL && fd != -1 && write(fd, d, n) == (ssize_t)n);
	close(fd);
	free(d);
	must(utimensat(AT_FDCWD, to, t, 0) == 0 &&
	    rename(to, w->f.path) == 0);
	must(sqlite3_open(w->f.path, &w->f.app) == SQLITE_OK);
}

static void
writes_below(struct stamped *w)
{
	int fd = open(w->f.path, O_RDWR | O_CLOEXEC);
	char byte;

	must(fd != -1 && pread(fd, &byte, 1, 8192) == 1 &&
	    pwrite(fd, &byte, 1, 8192) == 1);
	close(fd);
}

static void
child_pass(struct stamped *w, bool told)
{
	pid_t pid = fork();
	int status = 0;

	must(pid != -1);
	if (pid == 0) {
		struct db *db = NULL;

		if (db_open(&(struct db_how){ .store = &w->f.store,
		    .path = w->f.path, .access = STORE_WRITE }, &db,
		    &w->f.e) == -1)
			_exit(1);
		sqlite3_set_authorizer(db->h, NULL, NULL);
		if (told)
			(void)stamp_trust(db, w->clean);
		_exit(db_exec(db, "DELETE FROM t WHERE id = 11000",
		    &w->f.e) == -1);
	}
	must(waitpid(pid, &status, 0) == pid && status == 0);
}

/* A pass that died behind its commit, before its scrub. */
static void
dies(struct stamped *w)
{
	sqlite3_close(w->f.app);
	child_pass(w, true);
	must(sqlite3_open(w->f.path, &w->f.app) == SQLITE_OK);
}

static void
test_change(const char *mode, const char *name, void (*what)(struct stamped *))
{
	struct stamped w;

	stamp_begin(&w, mode);
	must(stamp_pass_over(&w, true));
	ok(w.clean[0], "%s, %s: there is a stamp", mode, name);
	what(&w);
	must(stamp_pass_over(&w, true));
	ok(w.erased == STAMP_EACH && stamp_was_whole(&w), "%s, %s: the whole "
	    "file, %llu of %llu bytes", mode, name,
	    (unsigned long long)w.read, (unsigned long long)w.bytes);
	ok(stamp_pass_over(&w, true) && w.trusted, "%s, %s: and then not again", mode,
	    name);
	fixture_close(&w.f);
}

static const struct {
	const char *name;
	void (*what)(struct stamped *w);
} changes[] = {
	{ "a commit", commits },
	{ "a commit, copied", commits_and_copies },
	{ "a commit, closed", commits_and_closes },
	{ "VACUUM", vacuums },
	{ "touched", touches },
	{ "a commit, time set back", sets_back },
	{ "replaced by its copy", replaces },
	{ "written below SQLite", writes_below },
	{ "a pass that died", dies },
};

int
main(void)
{
	static const char *const modes[] = { "delete", "wal", "persist" };

	if (!stamp_is_here()) {
		ok(true, "# SKIP /tmp is of no kind whose times are believed");
		return tap_done();
	}
	for (size_t m = 0; m < sizeof(modes) / sizeof(*modes); m++) {
		for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
			test_change(modes[m], changes[i].name,
			    changes[i].what);
	}
	return tap_done();
}
