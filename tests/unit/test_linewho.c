/* linewho: a line is a person's by a token as a whole, however it is spelled,
 * and by nothing that is only like it; what is masked is exactly that token. */
#include "retention/linewho.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "retention/subject.h"

#include "store/logs/logfind.h"
#include "tap.h"

#define MAIL "ann@example.org"
#define ALL INT64_MAX

static const uint8_t key[32] = { 7, 1 };

static struct rule_person
person(const char *kind, const char *value, int64_t before)
{
	struct rule_person p = { .kind = kind, .before = { before } };
	struct err e = ERR_EMPTY;

	must(subject_hash(key, kind, value, strlen(value), p.hash, &e) == 0);
	return p;
}

static const struct { const char *kind, *who, *line, *masked; } rows[] = {
	/* as a whole, between what is no part of it */
	{ "email", MAIL, "ann@example.org", "xxxxxxxxxxxxxxx" },
	{ "email", MAIL, "a <ANN@Example.ORG>, b\n", "a <xxxxxxxxxxxxxxx>, b\n" },
	{ "email", MAIL, "to ann@example.org.\n", "to xxxxxxxxxxxxxxx.\n" },
	{ "email", MAIL, "{\"m\":\"ann@example.org\"}", "{\"m\":\"xxxxxxxxxxxxxxx\"}" },
	{ "email", MAIL, "mailto:ann@example.org:25", "mailto:xxxxxxxxxxxxxxx:25" },
	{ "email", MAIL, "m=ann@example.org&n=ann@example.org;",
	    "m=xxxxxxxxxxxxxxx&n=xxxxxxxxxxxxxxx;" },
	{ "user", "ann", "user:ann from", "user:xxx from" },
	{ "user", "ann", "uid=7(ann) [ann] 'ann'", "uid=7(xxx) [xxx] 'xxx'" },
	{ "user", "Zoe\u0308", "by zo\u00eb:", "by xxxx:" },
	/* second spellings: what %HH spells */
	{ "email", MAIL, "?m=Ann%40example.org&x", "?m=xxxxxxxxxxxxxxxxx&x" },
	{ "email", "a+b@example.org", "?m=a%2bb%40example%2Eorg%26",
	    "?m=xxxxxxxxxxxxxxxxxxxxx%26" },
	{ "email", MAIL, "x%3Dann@example.org%2e", "x%3Dxxxxxxxxxxxxxxx%2e" },
	{ "email", MAIL, "q=%2540 ann%2540example.org", NULL },
	{ "email", MAIL, "ann%4example.org", NULL },
	{ "email", MAIL, "ann@example.org%4", "xxxxxxxxxxxxxxx%4" },
	/* a part of something longer stays */
	{ "email", MAIL, "joann@example.org", NULL },
	{ "email", MAIL, "jo.ann@example.org", NULL },
	{ "email", MAIL, "jo+ann@example.org", NULL },
	{ "email", MAIL, "jo%2Bann@example.org", NULL },
	{ "email", MAIL, "jo%2bann%40example.org", NULL },
	{ "email", MAIL, "ann@example.org.uk", NULL },
	{ "email", MAIL, "ann@example.organic ann@example.or", NULL },
	{ "email", MAIL, "ann@example.org@relay.example.net", NULL },
	{ "email", MAIL, "\xc3\xa9" "ann@example.org", NULL },
	{ "email", MAIL, "ann@example.org\xff ann@\xff", NULL },
	{ "email", MAIL, "ann@example.org..", NULL },
	{ "email", MAIL, "\\nann@example.org \\ann@example.org", NULL },
	{ "user", "ann", "joann ann-2 ann_x ann.x ann@example.org", NULL },
	{ "user", "ann", "ann@example.net ann!", "ann@example.net xxx!" },
	{ "user", "org", "ann@example.org", NULL },
	{ "user", "bea", "fe80::bea bea:add:fee", NULL },
	{ "user", "", "", NULL },
	/* addresses */
	{ "ip", "192.0.2.1", "192.0.2.1 - - [", "xxxxxxxxx - - [" },
	{ "ip", "192.0.2.1", "ip:192.0.2.1:443", "ip:xxxxxxxxx:443" },
	{ "ip", "192.0.2.1", "c=::ffff:192.0.2.1, 192.0.2.1.",
	    "c=xxxxxxxxxxxxxxxx, xxxxxxxxx." },
	{ "ip", "192.0.2.1", "c=::FFFF:c000:201", "c=xxxxxxxxxxxxxxxx" },
	{ "ip", "192.0.2.1", "192.0.2.10 1192.0.2.1 192.0.2.1.5", NULL },
	{ "ip", "192.0.2.1", "192.0.2.1-192.0.2.9 v192.0.2.1", NULL },
	{ "ip", "192.0.2.1", "Product/192.0.2.1 rv:192.0.2.1", NULL },
	{ "ip", "192.0.2.1", "Product%2F192.0.2.1", NULL },
	{ "ip", "192.0.2.1", "http://192.0.2.1/x", "http://xxxxxxxxx/x" },
	{ "ip", "2001:db8::1", "[2001:DB8:0::0001]:443",
	    "[xxxxxxxxxxxxxxxx]:443" },
	{ "ip", "2001:db8::1", "from 2001:db8::1: no", "from xxxxxxxxxxx: no" },
	{ "ip", "2001:db8::1", "from 2001:db8::1.", "from xxxxxxxxxxx." },
	{ "ip", "2001:db8::1", "c=2001%3Adb8%3A%3A1", "c=xxxxxxxxxxxxxxxxx" },
	{ "ip", "2001:db8::1", "2001:db8::1:443 2001:db8::11", NULL },
	{ "ip", "2001:db8::", "2001:db8:: 2001:db8::/32", "xxxxxxxxxx xxxxxxxxxx/32" },
	{ "mac", "aa:bb:cc:00:11:22", "on AA:BB:CC:00:11:22.",
	    "on xxxxxxxxxxxxxxxxx." },
	{ "user", "11", "11:22:33 00:11:22", NULL },
	/* digits in other text are no number of a patient */
	{ "nhs_number", "9434765919", "n=943-476-5919;", "n=xxxxxxxxxxxx;" },
	{ "nhs_number", "9434765919", "req9434765919 9.434765919 9434765919a",
	    NULL },
	{ "nhs_number", "9434765919", "99434765919 +9434765919", NULL },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *in = rows[i].line, *kind = rows[i].kind;
		const size_t n = strlen(in);
		const char *want = rows[i].masked != NULL ? rows[i].masked : in;
		const char *who = *rows[i].who != '\0' ? rows[i].who : "no";
		const struct rule_person p = person(kind, who, 0);
		const struct linewho w = { key, &p, 1, NULL };
		const struct rule_person r = person(kind, "7654321", 0);
		const struct linewho other = { key, &r, 1, NULL };
		struct err e = ERR_EMPTY;
		int64_t until = -1, no = -1;
		char *out = malloc(n), *line = malloc(n);
		size_t tokens = 99;
		bool right;

		/* On the heap to its byte: what is read beyond is seen. */
		memcpy(line, in, n);
		right = linewho_until(&w, line, n, &until, &e) == 0 &&
		    linewho_until(&other, line, n, &no, &e) == 0 && no == 0 &&
		    linewho_mask(&w, line, n, out, &tokens, &e) == 0;
		ok(right && until == (rows[i].masked != NULL ? ALL : 0) &&
		    (tokens != 0) == (until != 0) && memcmp(out, want, n) == 0,
		    "%s %s: %s", kind, rows[i].masked != NULL ? "goes" :
		    "stays", in);
		ok(linewho_mask(&w, line, n, line, &tokens, &e) == 0 &&
		    memcmp(line, want, n) == 0 &&
		    linewho_until(&w, line, n, &until, &e) == 0 && until == 0,
		    "in place as well, and then it is nobody's");
		free(out);
		free(line);
	}
}

/* Several persons, and until when each of them is wanted. */
static void
test_until(void)
{
	const struct rule_person p[] = {
		person("email", MAIL, 100), person("user", "bob", 300),
		person("email", "cleo@example.org", 200),
		person("email", MAIL, 50), person("user", "dan", 0),
	};
	const struct linewho w = { key, p, 5, NULL };
	static const struct { const char *line; int64_t until; } t[] = {
		{ "nobody", 0 }, { "ann@example.org", 100 },
		{ "ann@example.org cleo@example.org", 200 },
		{ "cleo@example.org ann@example.org", 200 },
		{ "bob cleo@example.org", 300 }, { "bob dan ann", ALL },
		{ "cleo", 0 },
	};
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int64_t until = -1;

		ok(linewho_until(&w, t[i].line, strlen(t[i].line), &until,
		    &e) == 0 && until == t[i].until, "until %lld: %s",
		    (long long)t[i].until, t[i].line);
	}
}

static void
test_can(void)
{
	static const struct { bool can; const char *kind, *value; } t[] = {
		{ true, "email", MAIL }, { true, "email", " Ann@EXAMPLE.org " },
		{ true, "user", "anne" }, { true, "ip", "192.0.2.1" },
		{ true, "ip", "2001:DB8::1" }, { true, "nhs_number",
		    "943 476 5919" }, { true, "mac", "aa:bb:cc:00:11:22" },
		{ false, "name", "Ann Example" }, { false, "user", "a:b" },
		{ false, "user", "EXAMPLE\\ann" }, { false, "id", "7/12" },
		{ false, "id", "50%41" }, { false, "id", "(x" },
		{ false, "user", "get" }, { false, "id", "12345" },
		{ true, "id", "123456" }, { true, "id", "a123" },
		{ false, "ip", "2001:db8:0:0::1" },
		{ false, "ip", "::ffff:192.0.2.1" },
	};
	struct err e = ERR_EMPTY;
	bool can;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		can = !t[i].can;
		ok(linewho_can(t[i].kind, t[i].value, strlen(t[i].value),
		    &can, &e) == 0 && can == t[i].can, "%s: %s", t[i].can ?
		    "can be a token" : "cannot", t[i].value);
	}
	ok(linewho_can("email", " ", 1, &can, &e) == -1 &&
	    e.code == ERR_INPUT, "nothing is no identifier");
}

/* A token that is too long for an identifier, and one that is just not. */
static void
test_long(void)
{
	static char text[3 * (SUBJECT_MOST + 1) + 1];
	struct err e = ERR_EMPTY;
	int64_t until;

	for (size_t n = SUBJECT_MOST - 1; n <= SUBJECT_MOST; n++) {
		memset(text, 'a', n);
		text[n] = '\0';
		const struct rule_person p = person("user", text, 0);
		const struct linewho w = { key, &p, 1, NULL };

		ok(linewho_until(&w, text, n, &until, &e) == 0 &&
		    until == ALL, "%zu bytes are found", n);
		for (size_t i = 0; i < n; i++)
			memcpy(text + 3 * i, "%61", 3);
		ok(linewho_until(&w, text, 3 * n, &until, &e) == 0 &&
		    until == ALL, "and when each is spelled by three");
		memset(text, 'a', SUBJECT_MOST + 1);
		ok(linewho_until(&w, text, SUBJECT_MOST + 1, &until, &e) == 0
		    && until == 0, "one more than fits is nobody's");
	}
}

/* Lines by chance: what is taken, finding by the clear text shows as well. */
static void
test_chance(void)
{
	static const char *const piece[] = { "an", "@", "%40", ".", "a", "-",
		":", "\\", " ", "/", "%", "an@a.an", "an%40a.an", "\"", "4" };
	const struct rule_person p = person("email", "an@a.an", 0);
	const struct linewho w = { key, &p, 1, NULL };
	const struct linewho knows = { key, &p, 1, wordseen_new() };
	size_t taken = 0, wrong = 0, differ = 0, outside = 0, forgets = 0;
	struct err e = ERR_EMPTY;

	srandom(20261123);
	for (int k = 0; k < 200000; k++) {
		char line[96] = "", out[96];
		int64_t until, again;
		size_t n, tokens;

		for (long i = random() % 8; i >= 0; i--)
			(void)strncat(line, piece[(size_t)random() %
			    (sizeof(piece) / sizeof(piece[0]))], 10);
		n = strlen(line);
		must(linewho_until(&w, line, n, &until, &e) == 0 &&
		    linewho_until(&knows, line, n, &again, &e) == 0 &&
		    linewho_mask(&knows, line, n, out, &tokens, &e) == 0);
		taken += until != 0;
		forgets += until != again;
		wrong += until != 0 && !logfind_carries(line, n, "an@a.an", 7);
		differ += (until != 0) != (tokens != 0);
		for (size_t i = 0; i < n; i++)
			outside += out[i] != line[i] && out[i] != 'x';
	}
	ok(taken > 10000, "%zu lines by chance are the person's", taken);
	ok(wrong == 0, "and each of them carries the identifier");
	ok(knows.seen != NULL && forgets == 0, "and by known words it is the "
	    "same");
	wordseen_free(knows.seen);
	ok(differ == 0 && outside == 0, "masked are they and no others");
}

static int fail_at;		/* that call finds no memory; 0: none */
utf8proc_ssize_t __real_utf8proc_map(const utf8proc_uint8_t *text,
    utf8proc_ssize_t n, utf8proc_uint8_t **ret, utf8proc_option_t how);
utf8proc_ssize_t __wrap_utf8proc_map(const utf8proc_uint8_t *text,
    utf8proc_ssize_t n, utf8proc_uint8_t **ret, utf8proc_option_t how);

utf8proc_ssize_t
__wrap_utf8proc_map(const utf8proc_uint8_t *text, utf8proc_ssize_t n,
    utf8proc_uint8_t **ret, utf8proc_option_t how)
{
	return fail_at != 0 && --fail_at == 0 ? UTF8PROC_ERROR_NOMEM :
	    __real_utf8proc_map(text, n, ret, how);
}

/* A line that could not be looked at is not nobody's. */
static void
test_no_memory(void)
{
	static const char line[] = "GET / bob ::ffff:192.0.2.1. end.";
	const struct rule_person p = person("ip", "192.0.2.1", 0);
	const struct linewho w = { key, &p, 1, NULL };
	const size_t n = sizeof(line) - 1;
	int failed = 0, masks = 0, rc = -1;
	size_t tokens;
	char out[64];

	for (int i = 1; rc == -1 && i < 100; i++) {
		struct err e = ERR_EMPTY;
		int64_t until = -7;

		fail_at = i;
		rc = linewho_until(&w, line, n, &until, &e);
		failed += rc == -1 && e.code == ERR_MEMORY && until == -7;
		must(rc == -1 || until == ALL);
	}
	ok(failed >= 4, "%d calls fail, and each is told", failed);
	rc = -1;
	for (int i = 1; rc == -1 && i < 100; i++) {
		struct err e = ERR_EMPTY;

		fail_at = i;
		rc = linewho_mask(&w, line, n, out, &tokens, &e);
		masks += rc == -1 && e.code == ERR_MEMORY;
	}
	fail_at = 0;
	ok(masks > failed, "masking looks on to the line's end: %d", masks);
}

static void
note(void *ctx, size_t kind, const uint8_t hash[32])
{
	const struct rule_person *p = ctx;

	if (memcmp(p[kind].hash, hash, 32) == 0)
		((struct rule_person *)ctx)[kind].before.ms++;
}

/* For what keeps a line doubt is enough; for what goes it is too much. */
static void
test_all(void)
{
	static const struct {
		const char *line;
		int bob, there;
	} them[] = {
		{ "GET /?m=Bob%40Example.ORG&x=1", 1, 0 },
		{ "mail to bob@example.org.", 1, 0 },
		{ "mail to bob@example.org.example.net", 0, 0 },
		{ "from ::ffff:192.0.2.1", 0, 1 },
		{ "from lib/192.0.2.1", 0, 1 },
		{ "192.0.2.1 and bob@example.org", 1, 1 },
		{ "192.0.2.11 and bobo@example.org", 0, 0 },
		{ "", 0, 0 },
	};
	static const char kinds[][GATE_KIND_BYTES] = { "email", "ip" };
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < sizeof(them) / sizeof(them[0]); i++) {
		struct rule_person p[] = { person("email", "bob@example.org",
		    0), person("ip", "192.0.2.1", 0) };
		const struct linewho_ask a = { key, 2, kinds, p, note };
		const char *line = them[i].line;
		int rc = linewho_all(&a, line, strlen(line), &e);

		ok(rc == 0 && (p[0].before.ms > 0) == them[i].bob &&
		    (p[1].before.ms > 0) == them[i].there, "may be in '%s'",
		    line);
		fail_at = 1;
		ok(*line == '\0' || (linewho_all(&a, line, strlen(line),
		    &e) == -1 && e.code == ERR_MEMORY), "no memory: told");
		fail_at = 0;
	}
}

int
main(void)
{
	test_all();
	test_rows();
	test_until();
	test_can();
	test_long();
	test_chance();
	test_no_memory();
	return tap_done();
}
