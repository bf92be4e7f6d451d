/* subject: many spellings, one person; and no others. */
#include <string.h>

#include <utf8proc.h>

#include "retention/buf.h"
#include "retention/subject.h"

#include "tap.h"

static const uint8_t key[32] = { 1, 2, 3 };

static bool
same(const char *kind, const char *a, const char *b)
{
	uint8_t x[32] = { 0 }, y[32] = { 1 };
	struct err e = ERR_EMPTY;

	return subject_hash(key, kind, a, strlen(a), x, &e) == 0 &&
	    subject_hash(key, kind, b, strlen(b), y, &e) == 0 &&
	    memcmp(x, y, sizeof(x)) == 0;
}

static void
test_spellings(void)
{
	static const struct {
		const char *kind, *a, *b;
		bool same;
	} rows[] = {
		{ "email", "ann@example.org", " Ann@EXAMPLE.org\t", true },
		{ "email", "ann@example.org", "anne@example.org", false },
		{ "email", "ann@example.org", "a nn@example.org", false },
		{ "name", "Ann  Example", "ann\u00a0example", true },
		{ "name", "Zoe\u0308 Example", "ZO\u00cb example", true },
		{ "name", "STRASSE", "stra\u00dfe", true },
		{ "name", "Zoe", "Zoë", false },
		{ "nhs_number", "943 476 5919", "9434765919", true },
		{ "nhs_number", "943-476-5919", "9434765919", true },
		{ "nhs_number", "9434765919", "9434765870", false },
		{ "id", "943 476", "943476", false },
		{ "id", "1", "01", false },
	};
	struct err e = ERR_EMPTY;
	uint8_t x[32], y[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(same(rows[i].kind, rows[i].a, rows[i].b) == rows[i].same,
		    "%s %zu", rows[i].kind, i);
	ok(subject_hash(key, "email", "1", 1, x, &e) == 0 &&
	    subject_hash(key, "phone", "1", 1, y, &e) == 0 &&
	    memcmp(x, y, sizeof(x)) != 0, "of another kind is another");
}

static void
test_refused(void)
{
	static const char *const bad[] = { "", " ", "\xff\xfe", "a\xc3" };
	char large[SUBJECT_MOST + 2];
	struct buf b = BUF_EMPTY;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e = ERR_EMPTY;
		ok(subject_check("email", bad[i], &e) == -1, "refused: %s",
		    e.text);
	}
	memset(large, 'a', sizeof(large));
	large[SUBJECT_MOST + 1] = '\0';
	ok(subject_check("email", large, &e) == -1 &&
	    strstr(e.text, "aaa") == NULL, "too long, and not repeated: %s",
	    e.text);
	large[SUBJECT_MOST] = '\0';
	ok(subject_normal("email", large, SUBJECT_MOST, &b, &e) == 0 &&
	    b.n == SUBJECT_MOST, "the longest");
	buf_release(&b);
}

static bool no_memory;
utf8proc_ssize_t __real_utf8proc_map(const utf8proc_uint8_t *text,
    utf8proc_ssize_t n, utf8proc_uint8_t **ret, utf8proc_option_t how);
utf8proc_ssize_t __wrap_utf8proc_map(const utf8proc_uint8_t *text,
    utf8proc_ssize_t n, utf8proc_uint8_t **ret, utf8proc_option_t how);

utf8proc_ssize_t
__wrap_utf8proc_map(const utf8proc_uint8_t *text, utf8proc_ssize_t n,
    utf8proc_uint8_t **ret, utf8proc_option_t how)
{
	return no_memory ? UTF8PROC_ERROR_NOMEM :
	    __real_utf8proc_map(text, n, ret, how);
}

/* Text that is no identifier is nobody's; no memory must not look like it. */
static void
test_no_memory(void)
{
	struct err e = ERR_EMPTY;
	uint8_t x[32];

	no_memory = true;
	ok(subject_hash(key, "email", "ann@example.org", 15, x, &e) == -1 &&
	    e.code == ERR_MEMORY, "no memory is told as such: %s", e.text);
	no_memory = false;
	e = ERR_EMPTY;
	ok(subject_hash(key, "email", "\xff", 1, x, &e) == -1 &&
	    e.code == ERR_INPUT, "and what is not UTF-8 as that");
}

static void
test_check_digit(void)
{
	static const struct { const char *text; bool good; } rows[] = {
		{ "9434765919", true }, { "943 476 5870", true },
		{ "9434765918", false }, { "943476591", false },
		{ "94347659190", false }, { "none", false },
		{ "9434765901", false },
	};
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok((subject_check("nhs_number", rows[i].text, &e) == 0) ==
		    rows[i].good, "%s", rows[i].text);
	ok(subject_check("id", "9434765918", &e) == 0,
	    "other kinds have no check digit");
}

int
main(void)
{
	test_spellings();
	test_refused();
	test_check_digit();
	test_no_memory();
	return tap_done();
}
