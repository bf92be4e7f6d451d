/*
 * msg_print - PRINT, PRINTED and MATCHED.
 */
#include "retention/msg_print.h"

#include <string.h>

#include "retention/buf.h"

#define ENTRY (2 + PRINT_BYTES)
#define COUNTS 16			/* bytes before the flags */

static void
put_number(struct buf *out, uint64_t v, size_t bytes)
{
	uint8_t b[8];

	for (size_t i = 0; i < bytes; i++)
		b[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
	buf_add(out, b, bytes);
}

static uint64_t
get_number(const char *from, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | (uint8_t)from[i];
	return v;
}

void
msg_print_put(struct buf *out, const uint8_t (*print)[PRINT_BYTES],
    size_t n, size_t *at)
{
	size_t part = n - *at < MSG_PRINTS_MOST ? n - *at : MSG_PRINTS_MOST;

	put_number(out, *at == 0, 1);
	if (part != 0)
		buf_add(out, print[*at], part * PRINT_BYTES);
	*at += part;
}

int
msg_print_get(const char *body, size_t n_body, bool *ret_first,
    const char **ret_print, size_t *ret_n, struct err *e)
{
	if (n_body < 1 || (uint8_t)body[0] > 1 ||
	    (n_body - 1) % PRINT_BYTES != 0 ||
	    (n_body - 1) / PRINT_BYTES > MSG_PRINTS_MOST)
		return err_set(e, ERR_PROTOCOL, "PRINT: %zu bytes; expected "
		    "0 or 1 and at most %d prints", n_body, MSG_PRINTS_MOST);
	*ret_first = body[0] == 1;
	*ret_print = body + 1;
	*ret_n = (n_body - 1) / PRINT_BYTES;
	return 0;
}

void
msg_print_put_done(struct buf *out, const uint8_t file[PRINT_FILE_BYTES],
    const struct msg_print *list, size_t n)
{
	must(n != 0 && n <= MSG_PRINTED_MOST);
	buf_add(out, file, PRINT_FILE_BYTES);
	for (size_t i = 0; i < n; i++) {
		put_number(out, list[i].person, 2);
		buf_add(out, list[i].print, PRINT_BYTES);
	}
}

int
msg_print_get_done(const char *body, size_t n_body,
    uint8_t ret_file[PRINT_FILE_BYTES], size_t *ret_n, struct err *e)
{
	size_t bytes = n_body - PRINT_FILE_BYTES;

	if (n_body <= PRINT_FILE_BYTES || bytes % ENTRY != 0 ||
	    bytes / ENTRY > MSG_PRINTED_MOST)
		return err_set(e, ERR_PROTOCOL, "PRINTED: %zu bytes; expected "
		    "a file and 1 to %d prints", n_body, MSG_PRINTED_MOST);
	memcpy(ret_file, body, PRINT_FILE_BYTES);
	*ret_n = bytes / ENTRY;
	return 0;
}

struct msg_print
msg_print_at(const char *body, size_t i)
{
	const char *from = body + PRINT_FILE_BYTES + i * ENTRY;
	struct msg_print x = { .person = (uint16_t)get_number(from, 2) };

	memcpy(x.print, from + 2, PRINT_BYTES);
	return x;
}

void
msg_print_put_matched(struct buf *out, const struct msg_matched *m)
{
	must(m->n <= MSG_MATCHED_MOST);
	put_number(out, m->timed, 8);
	put_number(out, m->other, 8);
	buf_add(out, m->flags, m->n);
}

int
msg_print_get_matched(const char *body, size_t n_body, size_t n,
    struct msg_matched *ret, struct err *e)
{
	if (n_body != COUNTS + n)
		return err_set(e, ERR_PROTOCOL, "MATCHED: %zu bytes; expected "
		    "two counts and a byte for each of %zu prints", n_body, n);
	*ret = (struct msg_matched){ .n = n,
		.flags = (const uint8_t *)body + COUNTS,
		.timed = get_number(body, 8),
		.other = get_number(body + 8, 8) };
	return 0;
}
