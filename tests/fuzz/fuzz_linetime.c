/* linetime: any bytes in any format; a time is the same when asked again and
 * lies in the years 0 to 9999.  The first byte chooses the format; a format of
 * the input's own is everything before its first line feed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/logs/linetime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const formats[] = { "combined", "iso8601", "syslog",
	"json:time", "json:a.b", "%Y/%m/%d %T", "[%d/%b/%y %H:%M:%S,%f %z]", "%s",
	"%b %e %T", "%Y %j" };
#define N_FORMATS (sizeof formats / sizeof formats[0])

static void
ask(const char *format, const char *line, size_t n)
{
	const struct wall near = { INT64_C(1795348800000) };
	struct linetime *lt;
	struct err e = ERR_EMPTY;
	struct wall a = { 0 };
	struct wall b = { 0 };

	if (linetime_new(format, NULL, &lt, &e) == -1) {
		must(e.code == ERR_CONFIG && e.text[0] != '\0');
		return;
	}
	must(linetime_of(lt, line, n, near, &a) ==
	    linetime_of(lt, line, n, near, &b));
	must(a.ms == b.ms && a.ms > -INT64_C(63000000000000) &&
	    a.ms < INT64_C(10000000000000000));
	linetime_free(lt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *format;
	char *line;
	char *lf;

	if (n == 0)
		return 0;
	format = formats[data[0] % N_FORMATS];
	line = malloc(n);
	must(line != NULL);
	n--;
	memcpy(line, data + 1, n);
	line[n] = '\0';
	lf = memchr(line, '\n', n);
	if (data[0] == 255 && lf != NULL) {
		*lf = '\0';
		ask(line, lf + 1, n - (size_t)(lf + 1 - line));
	} else {
		line = realloc(line, n + (n == 0));
		ask(format, line, n);
	}
	free(line);
	return 0;
}
