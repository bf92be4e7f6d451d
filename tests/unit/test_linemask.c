/* mask: every form of address is cut, every decoy stays, line by line. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/logs/linemask.h"
#include "store/logs/maskfield.h"
#include "store/logs/maskip.h"

#include "tap.h"

struct pair {
	const char *in, *out;	/* out NULL: it stays as it is */
};

static const struct pair v4[] = {
	{ "192.0.2.123", "192.0.2.0" },
	{ "192.0.2.0", NULL },
	{ "255.255.255.255", "255.255.255.0" },
	{ "256.0.2.1", NULL }, { "1.2.3.256", NULL }, { "1.2.3", NULL },
	{ "192.000.002.001", "192.000.002.0" },
	{ "1.2.3.4.5", NULL }, { "1.2.3.4.", "1.2.3.0." },
	{ "1.2.3.4.example.net", "1.2.3.0.example.net" },
	{ "1234.2.3.4", NULL }, { "1.2.3.4567", NULL }, { "1..2.3.4", NULL },
	{ "libx.so.1.2.3.4", NULL }, { "...192.0.2.1", "...192.0.2.0" },
	{ "v1.2.3.4", NULL }, { "1.2.3.4b", NULL }, { "x192.0.2.1", NULL },
	{ "1.2.3.4-5", NULL }, { "1.2.3.4-15.el9", NULL },
	{ "1.2.3.4-5ubuntu3", NULL }, { "192.0.2.1-192.0.2.9",
		"192.0.2.0-192.0.2.0" },
	{ "192.0.2.1-1700000000", "192.0.2.0-1700000000" },
	{ "10.0.0.7-10.5", "10.0.0.0-10.5" },
	{ "192.0.2.1 - - [", "192.0.2.0 - - [" },
	{ "Chrome/119.0.0.7", NULL }, { "a Chrome/119.0.0.7 b", NULL },
	{ "(Edg/1.2.3.4)", NULL }, { "\"Foo%20Bar/1.2.3.4\"", NULL },
	{ "\\x22Chrome/119.0.0.7\\x22", NULL },
	{ "GET /ip/192.0.2.1 HTTP", "GET /ip/192.0.2.0 HTTP" },
	{ "http://192.0.2.1/x", "http://192.0.2.0/x" },
	{ "a.example.org/192.0.2.1", "a.example.org/192.0.2.0" },
	{ "localhost/192.0.2.1:80", "localhost/192.0.2.0:80" },
	{ "/192.0.2.1", "/192.0.2.0" }, { "12/192.0.2.1", "12/192.0.2.0" },
	{ "192.0.2.1/24", "192.0.2.0/24" },
	{ "rv:1.9.0.19) Gecko", NULL }, { "srv:192.0.2.1", "srv:192.0.2.0" },
	{ "192.0.2.1:443", "192.0.2.0:443" }, { "h:192.0.2.1", "h:192.0.2.0" },
	{ "[192.0.2.1]:443", "[192.0.2.0]:443" },
	{ "192.0.2.1, 198.51.100.77,203.0.113.9",
		"192.0.2.0, 198.51.100.0,203.0.113.0" },
	{ "{\"ip\":\"192.0.2.1\"}", "{\"ip\":\"192.0.2.0\"}" },
	{ "for=192.0.2.1;by=198.51.100.2", "for=192.0.2.0;by=198.51.100.0" },
	{ "a\\n192.0.2.1\\r", "a\\n192.0.2.0\\r" },
	{ "\\x22192.0.2.1\\x22", "\\x22192.0.2.0\\x22" },
	{ "\\u0022192.0.2.1", "\\u0022192.0.2.0" },
	{ "%20192.0.2.1%20", "%20192.0.2.0%20" },
	{ "%2C192.0.2.1", "%2C192.0.2.0" }, { "%25612.0.2.1", NULL },
	{ "q=192.0.2.1+x", "q=192.0.2.0+x" }, { "x-192.0.2.1", "x-192.0.2.0" },
	{ "a_192.0.2.1_b", "a_192.0.2.0_b" }, { "\xc3\xa9" "192.0.2.1",
		"\xc3\xa9" "192.0.2.0" },
	{ "12:10:00:00:192.0.2.1", "12:10:00:00:192.0.2.0" },
};

static const struct pair v6[] = {
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1::" },
	{ "2001:DB8::1", "2001:db8::" }, { "2001:db8:abcd::", NULL },
	{ "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::" },
	{ "2001:db8:0:5::1", "2001:db8::" }, { "::1", "::" }, { "::", NULL },
	{ "::2:3:4:5:6:7:8", "0:2:3::" }, { "1::3:4:5:6:7:8", "1:0:3::" },
	{ "1:2:3:4:5:6:7::", "1:2:3::" }, { "::1.2.3.4", "::" },
	{ "64:ff9b::192.0.2.33", "64:ff9b::" },
	{ "1:2:3:4:5:6:1.2.3.4", "1:2:3::" },
	{ "::ffff:192.0.2.33", "::ffff:192.0.2.0" },
	{ "::FFFF:c000:221", "::ffff:c000:200" },
	{ "0:0:0:0:0:ffff:192.0.2.33", "::ffff:192.0.2.0" },
	{ "::ffff:1.2.3.4b", "::.2.3.4b" },
	{ "[2001:db8:1:2::3]:443", "[2001:db8:1::]:443" },
	{ "fe80::1%eth0", "fe80::%eth0" },
	{ "2001:db8:1:2::/64", "2001:db8:1::/64" },
	{ "192.0.2.1, 2001:db8:1:2::3, x", "192.0.2.0, 2001:db8:1::, x" },
	{ "\"ip\":\"2001:db8:1:2::3\"", "\"ip\":\"2001:db8:1::\"" },
	{ "client_id:2001:db8:1:2::3", "client_id:2001:db8:1::" },
	{ "addr:2001:db8:1:2:3:4:5:6", "addr:2001:db8:1::" },
	{ "ip:::1", NULL }, { "ip:0:0::1", "ip:0::" }, { "ip:0:1::1", "ip:0:1::" },
	{ "x:::2001:db8:1:2::3", "x:::2001:db8:1::" }, { "::::1", NULL },
	{ "2001:db8:1:2::3.2001:db8:1:2::3",
		"2001:db8:1::.2001:db8:1:2::" },
	{ "ip:::ffff:192.0.2.1", "ip:::ffff:192.0.2.0" }, { "2001:db8:1:2::3: no", "2001:db8:1::: no" },
	{ "[client 2001:db8:1:2::3:51234]", "[client 2001:db8:1:::51234]" },
	{ "2001:db8:1:2:3:4:5:6:443", "2001:db8:1::" },
	{ "2001:db8:1:2::3:port", "2001:db8:1:::port" },
	{ "2001:db8:1:2::3.", "2001:db8:1::." },
	{ "2001:db8:1:2::3\\n", "2001:db8:1::\\n" },
	{ "a\\n2001:db8:1:2::3", "a\\n2001:db8:1::" },
	{ "\\x222001:db8:1:2::3\\x22", "\\x222001:db8:1::\\x22" },
	{ "%202001:db8:1:2::3", "%202001:db8:1::" },
	{ "1.2.3.4:2001:db8:1:2::3", "1.2.3.0:2001:db8:1::" },
	{ "%02001:db8::1", "%02001:db8::" }, { "%02000::1", "%02000::" },
	{ "10:00:00", NULL }, { "22/Nov/2026:10:00:00 +0100", NULL },
	{ "00:00:5e:00:53:af", NULL }, { "00:11:22:33:44:55:66:77", NULL },
	{ "9e:10:7d:9d:37:2b:b6:82:6b:d8:1d:35:42:a4:19:d6", NULL },
	{ "std::string", NULL }, { "Foo::Bar", NULL }, { "a::b", NULL },
	{ "DB::add", NULL }, { "abc::def_x", NULL }, { "x::1", NULL },
	{ "::before", NULL }, { "::after", NULL }, { "2001:db8:::1", NULL }, { ":::::::", NULL },
	{ "1::2::3", NULL }, { "12345::1", NULL }, { "2001:db8:1:2:3:4:5",
		NULL },
	{ "5f4dcc3b5aa765d61d8327deb882cf99", NULL },
	{ "123e4567-e89b-12d3-a456-426614174000", NULL },
	{ "sha256:9f86d081884c7d65", NULL }, { "{\"a\":1,\"b\":2}", NULL },
};

static const struct pair user[] = {
	{ "192.0.2.1 - jo [22/Nov/2026:", "192.0.2.1 - - [22/Nov/2026:" },
	{ "h - Jo van B [22/Nov", "h - - [22/Nov" },
	{ "h - [1/ [22/Nov", "h - - [22/Nov" },
	{ "h - a [01/ Jo [22/Nov \" [03/", "h - - [22/Nov \" [03/" },
	{ "h - \\\"Jo\\\" [22/Nov", "h - - [22/Nov" }, { "h - - [22/Nov", NULL },
	{ "h - [22/Nov", NULL }, { "h -  [22/Nov", NULL },
	{ "[22/Nov a b c", NULL }, { "h - jo 22/Nov", NULL },
};

#define T "h - - [22/Nov/2026:10:00:00 +0100] "
static const struct pair query[] = {
	{ T "\"GET /a?b=c HTTP/1.1\" 200 5 \"http://x/?q\" \"u?v w\"",
		T "\"GET /a HTTP/1.1\" 200 5 \"http://x/\" \"u?v w\"" },
	{ T "\"GET /a?b=Jo Smith HTTP/1.1\" 200 5",
		T "\"GET /a HTTP/1.1\" 200 5" },
	{ T "\"GET /a?b=\\\"x HTTP/1.1\" 200", T "\"GET /a HTTP/1.1\" 200" },
	{ T "\"GET /a?b=c\" 400", T "\"GET /a\" 400" },
	{ T "\"GET /a?b=c", T "\"GET /a" },
	{ T "\"GET /a HTTP/1.1\" 200 5 \"-\" \"really?yes\"", NULL },
	{ T "\"GET /a HTTP/1.1\" 200 5 \"/x?", T "\"GET /a HTTP/1.1\" 200 5 "
		"\"/x" },
	{ "{\"uri\":\"/a?b=c\\u0026d\",\"x\":1}", "{\"uri\":\"/a\",\"x\":1}" },
	{ "/a?b=c d", "/a d" }, { "why? so", NULL }, { "? x", NULL },
	{ "/a?r=\\/b\\n", "/a\\n" }, { "?x", NULL }, { "?a?b c", "?a c" },
};

static const struct pair email[] = {
	{ "jo@example.org", "(mail)" }, { "a@b.co", "(mail)" },
	{ "<jo.o'neill+x@mail.example.org>", "<(mail)>" },
	{ "'jo@example.org'", "'(mail)'" }, { "e=jo%40example.org&x", "e=(mail)&x" },
	{ "a=%22jo%40example.org%22", "a=(mail)%22" },
	{ "j\xc3\xb6@\xc3\xa4.example.org", "(mail)" },
	{ "jo@example.org.", "(mail)." }, { "jo@example.org.7", "(mail).7" },
	{ "jo@example.org--", "(mail)--" }, { "jo@localhost", NULL },
	{ "jo@192.0.2.1", NULL }, { "@example.org", NULL }, { "jo@", NULL },
	{ "jo@.org", NULL }, { "jo@a.b", NULL }, { "jo@a..org", NULL },
	{ "a@b.org@c.org", "(mail)@c.org" }, { "\\njo@b.org", "\\n(mail)" },
	{ "\\u0022jo@b.org", "\\u0022(mail)" }, { "jo@b.xn--p1ai", "(mail)" },
};

static size_t
ip_plain(const char *in, size_t n, char *out)
{
	return maskip_any(maskscan_find(MASKSCAN_PLAIN), in, n, out);
}

static size_t
ip_best(const char *in, size_t n, char *out)
{
	return maskip_any(maskscan_best(), in, n, out);
}

static size_t
client_best(const char *in, size_t n, char *out)
{
	return maskip_client(in, n, out);
}

typedef size_t part(const char *in, size_t n, char *out);

static bool
gives(part *f, const char *in, size_t n, const char *want, size_t n_want)
{
	char *out = malloc(n + 1);
	char *copy = malloc(n + 1);
	size_t got;
	bool same;

	memcpy(copy, in, n);	/* exact size: reading past shows in asan */
	copy = realloc(copy, n == 0 ? 1 : n);
	got = f(copy, n, out);
	same = got == n_want && memcmp(out, want, got) == 0;
	if (!same)
		printf("# gave '%.*s'\n", (int)got, out);
	free(copy);
	free(out);
	return same;
}

/* At every offset to the scan's words, and between other lines. */
static bool
gives_anywhere(part *f, const struct pair *p)
{
	const char *want = p->out != NULL ? p->out : p->in;
	char in[8400];
	char out[8400];

	if (!gives(f, p->in, strlen(p->in), want, strlen(want)))
		return false;
	if (!gives(f, want, strlen(want), want, strlen(want)))
		return false;
	for (size_t off = 0; off < 4200; off += off < 70 || off > 4020 ? 1 : 64) {
		int n = snprintf(in, sizeof in, "%.*s\n%s\nx",
		    (int)off, "", p->in);
		int m = snprintf(out, sizeof out, "%.*s\n%s\nx",
		    (int)off, "", want);

		memmove(in + off, in, (size_t)n);
		memset(in, ' ', off);
		memmove(out + off, out, (size_t)m);
		memset(out, ' ', off);
		if (!gives(f, in, (size_t)n + off, out, (size_t)m + off))
			return false;
	}
	return true;
}

#define TABLE(t, f) test_table(t, sizeof t / sizeof t[0], f, #t " " #f)

static void
test_table(const struct pair *t, size_t n, part *f, const char *name)
{
	for (size_t i = 0; i < n; i++)
		ok(gives_anywhere(f, &t[i]), "%s: %s", name, t[i].in);
}

static void
test_client(void)
{
	static const struct pair client[] = {
		{ "192.0.2.1 198.51.100.7", "192.0.2.0 198.51.100.7" },
		{ "2001:db8:1:2::3 2001:db8:1:2::3",
			"2001:db8:1:: 2001:db8:1:2::3" },
		{ "[2001:db8:1:2::3]:1 x", "[2001:db8:1::]:1 x" },
		{ "::1 x", ":: x" }, { " 192.0.2.1", NULL },
		{ "h 192.0.2.1", NULL }, { "abc::xyz", NULL },
		{ "ab:1.2.3.4", NULL }, { "", NULL },
#define REST " - - [22/Nov/2026:10:00:00 +0100] \"GET / HTTP/1.1\" 200 1 2 3"
		{ "192.0.2.1" REST, "192.0.2.0" REST },
		{ "1.2.3.45" REST, "1.2.3.0" REST },
		{ "255.255.255.255" REST, "255.255.255.0" REST },
		{ "10.2.3.0" REST, NULL }, { "256.2.3.4" REST, NULL },
		{ "1.299.3.4" REST, NULL }, { "1.2.999.4" REST, NULL },
		{ "1.2.3.256" REST, NULL }, { "1.2.3.4.5" REST, NULL },
		{ "1.2.3" REST, NULL }, { "1.2.3.4000" REST, NULL },
		{ "1..3.4" REST, NULL }, { ".1.2.3" REST, NULL },
		{ "1.2.3." REST, NULL }, { "1234.2.3.4" REST, NULL },
		{ "192.0.2.1," REST, "192.0.2.0," REST },
		{ "1.2.3.4-5" REST, NULL }, { "192.168.100.1000" REST, NULL },
		{ "192.168.100.10.1" REST, NULL },
	};

	TABLE(client, client_best);
}

static void
test_length(void)
{
	static const char in[] = "192.0.2.123 - jo [22/Nov/2026:10:00:00 +0100]"
	    " \"GET /?q=1 HTTP/1.1\" 200 1 \"-\" \"a\"\r\n"
	    "2001:db8:1:2::3 x\n192.0.2.1";
	static const char want[] = "192.0.2.0 - - [22/Nov/2026:10:00:00 +0100]"
	    " \"GET / HTTP/1.1\" 200 1 \"-\" \"a\"       \r\n"
	    "2001:db8:1:: x   \n192.0.2.0";
	static const struct linemask_set set = { LINEMASK_IP_ANY, true, true, true };
	struct err e = ERR_EMPTY;
	struct linemask *m = linemask_new(&set, sizeof in, &e);
	char out[sizeof in];

	ok(linemask_block(m, in, sizeof in - 1, out, true) == sizeof in - 1 &&
	    memcmp(out, want, sizeof want - 1) == 0,
	    "every line keeps its length");
	linemask_free(m);
}

int
main(void)
{
	TABLE(v4, ip_plain);
	TABLE(v4, ip_best);
	TABLE(v6, ip_plain);
	TABLE(v6, ip_best);
	TABLE(user, maskfield_user);
	TABLE(query, maskfield_query);
	TABLE(email, maskfield_email);
	test_client();
	test_length();
	return tap_done();
}
