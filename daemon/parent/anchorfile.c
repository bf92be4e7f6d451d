#include "anchorfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/sha256.h"

#define FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)

static void
name_of(uint64_t size, enum anchor_kind kind, char ret[64])
{
	(void)snprintf(ret, 64, "%" PRIu64 "%s", size, anchor_suffix(kind));
}

static int
folder(int dirfd, const char *name, int *ret, struct err *e)
{
	if (mkdirat(dirfd, name, 0700) == -1 && errno != EEXIST)
		return err_sys(e, "folder %s", name);
	*ret = openat(dirfd, name, FOLDER);
	if (*ret == -1)
		return err_sys(e, "folder %s", name);
	if (fsync(dirfd) == -1)
		return err_sys(e, "sync of a folder");
	return 0;
}

/* Through all entries; each() may remove the one that it is given. */
static void
each(int fd, void (*act)(void *ctx, int dirfd, const char *name), void *ctx)
{
	int again = openat(fd, ".", FOLDER);
	DIR *d = again != -1 ? fdopendir(again) : NULL;
	struct dirent *entry;

	if (d == NULL)
		fd_close(&again);
	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			act(ctx, fd, entry->d_name);
	if (d != NULL)
		(void)closedir(d);
}

static void
remove_one(void *ctx, int dirfd, const char *name)
{
	(void)ctx;
	(void)unlinkat(dirfd, name, 0);
}

static struct wall
written(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (struct wall){ 0 };
	return (struct wall){ (int64_t)st.st_mtim.tv_sec * 1000 +
	    st.st_mtim.tv_nsec / 1000000 };
}

static int
read_note(int dirfd, uint64_t size, struct buf *ret, struct err *e)
{
	char name[64];
	int fd, rc;

	name_of(size, ANCHOR_COPY, name);
	fd = openat(dirfd, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return err_sys(e, "the checkpoint that was handed out");
	rc = fd_read_all(fd, NOTE_MOST_BYTES, ret, e);
	fd_close(&fd);
	return rc;
}

static void
remember(struct anchorfile *f, uint64_t size, struct wall at,
    const struct buf *note)
{
	struct anchorfile_sent *s = &f->sent[f->next++ % ANCHORFILE_SENT];
	char name[64];

	if (s->size != 0 && s->size != size) {
		name_of(s->size, ANCHOR_COPY, name);
		(void)unlinkat(f->sentfd, name, 0);
	}
	s->size = size;
	s->at = at;
	sha256_once(note->data, note->n, s->sha256);
}

/* Of an earlier life: an answer may still be under way. */
static void
recall(void *ctx, int dirfd, const char *name)
{
	struct anchorfile *f = ctx;
	struct buf note = BUF_EMPTY;
	enum anchor_kind kind;
	uint64_t size;
	struct err e;

	if (anchor_file(name, &size, &kind) == -1 || kind != ANCHOR_COPY)
		(void)unlinkat(dirfd, name, 0);
	else if (read_note(dirfd, size, &note, &e) == 0)
		remember(f, size, written(dirfd, name), &note);
	buf_release(&note);
}

int
anchorfile_open(const char *state, struct anchorfile *ret, struct err *e)
{
	struct anchorfile f = { -1, -1, -1, -1, -1, .next = 0 };
	int fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, "%s", state);
	if (folder(fd, "hook", &f.hookfd, e) == -1 ||
	    folder(f.hookfd, "sent", &f.sentfd, e) == -1 ||
	    folder(f.hookfd, "out", &f.outfd, e) == -1 ||
	    folder(fd, "trail", &f.trailfd, e) == -1 ||
	    folder(f.trailfd, "anchor", &f.anchorfd, e) == -1) {
		fd_close(&fd);
		anchorfile_close(&f);
		return err_wrap(e, "%s", state);
	}
	fd_close(&fd);
	each(f.sentfd, recall, &f);
	*ret = f;
	return 0;
}

void
anchorfile_close(struct anchorfile *f)
{
	fd_close(&f->hookfd);
	fd_close(&f->sentfd);
	fd_close(&f->outfd);
	fd_close(&f->anchorfd);
	fd_close(&f->trailfd);
}

struct newest {
	struct wall at;
	uint64_t size;
};

static void
newest(void *ctx, int dirfd, const char *name)
{
	struct wall at = written(dirfd, name);
	struct newest *n = ctx;
	enum anchor_kind kind;
	uint64_t size;

	if (anchor_file(name, &size, &kind) == -1)
		return;
	if (at.ms > n->at.ms)
		n->at = at;
	if (size > n->size)
		n->size = size;
}

struct wall
anchorfile_last(const struct anchorfile *f, uint64_t *ret_size)
{
	struct newest n = { .size = 0 };

	each(f->anchorfd, newest, &n);
	*ret_size = n.size;
	return n.at;
}

int
anchorfile_send(struct anchorfile *f, const struct note_checkpoint *cp,
    const struct buf *note, struct wall now, struct err *e)
{
	uint8_t sha256[32];
	char name[64];

	each(f->outfd, remove_one, NULL);
	name_of(cp->size, ANCHOR_COPY, name);
	sha256_once(note->data, note->n, sha256);
	for (size_t i = 0; i < ANCHORFILE_SENT; i++)
		if (f->sent[i].size == cp->size &&
		    memcmp(f->sent[i].sha256, sha256, 32) == 0)
			return 0;	/* handed out before */
	if (fd_replace_at(f->sentfd, name, 0400, note->data, note->n, e) == -1)
		return err_wrap(e, "hand out a checkpoint");
	remember(f, cp->size, now, note);
	return 0;
}

int
anchorfile_sent(const struct anchorfile *f, uint64_t size,
    struct buf *ret_note, struct wall *ret_at, struct err *e)
{
	uint8_t sha256[32];

	for (size_t i = 0; i < ANCHORFILE_SENT; i++) {
		const struct anchorfile_sent *s = &f->sent[i];

		if (s->size != size)
			continue;
		if (read_note(f->sentfd, size, ret_note, e) == -1)
			return -1;
		sha256_once(buf_text(ret_note), ret_note->n, sha256);
		if (memcmp(sha256, s->sha256, 32) != 0)
			return err_set(e, ERR_INPUT, "the checkpoint that was "
			    "handed out has been changed");
		*ret_at = s->at;
		return 0;
	}
	return err_set(e, ERR_INPUT, "it is for a checkpoint that was not "
	    "handed out, or long ago");
}

int
anchorfile_keep(const struct anchorfile *f, uint64_t size,
    const struct buf *note, enum anchor_kind kind, const struct buf *evidence,
    struct err *e)
{
	char beside[64], name[64];

	name_of(size, ANCHOR_COPY, beside);
	name_of(size, kind, name);
	if (faccessat(f->anchorfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (kind != ANCHOR_COPY && fd_replace_at(f->anchorfd, beside, 0600,
	    note->data, note->n, e) == -1)
		return err_wrap(e, "anchor folder");
	if (fd_replace_at(f->anchorfd, name, 0600, evidence->data,
	    evidence->n, e) == -1)
		return err_wrap(e, "anchor folder");
	return 0;
}

bool
anchorfile_has_copy(const char *path, const char *origin)
{
	size_t n = strlen(origin);
	DIR *d = opendir(path);
	struct dirent *entry;
	char head[NOTE_NAME_BYTES];
	bool has = false;

	while (d != NULL && !has && (entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name);
		int fd;

		if (len < 6 || strcmp(entry->d_name + len - 5, ".note") != 0)
			continue;
		fd = openat(dirfd(d), entry->d_name, O_RDONLY | O_CLOEXEC |
		    O_NONBLOCK);
		has = fd != -1 && read(fd, head, n + 1) == (ssize_t)n + 1 &&
		    memcmp(head, origin, n) == 0 && head[n] == '\n';
		fd_close(&fd);
	}
	if (d != NULL)
		(void)closedir(d);
	return has;
}
