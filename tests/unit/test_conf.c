/* conf: what the manual says is read: every setting, every form of keep, every
 * default; rivals, digest and the manual's tables. */
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/sha256.h"

#include "conf_folder.h"
#include "tap.h"

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
	(void)snprintf(path, sizeof(path), "%s/retentiond.prom", folder);
	ok(strcmp(set->main.metrics, path) == 0 &&
	    strcmp(set->main.admins, "retention-admin") == 0 &&
	    strcmp(set->main.auditors, "retention-audit") == 0,
	    "metrics and groups");
	ok(set->main.anchor_hook == NULL && set->main.anchor_max_age_ms == 0,
	    "none");
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
	" lock = \"20 ms\"; busy = \"1 minute\"; scrub = \"full\"; },\n" \
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
	" match = \"*.pdf\"; empty_folders = \"remove\";" \
	" keep = { period = \"1 year\"; from = \"mtime\"; }; },\n" \
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
	    n->stores[0].busy_ms == 60000 &&
	    n->stores[0].scrub == RULE_SCRUB_FULL &&
	    n->stores[1].scrub == RULE_SCRUB_ERASED && n->stores[1].kind == RULE_LOGS &&
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
	ok(strcmp(d->match, "*.pdf") == 0 && d->empty == RULE_EMPTY_REMOVE && d->timing.period.unit == PERIOD_YEARS,
	    "files");
	ok(find(set, "stats")->timing.keep == RULE_INDEFINITELY, "indefinitely");
	ok(n->n_events == 1 && n->events[0].clock == RULE_UNIX, "events");
	ok(conf_find(set, "full/nobody", NULL) == NULL, "no such dataset");
	conf_free(set);
}

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
	put("policies.d/b.conf", NAMED("b", "s*.db", ROWS KEEP));
	set = load_quietly();
	d = conf_find(set, "a/d", NULL);
	ok(d != NULL && d->n_rivals == 1 && conf_find(set, "b/d", NULL)->n_rivals
	    == 1, "a rival by a pattern");
	conf_free(set);
	{
		char file[100], link_path[100];

		put("policies.d/s.db", "");
		(void)snprintf(file, sizeof(file), "%s/policies.d/s.db", folder);
		(void)snprintf(link_path, sizeof(link_path),
		    "%s/policies.d/other.db", folder);
		ok(symlink(file, link_path) == 0, "linked");
		drop("policies.d/b.conf");
		set = load_quietly();
		d = conf_find(set, "c/d", NULL);
		ok(d != NULL && d->n_rivals == 1, "a rival by another name of "
		    "the file");
		conf_free(set);
		drop("policies.d/other.db");
		drop("policies.d/s.db");
	}
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

int
main(void)
{
	begin();
	test_presets();
	test_full();
	test_rivals();
	test_digest();
	test_manual();
	return end();
}
