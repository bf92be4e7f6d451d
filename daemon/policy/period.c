#include "retention/period.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "retention/err.h"

#define PERIOD_MOST INT64_C(1000000)
#define MS_MOST (INT64_C(1000000) * 86400000)

struct unit {
	const char *one, *many;
	int64_t ms;		/* 0: no fixed length */
};

static const struct unit period_units[PERIOD_N_UNITS] = {
	[PERIOD_HOURS] = { "hour", "hours", 3600000 },
	[PERIOD_DAYS] = { "day", "days", 86400000 },
	[PERIOD_WEEKS] = { "week", "weeks", 604800000 },
	[PERIOD_MONTHS] = { "month", "months", 0 },
	[PERIOD_YEARS] = { "year", "years", 0 },
};

static const struct unit span_units[] = {
	{ "ms", "ms", 1 },
	{ "second", "seconds", 1000 },
	{ "minute", "minutes", 60000 },
	{ "hour", "hours", 3600000 },
	{ "day", "days", 86400000 },
	{ "week", "weeks", 604800000 },
};
#define N_SPAN_UNITS (sizeof(span_units) / sizeof(span_units[0]))

/* "N unit": the unit's index, or -1.  N is 1..PERIOD_MOST, no sign, no
 * leading zero; one or more blanks between. */
static int
split(const char *text, const struct unit *units, size_t n_units, int64_t *ret_n)
{
	int64_t n = 0;
	size_t i = 0;

	if (text[0] == '0')
		return -1;
	for (; text[i] >= '0' && text[i] <= '9'; i++) {
		n = n * 10 + (text[i] - '0');
		if (n > PERIOD_MOST)
			return -1;
	}
	if (n == 0 || text[i] != ' ')
		return -1;
	while (text[i] == ' ')
		i++;
	for (size_t u = 0; u < n_units; u++) {
		if (strcmp(text + i, units[u].one) == 0 ||
		    strcmp(text + i, units[u].many) == 0) {
			*ret_n = n;
			return (int)u;
		}
	}
	return -1;
}

int
period_parse(const char *text, struct period *ret_p, struct err *e)
{
	int64_t n;
	int unit = split(text, period_units, PERIOD_N_UNITS, &n);

	if (unit == -1)
		return err_set(e, ERR_CONFIG, "\"%.40s\" is no period; expected "
		    "\"N hours|days|weeks|months|years\" with N from 1 to %"
		    PRId64, text, PERIOD_MOST);
	*ret_p = (struct period){ n, (enum period_unit)unit };
	return 0;
}

void
period_text(struct period p, char ret_text[PERIOD_TEXT_BYTES])
{
	const struct unit *u;

	must((unsigned)p.unit < PERIOD_N_UNITS);
	u = &period_units[p.unit];
	(void)snprintf(ret_text, PERIOD_TEXT_BYTES, "%" PRId64 " %s", p.n,
	    p.n == 1 ? u->one : u->many);
}

int
period_parse_ms(const char *text, int64_t *ret_ms, struct err *e)
{
	int64_t n;
	int unit = split(text, span_units, N_SPAN_UNITS, &n);

	if (unit == -1 || n > MS_MOST / span_units[unit].ms)
		return err_set(e, ERR_CONFIG, "\"%.40s\" is no length of time; "
		    "expected \"N ms|seconds|minutes|hours|days|weeks\" with N "
		    "from 1 to %" PRId64, text, PERIOD_MOST);
	*ret_ms = n * span_units[unit].ms;
	return 0;
}
