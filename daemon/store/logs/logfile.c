/*
 * logfile - see the header.
 */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "retention/fd.h"

#include "pack.h"

int
logfile_list(const struct rule_store *s, struct logfile_set *ret,
    struct err *e)
{
	const bool is_glob = rule_path_is_glob(s->path);
	glob_t g = { 0 };
	const int rc = glob(s->path, GLOB_ERR | (is_glob ? 0 : GLOB_NOESCAPE),
	    NULL, &g);
	struct logfile_set set = { 0, NULL };

	if (rc != 0 && rc != GLOB_NOMATCH) {
		globfree(&g);
		return err_set(e, ERR_STORE, "store %s: its files cannot be "
		    "listed", s->full);
	}
	set.path = calloc(g.gl_pathc + 1, sizeof *set.path);
	for (size_t i = 0; set.path != NULL && i < g.gl_pathc; i++) {
		set.path[set.n] = strdup(g.gl_pathv[i]);
		if (set.path[set.n] != NULL)
			set.n++;
	}
	if (set.n != g.gl_pathc || set.path == NULL) {
		logfile_release(&set);
		globfree(&g);
		return err_set(e, ERR_MEMORY, "store %s: no memory", s->full);
	}
	globfree(&g);
	*ret = set;
	return 0;
}

void
logfile_release(struct logfile_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->path[i]);
	free(set->path);
	*set = (struct logfile_set){ 0, NULL };
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

static void
try_lease(struct logfile *f)
{
	/* Whoever asks for it makes a signal: one that is ignored. */
	(void)fcntl(f->fd, F_SETSIG, SIGURG);
	f->alone = fcntl(f->fd, F_SETLEASE, F_WRLCK) == 0;
}

bool
logfile_still_alone(const struct logfile *f)
{
	return f->alone && fcntl(f->fd, F_GETLEASE) == F_WRLCK;
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
	if (f->fd == -1)
		return err_sys(e, "open a log file");
	if (write)
		try_lease(f);
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

	f.dir_fd = logfile_folder(path, &name, e);
	if (f.dir_fd == -1)
		return -1;
	if (strlen(name) >= sizeof f.name) {
		fd_close(&f.dir_fd);
		return err_set(e, ERR_REFUSED, "a log file's name is too long");
	}
	memcpy(f.name, name, strlen(name) + 1);
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
	fd_close(&f->fd);
	fd_close(&f->dir_fd);
}
