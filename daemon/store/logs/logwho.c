/*
 * logwho - see the header.
 */
#include "logwho.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "retention/fd.h"

/* What the walk over the processes found so far. */
struct who {
	const struct stat *st;		/* borrowed */
	unsigned appenders;
	bool saw_init;			/* /proc hides nobody */
};

static bool
gone(int why)
{
	return why == ENOENT || why == ESRCH;
}

/* "flags:\t0100001" of /proc/PID/fdinfo/FD. */
static bool
appends_only(int proc, const char *pid, const char *fd)
{
	char path[64], text[512];
	const char *flags;
	unsigned long bits;
	ssize_t n;
	int info;

	if (snprintf(path, sizeof path, "%s/fdinfo/%s", pid, fd) >=
	    (int)sizeof path)
		return false;
	info = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (info == -1)
		return false;
	n = read(info, text, sizeof text - 1);
	close(info);
	text[n > 0 ? n : 0] = '\0';
	flags = strstr(text, "flags:");
	if (flags == NULL)
		return false;
	bits = strtoul(flags + strlen("flags:"), NULL, 8);
	return (bits & O_ACCMODE) == O_WRONLY && (bits & O_APPEND) != 0;
}

/* One descriptor of one process: is all well so far? */
static bool
look_at(struct who *w, int proc, const char *pid, int folder, const char *fd)
{
	struct statx x;

	/* A dead network file system is not asked. */
	if (statx(folder, fd, AT_STATX_DONT_SYNC, STATX_INO, &x) == -1)
		return gone(errno);
	if (x.stx_ino != w->st->st_ino ||
	    makedev(x.stx_dev_major, x.stx_dev_minor) != w->st->st_dev)
		return true;
	w->appenders++;
	return appends_only(proc, pid, fd);
}

static bool
look_through(struct who *w, int proc, const char *pid)
{
	char path[64];
	struct dirent *de;
	bool good = true;
	DIR *d;
	int fd;

	if (snprintf(path, sizeof path, "%s/fd", pid) >= (int)sizeof path)
		return false;
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return gone(errno);
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return false;
	}
	while (good && (de = readdir(d)) != NULL)
		good = de->d_name[0] == '.' ||
		    look_at(w, proc, pid, dirfd(d), de->d_name);
	(void)closedir(d);
	w->saw_init |= strcmp(pid, "1") == 0;
	return good;
}

bool
logwho_appends(const struct stat *st)
{
	struct who w = { .st = st, .saw_init = getpid() == 1 };
	DIR *proc = opendir("/proc");
	struct dirent *de;
	bool good = proc != NULL;

	while (good && (de = readdir(proc)) != NULL)
		if (de->d_name[0] >= '1' && de->d_name[0] <= '9' &&
		    strtol(de->d_name, NULL, 10) != getpid())
			good = look_through(&w, dirfd(proc), de->d_name);
	if (proc != NULL)
		(void)closedir(proc);
	return good && w.saw_init && w.appenders > 0;
}

int
logwho_watch(int fd)
{
	char path[32];
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (watch != -1 && inotify_add_watch(watch, path, IN_OPEN) == -1)
		fd_close(&watch);
	return watch;
}

bool
logwho_nobody_came(int watch)
{
	char event[sizeof(struct inotify_event) + 256];

	return read(watch, event, sizeof event) == -1 && errno == EAGAIN;
}
