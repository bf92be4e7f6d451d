/*
 * logtidy - see the header.
 */
#include "logtidy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <unistd.h>

#include "retention/fd.h"

#include "logswap.h"

/* Lines that somebody wrote to the old file after it was replaced. */
static int
fetch(const struct logfile *old, const char *name, uint64_t size, struct err *e)
{
	char block[65536];
	off_t at = (off_t)size;
	struct stat st;
	int fd;
	int rc = -1;

	if (old->format != NULL)
		return err_set(e, ERR_CHANGED, "a compressed log file grew while "
		    "it was replaced; it is left beside");
	fd = openat(old->dir_fd, name, O_WRONLY | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    old->st.st_mode & 0777);
	if (fd == -1)
		return err_sys(e, "open a log file to append");
	if (!logswap_is_at(old->dir_fd, name, fd) || fstat(fd, &st) == -1 ||
	    !S_ISREG(st.st_mode)) {
		(void)err_set(e, ERR_CHANGED, "lines that came late have no "
		    "regular file of one name to go to; they are left beside");
		goto out;
	}
	while (at < old->st.st_size) {
		const ssize_t n = pread(old->fd, block, sizeof block, at);

		if (n <= 0) {
			(void)err_sys(e, "read an old log file");
			goto out;
		}
		if (fd_write_all(fd, block, (size_t)n, e) == -1)
			goto out;
		at += n;
	}
	rc = fsync(fd) == 0 && ftruncate(old->fd, (off_t)size) == 0 ? 0 :
	    err_sys(e, "sync a log file");
out:
	fd_close(&fd);
	explicit_bzero(block, sizeof block);
	return rc;
}

/* ".NAME.retentiond-INODE-SIZE" */
static bool
read_side(const char *side, char ret_name[256], uint64_t *ret_ino,
    uint64_t *ret_size)
{
	const char *mark = NULL;
	char end;

	for (const char *p = side; (p = strstr(p, LOGSWAP_MARK)) != NULL; p++)
		mark = p;
	if (side[0] != '.' || mark == NULL || mark - side < 2 ||
	    sscanf(mark + strlen(LOGSWAP_MARK), "%20" SCNu64 "-%20" SCNu64 "%c",
	    ret_ino, ret_size, &end) != 2)
		return false;
	memcpy(ret_name, side + 1, (size_t)(mark - side) - 1);
	ret_name[mark - side - 1] = '\0';
	return true;
}

/* An old file that is whole and was not replaced. */
static bool
is_undone(const struct logfile *f, const char *name)
{
	char first;	/* the first of all zeros */

	return pread(f->fd, &first, 1, 0) == 1 && first != '\0' && renameat2(f->dir_fd,
	    f->name, f->dir_fd, name, RENAME_NOREPLACE) == 0;
}

static int
tidy_one(struct logfile *f, const char *name, uint64_t ino, uint64_t size,
    bool undo, struct err *e)
{
	if (!f->alone || (undo && (uint64_t)f->st.st_ino == ino &&
	    is_undone(f, name)))
		return 0;
	if ((uint64_t)f->st.st_ino == ino &&
	    (uint64_t)f->st.st_size > size && fetch(f, name, size, e) == -1)
		return -1;
	return logswap_bury(f, f->name, e);
}

static char *
beside(const char *path, const char *base, const char *name)
{
	char *whole;

	return asprintf(&whole, "%.*s%s", (int)(base - path), path, name) == -1 ?
	    NULL : whole;
}

static bool
is_of(const struct rule_store *s, const char *path)
{
	return rule_path_is_glob(s->path) ?
	    fnmatch(s->path, path, FNM_PATHNAME | FNM_PERIOD) == 0 :
	    strcmp(s->path, path) == 0;
}

/* One name in the folder of `path`, whose base name is at `base`. */
static int
tidy_name(const struct rule_store *s, const char *path, const char *base,
    const char *side, bool undo, struct err *e)
{
	struct logfile f = LOGFILE_EMPTY;
	char name[256];
	uint64_t ino, size;
	int rc = 0;

	if (!read_side(side, name, &ino, &size))
		return 0;
	char *log = beside(path, base, name);
	char *whole = beside(path, base, side);

	if (log == NULL || whole == NULL)
		rc = err_set(e, ERR_MEMORY, "no memory");
	else if (is_of(s, log))
		rc = logfile_open(whole, true, &f, e);
	if (rc == 1)
		rc = tidy_one(&f, name, ino, size, undo, e);
	else if (rc == -1 && (e->code == ERR_REFUSED || e->code == ERR_BUSY))
		rc = 0;		/* not made by us, or in use */
	logfile_close(&f);
	free(log);
	free(whole);
	return rc;
}

static int
tidy_folder(const struct rule_store *s, const char *path, bool undo,
    struct err *e)
{
	const char *base;
	int fd = logfile_folder(path, &base, e);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *de;
	int rc = 0;

	if (d == NULL) {
		fd_close(&fd);
		return -1;
	}
	while (rc == 0 && (de = readdir(d)) != NULL)
		rc = tidy_name(s, path, base, de->d_name, undo, e);
	(void)closedir(d);
	return rc;
}

int
logtidy_run(const struct rule_store *s, const struct logfile_set *files,
    bool undo, struct err *e)
{
	size_t done = 0;	/* bytes of the folder that was done last */

	if (files->n == 0)
		return strpbrk(s->path, "*?[") != NULL &&
		    strpbrk(s->path, "*?[") < strrchr(s->path, '/') ? 0 :
		    tidy_folder(s, s->path, undo, e);
	for (size_t i = 0; i < files->n; i++) {
		const char *path = files->path[i];
		const size_t n = (size_t)(strrchr(path, '/') - path) + 1;

		if (i > 0 && n == done &&
		    memcmp(path, files->path[i - 1], n) == 0)
			continue;
		done = n;
		if (tidy_folder(s, path, undo, e) == -1 &&
		    !logfile_is_closed(e))
			return -1;
		*e = ERR_EMPTY;
	}
	return 0;
}
