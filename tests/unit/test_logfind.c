/* logfind: a line carries an identifier, or only something like it. */
#include "store/logs/logfind.h"

#include <string.h>

#include "tap.h"

static const struct { bool carries; const char *line; } t[] = {
	{ true, "ann@example.org" },
	{ true, "GET /?m=ann@example.org HTTP/1.1" },
	{ true, "GET /?m=Ann%40Example.org&x=1" },
	{ true, "mail from <ANN@EXAMPLE.ORG>, ok" },
	{ true, "sent to ann@example.org." },
	{ true, "x=%3Dann@example.org" },
	{ true, "joann@example.org ann@example.org" },
	{ false, "joann@example.org" },
	{ false, "jo.ann@example.org" },
	{ false, "ann@example.organic" },
	{ false, "ann@example.org.uk" },
	{ false, "ann@example.or" },
	{ false, "ann%4example.org" },
	{ false, "\xc3\xa9" "ann@example.org" },
	{ false, "" },
};

int
main(void)
{
	static const char wanted[] = "ann@example.org";

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ok(logfind_carries(t[i].line, strlen(t[i].line), wanted,
		    sizeof(wanted) - 1) == t[i].carries, "%s: %s",
		    t[i].carries ? "carries it" : "does not", t[i].line);
	ok(!logfind_carries("anything", 8, "", 0), "nothing is in no line");
	return tap_done();
}
