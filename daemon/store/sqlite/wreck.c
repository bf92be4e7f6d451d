/*
 * wreck - one SQLite file and its side files, checked, overwritten, removed.
 */
#include "wreck.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "shred.h"

static const char *const sides[] = { "-journal", "-wal", "-shm", "" };

#define N_SIDES (sizeof(sides) / sizeof(*sides))

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

struct set {				/* a main file and its side files */
	int dir_fd;
	char *name[N_SIDES];		/* owned */
	struct shred_file file[N_SIDES];
};

static void
set_release(struct set *s)
{
	for (size_t i = 0; i < N_SIDES; i++) {
		fd_close(&s->file[i].fd);
		free(s->name[i]);
	}
	fd_close(&s->dir_fd);
}

static int
set_open(struct set *s, const char *path, struct err *e)
{
	size_t n_dir = (size_t)(base_of(path) - path);
	char *dir = n_dir ? strndup(path, n_dir) : strdup(".");

	*s = (struct set){ .dir_fd = -1 };
	for (size_t i = 0; i < N_SIDES; i++)
		s->file[i].fd = -1;
	if (!dir)
		return err_set(e, ERR_MEMORY, "no memory");
	s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (s->dir_fd == -1)
		return err_sys(e, "open the folder");
	for (size_t i = 0; i < N_SIDES; i++) {
		if (asprintf(&s->name[i], "%s%s", base_of(path),
		    sides[i]) == -1) {
			s->name[i] = NULL;
			return err_set(e, ERR_MEMORY, "no memory");
		}
		s->file[i].dir_fd = s->dir_fd;
		s->file[i].name = s->name[i];
		if (shred_open(&s->file[i], e) == -1)
			return -1;
	}
	return 0;
}

/* What a pattern finds may be somebody else's file.  Empty, or zeros at the
 * beginning: a database whose destruction was interrupted. */
static int
is_database(const struct shred_file *f, struct err *e)
{
	static const char zeros[16];
	char head[sizeof(zeros)] = { 0 };
	ssize_t n = pread(f->fd, head, sizeof(head), 0);

	if (n == -1)
		return err_sys(e, "read a file of the store");
	if (memcmp(head, zeros, (size_t)n) == 0 ||
	    (n == sizeof(head) && memcmp(head, "SQLite format 3", 16) == 0))
		return 0;
	return err_set(e, ERR_REFUSED, "a file that the pattern matches is no "
	    "SQLite database, or an encrypted one: name it without a pattern");
}

/* Everything is checked before anything is overwritten. */
static int
destroy_set(struct set *s, const struct rule_store *store, struct err *e)
{
	const struct shred_file *file = &s->file[N_SIDES - 1];

	if (rule_path_is_glob(store->path) && file->fd != -1 &&
	    is_database(file, e) == -1)
		return -1;
	for (size_t i = 0; i < N_SIDES; i++)
		if (s->file[i].fd != -1 && shred_alone(&s->file[i],
		    store->holders, e) == -1)
			return -1;
	for (size_t i = 0; i < N_SIDES; i++)
		if (s->file[i].fd != -1 &&
		    (shred_overwrite(&s->file[i], e) == -1 ||
		    shred_remove(&s->file[i], e) == -1))
			return -1;
	return fsync(s->dir_fd) == 0 ? 0 : err_sys(e, "sync the folder");
}

int
wreck_file(const struct rule_store *store, const char *path, struct err *e)
{
	struct set s;
	int rc = set_open(&s, path, e);

	if (rc == 0)
		rc = destroy_set(&s, store, e);
	set_release(&s);
	return rc;
}
