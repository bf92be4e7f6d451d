/*
 * who - see the header.
 */
#include "who.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/msg.h"

/* What the walk over the processes found so far. */
struct who {
	uint64_t dev, ino;
	unsigned appenders;
	bool saw_init;			/* /proc hides nobody */
};

static bool
gone(int why)
{
	return why == ENOENT || why == ESRCH;
}

static pid_t
number(const char *digits)
{
	return (pid_t)strtol(digits, NULL, 10);
}

/* "flags:\t0100001" of fdinfo/FD, of a process or a thread. */
static bool
appends_only(int proc, const char *of, const char *fd)
{
	char path[64], text[512];
	const char *flags;
	unsigned long bits;
	ssize_t n;
	int info;

	if (snprintf(path, sizeof path, "%s/fdinfo/%s", of, fd) >=
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
look_at(struct who *w, int proc, const char *of, int folder, const char *fd)
{
	struct statx x;

	/* A dead network file system is not asked. */
	if (statx(folder, fd, AT_STATX_DONT_SYNC, STATX_INO, &x) == -1)
		return gone(errno);
	if (x.stx_ino != w->ino ||
	    makedev(x.stx_dev_major, x.stx_dev_minor) != w->dev)
		return true;
	w->appenders++;
	return appends_only(proc, of, fd);
}

/* The descriptors of /proc/OF: a process, or a thread of one. */
static bool
look_through(struct who *w, int proc, const char *of)
{
	char path[64];
	struct dirent *de;
	bool good = true;
	DIR *d;
	int fd;

	if (snprintf(path, sizeof path, "%s/fd", of) >= (int)sizeof path)
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
		    look_at(w, proc, of, dirfd(d), de->d_name);
	(void)closedir(d);
	return good;
}

/* "from-to perms offset major:minor inode path": a mapping stays when the
 * descriptor that it was made with is closed. */
static bool
is_mapped(const struct who *w, const char *line)
{
	unsigned major, minor;
	uint64_t ino;

	return sscanf(line, "%*x-%*x %*s %*x %x:%x %" SCNu64, &major, &minor,
	    &ino) == 3 && ino == w->ino && makedev(major, minor) == w->dev;
}

static bool
maps_it_not(const struct who *w, int proc, const char *pid)
{
	char path[64], line[256];
	bool good = true, start = true;
	FILE *f;
	int fd;

	if (snprintf(path, sizeof path, "%s/maps", pid) >= (int)sizeof path)
		return false;
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return gone(errno);
	f = fdopen(fd, "r");
	if (f == NULL) {
		close(fd);
		return false;
	}
	while (good && fgets(line, sizeof line, f) != NULL) {
		good = !start || !is_mapped(w, line);
		start = strchr(line, '\n') != NULL;
	}
	good &= ferror(f) == 0 || gone(errno);
	(void)fclose(f);
	return good;
}

/* Threads that share the descriptors of their process need no look. */
static bool
look_at_thread(struct who *w, int proc, const char *pid, const char *tid)
{
	char of[40];

	if (strcmp(pid, tid) == 0 || syscall(SYS_kcmp, number(pid),
	    number(tid), KCMP_FILES, 0, 0) == 0)
		return true;
	return snprintf(of, sizeof of, "%s/task/%s", pid, tid) <
	    (int)sizeof of && look_through(w, proc, of);
}

static bool
look_at_threads(struct who *w, int proc, const char *pid)
{
	char path[64];
	struct dirent *de;
	bool good = true;
	DIR *d;
	int fd;

	if (snprintf(path, sizeof path, "%s/task", pid) >= (int)sizeof path)
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
		    look_at_thread(w, proc, pid, de->d_name);
	(void)closedir(d);
	return good;
}

static bool
look_at_process(struct who *w, int proc, const char *pid)
{
	return look_through(w, proc, pid) && maps_it_not(w, proc, pid) &&
	    look_at_threads(w, proc, pid);
}

void
who_look(uint64_t dev, uint64_t ino, pid_t worker, struct msg_go *ret)
{
	struct who w = { .dev = dev, .ino = ino };
	DIR *proc = opendir("/proc");
	struct dirent *de;
	bool good = proc != NULL;

	while (good && (de = readdir(proc)) != NULL) {
		if (de->d_name[0] < '1' || de->d_name[0] > '9')
			continue;
		w.saw_init |= strcmp(de->d_name, "1") == 0;
		if (number(de->d_name) != worker)
			good = look_at_process(&w, dirfd(proc), de->d_name);
	}
	if (proc != NULL)
		(void)closedir(proc);
	good &= w.saw_init;
	*ret = (struct msg_go){ .appends = good && w.appenders > 0,
		.alone = good && w.appenders == 0 };
}

int
who_answer(const char *ready, size_t n, pid_t worker, char ret_go[WHO_BYTES],
    struct err *e)
{
	struct buf go = BUF_EMPTY;
	struct msg_go m;
	uint64_t dev, ino;

	memcpy(ret_go, "{}", 3);
	if (n == 2 && memcmp(ready, "{}", 2) == 0)
		return 0;
	if (msg_get_ready(ready, n, &dev, &ino, e) == -1)
		return -1;
	who_look(dev, ino, worker, &m);
	msg_put_go(&go, &m);
	if (!buf_failed(&go) && go.n < WHO_BYTES)
		memcpy(ret_go, buf_text(&go), go.n + 1);
	buf_release(&go);
	return strlen(ret_go) > 2 ? 0 : err_set(e, ERR_MEMORY, "no memory for a "
	    "message");
}
