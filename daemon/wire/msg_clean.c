/*
 * msg_clean - what a file looked like when it was left clean: text that only
 * the worker that made it understands.
 */
#include "retention/msg.h"

#include <string.h>

#include "retention/buf.h"

static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz ";

void
msg_clean_put(struct buf *out, const char *text)
{
	buf_puts(out, text);
}

int
msg_clean_get(const char *body, size_t n, char ret[MSG_CLEAN_BYTES],
    struct err *e)
{
	char text[MSG_CLEAN_BYTES] = "";

	if (n == 0 || n >= sizeof(text))
		return err_set(e, ERR_PROTOCOL, "%zu bytes of what a file "
		    "looked like; expected 1 to %zu", n, sizeof(text) - 1);
	memcpy(text, body, n);
	if (strspn(text, letters) != n)
		return err_set(e, ERR_PROTOCOL, "what a file looked like has "
		    "other bytes than letters, digits and spaces");
	memcpy(ret, text, sizeof(text));
	return 0;
}
