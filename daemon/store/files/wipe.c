/*
 * wipe - batches of files, from a last check to a durable end.
 */
#include "wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "retention/fd.h"

#include "beneath.h"
#include "hold.h"
#include "sift.h"
#include "zero.h"

#define MOST_FILES 500
#define MOST_FOLDERS 250
#define MOST_BYTES ((off_t)256 << 20)
#define FEW 8			/* are synced each, not with everything else */

struct slot {
	struct wipe_item *item;
	const char *name;
	struct stat st;
	int dir;			/* one of folder */
	bool leased;
	bool marked;			/* bears our name */
	char mark[SIFT_NAME_BYTES];
};

struct batch {
	const struct wipe_job *job;
	struct err *why;
	size_t n, n_folders;
	off_t bytes;
	dev_t dev;
	char last[4096];		/* path of the last folder */
	int folder[MOST_FOLDERS];
	int fd[MOST_FILES];		/* of slot; -1: not to be erased */
	bool busy[MOST_FILES];
	struct slot slot[MOST_FILES];
};

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int
leave(struct batch *b, size_t i)
{
	b->slot[i].item->state = WIPE_LEFT;
	fd_close(&b->fd[i]);
	return 0;
}

static void
skip(struct batch *b, size_t i)
{
	b->slot[i].item->state = WIPE_SKIPPED;
	fd_close(&b->fd[i]);
}

/* The folder of an item: the last one or a new one. */
static int
folder_of(struct batch *b, const char *path)
{
	size_t n = (size_t)(base_of(path) - path);
	int fd;

	n -= n > 0;
	if (n >= sizeof(b->last)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (b->n_folders > 0 && strlen(b->last) == n &&
	    memcmp(b->last, path, n) == 0)
		return b->folder[b->n_folders - 1];
	memcpy(b->last, path, n);
	b->last[n] = '\0';
	fd = beneath_open(b->job->root, b->last);
	if (fd == -1) {
		if (b->n_folders > 0)
			b->last[0] = '/';	/* like no folder */
		return -1;
	}
	b->folder[b->n_folders++] = fd;
	return fd;
}

/* The last look: still the file that was chosen, and may it go? */
static void
check(struct batch *b, size_t i)
{
	struct slot *s = &b->slot[i];

	if (fstat(b->fd[i], &s->st) == -1) {
		(void)err_sys(b->why, "look at a file");
		leave(b, i);
	} else if (!S_ISREG(s->st.st_mode) || s->st.st_dev != b->dev ||
	    s->st.st_ino != s->item->ino || sift_judge(b->job->sift, s->name,
	    &s->st, NULL) != JUDGE_DUE) {
		skip(b, i);
	} else if (s->st.st_nlink != 1) {
		(void)err_set(b->why, ERR_REFUSED, "a file has %lu names (hard "
		    "links); the others would stay",
		    (unsigned long)s->st.st_nlink);
		leave(b, i);
	} else {
		int lease = hold_lease(b->fd[i]);

		s->leased = lease == 1;
		b->busy[i] = lease == 0;
	}
}

static void
take(struct batch *b, struct wipe_item *it)
{
	size_t i = b->n++;
	struct slot *s = &b->slot[i];

	*s = (struct slot){ .item = it, .name = base_of(it->path) };
	b->busy[i] = false;
	b->fd[i] = -1;
	s->dir = folder_of(b, it->path);
	if (s->dir != -1)
		b->fd[i] = openat(s->dir, s->name, O_RDWR | O_NOFOLLOW |
		    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (b->fd[i] != -1) {
		b->bytes += it->bytes;
		check(b, i);
		return;
	}
	/* Gone, or something else has its place. */
	if (errno == ENOENT || errno == ELOOP || errno == ENOTDIR ||
	    errno == EXDEV || errno == EISDIR || errno == ENXIO) {
		skip(b, i);
		return;
	}
	if (errno == EWOULDBLOCK || errno == ETXTBSY)
		(void)err_set(b->why, ERR_BUSY, "another process has a file "
		    "open");
	else
		(void)err_sys(b->why, "open a file");
	leave(b, i);
}

static void
drop_busy(struct batch *b)
{
	int ask[MOST_FILES];
	bool any = false;

	for (size_t i = 0; i < b->n; i++) {
		ask[i] = b->slot[i].leased || b->busy[i] ? -1 : b->fd[i];
		any |= ask[i] != -1;
	}
	if (any)
		hold_search(ask, b->n, b->busy);
	for (size_t i = 0; i < b->n; i++) {
		if (b->fd[i] == -1 || !b->busy[i])
			continue;
		(void)err_set(b->why, ERR_BUSY, "another process has a file "
		    "open");
		leave(b, i);
	}
}

static int
rename_new(int dir, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(dir, from, dir, to);
}

/* Back to its own name; where that is taken it keeps ours. */
static void
unmark(struct batch *b, size_t i)
{
	struct slot *s = &b->slot[i];

	if (s->marked && rename_new(s->dir, s->mark, s->name) == 0)
		s->marked = false;
}

/* From here on it is being erased, if what was renamed is what was checked. */
static void
mark(struct batch *b, size_t i)
{
	struct slot *s = &b->slot[i];
	struct stat at, st;

	sift_name(b->job->sift, b->job->ops[s->item->op], s->st.st_ino,
	    s->mark);
	if (strcmp(s->name, s->mark) != 0 &&
	    rename_new(s->dir, s->name, s->mark) == -1) {
		if (errno == ENOENT) {
			skip(b, i);
			return;
		}
		(void)err_sys(b->why, "rename a file");
		leave(b, i);
		return;
	}
	s->marked = true;
	if (fstatat(s->dir, s->mark, &at, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstat(b->fd[i], &st) == 0 && at.st_ino == st.st_ino &&
	    at.st_dev == st.st_dev && st.st_nlink == 1 &&
	    sift_judge(b->job->sift, s->name, &st, NULL) == JUDGE_DUE)
		return;
	unmark(b, i);
	skip(b, i);
}

static int
sync_folders(const struct batch *b)
{
	if (b->n > FEW)
		return syncfs(b->job->root);
	for (size_t i = 0; i < b->n_folders; i++)
		if (fsync(b->folder[i]) == -1)
			return -1;
	return 0;
}

static int
sync_content(const struct batch *b)
{
	if (b->n > FEW)
		return syncfs(b->job->root);
	for (size_t i = 0; i < b->n; i++)
		if (b->fd[i] != -1 && fdatasync(b->fd[i]) == -1)
			return -1;
	return 0;
}

static void
remove_one(struct batch *b, size_t i)
{
	struct slot *s = &b->slot[i];
	struct stat at;

	if (fstatat(s->dir, s->mark, &at, AT_SYMLINK_NOFOLLOW) == -1 ||
	    at.st_ino != s->st.st_ino || at.st_dev != s->st.st_dev ||
	    unlinkat(s->dir, s->mark, 0) == -1) {
		(void)err_sys(b->why, "remove a file");
		leave(b, i);
		return;
	}
	s->item->state = WIPE_ERASED;
	fd_close(&b->fd[i]);
}

/* The zeros go out, and not before they are down does a name go. */
static int
overwrite(struct batch *b, struct err *e)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->fd[i] != -1 && zero_file(b->fd[i], &b->slot[i].st,
		    b->why) == -1)
			leave(b, i);
	if (sync_content(b) == -1)
		return err_sys(e, "sync what was overwritten");
	for (size_t i = 0; i < b->n; i++)
		if (b->fd[i] != -1)
			remove_one(b, i);
	return 0;
}

static int
run(struct batch *b, struct err *e)
{
	drop_busy(b);
	for (size_t i = 0; i < b->n; i++)
		if (b->fd[i] != -1)
			mark(b, i);
	if (sync_folders(b) == -1) {
		(void)err_sys(e, "sync the folders");
		for (size_t i = 0; i < b->n; i++)
			unmark(b, i);
		return -1;
	}
	if (overwrite(b, e) == -1)
		return -1;
	if (b->n <= FEW && sync_folders(b) == -1)
		return err_sys(e, "sync the folders");
	return 0;
}

static void
clear(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		fd_close(&b->fd[i]);
	for (size_t i = 0; i < b->n_folders; i++)
		fd_close(&b->folder[i]);
	b->n = b->n_folders = 0;
	b->bytes = 0;
	b->last[0] = '\0';
}

/* Is something under the old name?  The same file would mean: not gone. */
static void
look_again(struct batch *b, struct wipe_item *it)
{
	struct stat st;
	int dir;

	if (b->n_folders == MOST_FOLDERS)
		clear(b);
	dir = folder_of(b, it->path);
	if (dir != -1 && fstatat(dir, base_of(it->path), &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == it->ino &&
	    sift_judge(b->job->sift, base_of(it->path), &st, NULL) ==
	    JUDGE_DUE)
		it->state = WIPE_LEFT;
}

static bool
is_halted(const struct wipe_job *job)
{
	return job->sink != NULL && job->sink->halted != NULL &&
	    job->sink->halted(job->sink->ctx);
}

int
wipe_run(const struct wipe_job *job, struct wipe_item *item, size_t n,
    struct err *why, struct err *e)
{
	struct batch *b = calloc(1, sizeof(*b));
	struct stat top;
	size_t i = 0;
	int rc = 0;

	if (b == NULL || fstat(job->root, &top) == -1) {
		free(b);
		return err_set(e, ERR_MEMORY, "no memory");
	}
	b->job = job;
	b->why = why;
	b->dev = top.st_dev;
	while (rc == 0 && i < n && !is_halted(job)) {
		for (; i < n && b->n < MOST_FILES && b->bytes < MOST_BYTES &&
		    b->n_folders < MOST_FOLDERS; i++)
			if (item[i].state == WIPE_CHOSEN)
				take(b, &item[i]);
		rc = run(b, e);
		clear(b);
	}
	if (rc == 0 && n > FEW && syncfs(job->root) == -1)
		rc = err_sys(e, "sync the folders");
	for (i = 0; i < n; i++)
		if (item[i].state == WIPE_ERASED)
			look_again(b, &item[i]);
	clear(b);
	free(b);
	return rc;
}

const char *
wipe_assurance(int fd)
{
	static const unsigned long in_place[] = { EXT4_SUPER_MAGIC,
		XFS_SUPER_MAGIC, TMPFS_MAGIC, RAMFS_MAGIC, MSDOS_SUPER_MAGIC };
	struct statfs fs;

	for (size_t i = 0; fstatfs(fd, &fs) == 0 &&
	    i < sizeof(in_place) / sizeof(*in_place); i++)
		if ((unsigned long)fs.f_type == in_place[i])
			return "overwritten-in-place";
	return "logical-only";
}
