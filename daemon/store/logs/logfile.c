/*
 * logfile - see the header.
 */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "retention/fd.h"

#include "logglob.h"
#include "pack.h"

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
logfile_list(const struct rule_store *s, struct logfile_set *ret,
    struct err *e)
{
	struct logfile_set set = { .n = 0 };
	struct stat st;
	int rc = 0;

	*ret = set;
	if (rule_path_is_glob(s->path)) {
		rc = logglob_add(s->path, &set, e);
	} else if (lstat(s->path, &st) == 0) {
		set.path = calloc(1, sizeof *set.path);
		if (set.path != NULL)
			set.path[0] = strdup(s->path);
		set.n = set.path != NULL && set.path[0] != NULL;
		if (set.n == 0)
			rc = err_set(e, ERR_MEMORY, "no memory");
	} else if (errno != ENOENT && errno != ENOTDIR) {
		rc = err_sys(e, "look for a log file");
	}
	if (rc == -1) {
		logfile_release(&set);
		return err_wrap(e, "store %s", s->full);
	}
	if (set.n > 0)
		qsort(set.path, set.n, sizeof *set.path, by_name);
	*ret = set;
	return 0;
}

int
logfile_whole(const struct logfile_set *set, struct err *e)
{
	return set->closed == 0 ? 0 : err_set(e, ERR_REFUSED, "%zu folders that "
	    "the store's pattern leads to cannot be read, or are symbolic links; "
	    "the files there stay", set->closed);
}

void
logfile_release(struct logfile_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->path[i]);
	free(set->path);
	*set = (struct logfile_set){ .n = 0 };
}

/* One component after the other: for kernels and filters without openat2. */
static int
walk(const char *folder)
{
	const int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = open("/", O_PATH | flags);

	for (const char *p = folder; fd != -1; ) {
		const size_t n = strcspn(p, "/");
		char part[256];
		int next;

		if (n >= sizeof part || (n == 2 && memcmp(p, "..", 2) == 0)) {
			fd_close(&fd);
			errno = ELOOP;
			return -1;
		}
		memcpy(part, p, n);
		part[n] = '\0';
		next = openat(fd, n == 0 ? "." : part,
		    (p[n] == '\0' ? O_RDONLY : O_PATH) | flags);
		fd_close(&fd);
		fd = next;
		if (p[n] == '\0')
			break;
		p += n + 1;
	}
	return fd;
}

int
logfile_folder(const char *path, const char **ret_name, struct err *e)
{
	const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		RESOLVE_NO_MAGICLINKS };
	const char *slash = strrchr(path, '/');
	char *folder;
	int root;
	int fd;

	if (slash == NULL || path[0] != '/')
		return err_set(e, ERR_CONFIG, "a log file's path is not "
		    "absolute");
	folder = strndup(path + 1, slash == path ? 0 : (size_t)(slash - path) - 1);
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder == NULL || root == -1) {
		free(folder);
		return err_sys(e, "open the root folder");
	}
	fd = (int)syscall(SYS_openat2, root, folder[0] == '\0' ? "." : folder,
	    &how, sizeof how);
	if (fd == -1 && (errno == ENOSYS || errno == EPERM))
		fd = walk(folder);
	if (fd == -1 && (errno == ELOOP || errno == ENOTDIR))
		(void)err_set(e, ERR_REFUSED, "the folder of a log file is "
		    "reached through a symbolic link; expected its real path");
	else if (fd == -1)
		(void)err_sys(e, "open the folder of a log file");
	close(root);
	free(folder);
	*ret_name = slash + 1;
	return fd;
}

bool
logfile_lease(int fd)
{
	/* Whoever asks for it makes a signal: one that is ignored. */
	return fcntl(fd, F_SETSIG, SIGURG) == 0 &&
	    fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
}

bool
logfile_is_leased(int fd)
{
	return fcntl(fd, F_GETLEASE) == F_WRLCK;
}

/* The folder that the path leads to is the one that was opened? */
bool
logfile_is_in_place(const struct logfile *f)
{
	struct err e = ERR_EMPTY;
	struct stat a, b;
	const char *name;
	int fd = logfile_folder(f->path, &name, &e);
	const bool same = fd != -1 && fstat(fd, &a) == 0 &&
	    fstat(f->dir_fd, &b) == 0 && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino;

	fd_close(&fd);
	return same;
}

bool
logfile_still_alone(const struct logfile *f)
{
	return f->alone && fcntl(f->fd, F_GETLEASE) == F_WRLCK;
}

int
logfile_watch(struct logfile *f, struct err *e)
{
	char path[32];

	fd_close(&f->watch);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", f->fd);
	f->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (f->watch != -1 &&
	    inotify_add_watch(f->watch, path, IN_OPEN) != -1)
		return 0;
	fd_close(&f->watch);
	return err_sys(e, "watch a log file");
}

bool
logfile_nobody_came(const struct logfile *f)
{
	char event[sizeof(struct inotify_event) + 256];

	return f->watch != -1 && read(f->watch, event, sizeof event) == -1 &&
	    errno == EAGAIN;
}

static int
open_in(struct logfile *f, bool write, struct err *e)
{
	const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	uint8_t head[PACK_MAGIC];
	ssize_t n;

	if (fstatat(f->dir_fd, f->name, &f->st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "look at a log file");
	if (!S_ISREG(f->st.st_mode))
		return 0;
	f->fd = openat(f->dir_fd, f->name, (write ? O_RDWR : O_RDONLY) | flags);
	if (f->fd == -1 && (errno == ENOENT || errno == ELOOP))
		return 0;
	if (f->fd == -1 && errno == EWOULDBLOCK)
		return err_set(e, ERR_BUSY, "another program keeps a log file to "
		    "itself (a lease); it is left for later");
	if (f->fd == -1)
		return err_sys(e, "open a log file");
	if (write)
		f->alone = logfile_lease(f->fd);
	if (fstat(f->fd, &f->st) == -1)
		return err_sys(e, "look at a log file");
	if (!S_ISREG(f->st.st_mode))
		return 0;
	if (write && f->st.st_nlink != 1)
		return err_set(e, ERR_REFUSED, "a log file has %lu names (hard "
		    "links); the others would keep its lines",
		    (unsigned long)f->st.st_nlink);
	n = pread(f->fd, head, sizeof head, 0);
	if (n == -1)
		return err_sys(e, "read a log file");
	f->format = pack_find(head, (size_t)n);
	return 1;
}

int
logfile_open(const char *path, bool write, struct logfile *ret, struct err *e)
{
	struct logfile f = LOGFILE_EMPTY;
	const char *name;
	int rc;

	*ret = f;		/* may be closed, whatever happens */
	f.dir_fd = logfile_folder(path, &name, e);
	if (f.dir_fd == -1)
		return -1;
	if (strlen(name) >= sizeof f.name) {
		fd_close(&f.dir_fd);
		return err_set(e, ERR_REFUSED, "a log file's name is too long");
	}
	memcpy(f.name, name, strlen(name) + 1);
	f.path = path;
	rc = open_in(&f, write, e);
	if (rc != 1)
		logfile_close(&f);
	*ret = f;
	return rc;
}

void
logfile_close(struct logfile *f)
{
	if (f->alone && f->fd != -1)
		(void)fcntl(f->fd, F_SETLEASE, F_UNLCK);
	f->alone = false;
	fd_close(&f->watch);
	fd_close(&f->fd);
	fd_close(&f->dir_fd);
}

bool
logfile_is_closed(const struct err *e)
{
	return e->code == ERR_REFUSED || (e->code == ERR_SYSTEM &&
	    (e->sys_errno == EACCES || e->sys_errno == EPERM));
}
