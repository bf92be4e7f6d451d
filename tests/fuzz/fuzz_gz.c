/* gz: any bytes as a log file, compressed or not: read in blocks to the end or
 * to an error; what is read without one, written in its format and read again,
 * is the same. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "store/logs/logread.h"
#include "store/logs/pack.h"

#define MOST ((size_t)2 << 20)	/* of what a small input may grow to */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* 0: the end, 1: more than MOST, -1. */
static int
read_all(int fd, const struct pack_format *format, struct buf *b)
{
	const struct logfile f = { .fd = fd, .format = format };
	struct logread_block block;
	struct err e = ERR_EMPTY;
	struct logread r;
	off_t at = 0;
	int rc = logread_open(&r, &f, &e);

	if (rc == 0)
		while ((rc = logread_next(&r, &block, &e)) == 1) {
			must(block.n > 0 && block.at == at);
			at += (off_t)block.n;
			buf_add(b, block.p, block.n);
			if (b->n > MOST)
				break;
		}
	must(rc != -1 || (e.code == ERR_STORE && format != NULL));
	logread_close(&r);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct pack_format *format = pack_find(data, n);
	const int fd = memfd_create("in", MFD_CLOEXEC);
	const int again = memfd_create("again", MFD_CLOEXEC);
	struct buf a = BUF_EMPTY;
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	must(fd != -1 && again != -1 && fd_write_all(fd, data, n, &e) == 0);
	if (read_all(fd, format, &a) == 0 && format != NULL) {
		struct pack_writer *w = pack_writer_new(format, again, fd, &e);

		must(w != NULL && pack_write(w, buf_text(&a), a.n, &e) == 0 &&
		    pack_finish(w, &e) == 0);
		pack_writer_free(w);
		must(read_all(again, format, &b) == 0 && a.n == b.n &&
		    memcmp(buf_text(&a), buf_text(&b), a.n) == 0);
	} else if (format == NULL) {
		must(a.n == n || n > MOST);
	}
	buf_release(&a);
	buf_release(&b);
	(void)close(fd);
	(void)close(again);
	return 0;
}
