#include "retention/conf.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/pool.h"
#include "retention/sha256.h"

#include "group.h"
#include "manual.h"
#include "policy.h"
#include "source.h"

#define FILES_MOST 1000

void
conf_errors_release(struct conf_errors *errs)
{
	for (size_t i = 0; i < errs->n; i++)
		free(errs->text[i]);
	free(errs->text);
	*errs = (struct conf_errors){ .n = 0 };
}

void
conf_free(struct conf_set *set)
{
	if (set != NULL)
		pool_free(set->pool);		/* the set lies in it */
}

static const char *
host_name(struct reader *r)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) == -1 || name[0] == '\0' ||
	    strpbrk(name, " +") != NULL) {
		reader_error(r, 0, "origin is missing and the host has no name; "
		    "expected origin = \"NAME\"");
		return NULL;
	}
	return reader_dup(r, name);
}

static void
read_main(struct reader *r, struct conf_main *ret)
{
	struct buf text = BUF_EMPTY;
	uint8_t ignored[SHA256_BYTES];
	config_t cfg;

	bool found;

	config_init(&cfg);
	found = source_read(r, &text, ignored) == 0;
	if (found && source_parse(r, &text, &cfg) == 0)
		group_read(r, SCHEMA_MAIN, config_root_setting(&cfg), ret);
	else		/* the policies are looked at all the same */
		group_read(r, SCHEMA_MAIN, NULL, ret);
	if (!found)	/* but not where nobody said that they are */
		ret->policies = NULL;
	config_destroy(&cfg);
	buf_release(&text);
	ret->path = r->file;
	if (ret->origin == NULL)
		ret->origin = host_name(r);
}

static void
read_policy(struct reader *r, const char *path, const struct rule_brake *brake,
    struct rule_notice *ret)
{
	struct buf text = BUF_EMPTY;
	uint8_t sha256[SHA256_BYTES];
	config_t cfg;

	reader_begin(r, path);
	config_init(&cfg);
	if (source_read(r, &text, sha256) == 0 &&
	    source_parse(r, &text, &cfg) == 0) {
		policy_read(r, &cfg, brake, ret);
		memcpy(ret->sha256, sha256, sizeof(sha256));
	}
	config_destroy(&cfg);
	buf_release(&text);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_policy_name(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".conf") == 0;
}

/* The paths of *.conf in `folder`, in name order. */
static const char **
list_policies(struct reader *r, const char *folder, size_t *ret_n)
{
	const char **names = reader_array(r, FILES_MOST, sizeof(*names));
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct err e;
	size_t n = 0;

	if (dir == NULL) {
		(void)err_sys(&e, "policies: %s", folder);
		reader_error(r, 0, "%s; expected a folder that can be read",
		    e.text);
		return NULL;
	}
	while (names != NULL && (entry = readdir(dir)) != NULL) {
		if (!is_policy_name(entry->d_name))
			continue;
		if (n == FILES_MOST) {
			reader_error(r, 0, "policies: %s: too many files; expected "
			    "at most %d", folder, FILES_MOST);
			break;
		}
		names[n] = reader_path(r, folder, entry->d_name);
		if (names[n] == NULL)
			break;
		n++;
	}
	(void)closedir(dir);
	if (names != NULL && n == 0)
		reader_error(r, 0, "policies: %s: no policy file; expected at "
		    "least one *.conf", folder);
	if (names != NULL && n > 0)
		qsort(names, n, sizeof(*names), compare_names);
	*ret_n = n;
	return names;
}

static void
check_ids(struct reader *r, const struct rule_notice *notices, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (notices[i].id != NULL && notices[k].id != NULL &&
			    strcmp(notices[i].id, notices[k].id) == 0) {
				reader_begin(r, notices[i].path);
				reader_error(r, 0, "notice.id '%s' is that of %s as "
				    "well; expected another one", notices[i].id,
				    notices[k].path);
			}
}

static void
digest(struct conf_set *set, struct reader *r)
{
	struct sha256 *h = sha256_new();

	if (h == NULL) {
		reader_error(r, 0, "no memory");
		return;
	}
	for (size_t i = 0; i < set->n_notices; i++)
		sha256_add(h, set->notices[i].sha256, SHA256_BYTES);
	sha256_end(h, set->digest);
	sha256_free(h);
}

static int
read_main_at(struct reader *r, struct conf_set *set, const char *path)
{
	const char *main_path, *here = "/";
	char room[4096];

	if (path[0] != '/' && (here = getcwd(room, sizeof(room))) == NULL)
		here = "/";
	main_path = reader_path(r, here, path);
	if (main_path == NULL)
		return -1;
	reader_begin(r, main_path);
	read_main(r, &set->main);
	return 0;
}

static void
read_policies(struct reader *r, struct conf_set *set)
{
	struct rule_notice *notices;
	const char **paths;
	size_t n = 0;

	if (set->main.policies == NULL)
		return;
	paths = list_policies(r, set->main.policies, &n);
	notices = reader_array(r, n, sizeof(*notices));
	if (paths == NULL || notices == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		read_policy(r, paths[i], &set->main.brake, &notices[i]);
	check_ids(r, notices, n);
	set->notices = notices;
	set->n_notices = n;
	if (r->failed)
		return;
	policy_rivals(r, notices, n);
	digest(set, r);
}

/* Warnings move into the pool. */
static void
keep_warnings(struct reader *r, struct conf_set *set)
{
	const char **texts = reader_array(r, r->warnings.n, sizeof(*texts));

	for (size_t i = 0; texts != NULL && i < r->warnings.n; i++)
		texts[i] = reader_dup(r, r->warnings.text[i]);
	set->warnings = texts;
	set->n_warnings = r->warnings.n;
}

static int
load(const char *path, bool with_policies, struct conf_set **ret_set,
    struct conf_errors *errs)
{
	struct reader r = { .errs = errs, .file = path, .folder = "/" };
	struct conf_set *set;

	*errs = (struct conf_errors){ .n = 0 };
	r.pool = pool_new();
	set = r.pool == NULL ? NULL : pool_alloc(r.pool, sizeof(*set));
	if (set == NULL) {
		reader_error(&r, 0, "no memory");
		pool_free(r.pool);
		return -1;
	}
	set->pool = r.pool;
	if (read_main_at(&r, set, path) == 0 && with_policies)
		read_policies(&r, set);
	keep_warnings(&r, set);
	conf_errors_release(&r.warnings);
	if (r.failed) {
		pool_free(r.pool);
		return -1;
	}
	*ret_set = set;
	return 0;
}

int
conf_load(const char *path, struct conf_set **ret_set, struct conf_errors *errs)
{
	return load(path, true, ret_set, errs);
}

int
conf_load_main(const char *path, struct conf_set **ret_set,
    struct conf_errors *errs)
{
	return load(path, false, ret_set, errs);
}

int
conf_manual(const char *what, struct buf *ret, struct err *e)
{
	if (strcmp(what, "retentiond.conf") == 0)
		manual_write(SCHEMA_MAIN, ret);
	else if (strcmp(what, "policy") == 0)
		manual_write(SCHEMA_POLICY, ret);
	else
		return err_set(e, ERR_INPUT, "\"%.40s\"; expected "
		    "\"retentiond.conf\" or \"policy\"", what);
	if (buf_failed(ret))
		return err_set(e, ERR_MEMORY, "no memory");
	return 0;
}

const struct rule_dataset *
conf_find(const struct conf_set *set, const char *full,
    const struct rule_notice **ret_notice)
{
	for (size_t i = 0; set != NULL && i < set->n_notices; i++) {
		const struct rule_notice *n = &set->notices[i];

		for (size_t k = 0; k < n->n_datasets; k++)
			if (strcmp(n->datasets[k].full, full) == 0) {
				if (ret_notice != NULL)
					*ret_notice = n;
				return &n->datasets[k];
			}
	}
	return NULL;
}
