/*
 * batch - the last looks at a file, and what is done to it.
 */
#include "batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "retention/fd.h"

#include "beneath.h"
#include "hold.h"
#include "zero.h"

#define LARGE (32 << 10)	/* smaller ones are left to the sync, as one */

const char *
batch_name(const char *path)
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
int
batch_folder(struct batch *b, const char *path)
{
	size_t n = (size_t)(batch_name(path) - path);
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

void
batch_take(struct batch *b, struct wipe_item *it)
{
	size_t i = b->n++;
	struct slot *s = &b->slot[i];

	*s = (struct slot){ .item = it, .name = batch_name(it->path) };
	b->busy[i] = false;
	b->fd[i] = -1;
	s->dir = batch_folder(b, it->path);
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
	int ask[BATCH_MOST_FILES];
	bool any = false;

	for (size_t i = 0; i < b->n; i++) {
		ask[i] = b->slot[i].leased || b->busy[i] ? -1 : b->fd[i];
		any |= ask[i] != -1;
	}
	if (any)
		hold_search(b->job->holders, ask, b->n, b->busy);
	for (size_t i = 0; i < b->n; i++) {
		if (b->fd[i] == -1 || !b->busy[i])
			continue;
		(void)err_set(b->why, ERR_BUSY, "another process has a file "
		    "open, or that is not known");
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
unmark_one(struct batch *b, size_t i)
{
	struct slot *s = &b->slot[i];

	if (s->marked && rename_new(s->dir, s->mark, s->name) == 0)
		s->marked = false;
}

/* From here on it is being erased, if what was renamed is what was checked. */
static void
mark_one(struct batch *b, size_t i)
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
	unmark_one(b, i);
	skip(b, i);
}

void
batch_mark(struct batch *b)
{
	drop_busy(b);
	for (size_t i = 0; i < b->n; i++)
		if (b->fd[i] != -1)
			mark_one(b, i);
}

void
batch_unmark(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		unmark_one(b, i);
}

int
batch_sync_folders(const struct batch *b)
{
	for (size_t i = 0; i < b->n_folders; i++)
		if (fsync(b->folder[i]) == -1)
			return -1;
	return 0;
}

int
batch_sync_content(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->fd[i] != -1 && fdatasync(b->fd[i]) == -1)
			return -1;
	return 0;
}

/* It leads elsewhere, or nowhere: not that it could not be followed now. */
static bool
is_another_way(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP ||
	    error == EXDEV;
}

/* Does the path of a slot's folder still lead to it?  Who moves a folder takes
 * along what is in it, and what was opened stays open.  -1: it cannot be told. */
static int
is_in_place(struct batch *b, const struct slot *s)
{
	char path[sizeof(b->last)];
	const char *name = batch_name(s->item->path);
	size_t n = (size_t)(name - s->item->path);
	struct stat there, here;
	int fd;

	if (s->dir == b->confirmed)
		return 1;
	n -= n > 0;
	memcpy(path, s->item->path, n);	/* it fitted once */
	path[n] = '\0';
	fd = beneath_open(b->job->root, path);
	if (fd == -1)
		return is_another_way(errno) ? 0 :
		    err_sys(b->why, "open a folder");
	if (fstat(fd, &there) == 0 && fstat(s->dir, &here) == 0 &&
	    there.st_ino == here.st_ino && there.st_dev == here.st_dev)
		b->confirmed = s->dir;
	fd_close(&fd);
	return s->dir == b->confirmed;
}

bool
batch_confirm(struct batch *b, size_t i)
{
	struct slot *s = &b->slot[i];
	int there = is_in_place(b, s);

	if (there == 0) {
		unmark_one(b, i);
		skip(b, i);
	} else if (there == -1) {
		unmark_one(b, i);
		leave(b, i);
	} else if (s->leased && !hold_is_kept(b->fd[i])) {
		unmark_one(b, i);
		(void)err_set(b->why, ERR_BUSY, "another process came for a "
		    "file");
		leave(b, i);
	}
	return b->fd[i] != -1;
}

/* The zeros begin to go out while other files are looked at. */
void
batch_overwrite(struct batch *b, size_t i)
{
	if (zero_file(b->fd[i], &b->slot[i].st, b->why) == -1)
		leave(b, i);
	else if (b->slot[i].st.st_size >= LARGE)
		(void)sync_file_range(b->fd[i], 0, 0, SYNC_FILE_RANGE_WRITE);
}

void
batch_remove(struct batch *b, size_t i)
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
	s->gone = true;
	fd_close(&b->fd[i]);
}

void
batch_clear(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		fd_close(&b->fd[i]);
	for (size_t i = 0; i < b->n_folders; i++)
		fd_close(&b->folder[i]);
	b->n = b->n_folders = 0;
	b->confirmed = -1;
	b->bytes = 0;
	b->last[0] = '\0';
}

