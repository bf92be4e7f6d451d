/* msg_print: prints arrive as they were sent, in pages; what is wrong in one
 * respect is refused. */
#include <string.h>

#include "retention/buf.h"
#include "retention/msg_print.h"
#include "retention/wire.h"

#include "tap.h"

static uint8_t many[MSG_PRINTS_MOST + 1][PRINT_BYTES];

static void
test_pages(struct err *e)
{
	struct buf b = BUF_EMPTY;
	const char *print;
	size_t at = 0, n;
	bool first;

	many[MSG_PRINTS_MOST][0] = 9;
	msg_print_put(&b, (const uint8_t (*)[PRINT_BYTES])many,
	    MSG_PRINTS_MOST + 1, &at);
	ok(at == MSG_PRINTS_MOST && b.n <= WIRE_MOST_BYTES &&
	    msg_print_get(buf_text(&b), b.n, &first, &print, &n, e) == 0 &&
	    first && n == MSG_PRINTS_MOST, "the first page: %s", e->text);
	ok(msg_print_get(buf_text(&b), b.n - 1, &first, &print, &n, e) == -1,
	    "a byte short: %s", e->text);
	buf_puts(&b, "1234567890123456");
	ok(msg_print_get(buf_text(&b), b.n, &first, &print, &n, e) == -1,
	    "too many: %s", e->text);
	buf_reset(&b);
	msg_print_put(&b, (const uint8_t (*)[PRINT_BYTES])many,
	    MSG_PRINTS_MOST + 1, &at);
	ok(at == MSG_PRINTS_MOST + 1 && msg_print_get(buf_text(&b), b.n,
	    &first, &print, &n, e) == 0 && !first && n == 1 && print[0] == 9,
	    "the rest of them");
	b.data[0] = 2;
	ok(msg_print_get(buf_text(&b), b.n, &first, &print, &n, e) == -1,
	    "neither first nor not");
	buf_reset(&b);
	at = 0;
	msg_print_put(&b, NULL, 0, &at);
	ok(b.n == 1 && msg_print_get(buf_text(&b), b.n, &first, &print, &n,
	    e) == 0 && first && n == 0, "none is a page as well");
	ok(msg_print_get("", 0, &first, &print, &n, e) == -1, "nothing");
	buf_release(&b);
}

static void
test_printed(struct err *e)
{
	const struct msg_print two[2] = { { 0, { 1 } }, { 0x1ff, { 2 } } };
	const uint8_t file[PRINT_FILE_BYTES] = { 7 };
	uint8_t back[PRINT_FILE_BYTES];
	struct buf b = BUF_EMPTY;
	size_t n;

	msg_print_put_done(&b, file, two, 2);
	ok(msg_print_get_done(buf_text(&b), b.n, back, &n, e) == 0 && n == 2 &&
	    memcmp(file, back, sizeof(file)) == 0, "two: %s", e->text);
	ok(msg_print_at(b.data, 1).person == 0x1ff &&
	    msg_print_at(b.data, 1).print[0] == 2 &&
	    msg_print_at(b.data, 0).person == 0, "whose, and what");
	ok(msg_print_get_done(buf_text(&b), b.n - 1, back, &n, e) == -1,
	    "a byte short: %s", e->text);
	ok(msg_print_get_done(buf_text(&b), PRINT_FILE_BYTES, back, &n,
	    e) == -1, "of nobody");
	ok(msg_print_get_done(buf_text(&b), 3, back, &n, e) == -1,
	    "no file");
	buf_release(&b);
}

static void
test_matched(struct err *e)
{
	const uint8_t flags[3] = { 0, 3, 8 };
	struct msg_matched m = { 3, flags, 258, UINT64_MAX }, back;
	struct buf b = BUF_EMPTY;

	msg_print_put_matched(&b, &m);
	ok(msg_print_get_matched(buf_text(&b), b.n, 3, &back, e) == 0 &&
	    back.n == 3 && memcmp(back.flags, flags, 3) == 0 &&
	    back.timed == 258 && back.other == UINT64_MAX, "matched: %s",
	    e->text);
	ok(msg_print_get_matched(buf_text(&b), b.n, 4, &back, e) == -1 &&
	    msg_print_get_matched(buf_text(&b), b.n, 2, &back, e) == -1,
	    "of another number of prints: %s", e->text);
	ok(msg_print_get_matched(buf_text(&b), 4, 0, &back, e) == -1,
	    "without counts");
	buf_release(&b);
}

int
main(void)
{
	struct err e = ERR_EMPTY;

	test_pages(&e);
	test_printed(&e);
	test_matched(&e);
	return tap_done();
}
