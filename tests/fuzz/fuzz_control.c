/* control: a line on the control socket.  A request that is taken is written
 * and read again to the same. */
#include <stdint.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/ctl.h"
#include "retention/pool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
again(const struct ctl_request *r, struct pool *p)
{
	struct buf one = BUF_EMPTY, two = BUF_EMPTY;
	struct ctl_request back;
	struct err e = ERR_EMPTY;

	ctl_put_request(&one, r);
	must(strchr(buf_text(&one), '\n') == NULL);
	if (one.n <= CTL_MOST_BYTES) {	/* escapes may make it longer */
		must(ctl_get_request(one.data, one.n, p, &back, &e) == 0);
		ctl_put_request(&two, &back);
		must(strcmp(one.data, two.data) == 0);
	}
	buf_release(&one);
	buf_release(&two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pool *p = pool_new();
	struct ctl_request r;
	struct err e = ERR_EMPTY;

	if (p != NULL && ctl_get_request((const char *)data, n, p, &r,
	    &e) == 0) {
		must(r.what < CTL_N_DOS);
		again(&r, p);
	} else {
		must(p == NULL || e.code == ERR_INPUT);
	}
	pool_free(p);
	return 0;
}
