#include "retention/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
make_room(struct buf *b, size_t more)
{
	size_t most = b->most != 0 ? b->most : BUF_MOST;
	size_t room = b->room != 0 ? b->room : 256;
	char *data;

	if (b->failed || more > most || b->n > most - more) {
		b->failed = true;
		return false;
	}
	if (b->data != NULL && b->n + more <= b->room)
		return true;
	while (room < b->n + more)
		room *= 2;
	data = malloc(room + 1);	/* not realloc: the old copy is wiped */
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	if (b->data != NULL) {
		memcpy(data, b->data, b->n);
		explicit_bzero(b->data, b->room);	/* dropped bytes, too */
		free(b->data);
	}
	b->data = data;
	b->room = room;
	return true;
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (!make_room(b, n))
		return;
	if (n != 0)
		memcpy(b->data + b->n, bytes, n);
	b->n += n;
	b->data[b->n] = '\0';
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_putf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!make_room(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
buf_drop(struct buf *b, size_t n)
{
	must(n <= b->n);
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->n - n + 1);
	b->n -= n;
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

bool
buf_failed(const struct buf *b)
{
	return b->failed;
}

const char *
buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

void
buf_release(struct buf *b)
{
	size_t most = b->most;

	if (b->data != NULL) {
		explicit_bzero(b->data, b->room);
		free(b->data);
	}
	*b = BUF_EMPTY;
	b->most = most;
}
