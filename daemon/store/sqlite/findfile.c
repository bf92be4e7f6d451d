#include "findfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"

#include "../files/beneath.h"

#include "find.h"

#define MOST_PATH 4096

/* The part below the root, without what changes nothing; NULL: none. */
static const char *
below(const char *root, const char *path, char ret[MOST_PATH])
{
	size_t n = strlen(root), at = 0;

	if (*path == '/') {
		if (strncmp(path, root, n) != 0 || path[n] != '/')
			return NULL;
		path += n;
	}
	while (*path != '\0') {
		size_t part = strcspn(path, "/");

		if (part != 0 && !(part == 1 && path[0] == '.')) {
			if (at + part + 2 > MOST_PATH)
				return NULL;
			if (at != 0)
				ret[at++] = '/';
			memcpy(ret + at, path, part);
			at += part;
		}
		path += part + (path[part] == '/');
	}
	ret[at] = '\0';
	return beneath_is_proper(ret) ? ret : NULL;
}

int
findfile_open(int root_fd, const char *root, const char *path)
{
	char plain[MOST_PATH];
	struct stat st;
	char *slash;
	int dir, fd;

	if (strlen(path) >= MOST_PATH || below(root, path, plain) == NULL)
		return -1;
	slash = strrchr(plain, '/');
	if (slash != NULL)
		*slash = '\0';
	dir = beneath_open(root_fd, slash != NULL ? plain : "");
	if (dir == -1)
		return -1;
	fd = openat(dir, slash != NULL ? slash + 1 : plain, O_RDONLY |
	    O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	fd_close(&dir);
	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)))
		fd_close(&fd);
	return fd;
}

static int
piece(struct find_job *j, enum find_piece what, const void *bytes, size_t n,
    struct err *e)
{
	return j->sink->piece(j->sink->ctx, what, bytes, n, e);
}

int
findfile_send(struct find_job *j, int fd, const char *path, struct err *e)
{
	char part[32768];
	ssize_t n = 0;
	int rc = piece(j, FIND_FILE, path, strlen(path), e);

	while (rc == 0 && (n = read(fd, part, sizeof(part))) != 0) {
		if (n > 0)
			rc = piece(j, FIND_MORE, part, (size_t)n, e);
		else if (errno != EINTR)
			rc = err_sys(e, "an attached file");
	}
	explicit_bzero(part, sizeof(part));
	return rc == 0 ? piece(j, FIND_END, "", 0, e) : rc;
}
