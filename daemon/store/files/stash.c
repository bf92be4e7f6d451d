/*
 * stash - a rename within one file system is one step: before it or after it
 * the file is whole.
 */
#include "stash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/sha256.h"

#include "beneath.h"
#include "hold.h"
#include "wipe.h"

/* Hidden files belong to rows, and those to operations: none of their own. */
static const uint8_t no_op[1][COMMIT_OP_BYTES];

int
stash_init(struct stash *s, const char *root, const char *full,
    const char *file, struct err *e)
{
	s->n = 0;
	sift_init_ours(&s->sift, full, file);
	s->root = beneath_root(root, e);
	return s->root == -1 ? -1 : 0;
}

void
stash_release(struct stash *s)
{
	stash_forget(s);
	fd_close(&s->root);
}

void
stash_forget(struct stash *s)
{
	while (s->n > 0)
		free(s->hidden[--s->n].path);
}

static void
mark_of(const struct stash *s, const char *path, char ret[SIFT_NAME_BYTES])
{
	uint8_t hash[SHA256_BYTES];
	size_t number;

	sha256_once(path, strlen(path), hash);
	memcpy(&number, hash, sizeof(number));
	sift_name(&s->sift, no_op[0], number, ret);
}

/* The folder of a path and the name in it. */
static int
open_folder(const struct stash *s, const char *path, const char **ret_name)
{
	char folder[STASH_MOST_PATH] = "";
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	if (slash)
		memcpy(folder, path, (size_t)(slash - path));
	return beneath_open(s->root, folder);
}

static int
refuse(struct err *why)
{
	if (errno == ELOOP || errno == EXDEV)
		return err_set(why, ERR_REFUSED, "a row's file is reached "
		    "through a link or another file system: it stays, and so "
		    "does the row");
	return err_sys(why, "a row's file");
}

/* 0: it may go, 1: there is none, -1: refused. */
static int
open_file(const struct stash *s, int dir, const char *name, struct stat *st,
    int *ret_fd, struct err *why)
{
	int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return errno == ENOENT ? 1 : refuse(why);
	*ret_fd = fd;
	if (fstat(fd, st) == -1 || !S_ISREG(st->st_mode))
		return err_set(why, ERR_REFUSED, "what a row names is not a "
		    "file: it stays, and so does the row");
	if (st->st_nlink != 1)
		return err_set(why, ERR_REFUSED, "a row's file has %lu names "
		    "(hard links): it stays, and so does the row",
		    (unsigned long)st->st_nlink);
	if (!hold_alone(s->holders, fd))
		return err_set(why, ERR_BUSY, "another process has a row's "
		    "file open, or that is not known");
	return 0;
}

static int
rename_file(const struct stash *s, int dir, const char *name,
    struct stash_file *h, const struct stat *st, struct err *why)
{
	struct stat after;

	if (renameat2(dir, name, s->root, h->mark, RENAME_NOREPLACE) == -1)
		return errno == ENOENT ? 1 : err_sys(why, "rename a row's "
		    "file");
	h->ino = st->st_ino;
	h->bytes = st->st_size;
	if (fstatat(s->root, h->mark, &after, AT_SYMLINK_NOFOLLOW) == 0 &&
	    after.st_ino == st->st_ino && after.st_dev == st->st_dev)
		return 0;
	(void)renameat2(s->root, h->mark, dir, name, RENAME_NOREPLACE);
	return err_set(why, ERR_CHANGED, "a row's file was replaced under "
	    "way");
}

int
stash_hide(struct stash *s, size_t i, const char *path, struct err *why)
{
	struct stash_file h = { .i = i };
	struct stat st;
	const char *name;
	int fd = -1, dir = open_folder(s, path, &name), rc;

	if (dir == -1)
		return errno == ENOENT || errno == ENOTDIR ? 1 : refuse(why);
	mark_of(s, path, h.mark);
	rc = open_file(s, dir, name, &st, &fd, why);
	if (rc == 0 && (h.path = strdup(path)) == NULL)
		rc = err_set(why, ERR_MEMORY, "no memory");
	if (rc == 0)
		rc = rename_file(s, dir, name, &h, &st, why);
	if (rc == 0)
		s->hidden[s->n++] = h;
	else
		free(h.path);
	fd_close(&fd);
	fd_close(&dir);
	return rc;
}

static int
restore(const struct stash *s, const char *mark, const char *path)
{
	const char *name;
	int dir = open_folder(s, path, &name), rc;

	if (dir == -1)
		return -1;
	rc = renameat2(s->root, mark, dir, name, RENAME_NOREPLACE);
	fd_close(&dir);
	return rc;
}

void
stash_undo(struct stash *s, size_t i)
{
	struct stash_file *h;

	if (s->n == 0 || s->hidden[s->n - 1].i != i)
		return;
	h = &s->hidden[--s->n];
	(void)restore(s, h->mark, h->path);
	free(h->path);
}

/* A rename is one step of a file system's journal: when its target is down,
 * so is its source. */
int
stash_seal(const struct stash *s, struct err *e)
{
	return s->n == 0 || fsync(s->root) == 0 ? 0 :
	    err_sys(e, "sync files.root");
}

int
stash_list(struct stash *s, bool *ret_more, struct err *e)
{
	int fd = beneath_open(s->root, "");
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d) {
		(void)err_sys(e, "read files.root");
		fd_close(&fd);
		return -1;
	}
	while (s->n < STASH_MOST && (de = readdir(d))) {
		struct stash_file *h = &s->hidden[s->n];
		struct stat st;

		if (!sift_is_ours(&s->sift, de->d_name) ||
		    fstatat(fd, de->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		*h = (struct stash_file){ .ino = st.st_ino,
			.bytes = st.st_size };
		(void)snprintf(h->mark, sizeof(h->mark), "%.*s",
		    SIFT_NAME_BYTES - 1, de->d_name);
		s->n++;
	}
	*ret_more = s->n == STASH_MOST;
	closedir(d);
	return 0;
}

int
stash_return(struct stash *s, const char *path, struct err *why)
{
	char mark[SIFT_NAME_BYTES];

	mark_of(s, path, mark);
	for (size_t k = 0; k < s->n; k++) {
		if (strcmp(s->hidden[k].mark, mark) != 0)
			continue;
		if (restore(s, mark, path) == -1)
			return err_sys(why, "give the hidden file of a row "
			    "that is still there its name back");
		free(s->hidden[k].path);
		s->hidden[k] = s->hidden[--s->n];
		return 0;
	}
	return 0;
}

int
stash_erase(struct stash *s, struct err *why, struct err *e)
{
	struct wipe_item item[STASH_MOST] = { 0 };
	struct wipe_job job = { s->root, s->holders, &s->sift, no_op, NULL };
	int rc = 0;

	for (size_t k = 0; k < s->n; k++)
		item[k] = (struct wipe_item){ .path = s->hidden[k].mark,
			.ino = s->hidden[k].ino, .bytes = s->hidden[k].bytes };
	if (s->n > 0)
		rc = wipe_run(&job, item, s->n, why, e);
	for (size_t k = 0; k < s->n; k++)
		s->hidden[k].erased = item[k].state == WIPE_ERASED ||
		    item[k].state == WIPE_SKIPPED;
	return rc;
}
