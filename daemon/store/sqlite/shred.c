/*
 * shred - erases a file's content before its name.
 *
 * The header goes first and is synced: a journal or a write-ahead log without
 * its header is not replayed, whatever happens next.  Without the syncs the
 * zeros would be dropped together with the file and the disk never see them.
 */
#include "shred.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/hex.h"

#define HEAD 512
#define BLOCK ((size_t)1 << 20)

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

/* Of a lease nobody else can hold the file open.  Where leases are refused
 * (another's file, some file systems) /proc must answer. */
static int
by_lease(int fd)
{
	/* Whoever opens it meanwhile makes a signal: one that is ignored. */
	(void)fcntl(fd, F_SETSIG, SIGURG);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
		return 1;	/* kept until the file is gone: openers wait */
	return errno == EAGAIN ? 0 : -1;
}

static bool
process_has(int proc, const char *pid, const struct stat *st)
{
	char path[300];
	DIR *d;
	struct dirent *de;
	bool has = false;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd == -1 ? NULL : fdopendir(fd);
	if (!d) {
		fd_close(&fd);
		return false;
	}
	while (!has && (de = readdir(d))) {
		struct stat other;

		has = fstatat(dirfd(d), de->d_name, &other, 0) == 0 &&
		    other.st_ino == st->st_ino && other.st_dev == st->st_dev;
	}
	closedir(d);
	return has;
}

static bool
anybody_has(int fd)
{
	struct stat st;
	struct dirent *de;
	char self[20];
	DIR *d = opendir("/proc");
	bool has = false;

	(void)snprintf(self, sizeof(self), "%d", (int)getpid());
	if (!d || fstat(fd, &st) == -1) {
		if (d)
			closedir(d);
		return false;
	}
	while (!has && (de = readdir(d)))
		if (de->d_name[0] >= '1' && de->d_name[0] <= '9' &&
		    strcmp(de->d_name, self) != 0)
			has = process_has(dirfd(d), de->d_name, &st);
	closedir(d);
	return has;
}

int
shred_alone(const struct shred_file *f, struct err *e)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int lease = by_lease(f->fd);

	if (fcntl(f->fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK)
		lease = 0;
	if (lease == 0 || (lease == -1 && anybody_has(f->fd)))
		return err_set(e, ERR_BUSY, "another process has a file of "
		    "the store open");
	return 0;
}

static int
zeros(int fd, off_t from, off_t to, struct err *e)
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
