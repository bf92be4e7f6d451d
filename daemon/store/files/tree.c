/*
 * tree - walks folders by descriptors: what is renamed, replaced by a link or
 * moved away meanwhile is not followed.
 */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/fd.h"

#include "beneath.h"

struct level {
	DIR *dir;			/* owned */
	size_t n_path;			/* length of its path with the slash */
};

struct tree {
	struct level level[TREE_MOST_DEPTH];
	size_t depth;
	dev_t dev;
	struct buf path;
	struct tree_seen seen;
};

static int
enter(struct tree *t, int fd)
{
	DIR *dir = fdopendir(fd);

	if (dir == NULL) {
		fd_close(&fd);
		return -1;
	}
	t->level[t->depth++] = (struct level){ dir, t->path.n };
	return 0;
}

struct tree *
tree_new(int root)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct stat st;
	int fd = beneath_open(root, "");

	if (t == NULL || fd == -1 || fstat(fd, &st) == -1) {
		fd_close(&fd);
		free(t);
		return NULL;
	}
	t->dev = st.st_dev;
	if (enter(t, fd) == -1) {
		free(t);
		return NULL;
	}
	return t;
}

void
tree_free(struct tree *t)
{
	if (t == NULL)
		return;
	while (t->depth > 0)
		closedir(t->level[--t->depth].dir);
	buf_release(&t->path);
	free(t);
}

static void
enter_folder(struct tree *t, struct level *in, const char *name)
{
	int fd = -1;

	if (t->depth < TREE_MOST_DEPTH)
		fd = beneath_open(dirfd(in->dir), name);
	if (fd == -1 && t->depth < TREE_MOST_DEPTH && errno == ENOENT)
		return;			/* gone meanwhile */
	buf_puts(&t->path, "/");
	if (fd == -1 || enter(t, fd) == -1)
		t->seen.closed++;
}

/* 1: a file; 0: something else, dealt with. */
static int
look(struct tree *t, struct level *in, const char *name,
    struct tree_file *ret)
{
	struct stat st;

	if (fstatat(dirfd(in->dir), name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		t->seen.closed += errno != ENOENT;
		return 0;
	}
	t->path.n = in->n_path;
	buf_puts(&t->path, name);
	if (S_ISDIR(st.st_mode)) {
		enter_folder(t, in, name);
		return 0;
	}
	if (!S_ISREG(st.st_mode) || st.st_dev != t->dev) {
		t->seen.others++;
		return 0;
	}
	*ret = (struct tree_file){ .path = buf_text(&t->path),
		.name = buf_text(&t->path) + in->n_path, .st = st };
	return 1;
}

int
tree_next(struct tree *t, struct tree_file *ret, struct err *e)
{
	while (t->depth > 0) {
		struct level *in = &t->level[t->depth - 1];
		struct dirent *d;

		errno = 0;
		d = readdir(in->dir);
		if (d == NULL) {
			t->seen.closed += errno != 0;
			closedir(in->dir);
			t->depth--;
			continue;
		}
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;

		int rc = look(t, in, d->d_name, ret);

		if (buf_failed(&t->path))
			return err_set(e, ERR_MEMORY, "no memory");
		if (rc == 1)
			return 1;
	}
	return 0;
}

const struct tree_seen *
tree_seen(const struct tree *t)
{
	return &t->seen;
}
