#include "retention/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"

void
fd_close(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

int
fd_write_all(int fd, const void *bytes, size_t n, struct err *e)
{
	const char *at = bytes;

	while (n != 0) {
		ssize_t done = write(fd, at, n);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return err_sys(e, "write");
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int
fd_read_all(int fd, size_t most, struct buf *b, struct err *e)
{
	char part[16384];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(fd, part, sizeof(part));

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, "read");
		if (n == 0)
			break;
		total += (size_t)n;
		if (total > most)
			return err_set(e, ERR_INPUT,
			    "more than %zu bytes", most);
		buf_add(b, part, (size_t)n);
	}
	if (buf_failed(b))
		return err_set(e, ERR_MEMORY, "no memory for %zu bytes", total);
	return 0;
}

static int
check_regular(int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, "stat");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "not a regular file");
	return 0;
}

int
fd_read_file(const char *path, size_t most, struct buf *b, struct err *e)
{
	/* O_NONBLOCK: opening a FIFO must not hang. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc;

	if (fd == -1)
		return err_sys(e, "%s", path);
	rc = check_regular(fd, e);
	if (rc == 0)
		rc = fd_read_all(fd, most, b, e);
	if (rc == -1)
		err_wrap(e, "%s", path);
	fd_close(&fd);
	return rc;
}

static int
write_temp(int dirfd, const char *temp, mode_t mode, const void *bytes,
    size_t n, struct err *e)
{
	int fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, mode);
	int rc;

	if (fd == -1)
		return err_sys(e, "create temporary file");
	rc = fd_write_all(fd, bytes, n, e);
	if (rc == 0 && fchmod(fd, mode) == -1)
		rc = err_sys(e, "fchmod");
	if (rc == 0 && fsync(fd) == -1) {
		rc = err_sys(e, "fsync");
		e->sys_errno = 0;	/* never a reason to try again */
	}
	fd_close(&fd);
	return rc;
}

int
fd_replace_at(int dirfd, const char *name, mode_t mode, const void *bytes,
    size_t n, struct err *e)
{
	char temp[300];

	if (snprintf(temp, sizeof(temp), ".%s.new", name) >= (int)sizeof(temp))
		return err_set(e, ERR_INPUT, "file name too long");
	(void)unlinkat(dirfd, temp, 0);		/* left by a crash */
	if (write_temp(dirfd, temp, mode, bytes, n, e) == -1)
		goto fail;
	if (renameat(dirfd, temp, dirfd, name) == -1) {
		(void)err_sys(e, "rename");
		goto fail;
	}
	if (fsync(dirfd) == -1)
		return err_sys(e, "%s: fsync of the folder", name);
	return 0;
fail:
	(void)unlinkat(dirfd, temp, 0);
	return err_wrap(e, "%s", name);
}

int
fd_sync_dir(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd == -1)
		return err_sys(e, "%s", path);
	if (fsync(fd) == -1)
		rc = err_sys(e, "%s: fsync", path);
	fd_close(&fd);
	return rc;
}
