/*
 * checkclaim - notes kept beside the trail (the newest checkpoint, copies in
 * anchor/) and the head from the ledger.  Read before the first record, so
 * that a trail that grows meanwhile can only be longer than they say.
 */
#include "checkclaim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#define MOST_CLAIMS 4096

static int
add(struct checkclaims *c, const struct checkclaim *one, struct err *e)
{
	struct checkclaim *more;

	if (c->n == MOST_CLAIMS)
		return err_set(e, ERR_INPUT, "more than %d notes beside the "
		    "trail", MOST_CLAIMS);
	more = realloc(c->list, (c->n + 1) * sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	c->list = more;
	c->list[c->n++] = *one;
	return 0;
}

/* Where the text of a note ends, before its signatures were looked at. */
static int
parse(const char *note, size_t n, struct checkclaim *ret)
{
	struct note_checkpoint cp;
	const char *end = n != 0 ? memmem(note, n, "\n\n", 2) : NULL;
	struct err e;

	if (end == NULL || note_checkpoint_parse(note,
	    (size_t)(end - note) + 1, &cp, &e) == -1 || cp.size == 0)
		return -1;
	ret->size = cp.size;
	memcpy(ret->root, cp.root, 32);
	memcpy(ret->origin, cp.origin, sizeof(ret->origin));
	return 0;
}

/* A file that is there but is no note counts as malformed. */
static int
load_file(int dirfd, const char *name, const char *what,
    struct checkclaims *c, struct err *e)
{
	struct checkclaim one = { .note = NULL };
	struct buf b = BUF_EMPTY;
	struct stat st;
	int fd = openat(dirfd, name,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	int rc = 0;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1)
		return err_sys(e, "%s", what);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size > NOTE_MOST_BYTES)
		c->malformed++;
	else if (fd_read_all(fd, NOTE_MOST_BYTES, &b, e) == -1)
		rc = -1;
	else if (parse(buf_text(&b), b.n, &one) == -1)
		c->malformed++;
	else if ((one.note = malloc(b.n)) == NULL)
		rc = err_set(e, ERR_MEMORY, "no memory");
	if (one.note != NULL) {
		memcpy(one.note, b.data, b.n);
		one.n_note = b.n;
		(void)snprintf(one.what, sizeof(one.what), "%s", what);
		rc = add(c, &one, e);
		if (rc == -1)
			free(one.note);
	}
	buf_release(&b);
	fd_close(&fd);
	return rc;
}

static bool
is_note(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".note") == 0;
}

static int
load_anchors(int dirfd, struct checkclaims *c, struct err *e)
{
	int fd = openat(dirfd, "anchor", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int rc = 0;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (d == NULL) {
		rc = err_sys(e, "anchor folder");
		fd_close(&fd);
		return rc;
	}
	while (rc == 0 && (entry = readdir(d)) != NULL)
		if (is_note(entry->d_name))
			rc = load_file(fd, entry->d_name,
			    "a note in the anchor folder", c, e);
	(void)closedir(d);
	return rc;
}

int
checkclaim_load(int dirfd, struct checkclaims *ret, struct err *e)
{
	if (dirfd == -1)
		return 0;
	if (load_file(dirfd, "checkpoint", "the checkpoint file", ret, e) == -1)
		return -1;
	return load_anchors(dirfd, ret, e);
}

int
checkclaim_add_head(struct checkclaims *c, uint64_t size,
    const uint8_t root[32], struct err *e)
{
	struct checkclaim one = { .size = size, .what = "the ledger" };

	memcpy(one.root, root, 32);
	return add(c, &one, e);
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = ((const struct checkclaim *)a)->size;
	uint64_t y = ((const struct checkclaim *)b)->size;

	return x < y ? -1 : x > y;
}

void
checkclaim_sort(struct checkclaims *c)
{
	if (c->n != 0)
		qsort(c->list, c->n, sizeof(*c->list), ascending);
}

void
checkclaim_release(struct checkclaims *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->list[i].note);
	free(c->list);
	*c = (struct checkclaims){ .list = NULL };
}

const char *
checkclaim_judge(const struct checkclaim *c, const char *origin,
    const struct note_key *keys, size_t n_keys, const uint8_t root[32])
{
	struct note_checkpoint cp;
	size_t n_text;
	struct err e;

	if (c->note != NULL) {
		if (strcmp(c->origin, origin) != 0)
			return "is of another trail";
		if (note_verify(c->note, c->n_note, keys, n_keys, &n_text,
		    NULL, &e) == -1)
			return "is not signed by the key of its position";
		if (note_checkpoint_parse(c->note, n_text, &cp, &e) == -1 ||
		    cp.size != c->size || memcmp(cp.root, c->root, 32) != 0)
			return "is malformed";
	}
	if (root != NULL && memcmp(root, c->root, 32) != 0)
		return "gives another root for this size: the records before "
		    "it are not those that were sealed";
	return NULL;
}
