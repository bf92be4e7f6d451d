/*
 * checkfile - reads a trail line by line in bounded memory.  A run of bytes
 * without LF at the very end is torn; the same before another segment, or a
 * line beyond the cap, is for the caller to judge.
 */
#include "checkfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/record.h"

#include "checkgz.h"

#define ROOM (RECORD_MOST + 1 + 32768)	/* the longest record, and more */
#define MOST_SEGMENTS 1000000
#define NAME_DIGITS 18

static const struct checkfile closed = { .dirfd = -1, .logfd = -1, .fd = -1 };

/* "000000000000000042.jsonl", or with ".gz" */
static int
segment_name(const char *name, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < NAME_DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		v = v * 10 + (uint64_t)(name[i] - '0');
	}
	if (strcmp(name + NAME_DIGITS, ".jsonl") != 0 &&
	    strcmp(name + NAME_DIGITS, ".jsonl.gz") != 0)
		return -1;
	*ret = v;
	return 0;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
add_segment(struct checkfile *f, uint64_t seq, struct err *e)
{
	size_t room = 2 * f->n_segments + 2;
	uint64_t *more;

	if (f->n_segments == MOST_SEGMENTS)
		return err_set(e, ERR_INPUT, "more than %d segments",
		    MOST_SEGMENTS);
	if ((f->n_segments & (f->n_segments + 1)) == 0) {
		more = realloc(f->segments, room * sizeof(*more));
		if (more == NULL)
			return err_set(e, ERR_MEMORY, "no memory");
		f->segments = more;
	}
	f->segments[f->n_segments++] = seq;
	return 0;
}

/* Ascending; one that is there plain and compressed counts once. */
static void
sort_segments(struct checkfile *f)
{
	size_t n = 0;

	if (f->n_segments == 0)
		return;
	qsort(f->segments, f->n_segments, sizeof(*f->segments), ascending);
	for (size_t i = 0; i < f->n_segments; i++)
		if (n == 0 || f->segments[i] != f->segments[n - 1])
			f->segments[n++] = f->segments[i];
	f->n_segments = n;
}

static int
list_segments(struct checkfile *f, struct err *e)
{
	int fd = openat(f->logfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	struct stat st;
	uint64_t seq;
	int rc = 0;

	if (d == NULL) {
		rc = err_sys(e, "log folder");
		fd_close(&fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, entry = readdir(d)) != NULL) {
		if (segment_name(entry->d_name, &seq) == -1)
			continue;
		rc = add_segment(f, seq, e);
		if (fstatat(f->logfd, entry->d_name, &st, 0) == 0)
			f->of_bytes += (uint64_t)st.st_size;
	}
	if (rc == 0 && errno != 0)
		rc = err_sys(e, "log folder");
	(void)closedir(d);
	sort_segments(f);
	return rc;
}

static int
open_folder(struct checkfile *f, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(f->dirfd, "log", flags);
	int inner;

	if (fd == -1 && errno == ENOENT) {
		inner = openat(f->dirfd, "trail", flags);
		if (inner == -1)
			return errno == ENOENT ? 0 :
			    err_sys(e, "trail folder");
		fd_close(&f->dirfd);
		f->dirfd = inner;
		fd = openat(inner, "log", flags);
		if (fd == -1 && errno == ENOENT)
			return 0;
	}
	if (fd == -1)
		return err_sys(e, "log folder");
	f->logfd = fd;
	return checkfile_list(f, e);
}

int
checkfile_list(struct checkfile *f, struct err *e)
{
	if (f->logfd == -1)
		return 0;
	f->n_segments = f->of_bytes = 0;
	if (list_segments(f, e) == -1)
		return -1;
	f->found = f->n_segments != 0;
	return 0;
}

static bool
is_compressed(const char *path)
{
	size_t n = strlen(path);

	return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

int
checkfile_open(const char *path, struct checkfile *ret, struct err *e)
{
	struct checkfile f = closed;
	struct stat st;
	int rc = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return err_sys(e, "%s", path);
	if (fstat(fd, &st) == -1) {
		rc = err_sys(e, "stat");
	} else if (S_ISDIR(st.st_mode)) {
		f.dirfd = fd;
		rc = open_folder(&f, e);
	} else if (S_ISREG(st.st_mode)) {
		f.fd = fd;
		f.found = f.fresh = true;
		f.of_bytes = (uint64_t)st.st_size;
		if (is_compressed(path) && (f.gz = checkgz_new()) == NULL)
			rc = err_set(e, ERR_MEMORY, "no memory");
	} else {
		f.fd = fd;
		rc = err_set(e, ERR_INPUT, "neither a folder nor a file");
	}
	f.room = malloc(ROOM);
	f.bytes = f.room;
	if (rc == 0 && f.room == NULL)
		rc = err_set(e, ERR_MEMORY, "no memory");
	if (rc == -1) {
		checkfile_close(&f);
		return err_wrap(e, "%s", path);
	}
	*ret = f;
	return 0;
}

void
checkfile_open_bytes(const void *bytes, size_t n, struct checkfile *ret)
{
	*ret = closed;
	ret->bytes = bytes;
	ret->to = n;
	ret->of_bytes = n;
	ret->found = n != 0;
	ret->fresh = true;
}

void
checkfile_close(struct checkfile *f)
{
	checkgz_free(f->gz);
	fd_close(&f->fd);
	fd_close(&f->logfd);
	fd_close(&f->dirfd);
	free(f->segments);
	free(f->room);
	*f = closed;
}

static int
open_segment(struct checkfile *f, const char *name)
{
	f->fd = openat(f->logfd, name,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	return f->fd;
}

/* 1 opened, 0 there is no further one, -1 failed. */
static int
next_segment(struct checkfile *f, struct err *e)
{
	char name[48];
	struct stat st;

	fd_close(&f->fd);
	checkgz_free(f->gz);
	f->gz = NULL;
	if (f->next == f->n_segments)
		return 0;
	(void)snprintf(name, sizeof(name), "%018" PRIu64 ".jsonl.gz",
	    f->segments[f->next++]);
	name[NAME_DIGITS + 6] = '\0';
	if (open_segment(f, name) == -1 && errno == ENOENT) {
		name[NAME_DIGITS + 6] = '.';
		f->gz = checkgz_new();
		if (f->gz == NULL)
			return err_set(e, ERR_MEMORY, "no memory");
		(void)open_segment(f, name);
	}
	if (f->fd == -1)
		return err_sys(e, "segment %s", name);
	if (fstat(f->fd, &st) == -1 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "segment %s: not a regular file",
		    name);
	f->fresh = true;
	f->at = 0;
	return 1;
}

/* Bytes added behind `to`; 0: end of this segment; -1: failed; -2: damaged. */
static ssize_t
fill(struct checkfile *f, struct err *e)
{
	ssize_t n;

	if (f->fd == -1)
		return 0;
	if (f->from != 0) {
		memmove(f->room, f->room + f->from, f->to - f->from);
		f->to -= f->from;
		f->from = 0;
	}
	if (f->gz != NULL) {
		n = checkgz_read(f->gz, f->fd, f->room + f->to, ROOM - f->to,
		    &f->done_bytes, e);
		f->to += n > 0 ? (size_t)n : 0;
		return n;
	}
	do
		n = read(f->fd, f->room + f->to, ROOM - f->to);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_sys(e, "read");
	f->to += (size_t)n;
	f->done_bytes += (uint64_t)n;
	return n;
}

/* At the end of a segment: what is left over decides. */
static enum checkfile_event
at_end(struct checkfile *f, uint64_t left_over, struct err *e)
{
	int more;

	f->from = f->to = 0;
	f->torn = left_over;
	more = next_segment(f, e);
	if (more == -1)
		return CHECKFILE_FAILED;
	if (more == 0)
		return CHECKFILE_END;
	return left_over != 0 ? CHECKFILE_TORN_INSIDE : CHECKFILE_LINE;
}

/* `n` bytes of text are passed over; 1, or 0 when there are not so many. */
static int
skip(struct checkfile *f, uint64_t n, struct err *e)
{
	f->at = n;
	f->fresh = n == 0;
	if (f->gz == NULL) {
		off_t end = lseek(f->fd, 0, SEEK_END);

		if (end == -1 || lseek(f->fd, (off_t)n, SEEK_SET) == -1)
			return err_sys(e, "seek");
		return n <= (uint64_t)end;
	}
	while (n != 0) {
		ssize_t got = fill(f, e);

		if (got <= 0)
			return got == -1 ? -1 : 0;
		f->from = n < f->to ? (size_t)n : f->to;
		n -= f->from;
	}
	return 1;
}

int
checkfile_begin(struct checkfile *f, uint64_t segment, uint64_t at,
    struct err *e)
{
	size_t i = 0;
	int rc;

	while (i < f->n_segments && f->segments[i] != segment)
		i++;
	if (f->dirfd == -1 || i == f->n_segments || at > INT64_MAX)
		return 0;
	f->next = i;
	rc = next_segment(f, e);
	if (rc == 1)
		rc = skip(f, at, e);
	if (rc == 1)
		return 1;
	fd_close(&f->fd);
	f->next = f->from = f->to = 0;
	f->done_bytes = 0;
	return rc;
}

enum checkfile_event
checkfile_next(struct checkfile *f, const char **ret_line, size_t *ret_n,
    struct err *e)
{
	enum checkfile_event event;
	uint64_t dropped = 0;
	size_t seen = 0;

	for (;;) {
		const char *at = f->bytes + f->from;
		size_t n = f->to - f->from;
		const char *lf = n == seen ? NULL :
		    memchr(at + seen, '\n', n - seen);
		ssize_t more;

		if (lf != NULL) {
			*ret_line = at;
			*ret_n = (size_t)(lf - at);
			f->from += *ret_n + 1;
			f->first_in_segment = f->fresh;
			f->fresh = false;
			f->at_line = f->at;
			f->at += dropped + *ret_n + 1;
			return dropped != 0 || *ret_n > RECORD_MOST ?
			    CHECKFILE_TOO_LONG : CHECKFILE_LINE;
		}
		seen = n;
		if (f->gz != NULL && n > RECORD_MOST)
			return CHECKFILE_TOO_LONG;
		if (f->room != NULL && n > RECORD_MOST) {
			dropped += n;	/* only its length matters now */
			f->from = f->to;
			seen = 0;
		}
		more = fill(f, e);
		if (more == -2)
			return CHECKFILE_DAMAGED;
		if (more == -1)
			return CHECKFILE_FAILED;
		if (more != 0)
			continue;
		event = at_end(f, dropped + f->to - f->from, e);
		if (event != CHECKFILE_LINE)
			return event;
		seen = 0;
	}
}
