/* Proves that a row has one print, and that whatever differs in it, where it
 * lies or by what key, gives another; and that prints are found again. */
#include <string.h>

#include "retention/print.h"
#include "tap.h"

static const uint8_t key[32] = { 1, 2, 3 }, other[32] = { 1, 2, 4 };
static const uint8_t none[PRINT_FILE_BYTES], file[PRINT_FILE_BYTES] = { 9 };

typedef void row(struct print *p);

static void
plain(struct print *p)
{
	print_int(p, "id", 1);
	print_text(p, "email", "ann@example.org", 15);
}

static void
swapped(struct print *p)
{
	print_text(p, "email", "ann@example.org", 15);
	print_int(p, "id", 1);
}

static void
text_one(struct print *p)
{
	print_text(p, "id", "1", 1);
	print_text(p, "email", "ann@example.org", 15);
}

static void
real_one(struct print *p)
{
	print_real(p, "id", 1.0);
	print_text(p, "email", "ann@example.org", 15);
}

static void
blob(struct print *p)
{
	print_int(p, "id", 1);
	print_blob(p, "email", "ann@example.org", 15);
}

static void
number_two(struct print *p)
{
	print_int(p, "id", 2);
	print_text(p, "email", "ann@example.org", 15);
}

static void
no_id(struct print *p)		/* NULL */
{
	print_text(p, "email", "ann@example.org", 15);
}

static void
no_email(struct print *p)
{
	print_int(p, "id", 1);
}

static void
other_column(struct print *p)
{
	print_int(p, "id", 1);
	print_text(p, "e-mail", "ann@example.org", 15);
}

static void
empty_email(struct print *p)
{
	print_int(p, "id", 1);
	print_text(p, "email", "", 0);
}

static void
empty_blob(struct print *p)
{
	print_int(p, "id", 1);
	print_blob(p, "email", NULL, 0);
}

static void
zero_inside(struct print *p)
{
	print_int(p, "id", 1);
	print_text(p, "email", "ann@example.org\0", 16);
}

static void
nothing(struct print *p)
{
	(void)p;
}

static void
shifted(struct print *p)	/* the same bytes, other borders */
{
	print_text(p, "ab", "c", 1);
}

static void
shifted_back(struct print *p)
{
	print_text(p, "a", "bc", 2);
}

static row *const rows[] = { plain, swapped, text_one, real_one, blob,
	number_two, no_id, no_email, other_column, empty_email, empty_blob,
	zero_inside, nothing, shifted, shifted_back };
#define N (sizeof(rows) / sizeof(rows[0]))

static void
once(const uint8_t k[32], const char *store, const uint8_t f[16],
    const char *table, uint8_t ret[PRINT_BYTES])
{
	struct print *p = print_new(k, store, f, table);

	plain(p);
	print_end(p, ret);
	print_free(p);
}

static void
test_rows(void)
{
	struct print *p = print_new(key, "n/s", none, "t");
	uint8_t print[N][PRINT_BYTES], again[PRINT_BYTES];
	size_t same = 0;

	for (size_t i = 0; i < N; i++) {
		rows[i](p);
		print_end(p, print[i]);
	}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < i; k++)
			same += memcmp(print[i], print[k], PRINT_BYTES) == 0;
	ok(same == 0, "%zu rows that differ in something: %zu times alike",
	    N, same);
	plain(p);
	print_end(p, again);
	ok(memcmp(again, print[0], PRINT_BYTES) == 0, "the same row, after "
	    "others: the same print");
	print_free(p);
}

static void
test_scenes(void)
{
	uint8_t a[PRINT_BYTES], b[PRINT_BYTES];

	once(key, "n/s", none, "t", a);
	once(key, "n/s", none, "t", b);
	ok(memcmp(a, b, sizeof(a)) == 0, "made anew: the same");
	once(other, "n/s", none, "t", b);
	ok(memcmp(a, b, sizeof(a)) != 0, "another key");
	once(key, "n/r", none, "t", b);
	ok(memcmp(a, b, sizeof(a)) != 0, "another store");
	once(key, "n/s", file, "t", b);
	ok(memcmp(a, b, sizeof(a)) != 0, "another file");
	once(key, "n/s", none, "u", b);
	ok(memcmp(a, b, sizeof(a)) != 0, "another table");
}

static void
test_list(void)
{
	struct prints p = PRINTS_NONE;
	struct err e = ERR_EMPTY;
	uint8_t print[4][PRINT_BYTES] = { { 3 }, { 1 }, { 2 }, { 1 } };
	uint8_t absent[PRINT_BYTES] = { 1, [PRINT_BYTES - 1] = 1 };
	size_t at;

	ok(print_list_find(&p, print[0]) == 0, "of none, none is found");
	ok(print_list_add(&p, print, 3, &e) == 0 &&
	    print_list_add(&p, print[3], 1, &e) == 0 && p.n == 4, "added: %s",
	    e.text);
	print_list_seal(&p);
	at = print_list_find(&p, print[1]);
	ok(at == 0 && p.known[at].at == 1 && p.known[at + 1].at == 3,
	    "found, with what equals it behind");
	at = print_list_find(&p, print[0]);
	ok(at == 3 && p.known[at].at == 0, "and where it was");
	ok(print_list_find(&p, absent) == p.n, "one that differs in a bit is not");
	print_list_release(&p);
	p.n = PRINTS_MOST;
	ok(print_list_add(&p, print, 1, &e) == -1 && e.code == ERR_REFUSED,
	    "not without end: %s", e.text);
}

int
main(void)
{
	test_rows();
	test_scenes();
	test_list();
	return tap_done();
}
