/* conf_folder - a throw-away folder with retentiond.conf and policies.d. */
#ifndef TESTS_CONF_FOLDER_H
#define TESTS_CONF_FOLDER_H

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/conf.h"

#include "tap.h"

#define NOTICE "notice = { id = \"n\"; title = \"N\"; controller = \"C\"; };\n"
#define STORES "stores = ( { name = \"s\"; sqlite = \"s.db\"; }, " \
	"{ name = \"l\"; logs = \"*.log\"; }, { name = \"f\"; files = \"f\"; } );\n"
/* Lines 1 and 2 are notice and stores, so a dataset begins on line 3. */
#define ONE(text) NOTICE STORES "datasets = ( { name = \"d\"; promise = \"p\"; " \
	text " } );\n"
#define ROWS "store = \"s\"; table = \"t\"; action = \"delete\"; "
#define LOGS "store = \"l\"; action = \"delete\"; "
#define FILES "store = \"f\"; action = \"delete\"; "
#define KEEP "keep = { period = \"2 years\"; from = \"at\"; clock = \"unix\"; };"

#define NAMED(id, db, text) "notice = { id = \"" id "\"; title = \"T\"; " \
	"controller = \"C\"; };\nstores = ( { name = \"s\"; sqlite = \"" db "\"; } );" \
	"\ndatasets = ( { name = \"d\"; promise = \"p\"; " text " } );\n"

static char folder[64];

static inline void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		abort();
}

static inline void
drop(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)unlink(path);
}

static inline struct conf_set *
load(struct conf_errors *errs)
{
	struct conf_set *set = NULL;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/retentiond.conf", folder);
	if (conf_load(path, &set, errs) == -1 && set != NULL)
		abort();
	return set;
}

static inline struct conf_set *
load_quietly(void)
{
	struct conf_errors errs;
	struct conf_set *set = load(&errs);

	for (size_t i = 0; i < errs.n; i++)
		printf("# %s\n", errs.text[i]);
	conf_errors_release(&errs);
	return set;
}

static inline bool
has(const struct conf_errors *errs, const char *file, const char *where,
    const char *what)
{
	for (size_t i = 0; i < errs->n; i++)
		if (strstr(errs->text[i], file) != NULL &&
		    strstr(errs->text[i], where) != NULL &&
		    strstr(errs->text[i], what) != NULL &&
		    strncmp(errs->text[i], folder, strlen(folder)) == 0)
			return true;
	for (size_t i = 0; i < errs->n; i++)
		printf("# %s\n", errs->text[i]);
	return false;
}

static inline void
begin(void)
{
	char path[256];

	(void)snprintf(folder, sizeof(folder), "/tmp/test-conf-XXXXXX");
	if (mkdtemp(folder) == NULL)
		abort();
	(void)snprintf(path, sizeof(path), "%s/policies.d", folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/empty.d", folder);
	(void)mkdir(path, 0700);
	put("retentiond.conf", "");
}

static inline int
end(void)
{
	static const char *const names[] = { "policies.d/a.conf",
		"policies.d/b.conf", "policies.d/c.conf", "policies.d/.b.conf",
		"policies.d/c.conf~", "retentiond.conf", "policies.d", "empty.d",
		"" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)remove(path);
	}
	return tap_done();
}

#endif
