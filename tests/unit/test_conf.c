/* conf: what the manual says is read, and everything else is refused, all of
 * it at once, with file and line and what was expected. */
#include <dirent.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/hex.h"
#include "retention/sha256.h"

#include "tap.h"

static char folder[64];

static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		abort();
}

static void
drop(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)unlink(path);
}

static struct conf_set *
load(struct conf_errors *errs)
{
	struct conf_set *set = NULL;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/retentiond.conf", folder);
	if (conf_load(path, &set, errs) == -1 && set != NULL)
		abort();
	return set;
}

static struct conf_set *
load_quietly(void)
{
	struct conf_errors errs;
	struct conf_set *set = load(&errs);

	for (size_t i = 0; i < errs.n; i++)
		printf("# %s\n", errs.text[i]);
	conf_errors_release(&errs);
	return set;
}

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

/* One wrong thing each: the line and words that the error has to have. */
static const struct {
	const char *text;
	const char *where;	/* ":LINE:" */
	const char *what;
} wrong[] = {
	{ ONE(ROWS KEEP "colums = { a = \"null\"; };"), ":3:",
	  "unknown setting 'colums', did you mean 'columns'?" },
	{ ONE(ROWS "\nkeep = { perod = \"1 day\"; from = \"a\";"
	  " clock = \"unix\"; };"), ":4:",
	  "unknown setting 'perod', did you mean 'period'?" },
	{ ONE(ROWS KEEP "zzzzzz = 1;"), ":3:", "unknown setting 'zzzzzz'; expected" },
	{ ONE(ROWS "keep = { period = \"0 days\"; from = \"at\";"
	  " clock = \"unix\"; };"), ":3:", "\"0 days\" is no period; expected" },
	{ ONE(ROWS "keep = { period = \"\"; from = \"at\"; };"), ":3:",
	  "datasets.[0].keep.period" },
	{ ONE(ROWS "keep = { period = \"none\"; from = \"at\"; };"), ":3:",
	  "\"none\" is no period" },
	{ ONE(ROWS "keep = { period = 2; from = \"at\"; };"), ":3:",
	  "it is a number; expected a period" },
	{ ONE(ROWS "keep = { };"), ":3:", "keep has none of its forms" },
	{ ONE(ROWS "keep = { until = \"a\"; indefinitely = \"b\";"
	  " clock = \"unix\"; };"), ":3:", "keep has several of its forms" },
	{ ONE(ROWS), ":3:", "datasets.[0].keep is missing" },
	{ ONE(ROWS "keep = { period = \"1 day\"; clock = \"unix\"; };"), ":3:",
	  "keep.from is missing" },
	{ ONE(ROWS "keep = { period = \"1 day\"; from = \"at\"; };"), ":3:",
	  "keep.clock is missing" },
	{ ONE(ROWS "keep = { period = \"1 day\"; from = \"at\"; clock = \"ms\"; };"),
	  ":3:", "\"ms\" is not \"unix\", \"unix-ms\"" },
	{ ONE(ROWS "keep = { until_date = \"2027-02-30\"; agreement = \"a\"; };"),
	  ":3:", "\"2027-02-30\" is not a date" },
	{ ONE(ROWS "keep = { until_date = \"2027-02-28\"; };"), ":3:",
	  "keep.agreement is missing" },
	{ ONE(ROWS "keep = { until_event = \"e\"; from = \"x\"; };"), ":3:",
	  "keep.from has no effect here; expected only for keep.period" },
	{ ONE(ROWS "keep = { period = \"1 day\"; from = \"at\"; clock = \"unix\";"
	  " grace = \"1 day\"; };"), ":3:", "keep.grace has no effect here" },
	{ ONE(ROWS "keep = { until = \"a\"; clock = \"iso8601\";"
	  " zone = \"Europe/Atlantis\"; };"), ":3:", "time zone" },
	{ ONE("store = \"s\"; action = \"delete\"; " KEEP), ":3:",
	  "table is missing" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP),
	  ":3:", "columns is missing" },
	{ ONE(ROWS KEEP "columns = { a = \"null\"; };"), ":3:",
	  "columns has no effect here" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"destroy\";"
	  " keep = { until_event = \"e\"; };"), ":3:", "table has no effect here" },
	{ ONE("store = \"s\"; action = \"destroy\"; " KEEP), ":3:",
	  "a store is destroyed as a whole" },
	{ ONE("store = \"s\"; table = \"t\"; " KEEP), ":3:", "action is missing" },
	{ ONE("store = \"x\"; table = \"t\"; action = \"delete\"; " KEEP), ":3:",
	  "there is no store 'x'" },
	{ ONE(ROWS KEEP "mode = \"Enforce\";"), ":3:", "\"Enforce\" is not" },
	{ ONE(ROWS KEEP "mode = true;"), ":3:", "it is a truth value; expected" },
	{ ONE(ROWS KEEP "window = \"25:00-05:00\";"), ":3:", "HH:MM-HH:MM" },
	{ ONE(ROWS KEEP "window = \"05:00-05:00\";"), ":3:", "HH:MM-HH:MM" },
	{ ONE(ROWS KEEP "window = \"5:00-06:00\";"), ":3:", "HH:MM-HH:MM" },
	{ ONE(ROWS KEEP "brake = { rows = -1; };"), ":3:", "-1 is out of range" },
	{ ONE(ROWS KEEP "brake = { share = 1.5; };"), ":3:", "a number from 0 to 1" },
	{ ONE(ROWS KEEP "brake = { rows = 5000000000; };"), ":3:",
	  "the number 5000000000 is too large" },
	{ ONE(ROWS KEEP "brake = { rows = 99999999999999999999L; };"), ":3:",
	  "is too large" },
	{ ONE(ROWS KEEP "brake = { rows = 0x10; };"), ":3:", "hexadecimal" },
	{ ONE(ROWS KEEP "files = { column = \"c\"; };"), ":3:",
	  "files.root is missing" },
	{ ONE(ROWS KEEP "children = ( { table = \"c\"; } );"), ":3:",
	  "children.[0].column is missing" },
	{ ONE(ROWS KEEP "children = { table = \"c\"; };"), ":3:",
	  "expected a list of groups" },
	{ ONE(ROWS KEEP "children = ( \"c\" );"), ":3:", "expected a list" },
	{ ONE(ROWS KEEP "subject = { email = 1; };"), ":3:", "name of a column" },
	{ ONE(ROWS KEEP "where = \" \";"), ":3:", "it is empty; expected" },
	{ ONE(ROWS KEEP "key = [ ];"), ":3:", "expected a text, or several" },
	{ ONE(ROWS KEEP "key = ( \"a\", 1 );"), ":3:", "expected a text, or several" },
	{ ONE(ROWS KEEP "mask = { ip = \"ip-prefix\"; };"), ":3:",
	  "mask has no effect here" },
	{ ONE(ROWS KEEP ROWS), ":3:", "duplicate setting name" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP
	  "columns = { a = \"truncate:0\"; };"), ":3:", "truncate:N" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP
	  "columns = { a = \"truncate\"; };"), ":3:", "is no method" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP
	  "columns = { a = \"null:1\"; };"), ":3:", "is no method" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP
	  "columns = { a = \"hash\"; };"), ":3:", "is no method" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP
	  "columns = { a = \"null\"; A = \"empty\"; };"), ":3:", "twice" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP
	  "columns = { };"), ":3:", "expected a group of columns" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP
	  "columns = { a = \"null\"; }; set = { b = ( 1 ); };"), ":3:",
	  "expected a text, a number or a truth value" },
	{ ONE("store = \"s\"; table = \"t\"; action = \"anonymise\"; " KEEP
	  "columns = { a = \"null\"; }; set = { b = 1e999; };"), ":3:",
	  "expected a text, a number or a truth value" },
	{ ONE(LOGS "keep = { period = \"1 day\"; from = \"at\"; };"), ":3:",
	  "\"line\", \"mtime\" or \"name\"" },
	{ ONE(LOGS "keep = { period = \"1 day\"; from = \"line\"; };"), ":3:",
	  "time_format is missing" },
	{ ONE(LOGS "keep = { period = \"1 day\"; from = \"line\"; };"
	  "time_format = \"clf\";"), ":3:", "\"clf\" is not combined" },
	{ ONE(LOGS "keep = { until = \"a\"; };"), ":3:", "names a column" },
	{ ONE(LOGS "keep = { period = \"1 day\"; from = \"mtime\"; };"
	  "table = \"t\";"), ":3:", "table has no effect here" },
	{ ONE("store = \"l\"; action = \"anonymise\"; unit = \"line\";"
	  "keep = { period = \"1 day\"; from = \"mtime\"; };"), ":3:",
	  "mask is missing" },
	{ ONE("store = \"l\"; action = \"anonymise\";"
	  "keep = { period = \"1 day\"; from = \"mtime\"; };"
	  "mask = { ip = \"redact\"; };"), ":3:", "\"redact\" is not \"ip-prefix\"" },
	{ ONE("store = \"l\"; action = \"destroy\"; keep = { until_event = \"e\"; };"),
	  ":3:", "destroy of a log store" },
	{ ONE(FILES "keep = { period = \"1 day\"; from = \"line\"; };"), ":3:",
	  "expected \"mtime\"" },
	{ ONE(FILES "keep = { period = \"1 day\"; from = \"mtime\";"
	  " clock = \"unix\"; };"), ":3:", "keep.clock has no effect here" },
	{ ONE("store = \"f\"; action = \"anonymise\";"
	  "keep = { period = \"1 day\"; from = \"mtime\"; };"), ":3:",
	  "anonymise of a file store" },
	{ NOTICE "stores = ( { name = \"s\"; } );\ndatasets = ( );", ":2:",
	  "exactly one of sqlite, logs and files" },
	{ NOTICE "stores = ( { name = \"s\"; sqlite = \"a\"; logs = \"b\"; } );\n"
	  "datasets = ( );", ":2:", "several paths" },
	{ NOTICE "stores = ( { name = \"s\"; sqlite = \"a\"; },\n"
	  "{ name = \"s\"; sqlite = \"b\"; } );\ndatasets = ( );", ":3:",
	  "there are two stores 's', the other in line 2" },
	{ NOTICE "stores = ( { name = \"f\"; files = \"a*\"; } );\n"
	  "datasets = ( );", ":2:", "expected a folder" },
	{ NOTICE "stores = ( { name = \"S\"; sqlite = \"a\"; } );\n"
	  "datasets = ( );", ":2:", "\"S\" is not a name of a-z" },
	{ NOTICE "stores = ( { name = \"-s\"; sqlite = \"a\"; } );\n"
	  "datasets = ( );", ":2:", "begins with a letter or digit" },
	{ NOTICE "stores = ( { name = \"s\"; sqlite = \"a\"; cache = \"1 KiB\"; }"
	  " );\ndatasets = ( );", ":2:", "1 KiB is out of range" },
	{ NOTICE "stores = ( { name = \"s\"; sqlite = \"a\"; cache = \"5 GiB\"; }"
	  " );\ndatasets = ( );", ":2:", "5 GiB is out of range" },
	{ NOTICE "stores = ( { name = \"s\"; sqlite = \"a\"; lock = \"2 seconds\"; }"
	  " );\ndatasets = ( );", ":2:", "out of range; expected 1 ms to 1000 ms" },
	{ NOTICE STORES, ":1:", "datasets is missing" },
	{ STORES "datasets = ( );", ":1:", "notice is missing" },
	{ "notice = { title = \"N\"; controller = \"C\"; };\n" STORES
	  "datasets = ( );", ":1:", "notice.id is missing" },
	{ NOTICE STORES "datasets = ( { name = \"d\"; promise = \"p\"; " ROWS KEEP
	  " },\n{ name = \"d\"; promise = \"p\"; " ROWS KEEP " } );", ":4:",
	  "there are two datasets 'd', the other in line 3" },
	{ NOTICE STORES "datasets = ( );\nevents = ( { name = \"e\"; store = \"l\";"
	  " query = \"SELECT 1\"; clock = \"unix\"; } );", ":4:",
	  "is no SQLite store" },
	{ NOTICE STORES "datasets = ( { name = \"d\"; promise = \"p\"; store = \"s\";"
	  " action = \"destroy\"; keep = { until_event = \"e\"; }; },\n"
	  "{ name = \"i\"; promise = \"p\"; store = \"s\"; table = \"t\";"
	  " keep = { indefinitely = \"r\"; }; } );", ":3:",
	  "is kept indefinitely; expected one or the other" },
	{ NOTICE "stores = ;\n", ":2:", "syntax error" },
	{ NOTICE "\n@include \"x.conf\"\n", ":3:", "@include is not supported" },
	{ "", ":1:", "notice is missing" },
};

static bool
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

static void
test_wrong(void)
{
	put("retentiond.conf", "");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct conf_errors errs;
		struct conf_set *set;

		put("policies.d/a.conf", wrong[i].text);
		set = load(&errs);
		ok(set == NULL && has(&errs, "/policies.d/a.conf", wrong[i].where,
		    wrong[i].what), "line %s %s", wrong[i].where, wrong[i].what);
		conf_free(set);
		conf_errors_release(&errs);
	}
}

static const struct { const char *text, *where, *what; } wrong_main[] = {
	{ "chek_every = \"1 hour\";", ":1:", "did you mean 'check_every'?" },
	{ "\ncheck_every = \"0 hours\";", ":2:", "is no length of time" },
	{ "check_every = \"2000 days\";", ":1:", "out of range" },
	{ "check_every = 3600;", ":1:", "expected a length of time" },
	{ "origin = \"a b\";", ":1:", "without blanks" },
	{ "origin = \"a+b\";", ":1:", "without blanks" },
	{ "origin = \"\";", ":1:", "without blanks" },
	{ "clock = { require_sync = 1; };", ":1:", "expected true or false" },
	{ "clock = true;", ":1:", "expected a group" },
	{ "trail = { segment = \"64 MB\"; };", ":1:", "a size such as" },
	{ "trail = { segment = \"1 KiB\"; };", ":1:", "out of range" },
	{ "policies = \"nowhere\";", "retentiond.conf:", "expected a folder" },
	{ "policies = \"\";", ":1:", "expected" },
	{ "policies = \"empty.d\";", "retentiond.conf:", "at least one *.conf" },
};

static void
test_wrong_main(void)
{
	struct conf_errors errs;

	put("policies.d/a.conf", ONE(ROWS KEEP));
	for (size_t i = 0; i < sizeof(wrong_main) / sizeof(wrong_main[0]); i++) {
		struct conf_set *set;

		put("retentiond.conf", wrong_main[i].text);
		set = load(&errs);
		ok(set == NULL && (has(&errs, "/retentiond.conf",
		    wrong_main[i].where, wrong_main[i].what) ||
		    i == 12), "main: %s", wrong_main[i].text);
		conf_free(set);
		conf_errors_release(&errs);
	}
	drop("retentiond.conf");
	ok(load(&errs) == NULL && has(&errs, "/retentiond.conf", ":",
	    "No such file"), "no retentiond.conf");
	conf_errors_release(&errs);
}

static void
test_all_at_once(void)
{
	struct conf_errors errs;

	put("retentiond.conf", "colour = 1;\n");
	put("policies.d/a.conf", ONE(ROWS "keep = { perod = \"1 day\"; };\n"
	    "mode = \"x\";"));
	put("policies.d/b.conf", "notice = {");
	put("policies.d/c.conf", NOTICE STORES "datasets = ( { name = \"d\";\n"
	    "store = \"nowhere\"; } );");
	ok(load(&errs) == NULL, "three files, none right");
	ok(has(&errs, "retentiond.conf", ":1:", "'colour'") &&
	    has(&errs, "a.conf", ":3:", "'perod'") &&
	    has(&errs, "a.conf", ":3:", "none of its forms") &&
	    has(&errs, "a.conf", ":4:", "\"x\"") &&
	    has(&errs, "b.conf", ":1:", "syntax error") &&
	    has(&errs, "c.conf", ":3:", "promise is missing") &&
	    has(&errs, "c.conf", ":3:", "'nowhere'"), "all %zu errors at once",
	    errs.n);
	conf_errors_release(&errs);
	put("retentiond.conf", "");
	put("policies.d/a.conf", ONE(ROWS KEEP));
	put("policies.d/b.conf", ONE(ROWS KEEP));
	drop("policies.d/c.conf");
	ok(load(&errs) == NULL && has(&errs, "b.conf", ":",
	    "notice.id 'n' is that of"), "an id twice, in two files");
	conf_errors_release(&errs);
	drop("policies.d/b.conf");
}

static void
test_presets(void)
{
	struct conf_set *set;
	char path[256], host[256] = "";

	put("retentiond.conf", "");
	put("policies.d/a.conf", ONE(ROWS KEEP));
	put("policies.d/.b.conf", "junk");
	put("policies.d/c.conf~", "junk");
	set = load_quietly();
	if (!ok(set != NULL, "an empty retentiond.conf will do"))
		return;
	(void)snprintf(path, sizeof(path), "%s/policies.d", folder);
	(void)gethostname(host, sizeof(host) - 1);
	ok(strcmp(set->main.policies, path) == 0, "policies");
	ok(strcmp(set->main.state, "/var/lib/retentiond") == 0 &&
	    strcmp(set->main.control, "/run/retentiond/control.sock") == 0 &&
	    strcmp(set->main.origin, host) == 0, "state, control, origin");
	ok(set->main.metrics == NULL && set->main.admins == NULL &&
	    set->main.auditors == NULL && set->main.anchor_hook == NULL &&
	    set->main.anchor_max_age_ms == 0, "none");
	ok(set->main.check_every_ms == 3600000 && set->main.brake.rows == 1000 &&
	    set->main.brake.share == 0.20 && !set->main.clock_require_sync &&
	    set->main.clock_max_step_ms == 93600000, "times and brake");
	ok(set->main.rotate_key_every_ms == 86400000 &&
	    set->main.checkpoint_within_ms == 60000 &&
	    set->main.heartbeat_ms == 86400000 &&
	    set->main.segment_bytes == 67108864, "trail");
	ok(set->n_notices == 1 && set->n_warnings == 2 &&
	    strstr(set->warnings[0], "owner") != NULL &&
	    strstr(set->warnings[1], "review_by") != NULL, "two warnings");
	conf_free(set);
}

#define FULL \
	"notice = { id = \"full\"; title = \"T\"; controller = \"C\";\n" \
	"  owner = \"O\"; review_by = \"2027-03-31\"; };\n" \
	"stores = ( { name = \"s\"; sqlite = \"../x/./s.db\"; cache = \"64 MiB\";" \
	" lock = \"20 ms\"; busy = \"1 minute\"; },\n" \
	"  { name = \"l\"; logs = \"/var/log/*.log\"; },\n" \
	"  { name = \"f\"; files = \"/srv//f/\"; } );\n" \
	"datasets = (\n" \
	"  { name = \"people\"; promise = \"p\"; basis = \"b\"; mode = \"enforce\";" \
	" store = \"s\"; table = \"person\"; key = [ \"id\", \"part\" ];" \
	" keep = { until = \"left_at\"; grace = \"6 months\"; clock = \"iso8601\";" \
	" zone = \"Europe/London\"; }; action = \"anonymise\";" \
	" columns = { email = \"redact\"; nick = \"set:no one\"; code =" \
	" \"truncate:3\"; }; set = { disabled = 1; note = \"gone\"; w = 0.5;" \
	" b = true; n = 5000000000L; };" \
	" children = ( { table = \"letter\"; column = \"person\"; children = (" \
	" { table = \"page\"; column = \"letter\"; columns = { body = \"empty\"; };" \
	" } ); } ); files = { column = \"cv\"; root = \"cv\"; };" \
	" subject = { email = \"email\"; name = \"nick\"; };" \
	" where = \"kind = 1\"; window = \"22:00-05:30\";" \
	" brake = { rows = 5; }; },\n" \
	"  { name = \"event\"; promise = \"p\"; store = \"s\"; action = \"destroy\";" \
	" keep = { until_event = \"closed\"; grace = \"1 week\"; }; },\n" \
	"  { name = \"date\"; promise = \"p\"; store = \"f\"; action = \"destroy\";" \
	" keep = { until_date = \"2027-03-31\"; agreement = \"A-1\"; }; },\n" \
	"  { name = \"lines\"; promise = \"p\"; store = \"l\"; mode = \"review\";" \
	" action = \"anonymise\"; unit = \"line\"; time_format = \"json:time\";" \
	" mask = { ip = \"ip-prefix\"; query = \"strip\"; };" \
	" keep = { period = \"120 days\"; from = \"line\"; }; },\n" \
	"  { name = \"pdf\"; promise = \"p\"; store = \"f\"; action = \"delete\";" \
	" match = \"*.pdf\"; keep = { period = \"1 year\"; from = \"mtime\"; }; },\n" \
	"  { name = \"stats\"; promise = \"p\"; store = \"l\";" \
	" keep = { indefinitely = \"no personal data\"; }; }\n" \
	");\n" \
	"events = ( { name = \"closed\"; store = \"s\"; query = \"SELECT max(at)" \
	" FROM closed\"; clock = \"unix\"; } );\n"

static const struct rule_dataset *
find(const struct conf_set *set, const char *name)
{
	static const struct rule_dataset none = { .name = "" };
	char full[64];
	const struct rule_dataset *d;

	(void)snprintf(full, sizeof(full), "full/%s", name);
	d = conf_find(set, full, NULL);
	return d != NULL ? d : &none;
}

static void
check_people(const struct rule_dataset *d)
{
	char root[256];

	ok(strcmp(d->full, "full/people") == 0 && d->mode == RULE_ENFORCE &&
	    d->n_key == 2 && strcmp(d->key[1], "part") == 0, "names, mode, key");
	ok(d->timing.keep == RULE_UNTIL && strcmp(d->timing.from, "left_at") == 0 &&
	    d->timing.grace.n == 6 && d->timing.grace.unit == PERIOD_MONTHS &&
	    d->timing.clock == RULE_ISO8601 &&
	    strcmp(d->timing.zone, "Europe/London") == 0, "until with grace");
	ok(d->n_columns == 3 && d->columns[0].method == RULE_REDACT &&
	    strcmp(d->columns[1].text, "no one") == 0 && d->columns[2].n == 3,
	    "columns");
	ok(d->n_set == 5 && d->set[0].i == 1 &&
	    strcmp(d->set[1].text, "gone") == 0 && d->set[2].r == 0.5 &&
	    d->set[3].type == RULE_T_INT && d->set[3].i == 1 &&
	    d->set[4].i == INT64_C(5000000000), "set");
	ok(d->n_children == 1 && d->children[0].n_columns == 0 &&
	    d->children[0].n_children == 1 &&
	    strcmp(d->children[0].children[0].table, "page") == 0 &&
	    d->children[0].children[0].columns[0].method == RULE_EMPTY,
	    "children");
	(void)snprintf(root, sizeof(root), "%s/policies.d/cv", folder);
	ok(strcmp(d->files.root, root) == 0 && d->n_subject == 2 &&
	    strcmp(d->subject[1].kind, "name") == 0 &&
	    strcmp(d->where, "kind = 1") == 0, "files, subject, where");
	ok(d->window.from_min == 1320 && d->window.to_min == 330 &&
	    d->brake.rows == 5 && d->brake.share == 0.20 && d->line == 7,
	    "window, brake, line");
}

static void
test_full(void)
{
	struct conf_set *set;
	const struct rule_notice *n;
	const struct rule_dataset *d;
	char path[256];

	put("policies.d/a.conf", FULL);
	set = load_quietly();
	if (!ok(set != NULL, "every setting and every form of keep"))
		return;
	n = &set->notices[0];
	(void)snprintf(path, sizeof(path), "%s/x/s.db", folder);
	ok(set->n_warnings == 0 && n->n_stores == 3 &&
	    strcmp(n->stores[0].path, path) == 0 &&
	    n->stores[0].cache_bytes == 67108864 && n->stores[0].lock_ms == 20 &&
	    n->stores[0].busy_ms == 60000 && n->stores[1].kind == RULE_LOGS &&
	    strcmp(n->stores[2].path, "/srv/f") == 0, "stores");
	check_people(find(set, "people"));
	d = find(set, "event");
	ok(d->timing.keep == RULE_UNTIL_EVENT && d->timing.grace.n == 1 &&
	    strcmp(d->timing.event, "closed") == 0 && d->action == RULE_DESTROY &&
	    d->mode == RULE_REPORT && d->brake.rows == -1 && d->table == NULL,
	    "event; reports unless told otherwise");
	d = find(set, "date");
	ok(d->timing.keep == RULE_UNTIL_DATE && d->timing.until_day == 20908 &&
	    strcmp(d->timing.agreement, "A-1") == 0, "date");
	d = find(set, "lines");
	ok(d->timing.keep == RULE_PERIOD && d->timing.period.n == 120 &&
	    d->mask.ip_prefix && d->mask.query_strip && !d->mask.email_redact &&
	    d->n_rivals == 1 && strcmp(d->rivals[0].dataset, "full/stats") == 0,
	    "lines, with what is kept for ever as its rival");
	d = find(set, "pdf");
	ok(strcmp(d->match, "*.pdf") == 0 && d->timing.period.unit == PERIOD_YEARS,
	    "files");
	ok(find(set, "stats")->timing.keep == RULE_INDEFINITELY, "indefinitely");
	ok(n->n_events == 1 && n->events[0].clock == RULE_UNIX, "events");
	ok(conf_find(set, "full/nobody", NULL) == NULL, "no such dataset");
	conf_free(set);
}

#define NAMED(id, db, text) "notice = { id = \"" id "\"; title = \"T\"; " \
	"controller = \"C\"; };\nstores = ( { name = \"s\"; sqlite = \"" db "\"; } );" \
	"\ndatasets = ( { name = \"d\"; promise = \"p\"; " text " } );\n"

static void
test_rivals(void)
{
	struct conf_set *set;
	const struct rule_dataset *d;

	put("policies.d/a.conf", NAMED("a", "s.db", ROWS KEEP));
	put("policies.d/b.conf", NAMED("b", "../policies.d/s.db", ROWS
	    "where = \"x = 1\"; keep = { period = \"7 years\"; from = \"at\";"
	    " clock = \"unix\"; };"));
	put("policies.d/c.conf", NAMED("c", "other.db", ROWS KEEP));
	set = load_quietly();
	d = conf_find(set, "a/d", NULL);
	ok(d != NULL && d->n_rivals == 1 && d->rivals[0].timing.period.n == 7 &&
	    strcmp(d->rivals[0].dataset, "b/d") == 0 &&
	    strcmp(d->rivals[0].where, "x = 1") == 0,
	    "a rival in another file, of the same path");
	d = conf_find(set, "c/d", NULL);
	ok(d != NULL && d->n_rivals == 0, "none in another database");
	conf_free(set);
	drop("policies.d/b.conf");
	drop("policies.d/c.conf");
}

static void
test_digest(void)
{
	struct conf_set *set;
	uint8_t both[64], want[32];
	const char *a = NAMED("a", "s.db", ROWS KEEP);
	const char *b = NAMED("b", "s.db", ROWS KEEP);

	put("policies.d/b.conf", b);
	put("policies.d/a.conf", a);
	set = load_quietly();
	sha256_once(a, strlen(a), both);
	sha256_once(b, strlen(b), both + 32);
	sha256_once(both, sizeof(both), want);
	ok(set != NULL && memcmp(set->digest, want, sizeof(want)) == 0,
	    "the digest is over the files' digests in name order");
	conf_free(set);
	drop("policies.d/b.conf");
}

static const struct {
	const char *from, *to;
	int change;		/* -1: none */
	const char *what;
} changes[] = {
#define FORM(k) ROWS "keep = { " k " };"
#define P(n) FORM("period = \"" n "\"; from = \"at\"; clock = \"unix\";")
	{ P("2 years"), P("2 years"), -1, "nothing" },
	{ P("2 years"), P("1 year"), CONF_SHORTENED, "shorter" },
	{ P("2 years"), P("3 years"), CONF_LENGTHENED, "longer" },
	{ P("1 month"), P("30 days"), CONF_SHORTENED, "shorter at times" },
	{ P("1 month"), P("28 days"), CONF_SHORTENED, "shorter always" },
	{ P("1 month"), P("31 days"), CONF_LENGTHENED, "longer or as long" },
	{ P("24 hours"), P("1 day"), CONF_LENGTHENED, "as long, another unit" },
	{ P("1 day"), FORM("indefinitely = \"r\";"), CONF_LENGTHENED, "for ever" },
	{ FORM("indefinitely = \"r\";"), P("9 years"), CONF_SHORTENED,
	  "no longer for ever" },
	{ P("1 day"), P("1 day") "mode = \"enforce\";", CONF_SHORTENED, "enforced" },
	{ P("1 day") "mode = \"enforce\";", P("1 day") "mode = \"review\";",
	  CONF_LENGTHENED, "reviewed again" },
	{ P("1 day"), P("1 day") "where = \"a\";", CONF_CHANGED, "other rows" },
	{ P("1 day"), FORM("period = \"1 day\"; from = \"at\"; clock ="
	  " \"unix-ms\";"), CONF_CHANGED, "another clock" },
	{ P("1 day"), FORM("period = \"2 days\"; from = \"on\"; clock ="
	  " \"unix\";"), CONF_CHANGED, "another column, longer" },
	{ P("1 day"), FORM("until_event = \"e\";"), CONF_CHANGED, "another form" },
	{ FORM("until_event = \"e\"; grace = \"1 day\";"),
	  FORM("until_event = \"e\";"), CONF_SHORTENED, "no grace" },
	{ FORM("until_date = \"2027-03-31\"; agreement = \"a\";"),
	  FORM("until_date = \"2027-03-30\"; agreement = \"a\";"),
	  CONF_SHORTENED, "a day earlier" },
	{ FORM("until_date = \"2027-03-31\"; agreement = \"a\";"),
	  FORM("until_date = \"2027-04-01\"; agreement = \"a\";"),
	  CONF_LENGTHENED, "a day later" },
	{ "store = \"s\"; table = \"t\"; action = \"anonymise\"; columns ="
	  " { a = \"null\"; }; " KEEP, ROWS KEEP, CONF_SHORTENED, "deleted now" },
	{ P("1 day"), P("1 day") "basis = \"b\";", CONF_CHANGED, "another basis" },
	{ P("1 day"), P("1 day") "children = ( { table = \"c\"; column = \"d\"; } );",
	  CONF_CHANGED, "children" },
};

static struct conf_set *
load_one(const char *dataset)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "%sdatasets = ( { name = \"d\";"
	    " promise = \"p\"; %s } );\n", NOTICE STORES, dataset);
	put("policies.d/a.conf", text);
	return load_quietly();
}

static void
test_diff(void)
{
	struct conf_diff *diff = NULL;
	struct conf_set *from, *to;
	struct err e;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		from = load_one(changes[i].from);
		to = load_one(changes[i].to);
		if (from == NULL || to == NULL ||
		    conf_diff(from, to, &diff, &n, &e) == -1)
			abort();
		ok(changes[i].change == -1 ? n == 0 : n == 1 &&
		    (int)diff[0].change == changes[i].change &&
		    strcmp(diff[0].dataset, "n/d") == 0, "diff: %s",
		    changes[i].what);
		free(diff);
		conf_free(from);
		conf_free(to);
	}
	from = load_one(P("1 day"));
	put("policies.d/a.conf", NAMED("m", "s.db", ROWS KEEP));
	to = load_quietly();
	ok(conf_diff(from, to, &diff, &n, &e) == 0 && n == 2 &&
	    diff[0].change == CONF_ADDED && strcmp(diff[0].dataset, "m/d") == 0 &&
	    diff[1].change == CONF_REMOVED && strcmp(diff[1].dataset, "n/d") == 0,
	    "added and removed");
	free(diff);
	ok(conf_diff(NULL, to, &diff, &n, &e) == 0 && n == 1 &&
	    diff[0].change == CONF_ADDED, "the first load adds all");
	free(diff);
	conf_free(from);
	conf_free(to);
}

static void
test_manual(void)
{
	struct buf b = BUF_EMPTY;
	struct err e;

	ok(conf_manual("retentiond.conf", &b, &e) == 0 &&
	    strstr(buf_text(&b), ".It Ic check_every\n") != NULL &&
	    strstr(buf_text(&b), ".It Ic anchor_max_age\n") != NULL &&
	    strstr(buf_text(&b), "Default: 26 hours.\n") != NULL, "retentiond.conf");
	buf_reset(&b);
	ok(conf_manual("policy", &b, &e) == 0 &&
	    strstr(buf_text(&b), ".It Ic until_event\n") != NULL &&
	    strstr(buf_text(&b), ".It Ic promise No (required)\n") != NULL &&
	    strstr(buf_text(&b), "Default: -1") == NULL, "policy");
	ok(conf_manual("novel", &b, &e) == -1, "no other");
	buf_release(&b);
}

static void
test_nul(void)
{
	char path[256];
	struct conf_errors errs;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/policies.d/a.conf", folder);
	f = fopen(path, "w");
	(void)fwrite("\0junk", 1, 5, f);
	(void)fclose(f);
	ok(load(&errs) == NULL && has(&errs, "a.conf", ":", "NUL"), "a NUL byte");
	conf_errors_release(&errs);
	conf_errors_release(&errs);
	conf_free(NULL);
}

int
main(void)
{
	char path[256];

	(void)snprintf(folder, sizeof(folder), "/tmp/test-conf-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/policies.d", folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/empty.d", folder);
	(void)mkdir(path, 0700);
	test_wrong();
	test_wrong_main();
	test_all_at_once();
	test_presets();
	test_full();
	test_rivals();
	test_digest();
	test_diff();
	test_manual();
	test_nul();
	drop("policies.d/a.conf");
	drop("policies.d/.b.conf");
	drop("policies.d/c.conf~");
	drop("retentiond.conf");
	(void)rmdir(path);
	(void)snprintf(path, sizeof(path), "%s/policies.d", folder);
	(void)rmdir(path);
	(void)rmdir(folder);
	return tap_done();
}
