/*
 * holders - see the header.  When in doubt somebody has it (I5).
 */
#include "retention/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "retention/fd.h"

struct search {
	const struct holders_file *file;
	size_t n;
	bool *held;
	size_t n_held;
	pid_t skip, self;
	bool saw_init, saw_skip;	/* /proc hides nobody */
};

static bool
is_gone(int why)
{
	return why == ENOENT || why == ESRCH;
}

static void
compare(struct search *s, uint64_t dev, uint64_t ino)
{
	for (size_t i = 0; i < s->n; i++)
		if (!s->held[i] && s->file[i].ino == ino &&
		    s->file[i].dev == dev) {
			s->held[i] = true;
			s->n_held++;
		}
}

/* What is cached will do: no network file system is asked. */
static bool
look_at(struct search *s, int folder, const char *name)
{
	struct statx x;

	if (statx(folder, name, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
	    STATX_INO, &x) == -1)
		return is_gone(errno);
	compare(s, makedev(x.stx_dev_major, x.stx_dev_minor), x.stx_ino);
	return true;
}

/* All of a process; false: it cannot be told. */
static bool
look_into(struct search *s, int proc, const char *pid)
{
	char path[300];
	const struct dirent *entry;
	bool known = true;
	DIR *dir;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		known = is_gone(errno);
		fd_close(&fd);
		return known;
	}
	while (known && s->n_held < s->n && (entry = readdir(dir)) != NULL)
		known = entry->d_name[0] == '.' ||
		    look_at(s, fd, entry->d_name);
	(void)closedir(dir);
	return known;
}

static bool
look_around(struct search *s, DIR *proc)
{
	const struct dirent *entry;
	bool known = true;

	while (known && s->n_held < s->n && (entry = readdir(proc)) != NULL) {
		long pid = strtol(entry->d_name, NULL, 10);

		s->saw_init |= pid == 1;
		s->saw_skip |= pid == s->skip;
		if (pid > 0 && pid != s->skip && pid != s->self)
			known = look_into(s, dirfd(proc), entry->d_name);
	}
	return known && (s->n_held == s->n || (s->saw_init && s->saw_skip));
}

static void
all_held(bool *held, size_t n)
{
	for (size_t i = 0; i < n; i++)
		held[i] = true;
}

static void
look(pid_t skip, const struct holders_file *file, size_t n, bool *ret_held)
{
	struct search s = { .file = file, .n = n, .held = ret_held,
		.skip = skip, .self = getpid() };
	DIR *proc = opendir("/proc");

	for (size_t i = 0; i < n; i++)
		ret_held[i] = false;
	if (proc == NULL || !look_around(&s, proc))
		all_held(ret_held, n);
	if (proc != NULL)
		(void)closedir(proc);
}

int
holders_file(int fd, struct holders_file *ret)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	*ret = (struct holders_file){ st.st_dev, st.st_ino };
	return 0;
}

static ssize_t
receive(int fd, void *room, size_t n)
{
	ssize_t got;

	do
		got = recv(fd, room, n, MSG_TRUNC);
	while (got == -1 && errno == EINTR);
	return got;
}

static void
ask_scout(int fd, const struct holders_file *file, size_t n, bool *ret_held)
{
	uint8_t answer[HOLDERS_MOST];

	all_held(ret_held, n);
	if (send(fd, file, n * sizeof(*file), MSG_NOSIGNAL) !=
	    (ssize_t)(n * sizeof(*file)) ||
	    receive(fd, answer, sizeof(answer)) != (ssize_t)n)
		return;
	for (size_t i = 0; i < n; i++)
		ret_held[i] = answer[i] != 0;
}

void
holders_ask(const struct holders *h, const struct holders_file *file,
    size_t n, bool *ret_held)
{
	for (size_t at = 0, k; at < n; at += k) {
		k = n - at < HOLDERS_MOST ? n - at : HOLDERS_MOST;
		if (h == NULL)
			look(getpid(), file + at, k, ret_held + at);
		else
			ask_scout(h->fd, file + at, k, ret_held + at);
	}
}

void
holders_serve(int fd, pid_t worker)
{
	struct holders_file file[HOLDERS_MOST];
	bool held[HOLDERS_MOST];
	ssize_t got;

	_Static_assert(sizeof(bool) == 1, "the answer is a byte for each");
	while ((got = receive(fd, file, sizeof(file))) > 0) {
		size_t n = (size_t)got / sizeof(file[0]);

		if ((size_t)got > sizeof(file) ||
		    (size_t)got % sizeof(file[0]) != 0)
			return;
		look(worker, file, n, held);
		if (send(fd, held, n, MSG_NOSIGNAL) != (ssize_t)n)
			return;
	}
}
