/*
 * trailfile - segments are only ever appended to.  The one exception is a
 * torn tail, which no record vouches for: it is moved to the quarantine
 * before the first new record.  Whoever calls this holds the state's lock.
 */
#include "trailfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"

#include "trailsegs.h"

#define RESERVE_BYTES (1 << 20)
#define OPEN_MOST 4		/* times its size, for want of a good end */

static const struct trailfile closed = { .statefd = -1, .trailfd = -1,
	.logfd = -1, .itemsfd = -1, .fd = -1 };

static int
open_folder(int at, const char *name, struct err *e)
{
	int fd;

	if (mkdirat(at, name, 0700) == 0) {
		if (fsync(at) == -1)
			return err_sys(e, "fsync");
	} else if (errno != EEXIST) {
		return err_sys(e, "%s", name);
	}
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd != -1 ? fd : err_sys(e, "%s", name);
}

static int
find_segments(struct trailfile *f, struct err *e)
{
	struct trailsegs all;
	int rc = trailsegs_list(f->logfd, &all, e);

	f->n_segments = all.n;
	f->last = all.n != 0 ? all.list[all.n - 1].seq : 0;
	trailsegs_release(&all);
	return rc;
}

/* Missing room for it is no failure: it says so when it is needed. */
static void
lay_reserve(struct trailfile *f)
{
	const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK;
	struct stat st;
	int fd = openat(f->statefd, "reserve", flags, 0600);

	/* A pipe without a reader, or a link. */
	if (fd == -1 && (errno == ENXIO || errno == ELOOP) &&
	    unlinkat(f->statefd, "reserve", 0) == 0)
		fd = openat(f->statefd, "reserve", flags, 0600);
	if (fd == -1)
		return;
	/* One that a crash cut short is made whole. */
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (st.st_size < RESERVE_BYTES &&
	    (posix_fallocate(fd, 0, RESERVE_BYTES) != 0 || fsync(fd) == -1)))
		(void)unlinkat(f->statefd, "reserve", 0);
	fd_close(&fd);
}

int
trailfile_open(const char *state, int64_t segment_bytes,
    struct trailfile *ret, struct err *e)
{
	struct trailfile f = closed;

	f.segment_bytes = segment_bytes > 0 ? (uint64_t)segment_bytes : 1;
	f.state = strdup(state);
	if (f.state == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	f.statefd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f.statefd == -1) {
		(void)err_sys(e, "%s", state);
		goto fail;
	}
	f.trailfd = open_folder(f.statefd, "trail", e);
	if (f.trailfd == -1)
		goto fail;
	f.logfd = open_folder(f.trailfd, "log", e);
	if (f.logfd == -1)
		goto fail;
	f.itemsfd = open_folder(f.trailfd, "items", e);
	if (f.itemsfd == -1 || find_segments(&f, e) == -1)
		goto fail;
	lay_reserve(&f);
	*ret = f;
	return 0;
fail:
	trailfile_close(&f);
	return -1;
}

void
trailfile_close(struct trailfile *f)
{
	fd_close(&f->fd);
	fd_close(&f->itemsfd);
	fd_close(&f->logfd);
	fd_close(&f->trailfd);
	fd_close(&f->statefd);
	free(f->state);
	f->state = NULL;
}

bool
trailfile_has_checkpoint(const struct trailfile *f)
{
	struct stat st;

	return fstatat(f->trailfd, "checkpoint", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
open_segment(struct trailfile *f, uint64_t seq, int flags, struct err *e)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%018" PRIu64 ".jsonl", seq);
	fd_close(&f->fd);
	f->fd = openat(f->logfd, name, flags | O_RDWR | O_APPEND | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK, 0600);
	if (f->fd == -1)
		return err_sys(e, "segment %s", name);
	f->last = seq;
	f->bytes = 0;
	return 0;
}

static int
copy_tail(const struct trailfile *f, int to, uint64_t torn, struct err *e)
{
	char part[16384];

	while (torn != 0) {
		size_t want = torn < sizeof(part) ? (size_t)torn : sizeof(part);
		ssize_t n = pread(f->fd, part, want,
		    (off_t)(f->bytes - torn));

		if (n <= 0)
			return err_sys(e, "read the torn record");
		if (fd_write_all(to, part, (size_t)n, e) == -1)
			return -1;
		torn -= (uint64_t)n;
	}
	return fsync(to) == -1 ? err_sys(e, "fsync") : 0;
}

static int
quarantine(struct trailfile *f, uint64_t torn, uint64_t seq, struct wall now,
    struct err *e)
{
	char utc[CLOCK_TEXT_BYTES], name[80];
	int dir = open_folder(f->trailfd, "quarantine", e);
	int fd = -1;
	int rc = -1;

	if (dir == -1)
		return -1;
	clock_text_ms(now, utc);
	(void)snprintf(name, sizeof(name), "%018" PRIu64 "-%s.torn", seq, utc);
	(void)unlinkat(dir, name, 0);	/* a try that a crash cut short */
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		(void)err_sys(e, "quarantine");
	else if (copy_tail(f, fd, torn, e) == 0)
		rc = fsync(dir) == -1 ? err_sys(e, "quarantine: fsync") : 0;
	fd_close(&fd);
	fd_close(&dir);
	if (rc == -1)
		return -1;
	if (ftruncate(f->fd, (off_t)(f->bytes - torn)) == -1 ||
	    fsync(f->fd) == -1)
		return err_sys(e, "cut the torn record");
	f->bytes -= torn;
	return 0;
}

int
trailfile_resume(struct trailfile *f, uint64_t torn, uint64_t seq,
    struct wall now, struct err *e)
{
	struct stat st;

	if (open_segment(f, f->last, 0, e) == -1)
		return -1;
	if (fstat(f->fd, &st) == -1)
		return err_sys(e, "segment");
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < torn)
		return err_set(e, ERR_TRAIL, "the last segment changed under "
		    "way: another process writes to it");
	f->bytes = (uint64_t)st.st_size;
	return torn != 0 ? quarantine(f, torn, seq, now, e) : 0;
}

static int
begin_segment(struct trailfile *f, uint64_t seq, struct err *e)
{
	if (open_segment(f, seq, O_CREAT | O_EXCL, e) == -1)
		return -1;
	f->n_segments++;
	return fsync(f->logfd) == -1 ? err_sys(e, "log folder: fsync") : 0;
}

/* What is written to a file that nobody can find any more proves nothing. */
static int
check_place(const struct trailfile *f, struct err *e)
{
	struct stat here, there;
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/trail/log/%018" PRIu64
	    ".jsonl", f->state, f->last);

	if (n >= (int)sizeof(path))
		return err_set(e, ERR_CONFIG, "%s: too long", f->state);
	if (fstat(f->fd, &here) == -1 || stat(path, &there) == -1)
		return err_sys(e, "%s", path);
	if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return err_set(e, ERR_TRAIL, "%s: replaced under way", path);
	if (here.st_nlink != 1)
		return err_set(e, ERR_TRAIL, "%s: has a second name, by which "
		    "it could be kept or changed", path);
	if ((uint64_t)here.st_size != f->bytes)
		return err_set(e, ERR_TRAIL, "%s: another process cut it or "
		    "wrote to it", path);
	return 0;
}

static int
prepare(struct trailfile *f, uint64_t seq, struct err *e)
{
	uint64_t full = f->rather_not ? OPEN_MOST * f->segment_bytes :
	    f->segment_bytes;

	if (f->fd != -1 && check_place(f, e) == -1)
		return -1;
	if (f->fd != -1 && (!f->may_end || f->bytes < full))
		return 0;
	return begin_segment(f, seq, e) == -1 ? -1 : check_place(f, e);
}

int
trailfile_append(struct trailfile *f, uint64_t seq, const void *bytes,
    size_t n, struct err *e)
{
	if (prepare(f, seq, e) == -1)
		return -1;
	if (fd_write_all(f->fd, bytes, n, e) == -1)
		return -1;
	if (fdatasync(f->fd) == -1) {
		(void)err_sys(e, "fdatasync");
		e->sys_errno = 0;	/* never a reason to go on */
		return -1;
	}
	f->bytes += n;
	return 0;
}

int
trailfile_make_room(struct trailfile *f, struct err *e)
{
	if (f->fd == -1)
		return err_set(e, ERR_TRAIL, "no segment");
	if (ftruncate(f->fd, (off_t)f->bytes) == -1)
		return err_sys(e, "cut the failed append");
	if (unlinkat(f->statefd, "reserve", 0) == -1 && errno != ENOENT)
		return err_sys(e, "reserve");
	return 0;
}

bool
trailfile_is_full(const struct err *e)
{
	return e->code == ERR_SYSTEM &&
	    (e->sys_errno == ENOSPC || e->sys_errno == EDQUOT);
}
