/* base: buffers keep their cap, JSON is ASCII and exact, base 64 is strict. */
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include "retention/buf.h"
#include "retention/clock.h"
#include "retention/err.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/pool.h"

#include "tap.h"

static void
test_err(void)
{
	struct err e = ERR_EMPTY;

	ok(err_set(&e, ERR_CONFIG, "unit '%s'", "fortnight") == -1, "set is -1");
	(void)err_wrap(&e, "rule %d", 3);
	ok(strcmp(e.text, "rule 3: unit 'fortnight'") == 0, "wrap: %s", e.text);
	(void)err_set(&e, ERR_INPUT, "again: %s", e.text);
	ok(strcmp(e.text, "again: rule 3: unit 'fortnight'") == 0,
	    "an error may quote itself: %s", e.text);
	ok(strcmp(err_class(ERR_TRAIL), "trail") == 0, "class names");
}

static void
test_buf(void)
{
	struct buf b = BUF_EMPTY;

	b.most = 10;
	buf_puts(&b, "12345");
	buf_putf(&b, "%d", 67890);
	ok(!buf_failed(&b) && strcmp(buf_text(&b), "1234567890") == 0, "cap reached");
	buf_puts(&b, "x");
	ok(buf_failed(&b) && b.n == 10, "past the cap: failed, nothing added");
	buf_puts(&b, "");
	ok(buf_failed(&b), "failure is sticky");
	buf_reset(&b);
	buf_puts(&b, "abc");
	buf_drop(&b, 2);
	ok(strcmp(buf_text(&b), "c") == 0, "drop in front");
	buf_release(&b);
	buf_release(&b);
	ok(strcmp(buf_text(&b), "") == 0, "released twice, empty");
}

static void
test_json(void)
{
	struct buf b = BUF_EMPTY;
	struct jsonw w = JSONW(&b);

	jsonw_object(&w, NULL);
	jsonw_text(&w, "a", "q\" \\ \n \x01 \xe2\x80\x94 \xf0\x9f\x98\x80 \xff");
	jsonw_array(&w, "l");
	jsonw_int(&w, NULL, -5);
	jsonw_bool(&w, NULL, true);
	jsonw_text(&w, NULL, NULL);
	jsonw_end_array(&w);
	jsonw_hex(&w, "h", "\x01\xff", 2);
	jsonw_base64(&w, "b", "\x01\xff", 2);
	jsonw_object(&w, "o");
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	ok(strcmp(buf_text(&b),
	    "{\"a\":\"q\\\" \\\\ \\n \\u0001 \\u2014 \\ud83d\\ude00 \\ufffd\","
	    "\"l\":[-5,true,null],\"h\":\"01ff\",\"b\":\"Af8=\",\"o\":{}}") == 0,
	    "json: %s", buf_text(&b));
	buf_release(&b);
}

static void
test_hex(void)
{
	static const char *const bad[] = { "Af8", "Af9=", "A===", "Af==", "A f=",
		"Af8=Af8=", "=AAA", "AA=A" };
	uint8_t out[8];
	char text[16];

	ok(hex_bytes("01fF", 2, out) == -1, "upper case is refused");
	ok(hex_bytes("01ff0", 2, out) == -1, "odd length is refused");
	ok(hex_bytes("01ff", 2, out) == 0 && out[1] == 0xff, "hex reads");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(hex_from_base64(bad[i], strlen(bad[i]), out, 2) == -1,
		    "not canonical: %s", bad[i]);
	for (size_t n = 0; n < 6; n++) {
		hex_base64("abcdef", n, text);
		ok(hex_from_base64(text, strlen(text), out, n) == (ssize_t)n &&
		    memcmp(out, "abcdef", n) == 0, "round trip %s", text);
	}
}

static void
test_clock(void)
{
	static const struct { int64_t ms; const char *text; } rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 1709164799999, "2024-02-28T23:59:59.999Z" },
		{ 1709164800000, "2024-02-29T00:00:00.000Z" },
		{ INT64_MAX, "9999-12-31T23:59:59.999Z" },
		{ INT64_MIN, "0000-01-01T00:00:00.000Z" },
	};
	char text[CLOCK_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clock_text_ms((struct wall){ rows[i].ms }, text);
		ok(strcmp(text, rows[i].text) == 0, "%s", text);
	}
	clock_text_s((struct wall){ 1709164799999 }, text);
	ok(strcmp(text, "2024-02-28T23:59:59Z") == 0, "cut to the second: %s", text);
}

static void
test_pool(void)
{
	struct pool *p = pool_new();
	char *big = pool_alloc(p, 100000);

	ok(big != NULL && big[99999] == '\0', "large and zeroed");
	ok(pool_array(p, SIZE_MAX / 2, 3) == NULL, "overflow is refused");
	ok(strcmp(pool_printf(p, "%d-%s", 7, "x"), "7-x") == 0, "printf");
	ok(strcmp(pool_dupn(p, "abcdef", 3), "abc") == 0, "dupn terminates");
	pool_free(p);
	pool_free(NULL);
}

static void
test_fd(void)
{
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	char dir[] = "/tmp/retention-base-XXXXXX";
	char path[64];
	int dirfd;

	ok(mkdtemp(dir) != NULL, "a folder");
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "%s/f", dir);
	ok(fd_replace_at(dirfd, "f", 0600, "one", 3, &e) == 0, "made");
	ok(fd_replace_at(dirfd, "f", 0600, "three", 5, &e) == 0, "replaced");
	ok(fd_read_file(path, 5, &b, &e) == 0 && strcmp(buf_text(&b), "three") == 0,
	    "read back");
	ok(fd_read_file(path, 4, &b, &e) == -1 && e.code == ERR_INPUT,
	    "larger than allowed: %s", e.text);
	ok(fd_read_file(dir, 4, &b, &e) == -1, "a folder is no file: %s", e.text);
	ok(fd_read_file("/dev/null/x", 4, &b, &e) == -1 && e.sys_errno != 0,
	    "says why: %s", e.text);
	ok(unlink(path) == 0 && rmdir(dir) == 0, "nothing else is left");
	fd_close(&dirfd);
	ok(dirfd == -1, "closed means -1");
	buf_release(&b);
}

int
main(void)
{
	test_err();
	test_buf();
	test_json();
	test_hex();
	test_clock();
	test_pool();
	test_fd();
	return tap_done();
}
