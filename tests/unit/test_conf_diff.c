/* conf: what a reload changes is told by its direction: shortened is whatever
 * can make something due earlier or newly destructive. */
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"

#include "conf_folder.h"
#include "tap.h"

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
	  CONF_CHANGED, "reviewed again: nothing is longer" },
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

/* What is stricter takes rows that did not go before; in words. */
static void
test_stricter(void)
{
	static const struct {
		const char *from, *to;
		bool stricter;
		const char *words;
	} cases[] = {
#define E " mode = \"enforce\";"
		{ P("2 years") E, P("1 year") E, true, "2 years -> 1 year" },
		{ P("2 years"), P("1 year"), false, "2 years -> 1 year" },
		{ P("1 year"), P("1 year") E, true, "mode report -> enforce" },
		{ P("1 year") E, P("2 years") E, false, "1 year -> 2 years" },
		{ P("1 year") E, P("1 year") E " where = \"a\";", true,
		  "other rows, clock or settings" },
		{ P("1 year") E, P("1 year") E " basis = \"b\";", false,
		  "other rows, clock or settings" },
		{ FORM("indefinitely = \"r\";") E, P("9 years") E, true,
		  "indefinitely -> 9 years" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_set *from = load_one(cases[i].from);
		struct conf_set *to = load_one(cases[i].to);
		struct buf words = BUF_EMPTY;
		struct conf_diff *diff = NULL;
		struct err e;
		size_t n = 0;

		if (from == NULL || to == NULL ||
		    conf_diff(from, to, &diff, &n, &e) == -1 || n != 1)
			abort();
		conf_diff_words(from, to, &diff[0], &words);
		ok(diff[0].stricter == cases[i].stricter &&
		    strcmp(buf_text(&words), cases[i].words) == 0,
		    "%sstricter: %s", diff[0].stricter ? "" : "not ",
		    buf_text(&words));
		buf_release(&words);
		free(diff);
		conf_free(from);
		conf_free(to);
	}
}

#define SHORT "{ name = \"d\"; promise = \"p\"; mode = \"enforce\"; " \
	P("1 year") " }"
#define LONG(n) ", { name = \"l\"; promise = \"p\"; mode = \"report\"; " \
	P(n) " }"

/* A dataset that kept the same rows longer goes, or gives in. */
static void
test_rival(void)
{
	static const struct { const char *to; size_t n; } cases[] = {
		{ LONG("9 years"), 0 }, { LONG("8 years"), 2 }, { "", 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_set *from, *to;
		struct conf_diff *diff = NULL;
		struct err e;
		size_t n = 0;

		put("policies.d/a.conf", NOTICE STORES "datasets = ( " SHORT
		    LONG("9 years") " );\n");
		from = load_quietly();
		char text[2048];
		(void)snprintf(text, sizeof(text), NOTICE STORES
		    "datasets = ( " SHORT "%s );\n", cases[i].to);
		put("policies.d/a.conf", text);
		to = load_quietly();
		if (from == NULL || to == NULL ||
		    conf_diff(from, to, &diff, &n, &e) == -1)
			abort();
		ok(n == cases[i].n && (n == 0 || (diff[0].stricter &&
		    strcmp(diff[0].dataset, "n/d") == 0 &&
		    diff[0].change == CONF_SHORTENED)),
		    "a rival: %zu changes", n);
		free(diff);
		conf_free(from);
		conf_free(to);
	}
}

int
main(void)
{
	begin();
	test_diff();
	test_stricter();
	test_rival();
	return end();
}
