/*
 * rule - what a policy says, as plain data.
 *
 * Made by conf from policy files, sent over wire, used by store.  Every
 * pointer is borrowed from the pool of the set (or message) that holds it;
 * absent text is NULL, absent arrays have n == 0.  The enums are rows of
 * tables in rule.c, which gives their names in policies, trail and JSON; the
 * numbers travel and are kept in the ledger: new values go to the end.
 */
#ifndef RETENTION_RULE_H
#define RETENTION_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/period.h"

enum rule_keep { RULE_PERIOD, RULE_UNTIL, RULE_UNTIL_EVENT, RULE_UNTIL_DATE,
	RULE_INDEFINITELY, RULE_N_KEEPS };
enum rule_clock { RULE_UNIX, RULE_UNIX_MS, RULE_UNIX_US, RULE_ISO8601,
	RULE_DATE, RULE_JULIAN, RULE_N_CLOCKS };
enum rule_mode { RULE_REPORT, RULE_REVIEW, RULE_ENFORCE, RULE_N_MODES };
enum rule_action { RULE_DELETE, RULE_ANONYMISE, RULE_DESTROY, RULE_N_ACTIONS };
enum rule_kind { RULE_SQLITE, RULE_LOGS, RULE_FILES, RULE_N_KINDS };
enum rule_method { RULE_NULL, RULE_EMPTY, RULE_SET, RULE_REDACT,
	RULE_PSEUDONYM, RULE_IP_PREFIX, RULE_YEAR, RULE_MONTH, RULE_OUTWARD,
	RULE_EMAIL_DOMAIN, RULE_TRUNCATE, RULE_N_METHODS };
enum rule_unit { RULE_LINE, RULE_FILE, RULE_N_UNITS };
enum rule_scrub { RULE_SCRUB_ERASED, RULE_SCRUB_OFF, RULE_SCRUB_FULL, RULE_N_SCRUBS };
enum rule_empty { RULE_EMPTY_KEEP, RULE_EMPTY_REMOVE, RULE_N_EMPTIES };

const char *rule_keep_name(enum rule_keep k);
const char *rule_clock_name(enum rule_clock c);
const char *rule_mode_name(enum rule_mode m);
const char *rule_action_name(enum rule_action a);
const char *rule_kind_name(enum rule_kind k);
const char *rule_method_name(enum rule_method m);	/* "truncate", "set" */
const char *rule_unit_name(enum rule_unit u);
const char *rule_empty_name(enum rule_empty u);
const char *rule_scrub_name(enum rule_scrub u);

/* The value of a name, or -1.  Method names without their ":ARGUMENT". */
int rule_keep_find(const char *name);
int rule_clock_find(const char *name);
int rule_mode_find(const char *name);
int rule_action_find(const char *name);
int rule_kind_find(const char *name);
int rule_method_find(const char *name);
int rule_unit_find(const char *name);
int rule_empty_find(const char *name);
int rule_scrub_find(const char *name);

/* Does the method leave pseudonyms, which are still personal data? */
bool rule_method_keyed(enum rule_method m);

enum rule_type { RULE_T_NULL, RULE_T_INT, RULE_T_REAL, RULE_T_TEXT };

struct gates;
struct holders;
struct prints;

struct rule_value {		/* of `set = { disabled = 1; }` */
	const char *column;
	enum rule_type type;
	int64_t i;
	double r;
	const char *text;
};

struct rule_column {		/* of `columns = { email = "redact"; }` */
	const char *name;
	enum rule_method method;
	const char *text;	/* set:VALUE; NULL otherwise */
	int64_t n;		/* truncate:N; 0 otherwise */
};

struct rule_child {
	const char *table;
	const char *column;	/* points to the parent's key */
	size_t n_columns;	/* 0: the rows are deleted with the parent's */
	const struct rule_column *columns;
	size_t n_children;
	const struct rule_child *children;	/* nested, by this one's key */
};

struct rule_files {		/* files that belong to a row */
	const char *column;	/* NULL: none */
	const char *root;	/* absolute */
};

struct rule_subject {
	const char *kind;	/* "email", "nhs_number" */
	const char *column;
};

/* Whose rows alone go, by hash (subject.h), and at once. */
struct rule_person {
	const char *kind;
	uint8_t hash[32];
	struct wall before;	/* rows that bear a later time stay; ms 0: none */
};

/* What a column is to become.  Out of the ledger comes the digest alone. */
#define RULE_MOST_FIXES 16
struct rule_fix {
	const char *column, *text;	/* text NULL: not known; wipe it */
	bool null;		/* neither text nor digest then */
	uint8_t hash[32];	/* subject_value() */
};

struct rule_timing {
	enum rule_keep keep;
	struct period period;	/* RULE_PERIOD */
	struct period grace;	/* RULE_UNTIL, RULE_UNTIL_EVENT; n == 0: none */
	const char *from;	/* column or expression; until's column as well */
	enum rule_clock clock;
	const char *zone;	/* NULL: UTC */
	const char *event;	/* RULE_UNTIL_EVENT */
	int64_t until_day;	/* RULE_UNTIL_DATE, days since 1970, UTC */
	const char *agreement;	/* RULE_UNTIL_DATE */
	const char *reason;	/* RULE_INDEFINITELY */
	/* Filled in by the parent when it sends the rule, not by conf: */
	bool fired;		/* RULE_UNTIL_EVENT: the event has been declared */
	struct wall fired_at;
};

struct rule_brake {
	int64_t rows;		/* -1: unset, the default of retentiond.conf */
	double share;
};

struct rule_window {		/* minutes of the day, UTC; from == to: always */
	int from_min, to_min;
};

struct rule_mask {		/* log stores, action anonymise */
	bool ip_prefix, email_redact, query_strip, user_redact;
};

/* Another dataset over the same table that may keep a row longer. */
struct rule_rival {
	const char *dataset;	/* full name, for explanations */
	const char *where;	/* NULL: every row; of file stores the match */
	const char *time_format;	/* of lines; else NULL */
	struct rule_timing timing;
};

struct rule_dataset {
	const char *name;	/* within its notice */
	const char *full;	/* "notice/name" */
	const char *promise, *basis;
	enum rule_mode mode;
	const char *store;	/* name of the store within the notice */
	const char *table;	/* NULL for destroy, logs and files */
	size_t n_key;		/* 0: the primary key */
	const char *const *key;
	struct rule_timing timing;
	enum rule_action action;
	size_t n_columns, n_set, n_children, n_subject, n_rivals;
	const struct rule_column *columns;
	const struct rule_value *set;
	const struct rule_child *children;
	struct rule_files files;
	const struct rule_subject *subject;
	const char *where;
	struct rule_window window;
	struct rule_brake brake;
	const struct rule_rival *rivals;
	/* Of all datasets over the table: whom one knows, holds know (I4). */
	size_t n_persons;
	const struct rule_subject *persons;
	/* log and file stores */
	enum rule_unit unit;
	const char *time_format, *match;
	struct rule_mask mask;
	bool collapse;		/* shorten files that are still written */
	enum rule_empty empty;		/* folders that erasing has emptied */
	const char *file;	/* where it is written, for messages */
	int line;
	/* For a person's request these decide; n 0: it is the time. */
	size_t n_wanted;
	const struct rule_person *wanted;
	const char *request;	/* whose id; NULL: none */
	/* Only in one file of a pattern (store.h); only what prints know. */
	bool has_only, printed;
	uint8_t only[16];
	/* A correction; what decides (asked: events' queries) stays as it is. */
	size_t n_fixes, n_bound, n_asked;
	const struct rule_fix *fixes;
	const char *const *bound, *const *asked;
	/* Put in by the worker, from what the parent said: I4.  NULL: open. */
	const struct gates *gates;
	const struct prints *prints;
};

struct rule_store {
	const char *name;	/* within its notice */
	const char *full;	/* "notice/name" */
	enum rule_kind kind;
	const char *path;	/* absolute; a glob for logs, and for several
				 * SQLite files of one shape (path has * ? [) */
	int64_t cache_bytes;	/* SQLite page cache of the worker */
	int64_t lock_ms;	/* longest write lock while others are there */
	int64_t busy_ms;	/* how long to wait for a lock */
	enum rule_scrub scrub;	/* SQLite: overwrite what is dead */
	const char *file;
	int line;
	/* Put in by the worker: who knows who has a file open; NULL: itself. */
	const struct holders *holders;
};

struct rule_event {		/* an event read from a store by query */
	const char *name;
	const char *store;	/* within the notice */
	const char *query;	/* one value: the time, or NULL */
	enum rule_clock clock;
	const char *zone;
};

struct rule_notice {
	const char *id, *title, *controller, *owner, *review_by;
	struct period suppress_for;	/* whom a request has erased */
	const char *path;	/* the policy file */
	uint8_t sha256[32];	/* of that file */
	size_t n_stores;
	const struct rule_store *stores;
	size_t n_datasets;
	const struct rule_dataset *datasets;
	size_t n_events;
	const struct rule_event *events;
};

/* The store of a dataset in its notice; NULL if there is none of that name. */
const struct rule_store *rule_store_of(const struct rule_notice *n,
    const struct rule_dataset *d);

/* The roots of files that belong to rows of a store; at most `most`, borrowed.
 * The same one may come twice. */
size_t rule_roots(const struct rule_notice *n, const struct rule_store *s,
    const char **ret, size_t most);

/* True when path holds a glob character: one store, many files. */
bool rule_path_is_glob(const char *path);
/* Which of the files that a pattern matches `path` is: from the first part on
 * that the pattern leaves open.  Within path. */
const char *rule_path_file(const char *pattern, const char *path);

#endif
