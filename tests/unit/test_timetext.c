/* timetext: reads what SQLite's date functions read of the stated forms, real
 * days only; London's summer time in table and footer; hostile zone files. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "policy/zone.h"

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/fd.h"
#include "retention/timetext.h"

#include "tap.h"

static int64_t
read_ms(const char *text, const struct zone *z)
{
	struct wall t = { -77 };

	if (timetext_iso8601(text, strlen(text), z, &t) == -1)
		return t.ms == -77 ? INT64_MIN : INT64_MAX;
	return t.ms;
}

/* Milliseconds since 1970 as SQLite has it; INT64_MIN when it reads nothing. */
static int64_t
sqlite_ms(sqlite3_stmt *stmt, const char *text)
{
	int64_t ms = INT64_MIN;

	(void)sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW &&
	    sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		ms = (int64_t)(sqlite3_column_double(stmt, 0) * 86400000.0 + 0.5) -
		    INT64_C(210866760000000);
	(void)sqlite3_reset(stmt);
	return ms;
}

static const char *const good[] = {
	"2024-02-29 12:34", "2024-02-29T12:34", "2024-02-29 12:34:56",
	"2024-02-29T12:34:56Z", "2024-02-29T12:34:56z", "2024-02-29 12:34:56 Z",
	"2024-02-29T12:34:56+01:00", "2024-02-29T12:34:56-14:59",
	"2024-02-29 12:34:56 +05:30", "2024-02-29T12:34+01:00",
	"2024-02-29T12:34Z", "2024-02-29T12:34:56.5", "2024-02-29T12:34:56.125Z",
	"1970-01-01 00:00:00", "0000-01-01 00:00:00", "9999-12-31T23:59:59Z",
	"1969-12-31T23:59:59Z", "2024-02-29T12:34:56-00:00",
};

/* All of these are refused here; SQLite may read them or not. */
static const char *const bad[] = {
	"", "2024", "2024-02", "2024-2-29", "24-02-29", "2023-02-29",
	"2024-02-30 12:00", "2024-04-31", "2024-13-01", "2024-00-01", "2024-01-00",
	"2024-02-29 24:00", "2024-02-29 24:00:00", "2024-02-29 23:60",
	"2024-02-29 23:59:60", "2024-02-29 1:00", "2024-02-29 12",
	"2024-02-29T12:34:56.", "2024-02-29T12:34:56+1:00",
	"2024-02-29T12:34:56+0100", "2024-02-29T12:34:56+15:00",
	"2024-02-29T12:34:56+01:60", "2024-02-29T12:34:56  Z",
	"2024-02-29T12:34:56Z ", "2024-02-29 ", "2024-02-29T", " 2024-02-29",
	"2024-02-29Z", "2024-02-29t12:34", "2024-02-29 12:34 ", "now", "2460000.5",
	"2024-02-29T12:34:56ZZ", "-2024-02-29", "12:34", "2024-02-29  12:34",
	"2024-02-29T12:34:56,5", "2024/02/29",
};

static void
test_against_sqlite(void)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char text[32];
	int wrong = 0, n = 0;

	(void)sqlite3_open(":memory:", &db);
	(void)sqlite3_prepare_v2(db, "SELECT julianday(?)", -1, &stmt, NULL);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(read_ms(good[i], NULL) == sqlite_ms(stmt, good[i]) &&
		    read_ms(good[i], NULL) != INT64_MIN, "as SQLite: \"%s\"", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(read_ms(bad[i], NULL) == INT64_MIN, "refused: \"%s\"", bad[i]);
	for (int64_t d = -1000; d < 48000; d++, n++) {
		struct calendar_date c = calendar_date(d);

		(void)snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d",
		    (int)c.year, c.month, c.day, n % 24, n % 60, n % 59);
		wrong += read_ms(text, NULL) != sqlite_ms(stmt, text);
	}
	ok(wrong == 0, "%d days as SQLite has them, %d wrong", n, wrong);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
}

static void
test_iso(void)
{
	struct wall t = { 5 };
	int64_t days = 5;
	struct err e;

	ok(read_ms("2024-02-29", NULL) == INT64_C(1709251199999),
	    "a date counts to its end");
	ok(read_ms("2024-02-29T00:00:00.9999999", NULL) == INT64_C(1709164800999),
	    "a fraction is cut");
	ok(timetext_iso8601("2024-02-29T12:34:56Zjunk", 20, NULL, &t) == 0,
	    "not past its length");
	ok(timetext_iso8601("2024-02-29\0 12:34", 17, NULL, &t) == -1,
	    "no NUL inside");
	ok(timetext_day("2024-02-29", 10, &days) == 0 && days == 19782, "day");
	days = 5;
	ok(timetext_day("2023-02-29", 10, &days) == -1 &&
	    timetext_day("2024-02-29 ", 11, &days) == -1 &&
	    timetext_day("2024-02-2", 9, &days) == -1 && days == 5, "no day");
	ok(timetext_argument("2024-02-29T12:00:00+01:00", &t, &e) == 0 &&
	    t.ms == INT64_C(1709204400000), "argument with an offset");
	ok(timetext_argument("2024-02-29", &t, &e) == 0 &&
	    t.ms == INT64_C(1709164800000), "argument: a date is its start");
	ok(timetext_argument("2024-02-29T12:00:00", &t, &e) == -1 &&
	    strstr(e.text, "expected") != NULL, "argument without an offset");
}

static void
test_london(void)
{
	struct zone *z = NULL;
	struct err e = ERR_EMPTY;
	/* Summer time: 31 March 2024 01:00Z to 27 October 2024 01:00Z. */
	int64_t spring = INT64_C(1711846800000), autumn = INT64_C(1729990800000);

	ok(timetext_zone("Europe/London", &z, &e) == 0 && z != NULL, "zone: %s",
	    e.text);
	ok(read_ms("2024-07-01T12:00:00", z) == read_ms("2024-07-01T11:00:00", NULL) &&
	    read_ms("2024-01-01T12:00:00", z) == read_ms("2024-01-01T12:00:00", NULL),
	    "summer and winter");
	ok(read_ms("2024-07-01T12:00:00Z", z) == read_ms("2024-07-01T12:00:00Z", NULL),
	    "an offset wins over the zone");
	ok(timetext_to_local(z, (struct wall){ spring - 1 }) == spring - 1 &&
	    timetext_to_local(z, (struct wall){ spring }) == spring + 3600000,
	    "spring, to the millisecond");
	ok(timetext_to_local(z, (struct wall){ autumn - 1 }) == autumn + 3599999 &&
	    timetext_to_local(z, (struct wall){ autumn }) == autumn,
	    "autumn, to the millisecond");
	ok(read_ms("2024-03-31T00:59:59.999", z) == spring - 1 &&
	    read_ms("2024-03-31T02:00:00", z) == spring, "around the gap");
	ok(read_ms("2024-03-31T01:30:00", z) == spring + 1800000,
	    "in the gap: the later reading");
	ok(read_ms("2024-10-27T01:30:00", z) == autumn + 1800000,
	    "repeated: the later one");
	ok(read_ms("2024-10-27T00:59:59.999", z) == autumn - 3600001 &&
	    read_ms("2024-10-27T02:00:00", z) == autumn + 3600000,
	    "around the repeated hour");
	ok(read_ms("2024-07-01", z) == read_ms("2024-07-01T22:59:59.999Z", NULL),
	    "a date ends at the zone's midnight");
	ok(read_ms("2090-07-01T12:00:00", z) == read_ms("2090-07-01T11:00:00", NULL) &&
	    read_ms("2090-01-01T12:00:00", z) == read_ms("2090-01-01T12:00:00", NULL),
	    "beyond the table the footer's rule holds");
	/* The last Sundays of March and October 2090 are the 26th and 29th. */
	ok(read_ms("2090-03-26T02:00:00", z) == read_ms("2090-03-26T01:00:00Z", NULL) &&
	    read_ms("2090-03-26T00:59:59", z) == read_ms("2090-03-26T00:59:59Z", NULL) &&
	    read_ms("2090-10-29T00:59:59", z) == read_ms("2090-10-28T23:59:59Z", NULL) &&
	    read_ms("2090-10-29T01:00:00", z) == read_ms("2090-10-29T01:00:00Z", NULL),
	    "the footer's days, and the later of a repeated hour");
	ok(timetext_today(z, (struct wall){ INT64_C(1719788399999) }) == 19904 &&
	    timetext_today(z, (struct wall){ INT64_C(1719788400000) }) == 19905 &&
	    timetext_today(NULL, (struct wall){ INT64_C(1719791999999) }) == 19904,
	    "today changes at the zone's midnight (1 July 2024)");
	timetext_zone_free(z);
}

static void
test_other_zones(void)
{
	struct zone *z = NULL;
	struct err e;

	ok(timetext_zone("America/New_York", &z, &e) == 0 &&
	    read_ms("2060-07-01T00:00:00", z) == read_ms("2060-07-01T04:00:00Z", NULL),
	    "west");
	timetext_zone_free(z);
	ok(timetext_zone("Australia/Sydney", &z, &e) == 0 &&
	    read_ms("2060-01-01T11:00:00", z) == read_ms("2060-01-01T00:00:00Z", NULL) &&
	    read_ms("2060-07-01T10:00:00", z) == read_ms("2060-07-01T00:00:00Z", NULL),
	    "summer over the new year");
	timetext_zone_free(z);
	ok(timetext_zone("Asia/Kathmandu", &z, &e) == 0 &&
	    read_ms("2060-01-01T05:45:00", z) == read_ms("2060-01-01T00:00:00Z", NULL),
	    "no summer time, minutes in the offset");
	timetext_zone_free(z);
	z = (struct zone *)&e;
	ok(timetext_zone("UTC", &z, &e) == 0 && z == NULL, "UTC is NULL");
	timetext_zone_free(NULL);
}

static void
test_bad_zones(void)
{
	static const char *const names[] = { "", "/etc/passwd", "../../etc/passwd",
		"Europe/../../../etc/passwd", "Europe", "Europe/", "Europe//London",
		"Europe/Atlantis", "tzdata.zi", "Europe/London\n", "posixrules " };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct zone *z = NULL;
		struct err e = ERR_EMPTY;

		ok(timetext_zone(names[i], &z, &e) == -1 && z == NULL &&
		    e.text[0] != '\0', "no zone \"%s\"", names[i]);
	}
}

/* Every prefix, and every byte changed: read or refused, never worse. */
static void
test_hostile_bytes(void)
{
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	struct zone *z;
	size_t read = 0;

	ok(fd_read_file("/usr/share/zoneinfo/Europe/London", 1 << 20, &b, &e) == 0,
	    "London's bytes");
	for (size_t n = 0; n < b.n; n++) {
		z = NULL;
		read += zone_parse(b.data, n, &z, &e) == 0;
		zone_free(z);
	}
	ok(read == 0, "no shortened file is read");
	for (size_t i = 0; i < b.n; i++) {
		char was = b.data[i];

		b.data[i] = (char)(was ^ 0x80);
		z = NULL;
		if (zone_parse(b.data, b.n, &z, &e) == 0)
			(void)timetext_from_local(z, INT64_C(1700000000000));
		zone_free(z);
		b.data[i] = was;
	}
	z = NULL;
	ok(zone_parse(b.data, b.n, &z, &e) == 0, "unchanged it is read");
	(void)timetext_from_local(z, INT64_MAX);
	(void)timetext_to_local(z, (struct wall){ INT64_MIN });
	zone_free(z);
	buf_release(&b);
}

int
main(void)
{
	test_against_sqlite();
	test_iso();
	test_london();
	test_other_zones();
	test_bad_zones();
	test_hostile_bytes();
	return tap_done();
}
