/*
 * trailprune - first the file that a verification begins with, then the items
 * of a segment's operations, then that segment, from the oldest on: what is
 * left to do can always be told from what is there.
 */
#include "trailprune.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "retention/commit.h"
#include "retention/fd.h"
#include "retention/record.h"

#include "trailsegs.h"

#define PRUNED_MOST 65536

static int
remove_one(int dirfd, const char *name, struct err *e)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	return err_sys(e, "%s: unlink", name);
}

/* The items of the operation of an intent; most have no file. */
static int
drop_items(int itemsfd, const char *line, struct err *e)
{
	static const char mark[] = "\"type\":\"intent\",\"op\":\"";
	const char *at = strstr(line, mark);
	char name[2 * COMMIT_OP_BYTES + 8];

	if (at == NULL)
		return 0;
	at += sizeof(mark) - 1;
	if (strspn(at, "0123456789abcdef") != 2 * COMMIT_OP_BYTES)
		return 0;
	(void)snprintf(name, sizeof(name), "%.*s.bin", 2 * COMMIT_OP_BYTES,
	    at);
	return remove_one(itemsfd, name, e);
}

static int
drop_all_items(int itemsfd, int fd, struct err *e)
{
	char *line = malloc(RECORD_MOST + 2);
	gzFile g = line != NULL ? gzdopen(fd, "rb") : NULL;
	int rc = 0;

	if (g == NULL) {
		free(line);
		fd_close(&fd);
		return err_set(e, ERR_MEMORY, "no memory to prune");
	}
	while (rc == 0 && gzgets(g, line, RECORD_MOST + 2) != NULL)
		rc = drop_items(itemsfd, line, e);
	(void)gzclose(g);
	free(line);
	if (rc == 0 && fsync(itemsfd) == -1)
		rc = err_sys(e, "items folder: fsync");
	return rc;
}

static int
drop_segment(const struct trailfile *f, const struct trailsegs_one *one,
    struct err *e)
{
	char plain[32], packed[40];
	int fd;

	(void)snprintf(plain, sizeof(plain), "%018" PRIu64 ".jsonl", one->seq);
	(void)snprintf(packed, sizeof(packed), "%s.gz", plain);
	fd = openat(f->logfd, one->plain ? plain : packed,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return err_sys(e, "segment %s", plain);
	if (drop_all_items(f->itemsfd, fd, e) == -1)
		return -1;
	if (one->packed && remove_one(f->logfd, packed, e) == -1)
		return -1;
	if (one->plain && remove_one(f->logfd, plain, e) == -1)
		return -1;
	return fsync(f->logfd) == -1 ? err_sys(e, "log folder: fsync") : 0;
}

static int
drop_below(const struct trailfile *f, uint64_t first, struct err *e)
{
	struct trailsegs all;
	int rc = trailsegs_list(f->logfd, &all, e);
	bool there = false;

	for (size_t i = 0; i < all.n; i++)
		there = there || all.list[i].seq == first;
	if (rc == 0 && !there)
		rc = err_set(e, ERR_TRAIL, "prune: no segment begins there");
	for (size_t i = 0; i < all.n && rc == 0; i++)
		if (all.list[i].seq < first && all.list[i].seq < f->last)
			rc = drop_segment(f, &all.list[i], e);
	trailsegs_release(&all);
	return rc;
}

static int
put_pruned(const struct trailfile *f, const struct buf *line, struct err *e)
{
	struct buf there = BUF_EMPTY;
	int fd = openat(f->trailfd, "pruned",
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool same = false;
	struct err unused;

	if (fd != -1)
		same = fd_read_all(fd, PRUNED_MOST, &there, &unused) == 0 &&
		    there.n == line->n &&
		    memcmp(there.data, line->data, line->n) == 0;
	buf_release(&there);
	fd_close(&fd);
	return same ? 0 : fd_replace_at(f->trailfd, "pruned", 0600, line->data,
	    line->n, e);
}

int
trailprune_finish(const struct trailfile *f, struct buf *line, struct err *e)
{
	static const char head[] = "{\"first\":";
	uint64_t first;

	if (line->n == 0)
		return 0;
	if (strncmp(buf_text(line), head, sizeof(head) - 1) != 0)
		return err_set(e, ERR_TRAIL, "prune: malformed record");
	first = strtoull(line->data + sizeof(head) - 1, NULL, 10);
	if (put_pruned(f, line, e) == -1 || drop_below(f, first, e) == -1)
		return err_wrap(e, "prune");
	buf_release(line);
	return 0;
}
