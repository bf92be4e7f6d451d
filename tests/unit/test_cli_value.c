/* cli_value: hostile values in JSON, CSV and HTML. */
#include "ctl/cli_value.h"

#include <jansson.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"

#include "tap.h"

#define V(type, text) { type, text, sizeof(text) - 1 }

static const struct {
	struct cli_value v;
	const char *json, *csv;
} t[] = {
	{ V('n', ""), "null", "" },
	{ V('i', "-9223372036854775808"), "-9223372036854775808",
	    "-9223372036854775808" },
	{ V('r', "1.5e+300"), "1.5e+300", "1.5e+300" },
	{ V('r', "inf"), "\"inf\"", "inf" },
	{ V('t', ""), "\"\"", "\"\"" },
	{ V('t', "Ann"), "\"Ann\"", "\"Ann\"" },
	{ V('t', "a \"b\"\r\n,c"), "\"a \\\"b\\\"\\u000d\\n,c\"",
	    "\"a \"\"b\"\"\r\n,c\"" },
	{ V('t', "=HYPERLINK(\"http://example.org\")"),
	    "\"=HYPERLINK(\\\"http://example.org\\\")\"",
	    "\"'=HYPERLINK(\"\"http://example.org\"\")\"" },
	{ V('t', "+1"), "\"+1\"", "\"'+1\"" },
	{ V('t', "-1"), "\"-1\"", "\"'-1\"" },
	{ V('t', "@SUM(A1)"), "\"@SUM(A1)\"", "\"'@SUM(A1)\"" },
	{ V('t', "\tx"), "\"\\u0009x\"", "\"'\tx\"" },
	{ V('t', "\rx"), "\"\\u000dx\"", "\"'\rx\"" },
	{ V('t', "  =1"), "\"  =1\"", "\"'  =1\"" },
	{ V('t', "a=1"), "\"a=1\"", "\"a=1\"" },
	{ V('t', "\0=1"), "\"\\u0000=1\"", "\"\xef\xbf\xbd=1\"" },
	{ V('t', "Zo\xc3\xab \xf0\x9f\x98\x80"),
	    "\"Zo\\u00eb \\ud83d\\ude00\"", "\"Zo\xc3\xab \xf0\x9f\x98\x80\"" },
	{ V('t', "\xff\xfe"), "{\"text_base64\":\"//4=\"}",
	    "\"base64://4=\"" },
	{ V('t', "\xed\xa0\x80"), "{\"text_base64\":\"7aCA\"}",
	    "\"base64:7aCA\"" },
	{ V('t', "\xc0\xaf"), "{\"text_base64\":\"wK8=\"}",
	    "\"base64:wK8=\"" },
	{ V('t', "cut \xe2\x82"), "{\"text_base64\":\"Y3V0IOKC\"}",
	    "\"base64:Y3V0IOKC\"" },
	{ V('b', "\0\1\2"), "{\"base64\":\"AAEC\"}", "\"base64:AAEC\"" },
	{ V('b', ""), "{\"base64\":\"\"}", "\"base64:\"" },
};

static void
test_long(void)
{
	static char bytes[10000];
	struct cli_value v = { 'b', bytes, sizeof(bytes) };
	struct buf b = BUF_EMPTY;

	cli_value_csv(&b, &v);
	/* "base64: and " around 4 digits for each 3 bytes begun */
	ok(b.n == 9 + (sizeof(bytes) + 2) / 3 * 4 &&
	    strncmp(buf_text(&b), "\"base64:AAAA", 12) == 0,
	    "a long BLOB is one text in base 64");
	buf_release(&b);
}

int
main(void)
{
	struct buf b = BUF_EMPTY;
	static const char markup[] = "<script>\"&'\x1b[2J\n";

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct jsonw w = JSONW(&b);
		json_t *read;

		buf_reset(&b);
		cli_value_json(&w, NULL, &t[i].v);
		read = json_loadb(buf_text(&b), b.n, JSON_DECODE_ANY |
		    JSON_ALLOW_NUL, NULL);
		ok(strcmp(buf_text(&b), t[i].json) == 0 && read != NULL,
		    "JSON %zu: %s", i, buf_text(&b));
		json_decref(read);
		buf_reset(&b);
		cli_value_csv(&b, &t[i].v);
		ok(b.n == strlen(t[i].csv) &&
		    strcmp(buf_text(&b), t[i].csv) == 0, "CSV %zu: %s", i,
		    t[i].json);
	}
	buf_reset(&b);
	cli_value_html(&b, markup, sizeof(markup) - 1);
	ok(strcmp(buf_text(&b), "&lt;script&gt;&quot;&amp;'[2J\n") == 0,
	    "HTML: %s", buf_text(&b));
	buf_release(&b);
	test_long();
	return tap_done();
}
