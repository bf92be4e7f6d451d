/* conf: what is not in the manual is refused, all of it at once, with file and
 * line and what was expected. */
#include <string.h>

#include "retention/conf.h"

#include "conf_folder.h"
#include "tap.h"

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
	  "datasets[0].keep.period: " },
	{ ONE(ROWS "keep = { period = \"none\"; from = \"at\"; };"), ":3:",
	  "\"none\" is no period" },
	{ ONE(ROWS "keep = { period = 2; from = \"at\"; };"), ":3:",
	  "it is a number; expected a period" },
	{ ONE(ROWS "keep = { };"), ":3:", "keep has none of its forms" },
	{ ONE(ROWS "keep = { until = \"a\"; indefinitely = \"b\";"
	  " clock = \"unix\"; };"), ":3:", "keep has several of its forms" },
	{ ONE(ROWS), ":3:", "datasets[0].keep is missing" },
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
	  "children[0].column is missing" },
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
	{ ONE(FILES "keep = { period = \"1 day\"; from = \"mtime\"; };"
	  "empty_folders = \"burn\";"), ":3:",
	  "\"burn\" is not \"keep\" or \"remove\"" },
	{ ONE(LOGS "keep = { period = \"1 day\"; from = \"mtime\"; };"
	  "empty_folders = \"keep\";"), ":3:",
	  "empty_folders has no effect here" },
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
	{ NOTICE STORES "datasets = ( { name = \"d\"; promise = \"p\"; " ROWS KEEP
	  " children = ( { table = \"c\"; column = \"x\"; children = ( { table ="
	  " \"Bill\"; column = \"y\"; } ); } ); },\n"
	  "{ name = \"i\"; promise = \"p\"; store = \"s\"; table = \"bill\";"
	  " keep = { indefinitely = \"r\"; }; } );", ":3:", "erases rows of table "
	  "Bill as children, which 'n/i' keeps by a rule of its own" },
	{ NOTICE "stores = ;\n", ":2:", "syntax error" },
	{ NOTICE "\n@include \"x.conf\"\n", ":3:", "@include is not supported" },
	{ "", ":1:", "notice is missing" },
};

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
	{ "policies = \"\";", ":1:", "\"\" is not a path" },
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
		ok(set == NULL && has(&errs, "/retentiond.conf",
		    wrong_main[i].where, wrong_main[i].what), "main: %s",
		    wrong_main[i].what);
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
	    !has(&errs, "a.conf", ":3:", "none of its forms") &&
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
	begin();
	test_wrong();
	test_wrong_main();
	test_all_at_once();
	test_nul();
	return end();
}
