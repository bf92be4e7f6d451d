/*
 * when - clocks and periods as SQL.
 *
 * Each clock has one expression that gives integer milliseconds or NULL.  The
 * fraction of a second is cut from text by hand: SQLite's own functions round
 * it differently from version to version.
 */
#include "when.h"

#include <inttypes.h>

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/pool.h"
#include "retention/timetext.h"

#include "db.h"
#include "sql.h"
#include "table.h"

#define DAY CALENDAR_DAY_MS

/* In the texts below $ stands for the value. */
/* 0, and below 10^10 ms what is no count of seconds, is no time: see
 * judge_instant(). */
static const char unix_sql[] =
    "CASE typeof($) WHEN 'integer' THEN CASE WHEN $ >= 1 THEN $ * 1000 END"
    " WHEN 'real' THEN CASE WHEN $ * 1000.0 > 999 AND $ < 9e15 THEN"
    " CAST($ * 1000.0 AS INTEGER) +"
    " ($ * 1000.0 > CAST($ * 1000.0 AS INTEGER))"
    " WHEN $ >= 1 AND $ < 9e999 THEN 9223372036854775807 END END";
static const char unix_ms_sql[] =
    "CASE typeof($) WHEN 'integer' THEN CASE WHEN $ > 9999999999 THEN $ END"
    " WHEN 'real' THEN CASE WHEN $ > 9999999999 AND $ < 9e18 THEN"
    " CAST($ AS INTEGER) + ($ > CAST($ AS INTEGER))"
    " WHEN $ > 9999999999 AND $ < 9e999 THEN 9223372036854775807 END END";
static const char unix_us_sql[] =
    "CASE typeof($) WHEN 'integer' THEN CASE WHEN $ > 9999999999000 THEN"
    " $ / 1000 + ($ % 1000 > 0) END"
    " WHEN 'real' THEN CASE WHEN $ / 1000.0 > 9999999999 AND $ < 9e18 THEN"
    " CAST($ / 1000.0 AS INTEGER) +"
    " ($ / 1000.0 > CAST($ / 1000.0 AS INTEGER))"
    " WHEN $ >= 10000000000000 AND $ < 9e999 THEN 9223372036854775807 END END";
static const char julian_sql[] =
    "CASE WHEN typeof($) IN ('integer', 'real') AND $ < 9e999"
    " AND $ * 86400000.0 + 0.5 >= 210866760000001 THEN"
    " CASE WHEN $ > 1e11 THEN 9223372036854775807 ELSE"
    " CAST($ * 86400000.0 + 0.5 AS INTEGER) - 210866760000000 END END";
#define IS_DAY \
    "typeof($) = 'text' AND instr($, char(0)) = 0" \
    " AND $ GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*'" \
    " AND date(substr($, 1, 10), '+0 days') = substr($, 1, 10)"
static const char date_sql[] =
    "CASE WHEN " IS_DAY " AND length($) = 10 AND $ >= '1970' THEN"
    " strftime('%s', $) * 1000 + 86399999 END";
#define ZONE_OK(tail) \
    "(" tail " IN ('', 'Z', 'z', ' Z', ' z')" \
    " OR " tail " GLOB '[-+][01][0-9]:[0-5][0-9]'" \
    " OR " tail " GLOB ' [-+][01][0-9]:[0-5][0-9]')"
#define TAIL "ltrim(substr($, 21), '0123456789')"
static const char iso8601_sql[] =
    "nullif(max(CASE WHEN " IS_DAY " THEN CASE"
    " WHEN length($) = 10 THEN strftime('%s', $) * 1000 + 86399999"
    " WHEN substr($, 11, 1) NOT IN ('T', ' ') OR substr($, 12, 2) > '23'"
    " OR substr($, 12) NOT GLOB '[0-2][0-9]:[0-5][0-9]*' THEN NULL"
    " WHEN substr($, 17, 1) <> ':' THEN CASE"
    " WHEN " ZONE_OK("substr($, 17)") " THEN strftime('%s', $) * 1000 END"
    " WHEN substr($, 18) NOT GLOB '[0-5][0-9]*' THEN NULL"
    " WHEN substr($, 20, 1) <> '.' THEN CASE"
    " WHEN " ZONE_OK("substr($, 20)") " THEN strftime('%s', $) * 1000 END"
    " WHEN substr($, 21) GLOB '[0-9]*' AND " ZONE_OK(TAIL) " THEN"
    " strftime('%s', substr($, 1, 19) || " TAIL ") * 1000 +"
    " substr(substr($, 21, length($) - 20 - length(" TAIL ")) || '00', 1, 3)"
    " END END, 0), 0)";

static const char *const clocks[RULE_N_CLOCKS] = {
	[RULE_UNIX] = unix_sql, [RULE_UNIX_MS] = unix_ms_sql,
	[RULE_UNIX_US] = unix_us_sql, [RULE_ISO8601] = iso8601_sql,
	[RULE_DATE] = date_sql, [RULE_JULIAN] = julian_sql,
};

static char *
finish(struct buf *b, struct pool *p)
{
	char *text = buf_failed(b) ? NULL : pool_dup(p, buf_text(b));

	buf_release(b);
	return text;
}

/* The text with the value put in for every $. */
static char *
fill(struct pool *p, const char *text, const char *value)
{
	struct buf b = BUF_EMPTY;

	for (; *text; text++) {
		if (*text == '$')
			buf_puts(&b, value);
		else
			buf_add(&b, text, 1);
	}
	return finish(&b, p);
}

static char *
instant_sql(struct pool *p, const struct rule_timing *timing,
    const char *value, bool utc)
{
	struct buf b = BUF_EMPTY;

	if (utc || (timing->clock != RULE_ISO8601 &&
	    timing->clock != RULE_DATE))
		return fill(p, clocks[timing->clock], value);
	buf_putf(&b, "retention_instant(%s, %d, ", value, (int)timing->clock);
	sql_text(&b, timing->zone);
	buf_puts(&b, ")");
	return finish(&b, p);
}

static void
day_text(int64_t days, char ret[CLOCK_TEXT_BYTES])
{
	struct wall t = { days * DAY };

	clock_text_s(t, ret);
	ret[10] = '\0';
}

/* A bound on the bare column that no due row passes: NULL when none helps. */
static void
coarse_sql(struct buf *b, enum rule_clock clock, const char *column,
    int64_t to_ms)
{
	char day[CLOCK_TEXT_BYTES];

	sql_ident(b, column);
	switch (clock) {
	case RULE_UNIX:
		buf_putf(b, " <= %" PRId64, to_ms / 1000 + 1);
		return;
	case RULE_UNIX_MS:
		buf_putf(b, " <= %" PRId64, to_ms + 1);
		return;
	case RULE_UNIX_US:
		buf_putf(b, " <= %" PRId64, to_ms < INT64_MAX / 2000 ?
		    (to_ms + 1) * 1000 : INT64_MAX);
		return;
	case RULE_JULIAN:
		buf_puts(b, " <= ");
		sql_real(b, 2440587.5 + (double)(to_ms + 2) / 86400000.0);
		return;
	case RULE_ISO8601:
	case RULE_DATE:
		day_text(to_ms / DAY + 2, day);
		buf_putf(b, " < '%s'", day);
		return;
	case RULE_N_CLOCKS:
		err_bug(__FILE__, __LINE__, "no such clock");
	}
}

static void
ranges_sql(struct buf *b, const struct calendar_due *due, const char *instant)
{
	buf_puts(b, "(");
	for (size_t i = 0; i < due->n; i++) {
		if (i == 0)
			buf_putf(b, "%s <= %" PRId64, instant,
			    due->range[0].to_ms);
		else
			buf_putf(b, " OR %s BETWEEN %" PRId64 " AND %" PRId64,
			    instant, due->range[i].from_ms,
			    due->range[i].to_ms);
	}
	buf_puts(b, ")");
}

struct making {
	const struct when_scene *scene;
	const struct rule_timing *timing;
	const char *value;		/* SQL of the value */
	struct zone *zone;
};

/* A day counts until it has ended: days are compared, not instants. */
static int
due_by_day(const struct making *m, struct period p, struct when *w)
{
	char day[CLOCK_TEXT_BYTES];
	int64_t today = timetext_today(m->zone, m->scene->at);
	int64_t last = calendar_due_day(p, today);
	struct pool *pool = m->scene->pool;

	if (last < 0) {
		w->due = w->coarse = "0";
		return 0;
	}
	day_text(last, day);
	w->due = pool_printf(pool, "(%s IS NOT NULL AND %s COLLATE BINARY "
	    "<= '%s')", w->instant, m->value, day);
	w->coarse = !w->column ? "1" :
	    pool_printf(pool, "%s <= '%s'", m->value, day);
	return w->due && w->coarse ? 0 : -1;
}

static int
due_by_instant(const struct making *m, struct period p, struct when *w)
{
	struct calendar_due due = calendar_due(p, m->scene->at);
	int64_t to_ms = due.range[due.n - 1].to_ms;
	struct buf b = BUF_EMPTY;

	if (to_ms < 0) {
		w->due = w->coarse = "0";
		return 0;
	}
	ranges_sql(&b, &due, w->instant);
	w->due = finish(&b, m->scene->pool);
	w->coarse = "1";
	if (w->column) {
		b = BUF_EMPTY;
		coarse_sql(&b, m->timing->clock, w->column, to_ms);
		w->coarse = finish(&b, m->scene->pool);
	}
	return w->due && w->coarse ? 0 : -1;
}

static int
value_sql(struct making *m, struct when *w, struct err *e)
{
	const struct when_scene *s = m->scene;
	const char *from = m->timing->from;
	const struct table_column *c = table_column(s->table, from);
	struct buf b = BUF_EMPTY;

	if (!c && sql_condition(s->db, s->table->name, "from", from, e) == -1)
		return -1;
	if (c) {
		w->column = c->name;
		sql_ident(&b, s->table->name);
		buf_puts(&b, ".");
		sql_ident(&b, c->name);
	} else {
		buf_putf(&b, "(%s)", from);
	}
	m->value = finish(&b, s->pool);
	return m->value ? 0 : err_set(e, ERR_MEMORY, "no memory");
}

static int
by_value(struct making *m, struct when *w, struct err *e)
{
	const struct rule_timing *t = m->timing;
	struct period p = t->keep == RULE_PERIOD ? t->period : t->grace;
	struct pool *pool = m->scene->pool;
	int rc;

	if (!t->from)
		return err_set(e, ERR_CONFIG, "the rule names no time");
	if (p.n < 0 || (t->keep == RULE_PERIOD && p.n == 0))
		return err_set(e, ERR_CONFIG, "the rule has no period");
	if (value_sql(m, w, e) == -1)
		return -1;
	w->by_value = true;
	w->absent = t->keep != RULE_UNTIL ? "0" :
	    pool_printf(pool, "(%s IS NULL)", m->value);
	w->instant = instant_sql(pool, t, m->value, m->zone == NULL);
	if (w->instant)
		w->future = pool_printf(pool, "(%s > %" PRId64 ")",
		    w->instant, m->scene->at.ms + DAY);
	if (!w->absent || !w->instant || !w->future)
		return err_set(e, ERR_MEMORY, "no memory");
	rc = t->clock == RULE_DATE ? due_by_day(m, p, w) :
	    due_by_instant(m, p, w);
	return rc == 0 ? 0 : err_set(e, ERR_MEMORY, "no memory");
}

int
when_make(const struct when_scene *scene, const struct rule_timing *timing,
    struct when *ret, struct err *e)
{
	struct making m = { .scene = scene, .timing = timing };
	struct when w = { .absent = "0", .instant = "NULL", .future = "0",
		.due = "0", .coarse = "1" };
	int64_t at = scene->at.ms;
	int rc = 0;

	switch (timing->keep) {
	case RULE_PERIOD:
	case RULE_UNTIL:
		if (timing->zone &&
		    timetext_zone(timing->zone, &m.zone, e) == -1)
			return -1;
		rc = by_value(&m, &w, e);
		timetext_zone_free(m.zone);
		break;
	case RULE_UNTIL_EVENT:
		if (timing->fired && timing->grace.n >= 0 &&
		    calendar_add(timing->fired_at, timing->grace).ms <= at)
			w.due = "1";
		break;
	case RULE_UNTIL_DATE:
		if ((timing->until_day + 1) * DAY <= at)
			w.due = "1";
		break;
	case RULE_INDEFINITELY:
		break;
	case RULE_N_KEEPS:
		return err_set(e, ERR_CONFIG, "unknown kind of keep");
	}
	if (rc == 0)
		*ret = w;
	return rc;
}

struct wall
when_due_at(const struct rule_timing *t, const struct zone *z,
    int64_t instant_ms)
{
	struct period p = t->keep == RULE_PERIOD ? t->period : t->grace;

	if (t->clock != RULE_DATE)
		return calendar_add((struct wall){ instant_ms }, p);

	int64_t day = timetext_to_local(z, (struct wall){ instant_ms }) / DAY;

	return timetext_from_local(z, (calendar_add_days(day, p) + 1) * DAY);
}
