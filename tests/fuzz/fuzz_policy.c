/* Any bytes as a policy file: a set of rules that hold together, or errors
 * that say where. */
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/conf.h"
#include "retention/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char *__lsan_default_suppressions(void);

/* libconfig loses the string in hand at some syntax errors. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static char folder[] = "/tmp/fuzz-policy-XXXXXX";

static void
put(const char *name, const void *bytes, size_t n)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	must(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void
clean(void)
{
	static const char *const names[] = { "p/a.conf", "p", "r.conf", "" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)remove(path);
	}
}

static void
begin(void)
{
	static const char text[] = "policies = \"p\"; origin = \"o\";\n";
	static bool begun;
	char path[64];

	if (begun)
		return;
	begun = true;
	must(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/p", folder);
	must(mkdir(path, 0700) == 0 && atexit(clean) == 0);
	put("r.conf", text, sizeof(text) - 1);
}

/* Whatever was read is complete: what the others rely on is there. */
static void
check(const struct conf_set *set)
{
	const struct rule_notice *n = &set->notices[0];

	must(set->n_notices == 1 && n->id != NULL && n->path != NULL);
	for (size_t i = 0; i < n->n_datasets; i++) {
		const struct rule_dataset *d = &n->datasets[i];
		const struct rule_store *s = rule_store_of(n, d);

		must(s != NULL && s->path[0] == '/' && d->promise != NULL &&
		    conf_find(set, d->full, NULL) == d);
		must(s->kind == RULE_SQLITE && d->action != RULE_DESTROY ?
		    d->table != NULL : d->table == NULL ||
		    d->timing.keep == RULE_INDEFINITELY);
		must(d->timing.keep != RULE_PERIOD || (d->timing.period.n > 0 &&
		    d->timing.from != NULL));
		must(d->timing.keep != RULE_UNTIL || d->timing.from != NULL);
		for (size_t k = 0; k < d->n_columns; k++)
			must(d->columns[k].name != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_errors errs = { .n = 0 };
	struct conf_set *set = NULL;
	struct conf_diff *diff = NULL;
	struct err e;
	size_t n = 0;
	char path[64];

	begin();
	put("p/a.conf", data, size);
	(void)snprintf(path, sizeof(path), "%s/r.conf", folder);
	if (conf_load(path, &set, &errs) == 0) {
		must(errs.n == 0);
		check(set);
		must(conf_diff(set, set, &diff, &n, &e) == 0 && n == 0);
		free(diff);
	} else {
		must(set == NULL && errs.n > 0);
		must(strncmp(errs.text[0], folder, strlen(folder)) == 0);
	}
	conf_free(set);
	conf_errors_release(&errs);
	return 0;
}
