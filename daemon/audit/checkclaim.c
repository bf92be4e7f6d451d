/*
 * checkclaim - the list is made before the first record is read, so that a
 * trail that grows meanwhile can only be longer than it says.  The files of
 * anchor/ may be many: of each only its size is kept, and it is read when the
 * pass comes there.
 */
#include "checkclaim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#define MOST_CLAIMS 100000

/* Evidence by the ending of its name; it must be for the size in the name. */
struct checkclaim_kind {
	const char *suffix, *what;
};
static const struct checkclaim_kind kinds[] = {
	{ ".note", "a note in the anchor folder" },
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int
add(struct checkclaims *c, const struct checkclaim *one, struct err *e)
{
	struct checkclaim *more;

	if (c->n == MOST_CLAIMS)
		return err_set(e, ERR_INPUT, "more than %d notes beside the "
		    "trail", MOST_CLAIMS);
	if ((c->n & (c->n + 1)) == 0) {
		more = realloc(c->list, (2 * c->n + 2) * sizeof(*more));
		if (more == NULL)
			return err_set(e, ERR_MEMORY, "no memory");
		c->list = more;
	}
	c->list[c->n++] = *one;
	return 0;
}

/* The text of a note, before its signatures are looked at. */
static int
parse(const char *note, size_t n, struct note_checkpoint *ret)
{
	const char *end = n != 0 ? memmem(note, n, "\n\n", 2) : NULL;
	struct err e;

	return end != NULL && note_checkpoint_parse(note,
	    (size_t)(end - note) + 1, ret, &e) == 0 && ret->size != 0 ? 0 : -1;
}

/* 1: the bytes of a small regular file; 0: none; -1: failed.  A file that is
 * anything else is empty. */
static int
read_file(int dirfd, const char *name, int more_flags, struct buf *ret,
    struct err *e)
{
	struct stat st;
	int fd = openat(dirfd, name,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | more_flags);
	int rc = 1;

	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, "%s", name);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= NOTE_MOST_BYTES &&
	    fd_read_all(fd, NOTE_MOST_BYTES, ret, e) == -1)
		rc = -1;
	fd_close(&fd);
	return rc;
}

/* 1 added, 0 it is not a note, -1 failed. */
static int
add_note(struct checkclaims *c, const struct buf *b, struct checkclaim one,
    struct err *e)
{
	struct note_checkpoint cp;

	if (parse(buf_text(b), b->n, &cp) == -1)
		return 0;
	one.size = cp.size;
	memcpy(one.root, cp.root, 32);
	one.n_note = b->n;
	one.note = malloc(b->n);
	if (one.note == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	memcpy(one.note, b->data, b->n);
	if (add(c, &one, e) == 0)
		return 1;
	free(one.note);
	return -1;
}

static int
load_checkpoint(int dirfd, struct checkclaims *c, struct err *e)
{
	struct checkclaim one = { .what = "the checkpoint file" };
	struct buf b = BUF_EMPTY;
	int rc = read_file(dirfd, "checkpoint", O_NOFOLLOW, &b, e);

	if (rc == 1) {
		rc = add_note(c, &b, one, e);
		c->malformed += rc == 0;
	}
	buf_release(&b);
	return rc == -1 ? err_wrap(e, "checkpoint") : 0;
}

/* "<size>.<suffix>" without leading zeros; 1, or 0: another name. */
static int
anchor_name(const char *name, struct checkclaim *ret)
{
	size_t n = strspn(name, "0123456789");

	if (n == 0 || n > 18 || name[0] == '0')
		return 0;
	for (size_t i = 0; i < N_KINDS; i++) {
		if (strcmp(name + n, kinds[i].suffix) != 0)
			continue;
		*ret = (struct checkclaim){ .what = kinds[i].what,
			.size = strtoull(name, NULL, 10), .kind = &kinds[i] };
		return 1;
	}
	return 0;
}

static int
load_anchors(int dirfd, struct checkclaims *c, struct err *e)
{
	int fd = openat(dirfd, "anchor", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = NULL;
	struct dirent *entry;
	struct checkclaim one;
	int rc = 0;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd != -1)
		c->anchorfd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (c->anchorfd == -1 || (d = fdopendir(fd)) == NULL) {
		rc = err_sys(e, "anchor folder");
		fd_close(&fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, entry = readdir(d)) != NULL)
		if (anchor_name(entry->d_name, &one) == 1)
			rc = add(c, &one, e);
	if (rc == 0 && errno != 0)
		rc = err_sys(e, "anchor folder");
	(void)closedir(d);
	return rc;
}

int
checkclaim_load(int dirfd, struct checkclaims *ret, struct err *e)
{
	if (dirfd == -1)
		return 0;
	if (load_checkpoint(dirfd, ret, e) == -1)
		return -1;
	return load_anchors(dirfd, ret, e);
}

int
checkclaim_add_file(struct checkclaims *c, const char *path, struct err *e)
{
	struct checkclaim one = { .what = "a copy kept elsewhere",
		.outside = true };
	struct buf b = BUF_EMPTY;
	int rc = read_file(AT_FDCWD, path, 0, &b, e);

	if (rc == 0)
		rc = err_set(e, ERR_INPUT, "%s: no such file", path);
	else if (rc == 1 && (rc = add_note(c, &b, one, e)) == 0)
		rc = err_set(e, ERR_INPUT, "%s: not a checkpoint note", path);
	buf_release(&b);
	return rc == -1 ? -1 : 0;
}

int
checkclaim_add_root(struct checkclaims *c, const char *what, uint64_t size,
    const uint8_t root[32], struct err *e)
{
	struct checkclaim one = { .size = size, .what = what };

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
	fd_close(&c->anchorfd);
	*c = CHECKCLAIMS_EMPTY;
}

static const char *
judge_note(const struct checkclaim *c, const char *note, size_t n,
    const struct checkclaim_place *at, bool *ret_other)
{
	struct note_checkpoint cp, signed_cp;
	size_t n_text;
	struct err e;

	if (parse(note, n, &cp) == -1 || cp.size != c->size)
		return "is malformed";
	if (strcmp(cp.origin, at->keys[0].name) != 0) {
		*ret_other = c->outside;
		return "is of another trail";
	}
	if (note_verify(note, n, at->keys, at->n_keys, &n_text, NULL,
	    &e) == -1)
		return "is not signed by the key of its position";
	if (note_checkpoint_parse(note, n_text, &signed_cp, &e) == -1 ||
	    signed_cp.size != cp.size ||
	    memcmp(signed_cp.root, cp.root, 32) != 0)
		return "is malformed";
	if (at->root != NULL && memcmp(at->root, cp.root, 32) != 0)
		return "gives another root for this size: the records before "
		    "it are not those that were sealed";
	return NULL;
}

static const char *
judge_file(const struct checkclaims *all, const struct checkclaim *c,
    const struct checkclaim_place *at, bool *ret_other)
{
	struct buf b = BUF_EMPTY;
	char name[48];
	const char *bad;
	struct err e;

	(void)snprintf(name, sizeof(name), "%" PRIu64 "%s", c->size,
	    c->kind->suffix);
	if (read_file(all->anchorfd, name, O_NOFOLLOW, &b, &e) != 1)
		bad = "cannot be read";
	else
		bad = judge_note(c, buf_text(&b), b.n, at, ret_other);
	buf_release(&b);
	return bad;
}

const char *
checkclaim_judge(const struct checkclaims *all, const struct checkclaim *c,
    const struct checkclaim_place *at, bool *ret_other)
{
	*ret_other = false;
	if (c->note != NULL)
		return judge_note(c, c->note, c->n_note, at, ret_other);
	if (c->kind != NULL)
		return judge_file(all, c, at, ret_other);
	if (at->root != NULL && memcmp(at->root, c->root, 32) != 0)
		return "gives another root for this size: the records before "
		    "it are not those that were sealed";
	return NULL;
}
