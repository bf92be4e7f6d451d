#include "lognamed.h"

#include <string.h>

#include "linecivil.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* YYYY-MM-DD or YYYYMMDD at p, and no digit on either side of it. */
static bool
day_at(const struct zone *z, const char *p, struct wall *ret)
{
	struct linecivil_text t = { p, p + strlen(p) };
	struct linecivil c = LINECIVIL_EMPTY;
	bool dash;

	if (!linecivil_number(&t, 4, 4, &c.year))
		return false;
	dash = linecivil_letter(&t, '-');
	if (!linecivil_number(&t, 2, 2, &c.month) ||
	    linecivil_letter(&t, '-') != dash ||
	    !linecivil_number(&t, 2, 2, &c.day) ||
	    (t.p < t.end && is_digit(*t.p)))
		return false;
	return linecivil_instant(&c, z, *ret, ret);
}

bool
lognamed_at(const struct zone *z, const char *name, struct wall *ret)
{
	const struct wall near = *ret;
	bool found = false;

	for (const char *p = name; *p != '\0'; p++) {
		struct wall t = near;

		if (!is_digit(*p) || (p > name && is_digit(p[-1])) ||
		    !day_at(z, p, &t))
			continue;
		if (!found || t.ms > ret->ms)
			*ret = t;
		found = true;
	}
	return found;
}
