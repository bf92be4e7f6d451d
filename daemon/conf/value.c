#include "value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "retention/period.h"
#include "retention/timetext.h"

#define NAME_MOST 64
#define TRUNCATE_MOST 1000000

static int
unexpected(const struct schema_row *row, const char *text, struct err *e)
{
	return err_set(e, ERR_CONFIG, "\"%.60s\" is not %s", text,
	    schema_expected(row));
}

static int
put_text(struct reader *r, const char *text, void *field, struct err *e)
{
	const char *copy = reader_dup(r, text);

	if (copy == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	memcpy(field, &copy, sizeof(copy));
	return 0;
}

static int
parse_text(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	if (text[strspn(text, " \t\r\n")] == '\0')
		return err_set(e, ERR_CONFIG, "it is empty; expected %s",
		    schema_expected(row));
	return put_text(r, text, field, e);
}

static int
parse_option(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	return text[0] == '\0' ? 0 : parse_text(r, row, text, field, e);
}

static int
parse_name(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strspn(text, letters);

	if (n == 0 || text[n] != '\0' || n > NAME_MOST ||
	    strchr("._-", text[0]) != NULL)
		return unexpected(row, text, e);
	return put_text(r, text, field, e);
}

static int
parse_origin(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '+')
			return unexpected(row, text, e);
	if (n == 0 || n > 255)
		return unexpected(row, text, e);
	return put_text(r, text, field, e);
}

static int
parse_path(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	const char *path;

	if (text[0] == '\0')
		return unexpected(row, text, e);
	path = reader_path(r, r->folder, text);
	if (path == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	memcpy(field, &path, sizeof(path));
	return 0;
}

static int
parse_path_option(struct reader *r, const struct schema_row *row,
    const char *text, void *field, struct err *e)
{
	return text[0] == '\0' ? 0 : parse_path(r, row, text, field, e);
}

static int
parse_date(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	int64_t days;

	if (timetext_day(text, strlen(text), &days) == -1)
		return unexpected(row, text, e);
	return put_text(r, text, field, e);
}

static int
parse_zone(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	struct zone *z = NULL;

	(void)row;
	if (timetext_zone(text, &z, e) == -1)
		return -1;
	timetext_zone_free(z);
	return z == NULL ? 0 : put_text(r, text, field, e);
}

static int
parse_format(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	static const char *const known[] = { "combined", "common", "iso8601",
		"syslog" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(text, known[i]) == 0)
			return put_text(r, text, field, e);
	if (strncmp(text, "json:", 5) == 0 ? text[5] == '\0' :
	    strchr(text, '%') == NULL)
		return unexpected(row, text, e);
	return put_text(r, text, field, e);
}

static int
parse_period(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	(void)r, (void)row;
	return period_parse(text, field, e);
}

static int
parse_period_option(struct reader *r, const struct schema_row *row,
    const char *text, void *field, struct err *e)
{
	return text[0] == '\0' ? 0 : parse_period(r, row, text, field, e);
}

static int
in_range(const struct schema_row *row, int64_t n, const char *text,
    const char *unit, struct err *e)
{
	if (n < row->least || n > row->most)
		return err_set(e, ERR_CONFIG, "%s is out of range; expected %"
		    PRId64 "%s to %" PRId64 "%s", text, row->least, unit,
		    row->most, unit);
	return 0;
}

static int
parse_span(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	int64_t ms;

	(void)r;
	if (period_parse_ms(text, &ms, e) == -1 ||
	    in_range(row, ms, text, " ms", e) == -1)
		return -1;
	memcpy(field, &ms, sizeof(ms));
	return 0;
}

static int
parse_span_option(struct reader *r, const struct schema_row *row,
    const char *text, void *field, struct err *e)
{
	return text[0] == '\0' ? 0 : parse_span(r, row, text, field, e);
}

static int
parse_size(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	static const struct { const char *name; int shift; } units[] = {
		{ " bytes", 0 }, { " KiB", 10 }, { " MiB", 20 }, { " GiB", 30 },
	};
	size_t n = strspn(text, "0123456789");
	int64_t bytes = -1;

	(void)r;
	if (n == 0 || n > 9)
		return unexpected(row, text, e);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text + n, units[i].name) == 0)
			bytes = (int64_t)strtoll(text, NULL, 10) <<
			    units[i].shift;
	if (bytes == -1)
		return unexpected(row, text, e);
	if (in_range(row, bytes, text, " bytes", e) == -1)
		return -1;
	memcpy(field, &bytes, sizeof(bytes));
	return 0;
}

static int
parse_count(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	int64_t n;
	char *end;

	(void)r;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return unexpected(row, text, e);
	/* The preset -1, "not given", is not for the user. */
	if (text != row->preset && in_range(row, n, text, "", e) == -1)
		return -1;
	memcpy(field, &n, sizeof(n));
	return 0;
}

static int
parse_share(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	double share;
	char *end;

	(void)r;
	share = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(share) ||
	    (text != row->preset && (share < 0 || share > 1)))
		return unexpected(row, text, e);
	memcpy(field, &share, sizeof(share));
	return 0;
}

static int
parse_bool(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	bool yes = strcmp(text, "true") == 0;

	(void)r;
	if (!yes && strcmp(text, "false") != 0)
		return unexpected(row, text, e);
	memcpy(field, &yes, sizeof(yes));
	return 0;
}

static int
parse_word(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	bool yes = true;

	(void)r;
	if (strcmp(text, row->format) != 0)
		return err_set(e, ERR_CONFIG, "\"%.60s\" is not \"%s\"", text,
		    row->format);
	memcpy(field, &yes, sizeof(yes));
	return 0;
}

static int
parse_need(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	bool required = strcmp(text, "required") == 0;

	(void)r;
	if (!required && strcmp(text, "preferred") != 0)
		return unexpected(row, text, e);
	memcpy(field, &required, sizeof(required));
	return 0;
}

static int
parse_enum(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	int i = row->type == SCHEMA_MODE ? rule_mode_find(text) :
	    row->type == SCHEMA_ACTION ? rule_action_find(text) :
	    row->type == SCHEMA_CLOCK ? rule_clock_find(text) :
	    row->type == SCHEMA_UNIT ? rule_unit_find(text) :
	    row->type == SCHEMA_SCRUB ? rule_scrub_find(text) :
	    rule_empty_find(text);

	(void)r;
	if (i == -1)
		return unexpected(row, text, e);
	memcpy(field, &i, sizeof(i));
	return 0;
}

static int
minutes(const char *t)
{
	int h, m;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? t[i] != ':' : t[i] < '0' || t[i] > '9')
			return -1;
	h = (t[0] - '0') * 10 + (t[1] - '0');
	m = (t[3] - '0') * 10 + (t[4] - '0');
	return h > 23 || m > 59 ? -1 : h * 60 + m;
}

static int
parse_window(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	struct rule_window w;

	(void)r;
	if (strlen(text) != 11 || text[5] != '-')
		return unexpected(row, text, e);
	w = (struct rule_window){ minutes(text), minutes(text + 6) };
	if (w.from_min == -1 || w.to_min == -1 || w.from_min == w.to_min)
		return unexpected(row, text, e);
	memcpy(field, &w, sizeof(w));
	return 0;
}

static int (*const parsers[SCHEMA_N_SCALARS])(struct reader *,
    const struct schema_row *, const char *, void *, struct err *) = {
	[SCHEMA_TEXT] = parse_text, [SCHEMA_OPTION] = parse_option,
	[SCHEMA_NAME] = parse_name, [SCHEMA_ORIGIN] = parse_origin,
	[SCHEMA_PATH] = parse_path, [SCHEMA_PATH_OPTION] = parse_path_option,
	[SCHEMA_DATE] = parse_date, [SCHEMA_ZONE] = parse_zone,
	[SCHEMA_FORMAT] = parse_format, [SCHEMA_PERIOD] = parse_period,
	[SCHEMA_PERIOD_OPTION] = parse_period_option,
	[SCHEMA_SPAN] = parse_span, [SCHEMA_SPAN_OPTION] = parse_span_option,
	[SCHEMA_SIZE] = parse_size, [SCHEMA_COUNT] = parse_count,
	[SCHEMA_SHARE] = parse_share, [SCHEMA_BOOL] = parse_bool,
	[SCHEMA_WORD] = parse_word, [SCHEMA_MODE] = parse_enum,
	[SCHEMA_ACTION] = parse_enum, [SCHEMA_CLOCK] = parse_enum,
	[SCHEMA_NEED] = parse_need, [SCHEMA_UNIT] = parse_enum, [SCHEMA_EMPTY] = parse_enum,
	[SCHEMA_SCRUB] = parse_enum,
	[SCHEMA_WINDOW] = parse_window,
};

int
value_parse(struct reader *r, const struct schema_row *row, const char *text,
    void *field, struct err *e)
{
	must((unsigned)row->type < SCHEMA_N_SCALARS);
	return parsers[row->type](r, row, text, field, e);
}

int
value_method(struct reader *r, const char *text, struct rule_column *ret,
    struct err *e)
{
	struct rule_column c = { .name = ret->name };
	const char *colon = strchr(text, ':');
	char name[16];
	size_t n = colon == NULL ? strlen(text) : (size_t)(colon - text);
	int method = -1;

	if (n < sizeof(name)) {
		memcpy(name, text, n);
		name[n] = '\0';
		method = rule_method_find(name);
	}
	if (method == -1 || (colon != NULL) !=
	    (method == RULE_SET || method == RULE_TRUNCATE))
		return err_set(e, ERR_CONFIG, "\"%.60s\" is no method; expected "
		    "null, empty, set:VALUE, redact, pseudonym, ip-prefix, year, "
		    "month, outward, email-domain or truncate:N", text);
	c.method = (enum rule_method)method;
	if (method == RULE_SET && (c.text = reader_dup(r, colon + 1)) == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (method == RULE_TRUNCATE) {
		n = strspn(colon + 1, "0123456789");
		c.n = n == 0 || n > 7 || colon[1 + n] != '\0' ? 0 :
		    (int64_t)strtoll(colon + 1, NULL, 10);
		if (c.n < 1 || c.n > TRUNCATE_MOST)
			return err_set(e, ERR_CONFIG, "\"%.60s\": expected "
			    "truncate:N with N from 1 to %d", text,
			    TRUNCATE_MOST);
	}
	*ret = c;
	return 0;
}
