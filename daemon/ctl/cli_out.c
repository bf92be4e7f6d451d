#include "cli_out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

/* Length of the well-formed UTF-8 sequence at s (0: none) and its value. */
static size_t
sequence(const unsigned char *s, uint32_t *ret_c)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 :
	    s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
	uint32_t c = n < 2 ? s[0] : s[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)	/* the NUL stops here as well */
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (n == 0 || c < least[n] || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_c = c;
	return n;
}

static bool
harmless(uint32_t c)
{
	static const struct { uint32_t from, to; } bad[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c >= bad[i].from && c <= bad[i].to)
			return false;
	return true;
}

static void
put_safe(struct buf *out, const char *text, bool lines)
{
	const unsigned char *s = (const unsigned char *)text;

	while (s != NULL && *s != '\0') {
		uint32_t c = 0;
		size_t n = sequence(s, &c);

		if (n != 0 && (harmless(c) || (lines && c == '\n')))
			buf_add(out, s, n);
		else
			buf_puts(out, "?");
		s += n != 0 ? n : 1;
	}
}

void
cli_out_safe(struct buf *out, const char *text)
{
	put_safe(out, text, false);
}

void
cli_out_safe_lines(struct buf *out, const char *text)
{
	put_safe(out, text, true);
}

size_t
cli_out_width(const char *text)
{
	size_t n = 0;

	for (const char *s = text; *s != '\0'; s++)
		if (((unsigned char)*s & 0xc0) != 0x80)
			n++;
	return n;
}

void
cli_out_time(struct buf *out, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	buf_puts(out, text);
}

int
cli_out_flush(struct buf *b)
{
	struct err e = ERR_EMPTY;
	int rc = 0;

	if (buf_failed(b)) {
		cli_out_error("no memory for the output");
		rc = 1;
	} else if (fd_write_all(STDOUT_FILENO, buf_text(b), b->n, &e) == -1) {
		if (e.sys_errno != EPIPE)
			cli_out_error("standard output: %s", e.text);
		rc = 1;
	}
	buf_reset(b);
	return rc;
}

void
cli_out_stderr(const char *text)
{
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	cli_out_progress_end();
	cli_out_safe(&b, text);
	buf_puts(&b, "\n");
	/* Nowhere left to complain when this fails. */
	(void)fd_write_all(STDERR_FILENO, buf_text(&b), b.n, &e);
	buf_release(&b);
}

void
cli_out_error(const char *fmt, ...)
{
	char text[1024];
	char line[1060];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "retentionctl: %s", text);
	cli_out_stderr(line);
}

void
cli_out_progress(const char *fmt, ...)
{
	char text[256];
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	va_list ap;

	if (isatty(STDERR_FILENO) != 1)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_puts(&b, "\r\033[K");
	cli_out_safe(&b, text);
	(void)fd_write_all(STDERR_FILENO, buf_text(&b), b.n, &e);
	buf_release(&b);
}

void
cli_out_progress_end(void)
{
	static const char erase[] = "\r\033[K";
	struct err e = ERR_EMPTY;

	if (isatty(STDERR_FILENO) == 1)
		(void)fd_write_all(STDERR_FILENO, erase, sizeof(erase) - 1, &e);
}
