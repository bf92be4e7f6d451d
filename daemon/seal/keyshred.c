/*
 * keyshred - what the file's blocks were copied to by a journal, a snapshot or
 * a backup is out of its reach; the manual says so.
 */
#include "keyshred.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"

#define FOLDER "keys/commit"

static void
name_of(uint32_t ep, char ret[32])
{
	(void)snprintf(ret, 32, "%" PRIu32 ".key", ep);
}

int
keyshred_exists(int statefd, uint32_t ep, struct err *e)
{
	char name[32], path[64];
	struct stat st;

	name_of(ep, name);
	(void)snprintf(path, sizeof(path), FOLDER "/%s", name);
	if (fstatat(statefd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : err_sys(e, "key of epoch %" PRIu32, ep);
}

static int
overwrite(int dirfd, const char *name, struct err *e)
{
	static const uint8_t zeros[4096];
	struct stat st;
	int fd = openat(dirfd, name,
	    O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t left;
	int rc = 0;

	if (fd == -1)
		return err_sys(e, "open");
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, "stat");
	else if (!S_ISREG(st.st_mode) || st.st_size > (off_t)sizeof(zeros))
		rc = err_set(e, ERR_CONFIG, "not a key");
	left = rc == 0 ? (size_t)st.st_size : 0;
	if (rc == 0)
		rc = fd_write_all(fd, zeros, left, e);
	if (rc == 0 && fsync(fd) == -1)
		rc = err_sys(e, "fsync");
	fd_close(&fd);
	return rc;
}

int
keyshred_destroy(int statefd, uint32_t ep, struct err *e)
{
	int there = keyshred_exists(statefd, ep, e);
	int dirfd, rc;
	char name[32];

	if (there != 1)
		return there;
	name_of(ep, name);
	dirfd = openat(statefd, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1)
		return err_sys(e, FOLDER);
	rc = overwrite(dirfd, name, e);
	if (rc == 0 && unlinkat(dirfd, name, 0) == -1)
		rc = err_sys(e, "unlink");
	if (rc == 0 && fsync(dirfd) == -1)
		rc = err_sys(e, "fsync of the folder");
	fd_close(&dirfd);
	return rc == 0 ? 0 : err_wrap(e, "key of epoch %" PRIu32, ep);
}
