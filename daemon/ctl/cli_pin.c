#include "cli_pin.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/note.h"

int
cli_pin_read(const char *value, struct note_key *ret, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc = 0;

	if (value[0] == '@') {
		rc = fd_read_file(value + 1, NOTE_VKEY_BYTES + 2, &b, e);
		if (rc == 0 && memchr(buf_text(&b), '\0', b.n) != NULL)
			rc = err_set(e, ERR_INPUT, "expected text, not NUL");
		if (rc == 0 && b.n != 0)
			b.data[strcspn(b.data, "\r\n")] = '\0';
		value = buf_text(&b);
	}
	if (rc == 0)
		rc = note_key_parse(value, ret, e);
	buf_release(&b);
	return rc == -1 ? err_wrap(e, "--key") : 0;
}
