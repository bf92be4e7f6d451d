/*
 * replay - feeds each file that is named to the fuzz harness it is linked
 * with, so that a corpus is a test without libFuzzer.  TAP.
 */
#include <stddef.h>
#include <stdint.h>

#include "retention/buf.h"
#include "retention/err.h"
#include "retention/fd.h"

#include "tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	ok(argc > 1, "there is a corpus");
	for (int i = 1; i < argc; i++) {
		struct buf b = BUF_EMPTY;
		struct err e = ERR_EMPTY;
		int rc = fd_read_file(argv[i], BUF_MOST, &b, &e);

		ok(rc == 0 && LLVMFuzzerTestOneInput(
		    (const uint8_t *)buf_text(&b), b.n) == 0, "%s", argv[i]);
		buf_release(&b);
	}
	return tap_done();
}
