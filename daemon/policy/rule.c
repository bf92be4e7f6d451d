#include "retention/rule.h"

#include <string.h>

#include "retention/err.h"

static const char *const keeps[RULE_N_KEEPS] = {
	[RULE_PERIOD] = "period", [RULE_UNTIL] = "until",
	[RULE_UNTIL_EVENT] = "until_event", [RULE_UNTIL_DATE] = "until_date",
	[RULE_INDEFINITELY] = "indefinitely",
};
static const char *const clocks[RULE_N_CLOCKS] = {
	[RULE_UNIX] = "unix", [RULE_UNIX_MS] = "unix-ms",
	[RULE_UNIX_US] = "unix-us", [RULE_ISO8601] = "iso8601",
	[RULE_DATE] = "date", [RULE_JULIAN] = "julian",
};
static const char *const modes[RULE_N_MODES] = {
	[RULE_REPORT] = "report", [RULE_REVIEW] = "review",
	[RULE_ENFORCE] = "enforce",
};
static const char *const actions[RULE_N_ACTIONS] = {
	[RULE_DELETE] = "delete", [RULE_ANONYMISE] = "anonymise",
	[RULE_DESTROY] = "destroy",
};
static const char *const kinds[RULE_N_KINDS] = {
	[RULE_SQLITE] = "sqlite", [RULE_LOGS] = "logs", [RULE_FILES] = "files",
};
static const char *const methods[RULE_N_METHODS] = {
	[RULE_NULL] = "null", [RULE_EMPTY] = "empty", [RULE_SET] = "set",
	[RULE_REDACT] = "redact", [RULE_PSEUDONYM] = "pseudonym",
	[RULE_IP_PREFIX] = "ip-prefix", [RULE_YEAR] = "year",
	[RULE_MONTH] = "month", [RULE_OUTWARD] = "outward",
	[RULE_EMAIL_DOMAIN] = "email-domain", [RULE_TRUNCATE] = "truncate",
};
static const char *const empties[RULE_N_EMPTIES] = {
	[RULE_EMPTY_KEEP] = "keep", [RULE_EMPTY_REMOVE] = "remove",
};

static const char *const scrubs[RULE_N_SCRUBS] = {
	[RULE_SCRUB_ERASED] = "erased", [RULE_SCRUB_OFF] = "off",
	[RULE_SCRUB_FULL] = "full",
};

static const char *const units[RULE_N_UNITS] = {
	[RULE_LINE] = "line", [RULE_FILE] = "file",
};

static int
find(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static const char *
name_of(const char *const *names, int n, int i)
{
	must(i >= 0 && i < n);
	return names[i];
}

const char *
rule_keep_name(enum rule_keep k)
{
	return name_of(keeps, RULE_N_KEEPS, (int)k);
}

const char *
rule_clock_name(enum rule_clock c)
{
	return name_of(clocks, RULE_N_CLOCKS, (int)c);
}

const char *
rule_mode_name(enum rule_mode m)
{
	return name_of(modes, RULE_N_MODES, (int)m);
}

const char *
rule_action_name(enum rule_action a)
{
	return name_of(actions, RULE_N_ACTIONS, (int)a);
}

const char *
rule_kind_name(enum rule_kind k)
{
	return name_of(kinds, RULE_N_KINDS, (int)k);
}

const char *
rule_method_name(enum rule_method m)
{
	return name_of(methods, RULE_N_METHODS, (int)m);
}

const char *
rule_empty_name(enum rule_empty u)
{
	return name_of(empties, RULE_N_EMPTIES, (int)u);
}

const char *
rule_scrub_name(enum rule_scrub u)
{
	return name_of(scrubs, RULE_N_SCRUBS, (int)u);
}

const char *
rule_unit_name(enum rule_unit u)
{
	return name_of(units, RULE_N_UNITS, (int)u);
}

int
rule_keep_find(const char *name)
{
	return find(keeps, RULE_N_KEEPS, name);
}

int
rule_clock_find(const char *name)
{
	return find(clocks, RULE_N_CLOCKS, name);
}

int
rule_mode_find(const char *name)
{
	return find(modes, RULE_N_MODES, name);
}

int
rule_action_find(const char *name)
{
	return find(actions, RULE_N_ACTIONS, name);
}

int
rule_kind_find(const char *name)
{
	return find(kinds, RULE_N_KINDS, name);
}

int
rule_method_find(const char *name)
{
	return find(methods, RULE_N_METHODS, name);
}

int
rule_empty_find(const char *name)
{
	return find(empties, RULE_N_EMPTIES, name);
}

int
rule_scrub_find(const char *name)
{
	return find(scrubs, RULE_N_SCRUBS, name);
}

int
rule_unit_find(const char *name)
{
	return find(units, RULE_N_UNITS, name);
}

bool
rule_method_keyed(enum rule_method m)
{
	return m == RULE_PSEUDONYM;
}

const struct rule_store *
rule_store_of(const struct rule_notice *n, const struct rule_dataset *d)
{
	for (size_t i = 0; i < n->n_stores; i++)
		if (strcmp(n->stores[i].name, d->store) == 0)
			return &n->stores[i];
	return NULL;
}

size_t
rule_roots(const struct rule_notice *n, const struct rule_store *s,
    const char **ret, size_t most)
{
	size_t k = 0;

	for (size_t i = 0; k < most && i < n->n_datasets; i++)
		if (n->datasets[i].files.column != NULL &&
		    rule_store_of(n, &n->datasets[i]) == s)
			ret[k++] = n->datasets[i].files.root;
	return k;
}

bool
rule_path_is_glob(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}

const char *
rule_path_file(const char *pattern, const char *path)
{
	const char *open = pattern + strcspn(pattern, "*?[");
	const char *at = path;

	for (const char *p = pattern; (p = strchr(p, '/')) != NULL && p < open;
	    p++) {
		const char *slash = strchr(at, '/');

		if (slash == NULL)
			break;
		at = slash + 1;
	}
	return at;
}
