/*
 * logswap - see the header.
 */
#include "logswap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "retention/fd.h"

#include "../sqlite/shred.h"

#define MARK ".retentiond-"
#define XATTR_MOST 65536

static int
side_name(const struct logfile *f, char ret[256], struct err *e)
{
	const int n = snprintf(ret, 256, ".%s" MARK "%" PRIu64 "-%" PRIu64,
	    f->name, (uint64_t)f->st.st_ino, (uint64_t)f->st.st_size);

	if (n < 0 || n >= 256)
		return err_set(e, ERR_REFUSED, "a log file's name is too long to "
		    "write a new file beside it");
	return 0;
}

static int
copy_attributes(int from, int to, struct err *e)
{
	char *names = malloc(XATTR_MOST);
	char *value = malloc(XATTR_MOST);
	ssize_t n = names == NULL || value == NULL ? 0 :
	    flistxattr(from, names, XATTR_MOST);
	int rc = names == NULL || value == NULL ? -1 : 0;

	if (n == -1 && errno != ENOTSUP)
		rc = -1;
	for (char *p = names; rc == 0 && n > 0 && p < names + n;
	    p += strlen(p) + 1) {
		const ssize_t m = fgetxattr(from, p, value, XATTR_MOST);

		if (m == -1 || fsetxattr(to, p, value, (size_t)m, 0) == -1)
			rc = -1;
	}
	if (rc == -1)
		(void)err_sys(e, "copy the attributes of a log file");
	free(names);
	free(value);
	return rc;
}

/* Owner, group and mode; changing to what it is may be forbidden as well. */
static int
same_owner(int fd, const struct logfile *f, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == 0 &&
	    ((st.st_uid == f->st.st_uid && st.st_gid == f->st.st_gid) ||
	    fchown(fd, f->st.st_uid, f->st.st_gid) == 0) &&
	    fchmod(fd, f->st.st_mode & 07777) == 0)
		return 0;
	return err_sys(e, "give a new log file its owner and mode");
}

int
logswap_begin(struct logswap *s, struct logfile *f, struct err *e)
{
	*s = LOGSWAP_EMPTY;
	s->f = f;
	if (side_name(f, s->side, e) == -1)
		return -1;
	s->fd = openat(f->dir_fd, s->side, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd == -1)
		return err_sys(e, "make a file beside a log file");
	if (same_owner(s->fd, f, e) == 0 &&
	    copy_attributes(f->fd, s->fd, e) == 0)
		return 0;
	logswap_abort(s);
	return -1;
}

/* Is `name` the one name of the file that fd is open on?  No lease keeps
 * others from renaming or linking it. */
static bool
is_at(int dir_fd, const char *name, int fd)
{
	struct stat st, at;

	return fstat(fd, &st) == 0 && st.st_nlink == 1 &&
	    fstatat(dir_fd, name, &at, AT_SYMLINK_NOFOLLOW) == 0 &&
	    at.st_ino == st.st_ino && at.st_dev == st.st_dev;
}

void
logswap_abort(struct logswap *s)
{
	if (s->fd == -1)
		return;
	if (is_at(s->f->dir_fd, s->side, s->fd))
		(void)unlinkat(s->f->dir_fd, s->side, 0);
	fd_close(&s->fd);
}

/* Overwrite and remove the old file, which now lies at `side`. */
static int
bury(const struct logfile *f, const char *side, struct err *e)
{
	const struct shred_file old = { f->dir_fd, side, f->fd, f->st.st_size };

	if (!is_at(f->dir_fd, side, f->fd))
		return err_set(e, ERR_CHANGED, "an old log file was renamed or "
		    "linked by others; it is left beside");
	if (fsync(f->dir_fd) == -1)
		return err_sys(e, "sync a folder of log files");
	if (shred_overwrite(&old, e) == -1)
		return -1;
	/* Somebody came for it after all: what he writes is fetched later. */
	if (!logfile_still_alone(f) || !is_at(f->dir_fd, side, f->fd))
		return 0;
	if (unlinkat(f->dir_fd, side, 0) == -1)
		return err_sys(e, "remove an old log file");
	return fsync(f->dir_fd) == 0 ? 0 :
	    err_sys(e, "sync a folder of log files");
}

static int
busy(struct err *e)
{
	return err_set(e, ERR_BUSY, "somebody opened or renamed a log file while "
	    "it was rewritten; it is left for later");
}

/* Nobody asked for the old file, and `name` is still its only name? */
static bool
is_ours(const struct logfile *f, const char *name)
{
	return logfile_still_alone(f) && is_at(f->dir_fd, name, f->fd);
}

/* What lies at `side` gets its name back; not ours to erase, it is at least
 * not taken for a leftover. */
static void
give_back(const struct logfile *f, const char *side)
{
	if (renameat2(f->dir_fd, side, f->dir_fd, f->name,
	    RENAME_NOREPLACE) == -1 && !is_at(f->dir_fd, side, f->fd))
		(void)renameat2(f->dir_fd, side, f->dir_fd, side + 1,
		    RENAME_NOREPLACE);
}

/* Undo an exchange; when the new file has gone on from the name, the other
 * gets a name if one is free. */
static void
exchange_back(struct logswap *s)
{
	const struct logfile *f = s->f;

	if (!is_at(f->dir_fd, f->name, s->fd))
		give_back(f, s->side);
	else if (renameat2(f->dir_fd, s->side, f->dir_fd, f->name,
	    RENAME_EXCHANGE) == -1)
		fd_close(&s->fd);	/* tidied up later */
}

int
logswap_commit(struct logswap *s, struct err *e)
{
	const struct logfile *f = s->f;
	const struct timespec times[2] = { f->st.st_atim, f->st.st_mtim };

	if (futimens(s->fd, times) == -1 || fsync(s->fd) == -1) {
		(void)err_sys(e, "sync a new log file");
		goto out;
	}
	if (!is_ours(f, f->name)) {
		(void)busy(e);
		goto out;
	}
	if (renameat2(f->dir_fd, s->side, f->dir_fd, f->name,
	    RENAME_EXCHANGE) == -1) {
		(void)(errno == ENOENT ? busy(e) :
		    err_sys(e, "put a new log file in place"));
		goto out;
	}
	if (!is_ours(f, s->side)) {
		/* The opener waits on the old file: it gets its place back. */
		exchange_back(s);
		(void)busy(e);
		goto out;
	}
	fd_close(&s->fd);
	s->moved = true;
	return bury(f, s->side, e);
out:
	logswap_abort(s);
	return -1;
}

int
logswap_remove(struct logswap *s, struct logfile *f, struct err *e)
{
	char side[256];

	if (side_name(f, side, e) == -1)
		return -1;
	if (!is_ours(f, f->name))
		return busy(e);
	if (renameat2(f->dir_fd, f->name, f->dir_fd, side,
	    RENAME_NOREPLACE) == -1)
		return errno == ENOENT ? busy(e) :
		    err_sys(e, "remove a log file");
	if (!is_ours(f, side)) {
		give_back(f, side);
		return busy(e);
	}
	s->moved = true;
	return bury(f, side, e);
}

/* Lines that somebody wrote to the old file after it was replaced. */
static int
fetch(const struct logfile *old, const char *name, uint64_t size, struct err *e)
{
	char block[65536];
	off_t at = (off_t)size;
	struct stat st;
	int fd, rc = -1;

	if (old->format != NULL)
		return err_set(e, ERR_CHANGED, "a compressed log file grew while "
		    "it was replaced; it is left beside");
	fd = openat(old->dir_fd, name, O_WRONLY | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    old->st.st_mode & 0777);
	if (fd == -1)
		return err_sys(e, "open a log file to append");
	if (!is_at(old->dir_fd, name, fd) || fstat(fd, &st) == -1 ||
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

	for (const char *p = side; (p = strstr(p, MARK)) != NULL; p++)
		mark = p;
	if (side[0] != '.' || mark == NULL || mark - side < 2 ||
	    sscanf(mark + strlen(MARK), "%20" SCNu64 "-%20" SCNu64 "%c",
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
	return bury(f, f->name, e);
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
	else if (rc == -1 && e->code == ERR_REFUSED)
		rc = 0;		/* not made by us */
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
logswap_tidy(const struct rule_store *s, const struct logfile_set *files,
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
		if (tidy_folder(s, path, undo, e) == -1)
			return -1;
	}
	return 0;
}
