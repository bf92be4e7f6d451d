/*
 * beneath - the way down into a folder that others may rearrange meanwhile.
 *
 * openat2() lets the kernel refuse links and other file systems at every
 * step; where it is missing the steps are taken one by one.
 */
#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "retention/fd.h"

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

static int
open_resolved(int dir, const char *path, uint64_t resolve)
{
	/* A last part that is a link would be ENOTDIR by O_NOFOLLOW. */
	struct open_how how = { .flags = FOLDER & ~O_NOFOLLOW, .resolve = resolve |
		RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static bool
is_unknown(int error)
{
	return error == ENOSYS || error == EPERM || error == EINVAL;
}

int
beneath_is_proper(const char *path)
{
	const char *p = path;

	while (*p != '\0') {
		size_t n = strcspn(p, "/");

		if (n == 0 || n > 255 || (n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return 0;
		p += n;
		if (*p == '/' && *++p == '\0')
			return 0;
	}
	return 1;
}

static int
step(int dir, const char *name, size_t n, const struct stat *top)
{
	char one[256];
	struct stat st;
	int fd;

	memcpy(one, name, n);
	one[n] = '\0';
	/* On the way a folder need not be readable, nor may it be. */
	fd = openat(dir, one, name[n] == '\0' ? FOLDER : FOLDER | O_PATH);
	if (fd == -1) {
		/* O_DIRECTORY and O_NOFOLLOW give ENOTDIR for a link. */
		if (errno == ENOTDIR && fstatat(dir, one, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
			errno = ELOOP;
		return -1;
	}
	if (top != NULL && (fstat(fd, &st) == -1 || st.st_dev != top->st_dev)) {
		fd_close(&fd);
		errno = EXDEV;
	}
	return fd;
}

/* top NULL: the file system may change on the way. */
static int
walk_steps(int from, const char *path, const struct stat *top)
{
	int fd = fcntl(from, F_DUPFD_CLOEXEC, 3);

	while (fd != -1 && *path != '\0') {
		size_t n = strcspn(path, "/");
		int next = step(fd, path, n, top);
		int error = errno;

		fd_close(&fd);
		errno = error;
		fd = next;
		path += n + (path[n] == '/');
	}
	return fd;
}

int
beneath_steps(int root, const char *path)
{
	struct stat top;

	if (!beneath_is_proper(path)) {
		errno = EXDEV;
		return -1;
	}
	if (fstat(root, &top) == -1)
		return -1;
	return walk_steps(root, path, &top);
}

int
beneath_open(int root, const char *path)
{
	int fd;

	if (!beneath_is_proper(path)) {
		errno = EXDEV;
		return -1;
	}
	fd = open_resolved(root, *path != '\0' ? path : ".",
	    RESOLVE_BENEATH | RESOLVE_NO_XDEV);
	return fd == -1 && is_unknown(errno) ? beneath_steps(root, path) : fd;
}

int
beneath_root(const char *path, struct err *e)
{
	int fd = -1, top;

	if (path[0] != '/' || !beneath_is_proper(path + 1))
		return err_set(e, ERR_CONFIG, "the folder's path is not "
		    "absolute, or has an empty part, \".\" or \"..\"");
	fd = open_resolved(AT_FDCWD, path, 0);
	if (fd == -1 && is_unknown(errno)) {
		top = open("/", FOLDER | O_PATH);
		fd = top == -1 ? -1 : walk_steps(top, path + 1, NULL);

		int error = errno;

		fd_close(&top);
		errno = error;
	}
	if (fd != -1)
		return fd;
	if (errno == ELOOP)
		return err_set(e, ERR_REFUSED, "a part of the folder's path "
		    "is a symbolic link; it is not followed");
	return err_sys(e, "open the folder");
}
