/*
 * zero - only where there is data: a sparse file must not fill the disk.
 */
#include "zero.h"

#include <errno.h>
#include <unistd.h>

#define BLOCK ((size_t)256 << 10)

int
zero_range(int fd, off_t from, off_t to, struct err *e)
{
	static const char block[BLOCK];

	while (from < to) {
		size_t n = to - from < (off_t)BLOCK ? (size_t)(to - from) :
		    BLOCK;
		ssize_t w = pwrite(fd, block, n, from);

		if (w == -1 && errno == EINTR)
			continue;
		if (w <= 0)
			return err_sys(e, "overwrite");
		from += w;
	}
	return 0;
}

int
zero_file(int fd, const struct stat *st, struct err *e)
{
	off_t unit = st->st_blksize > 0 && st->st_blksize <= (1 << 20) ?
	    st->st_blksize : 4096;
	off_t at = 0;

	/* As many blocks as it is long: no holes to look for. */
	if (st->st_blocks >= (st->st_size + 511) / 512)
		return zero_range(fd, 0, (st->st_size + unit - 1) / unit * unit, e);
	while (at < st->st_size) {
		off_t from = lseek(fd, at, SEEK_DATA), to;

		if (from == -1 && errno == ENXIO)
			return 0;		/* holes to the end */
		if (from == -1)
			from = at;		/* not known here: all of it */
		to = lseek(fd, from, SEEK_HOLE);
		if (to == -1 || to <= from || to > st->st_size)
			to = st->st_size;
		to = (to + unit - 1) / unit * unit;
		if (zero_range(fd, from, to, e) == -1)
			return -1;
		at = to;
	}
	return 0;
}
