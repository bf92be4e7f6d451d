/*
 * shred - erases a file's content before its name.
 *
 * The header goes first and is synced: a journal or a write-ahead log without
 * its header is not replayed, whatever happens next.  Without the syncs the
 * zeros would be dropped together with the file and the disk never see them.
 */
#include "shred.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/hex.h"

#include "../files/hold.h"
#include "../files/zero.h"

#define HEAD 512

int
shred_open(struct shred_file *f, struct err *e)
{
	struct stat st;
	int fd = openat(f->dir_fd, f->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 && errno == ELOOP)
		return err_set(e, ERR_REFUSED, "a file of the store is a "
		    "symbolic link; it is not followed");
	if (fd == -1)
		return err_sys(e, "open a file of the store");
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)err_set(e, ERR_REFUSED, "not a regular file");
		fd_close(&fd);
		return -1;
	}
	if (st.st_nlink != 1) {
		(void)err_set(e, ERR_REFUSED, "the file has %lu names (hard "
		    "links); the others would stay",
		    (unsigned long)st.st_nlink);
		fd_close(&fd);
		return -1;
	}
	f->fd = fd;
	f->bytes = st.st_size;
	return 1;
}

int
shred_alone(const struct shred_file *f, const struct holders *h, struct err *e)
{
	/* A lease is kept until the file is gone: openers wait. */
	return hold_alone(h, f->fd) ? 0 : err_set(e, ERR_BUSY, "another "
	    "process has a file of the store open, or that is not known");
}

static int
zeros(int fd, off_t from, off_t to, struct err *e)
{
	if (zero_range(fd, from, to, e) == -1)
		return -1;
	return fsync(fd) == 0 ? 0 : err_sys(e, "sync");
}

int
shred_overwrite(const struct shred_file *f, struct err *e)
{
	off_t head = f->bytes < HEAD ? f->bytes : HEAD;

	if (zeros(f->fd, 0, head, e) == -1)
		return -1;
	return zeros(f->fd, head, f->bytes, e);
}

int
shred_remove(struct shred_file *f, struct err *e)
{
	uint8_t random[12];
	char junk[sizeof(random) * 2 + 1];
	const char *name = f->name;

	if (getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random)) {
		hex_text(random, sizeof(random), junk);
		if (renameat(f->dir_fd, f->name, f->dir_fd, junk) == 0)
			name = junk;
	}
	if (ftruncate(f->fd, 0) == -1 || unlinkat(f->dir_fd, name, 0) == -1)
		return err_sys(e, "remove");
	fd_close(&f->fd);
	return 0;
}
