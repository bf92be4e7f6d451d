/*
 * logswap - see the header.
 */
#include "logswap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "retention/fd.h"

#include "../sqlite/shred.h"

#define XATTR_MOST 65536

static int
side_name(const struct logfile *f, char ret[256], struct err *e)
{
	const int n = snprintf(ret, 256, ".%s" LOGSWAP_MARK "%" PRIu64 "-%" PRIu64,
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

bool
logswap_is_at(int dir_fd, const char *name, int fd)
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
	if (logswap_is_at(s->f->dir_fd, s->side, s->fd))
		(void)unlinkat(s->f->dir_fd, s->side, 0);
	fd_close(&s->fd);
}

int
logswap_bury(const struct logfile *f, const char *side, struct err *e)
{
	const struct shred_file old = { f->dir_fd, side, f->fd, f->st.st_size };

	if (!logswap_is_at(f->dir_fd, side, f->fd))
		return err_set(e, ERR_CHANGED, "an old log file was renamed or "
		    "linked by others; it is left beside");
	if (fsync(f->dir_fd) == -1)
		return err_sys(e, "sync a folder of log files");
	if (shred_overwrite(&old, e) == -1)
		return -1;
	/* Somebody came for it after all: what he writes is fetched later. */
	if (!logfile_still_alone(f) || !logswap_is_at(f->dir_fd, side, f->fd))
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

/* Nobody asked for the old file, `name` is still its only name, and the folder
 * is still where the store has it? */
static bool
is_ours(const struct logfile *f, const char *name)
{
	return logfile_still_alone(f) && logswap_is_at(f->dir_fd, name, f->fd) &&
	    logfile_is_in_place(f);
}

/* What lies at `side` gets its name back; not ours to erase, it is at least
 * not taken for a leftover. */
static void
give_back(const struct logfile *f, const char *side)
{
	if (renameat2(f->dir_fd, side, f->dir_fd, f->name,
	    RENAME_NOREPLACE) == -1 && !logswap_is_at(f->dir_fd, side, f->fd))
		(void)renameat2(f->dir_fd, side, f->dir_fd, side + 1,
		    RENAME_NOREPLACE);
}

/*
 * Undo an exchange; when the new file has gone on from the name, the other
 * gets a name if one is free.  Who opened the new file in between is held up by
 * its lease: for him it goes back into its place, and what comes to the old
 * one is fetched later.
 */
static void
exchange_back(struct logswap *s)
{
	const struct logfile *f = s->f;

	if (!logswap_is_at(f->dir_fd, f->name, s->fd)) {
		give_back(f, s->side);
		return;
	}
	if (renameat2(f->dir_fd, s->side, f->dir_fd, f->name,
	    RENAME_EXCHANGE) == 0) {
		if (logfile_is_leased(s->fd))
			return;
		if (renameat2(f->dir_fd, s->side, f->dir_fd, f->name,
		    RENAME_EXCHANGE) == -1)
			(void)renameat2(f->dir_fd, s->side, f->dir_fd,
			    s->side + 1, RENAME_NOREPLACE);
	}
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
	if (!is_ours(f, f->name) || !logfile_lease(s->fd)) {
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
	return logswap_bury(f, s->side, e);
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
	return logswap_bury(f, side, e);
}
