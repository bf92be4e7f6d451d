#include "cli_out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/plain.h"

void
cli_out_safe(struct buf *out, const char *text)
{
	plain_add(out, text);
}

void
cli_out_safe_lines(struct buf *out, const char *text)
{
	plain_add_lines(out, text);
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
