#include "schema.h"

#include <string.h>

#include "retention/conf.h"
#include "retention/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MS INT64_C(1)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAYS (24 * HOUR)
#define MIB (INT64_C(1) << 20)

#define MAIN(f) offsetof(struct conf_main, f)
static const struct schema_row main_rows[] = {
#include "main_table.h"
};
static const struct schema_row clock_rows[] = {
#include "clock_table.h"
};
static const struct schema_row trail_rows[] = {
#include "trail_table.h"
};

#define BRAKE(f) offsetof(struct rule_brake, f)
static const struct schema_row brake_rows[] = {
	{ .name = "rows", .type = SCHEMA_COUNT, .at = BRAKE(rows),
	  .preset = "1000", .least = 0, .most = INT64_C(1) << 53,
	  .sentence = "More rows than this due at once, and more than share:"
	  " the dataset stops until a person approves." },
	{ .name = "share", .type = SCHEMA_SHARE, .at = BRAKE(share),
	  .preset = "0.20", .sentence = "The share of the table, from 0 to 1." },
};
static const struct schema_row own_brake_rows[] = {
	{ .name = "rows", .type = SCHEMA_COUNT, .at = BRAKE(rows),
	  .preset = "-1", .least = 0, .most = INT64_C(1) << 53,
	  .sentence = "As in retentiond.conf, whose value is the default." },
	{ .name = "share", .type = SCHEMA_SHARE, .at = BRAKE(share),
	  .preset = "-1",
	  .sentence = "As in retentiond.conf, whose value is the default." },
};

#define POLICY(f) offsetof(struct raw_policy, f)
#define STORE(f) offsetof(struct raw_store, f)
#define EVENT(f) offsetof(struct raw_event, f)
static const struct schema_row policy_rows[] = {
#include "policy_table.h"
};
static const struct schema_row notice_rows[] = {
#include "notice_table.h"
};
static const struct schema_row store_rows[] = {
#include "store_table.h"
};
static const struct schema_row event_rows[] = {
#include "event_table.h"
};

#define DATASET(f) offsetof(struct raw_dataset, f)
static const struct schema_row dataset_rows[] = {
#include "dataset_table.h"
};
static const struct schema_row keep_rows[] = {
#include "keep_table.h"
};

#define CHILD(f) offsetof(struct rule_child, f)
static const struct schema_row child_rows[] = {
	{ .name = "table", .type = SCHEMA_TEXT, .at = CHILD(table),
	  .required = true, .sentence = "The table whose rows belong to the row." },
	{ .name = "column", .type = SCHEMA_TEXT, .at = CHILD(column),
	  .required = true,
	  .sentence = "Its column that holds the key of the row." },
	{ .name = "columns", .type = SCHEMA_COLUMNS, .at = CHILD(columns),
	  .count_at = CHILD(n_columns), .sentence = "Methods by column: the rows"
	  " stay, and these columns are changed; without it they are deleted." },
	{ .name = "children", .type = SCHEMA_LIST, .at = CHILD(children),
	  .count_at = CHILD(n_children), .inner = SCHEMA_CHILD,
	  .sentence = "Rows that belong to these rows in turn." },
};

#define FILES(f) offsetof(struct rule_files, f)
static const struct schema_row files_rows[] = {
	{ .name = "column", .type = SCHEMA_TEXT, .at = FILES(column),
	  .required = true, .sentence = "The column that holds the file's path." },
	{ .name = "root", .type = SCHEMA_PATH, .at = FILES(root),
	  .required = true,
	  .sentence = "The folder below which alone files are erased." },
};

#define MASK(f) offsetof(struct rule_mask, f)
static const struct schema_row mask_rows[] = {
	{ .name = "ip", .type = SCHEMA_WORD, .at = MASK(ip_prefix),
	  .format = "ip-prefix", .sentence = "Addresses lose their last part:"
	  " IPv4 keeps 24 bits, IPv6 keeps 48." },
	{ .name = "email", .type = SCHEMA_WORD, .at = MASK(email_redact),
	  .format = "redact", .sentence = "E-mail addresses are replaced." },
	{ .name = "query", .type = SCHEMA_WORD, .at = MASK(query_strip),
	  .format = "strip", .sentence = "Query strings of URLs are removed." },
	{ .name = "user", .type = SCHEMA_WORD, .at = MASK(user_redact),
	  .format = "redact", .sentence = "The field of the logged-in user is"
	  " replaced." },
};

static const struct schema schemas[SCHEMA_N_CONTEXTS] = {
	[SCHEMA_MAIN] = { "", "The file itself.", sizeof(struct conf_main), 0,
	    main_rows, COUNT(main_rows) },
	[SCHEMA_BRAKE] = { "brake", "When a dataset stops for approval.",
	    sizeof(struct rule_brake), 0, brake_rows, COUNT(brake_rows) },
	[SCHEMA_CLOCKS] = { "clock", "When the system's time is not believed.",
	    sizeof(struct conf_main), 0, clock_rows, COUNT(clock_rows) },
	[SCHEMA_TRAIL] = { "trail", "The audit trail.",
	    sizeof(struct conf_main), 0, trail_rows, COUNT(trail_rows) },
	[SCHEMA_POLICY] = { "", "The file itself.", sizeof(struct raw_policy),
	    0, policy_rows, COUNT(policy_rows) },
	[SCHEMA_NOTICE] = { "notice", "The privacy notice that is kept.",
	    sizeof(struct raw_policy), 0, notice_rows, COUNT(notice_rows) },
	[SCHEMA_STORE] = { "stores", "Where the data is.",
	    sizeof(struct raw_store), STORE(origin), store_rows,
	    COUNT(store_rows) },
	[SCHEMA_EVENT] = { "events", "Events that are read from a store.",
	    sizeof(struct raw_event), EVENT(origin), event_rows,
	    COUNT(event_rows) },
	[SCHEMA_DATASET] = { "datasets", "What is kept for how long.",
	    sizeof(struct raw_dataset), DATASET(origin), dataset_rows,
	    COUNT(dataset_rows) },
	[SCHEMA_KEEP] = { "keep", "Exactly one of period, until, until_event,"
	    " until_date and indefinitely.", sizeof(struct raw_dataset), 0,
	    keep_rows, COUNT(keep_rows) },
	[SCHEMA_CHILD] = { "children", "Rows of other tables that belong to a"
	    " row; acted on with it, before it.", sizeof(struct rule_child), 0,
	    child_rows, COUNT(child_rows) },
	[SCHEMA_FILES] = { "files", "Files that belong to a row and are erased"
	    " with it.", sizeof(struct rule_files), 0, files_rows,
	    COUNT(files_rows) },
	[SCHEMA_MASK] = { "mask", "What is taken out of log lines.",
	    sizeof(struct rule_mask), 0, mask_rows, COUNT(mask_rows) },
	[SCHEMA_OWN_BRAKE] = { "brake", "The brake of one dataset.",
	    sizeof(struct rule_brake), 0, own_brake_rows,
	    COUNT(own_brake_rows) },
};

static const char *const expected[SCHEMA_N_TYPES] = {
	[SCHEMA_TEXT] = "a text that is not empty",
	[SCHEMA_OPTION] = "a text; \"\" is none",
	[SCHEMA_NAME] = "a name of a-z, 0-9, \".\", \"_\" and \"-\" that begins"
	    " with a letter or digit",
	[SCHEMA_ORIGIN] = "a name without blanks and \"+\"",
	[SCHEMA_PATH] = "a path",
	[SCHEMA_PATH_OPTION] = "a path; \"\" is none",
	[SCHEMA_DATE] = "a date such as \"2027-03-31\"",
	[SCHEMA_ZONE] = "\"UTC\" or a time zone such as \"Europe/London\"",
	[SCHEMA_FORMAT] = "combined, common, iso8601, syslog, json:FIELD or a"
	    " strptime format",
	[SCHEMA_PERIOD] = "a period such as \"2 years\"",
	[SCHEMA_PERIOD_OPTION] = "a period such as \"2 years\"; \"\" is none",
	[SCHEMA_SPAN] = "a length of time such as \"60 seconds\"",
	[SCHEMA_SPAN_OPTION] = "a length of time such as \"2 days\"; \"\" is"
	    " none",
	[SCHEMA_SIZE] = "a size such as \"64 MiB\"",
	[SCHEMA_COUNT] = "a whole number",
	[SCHEMA_SHARE] = "a number from 0 to 1",
	[SCHEMA_BOOL] = "true or false",
	[SCHEMA_WORD] = "a word",
	[SCHEMA_MODE] = "\"report\", \"review\" or \"enforce\"",
	[SCHEMA_ACTION] = "\"delete\", \"anonymise\" or \"destroy\"",
	[SCHEMA_CLOCK] = "\"unix\", \"unix-ms\", \"unix-us\", \"iso8601\","
	    " \"date\" or \"julian\"",
	[SCHEMA_NEED] = "\"required\" or \"preferred\"",
	[SCHEMA_UNIT] = "\"line\" or \"file\"",
	[SCHEMA_EMPTY] = "\"keep\" or \"remove\"",
	[SCHEMA_SCRUB] = "\"erased\", \"full\" or \"off\"",
	[SCHEMA_WINDOW] = "two different times of day, \"HH:MM-HH:MM\", in UTC",
	[SCHEMA_GROUP] = "a group { ... }",
	[SCHEMA_LIST] = "a list of groups ( { ... }, ... )",
	[SCHEMA_STRINGS] = "a text, or several [ \"...\", \"...\" ]",
	[SCHEMA_COLUMNS] = "a group of columns { NAME = \"METHOD\"; ... }",
	[SCHEMA_VALUES] = "a group of columns { NAME = VALUE; ... }",
	[SCHEMA_SUBJECT] = "a group { KIND = \"COLUMN\"; ... }",
};

const struct schema *
schema_of(enum schema_context c)
{
	must((unsigned)c < SCHEMA_N_CONTEXTS);
	return &schemas[c];
}

const char *
schema_expected(const struct schema_row *row)
{
	return row->format != NULL ? row->format : expected[row->type];
}

#define NAME_MOST 32

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance; names longer than NAME_MOST are far away. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MOST + 1];
	size_t n = strlen(b);

	if (n > NAME_MOST || strlen(a) > NAME_MOST)
		return NAME_MOST;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(change, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[n];
}

const struct schema_row *
schema_find(const struct schema *s, const char *name, const char **ret_nearest)
{
	size_t best = least(strlen(name) / 2, 3) + 1;

	*ret_nearest = NULL;
	for (size_t i = 0; i < s->n_rows; i++) {
		size_t d = distance(name, s->rows[i].name);

		if (strcmp(name, s->rows[i].name) == 0)
			return &s->rows[i];
		if (d < best) {
			best = d;
			*ret_nearest = s->rows[i].name;
		}
	}
	return NULL;
}
