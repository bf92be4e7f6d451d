/* mask_filter WHAT - masks standard input, for comparing with mask_ref.py.
 * WHAT is any, client or all; "all+" keeps the length of every line. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "store/logs/linemask.h"

#define MOST ((size_t)1 << 30)

int
main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	const bool all = strncmp(what, "all", 3) == 0;
	const struct linemask_set set = { strcmp(what, "client") == 0 ?
		LINEMASK_IP_CLIENT : LINEMASK_IP_ANY, all, all, all };
	struct buf b = { .most = MOST };
	struct err e = ERR_EMPTY;
	struct linemask *m;
	char *out;
	size_t n;

	if (fd_read_all(0, MOST, &b, &e) == -1 ||
	    (m = linemask_new(&set, b.n, &e)) == NULL ||
	    (out = malloc(b.n + 1)) == NULL) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	n = linemask_block(m, buf_text(&b), b.n, out, strchr(what, '+') != NULL);
	if (fd_write_all(1, out, n, &e) == -1)
		return 1;
	linemask_free(m);
	buf_release(&b);
	free(out);
	return 0;
}
