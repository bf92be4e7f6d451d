/*
 * hold - by a lease where the kernel gives one, else by looking around.
 */
#include "hold.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"

int
hold_lease(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK)
		return 0;
	/* Whoever opens it meanwhile makes a signal: one that is ignored. */
	(void)fcntl(fd, F_SETSIG, SIGURG);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
		return 1;
	return errno == EAGAIN ? 0 : -1;
}

bool
hold_is_kept(int fd)
{
	return fcntl(fd, F_GETLEASE) == F_WRLCK;
}

struct search {
	const int *fd;
	size_t n;
	bool *busy;
};

static void
compare(const struct search *s, const struct stat *other)
{
	for (size_t i = 0; i < s->n; i++) {
		struct stat st;

		if (s->fd[i] != -1 && !s->busy[i] &&
		    fstat(s->fd[i], &st) == 0 && st.st_ino == other->st_ino &&
		    st.st_dev == other->st_dev)
			s->busy[i] = true;
	}
}

static void
search_process(const struct search *s, int proc, const char *pid)
{
	char path[300];
	struct dirent *de;
	DIR *d;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd == -1 ? NULL : fdopendir(fd);
	if (d == NULL) {
		fd_close(&fd);
		return;
	}
	while ((de = readdir(d)) != NULL) {
		struct stat st;

		if (fstatat(dirfd(d), de->d_name, &st, 0) == 0 &&
		    S_ISREG(st.st_mode))
			compare(s, &st);
	}
	closedir(d);
}

void
hold_search(const int *fd, size_t n, bool *busy)
{
	struct search s = { fd, n, busy };
	char self[24];
	struct dirent *de;
	DIR *d = opendir("/proc");

	if (d == NULL)
		return;
	(void)snprintf(self, sizeof(self), "%d", (int)getpid());
	while ((de = readdir(d)) != NULL)
		if (de->d_name[0] >= '1' && de->d_name[0] <= '9' &&
		    strcmp(de->d_name, self) != 0)
			search_process(&s, dirfd(d), de->d_name);
	closedir(d);
}
