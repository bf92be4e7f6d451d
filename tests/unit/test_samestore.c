/* samestore: a hold on a store holds its files under every name, and what lies
 * below or above; in doubt it holds, and it holds nothing else. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/samestore.h"

#include "tap.h"

static char dir[64], held_path[200], path[200], root[200];

static const char *
in(char *to, const char *name)
{
	(void)snprintf(to, 200, "%s/%s", dir, name);
	return to;
}

static void
touch(const char *name)
{
	char to[200];
	int fd = open(in(to, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	must(fd != -1);
	(void)close(fd);
}

static const struct {
	enum rule_kind held_kind;
	const char *held, *is, *root;
	bool covers;
	const char *what;
} rows[] = {
	{ RULE_SQLITE, "a.db", "a.db", NULL, true, "the same path" },
	{ RULE_SQLITE, "a.db", "b.db", NULL, false, "another file" },
	{ RULE_SQLITE, "a.db", "soft.db", NULL, true, "a symbolic link" },
	{ RULE_SQLITE, "a.db", "hard.db", NULL, true, "a second name" },
	{ RULE_SQLITE, "a.db", "also/a.db", NULL, true, "a linked folder" },
	{ RULE_SQLITE, "a.db", "none.db", NULL, false, "not there" },
	{ RULE_SQLITE, "none.db", "a.db", NULL, false, "the held one is not" },
	{ RULE_SQLITE, "a.db", "?.db", NULL, true, "a pattern with it" },
	{ RULE_SQLITE, "a.db", "[bc].db", NULL, false, "one without" },
	{ RULE_SQLITE, "a*.db", "hard.db", NULL, true, "a held pattern" },
	{ RULE_FILES, "d", "d/e", NULL, true, "below a held folder" },
	{ RULE_FILES, "d/e", "d", NULL, true, "above a held folder" },
	{ RULE_FILES, "d", "f", NULL, false, "beside it" },
	{ RULE_FILES, "d", "df", NULL, false, "a name that begins alike" },
	{ RULE_FILES, "d", "b.db", "d/e", true, "rows' files below it" },
	{ RULE_FILES, "d", "b.db", "f", false, "rows' files elsewhere" },
	{ RULE_FILES, "loop", "a.db", NULL, true, "what cannot be looked at" },
};

int
main(void)
{
	static const char *const folders[] = { "d", "d/e", "f", "df" };
	static const char *const files[] = { "a.db", "b.db" };
	char to[200], from[200];

	(void)snprintf(dir, sizeof(dir), "/tmp/samestore.XXXXXX");
	must(mkdtemp(dir) != NULL);
	for (size_t i = 0; i < 4; i++)
		must(mkdir(in(to, folders[i]), 0700) == 0);
	for (size_t i = 0; i < 2; i++)
		touch(files[i]);
	must(symlink("a.db", in(to, "soft.db")) == 0 &&
	    link(in(from, "a.db"), in(to, "hard.db")) == 0 &&
	    symlink(".", in(to, "also")) == 0 &&
	    symlink("loop", in(to, "loop")) == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule_store held = { .full = "n/held", .path = in(
		    held_path, rows[i].held), .kind = rows[i].held_kind };
		struct rule_store s = { .full = "m/other",
			.path = in(path, rows[i].is) };
		struct rule_dataset d = { .full = "m/d" };

		if (rows[i].root != NULL)
			d.files = (struct rule_files){ .column = "c",
				.root = in(root, rows[i].root) };
		ok(samestore_covers(&held, &s, &d) == rows[i].covers, "%s",
		    rows[i].what);
	}
	(void)snprintf(to, sizeof(to), "%s", dir);
	for (const char *const *n = (const char *const[]){ "a.db", "b.db",
	    "soft.db", "hard.db", "also", "loop", NULL }; *n != NULL; n++)
		(void)unlink(in(to, *n));
	for (const char *const *n = (const char *const[]){ "d/e", "d", "f",
	    "df", NULL }; *n != NULL; n++)
		(void)rmdir(in(to, *n));
	(void)rmdir(dir);
	return tap_done();
}
