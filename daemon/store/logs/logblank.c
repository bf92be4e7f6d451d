/*
 * logblank - see the header.
 */
#include "logblank.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "retention/hex.h"

#include "logmap.h"

#define ATTRIBUTE "user.retentiond.cut"
#define WORD "retentiond-cut: "		/* and 16 digits */
#define MARK ((size_t)32)
#define CHUNK ((size_t)64 << 10)
#define REST ((off_t)4096)

bool
logblank_possible(const struct logfile *f)
{
	/* One byte is never cut out: EINVAL says that blocks would be. */
	return fallocate(f->fd, FALLOC_FL_COLLAPSE_RANGE, 0, 1) == -1 &&
	    errno == EINVAL;
}

off_t
logblank_blocks(const struct logfile *f, off_t head)
{
	struct stat st;
	off_t block, length;

	if (fstat(f->fd, &st) == -1 || st.st_blksize < (blksize_t)MARK)
		return 0;
	block = (off_t)st.st_blksize;
	length = head - head % block;
	/* Of the blank line that stays, more than its line feed. */
	if (length == head - 1)
		length -= block;
	/* The range must end before the file does. */
	return length > 0 && length >= st.st_size ? length - block : length;
}

/* --- the mark --- */

bool
logblank_marked(const struct logfile *f)
{
	return fgetxattr(f->fd, ATTRIBUTE, NULL, 0) > 0;
}

static int
sync_file(const struct logfile *f, struct err *e)
{
	return fsync(f->fd) == 0 ? 0 : err_sys(e, "sync a log file");
}

static int
say(const struct logfile *f, struct logblank *c, off_t length, struct err *e)
{
	char text[128];
	int n;

	c->length = length;
	n = snprintf(text, sizeof text, "%s %jd %jd", c->mark,
	    (intmax_t)c->head, (intmax_t)c->length);
	if (fsetxattr(f->fd, ATTRIBUTE, text, (size_t)n, 0) == -1)
		return err_sys(e, "mark a log file that is to be cut");
	return sync_file(f, e);
}

static bool
was_said(const struct logfile *f, struct logblank *ret)
{
	char text[128];
	const ssize_t n = fgetxattr(f->fd, ATTRIBUTE, text, sizeof text - 1);
	intmax_t head, length;

	if (n < (ssize_t)MARK)
		return false;
	text[n] = '\0';
	memcpy(ret->mark, text, MARK);
	ret->mark[MARK] = '\0';
	if (sscanf(text + MARK, " %jd %jd", &head, &length) != 2 ||
	    length < 0 || head < length || head < (intmax_t)MARK)
		return false;
	ret->head = (off_t)head;
	ret->length = (off_t)length;
	return true;
}

/* Does the file begin with the mark?  One that was emptied does not. */
static bool
begins_with(const struct logfile *f, const struct logblank *c)
{
	char now[MARK];

	return pread(f->fd, now, sizeof now, 0) == (ssize_t)sizeof now &&
	    memcmp(now, c->mark, sizeof now) == 0;
}

int
logblank_begin(const struct logfile *f, off_t head, struct logblank *ret,
    struct err *e)
{
	uint8_t random[8];

	*ret = (struct logblank){ .mark = WORD, .head = head };
	must(head >= (off_t)MARK);
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return err_sys(e, "mark a log file that is to be cut");
	hex_text(random, sizeof random, ret->mark + strlen(WORD));
	return say(f, ret, 0, e);
}

/* --- blanks --- */

/* Line feeds stay, but for those of the last stretch: one line. */
static void
blank_out(const struct logblank *c, off_t at, const char *was, char *now,
    size_t n)
{
	for (size_t i = 0; i < n; i++, at++)
		now[i] = was[i] == '\n' && (at == c->head - 1 ||
		    at < c->head - c->head % REST) ? '\n' : ' ';
}

/* One stretch; *ret_n: its bytes. */
static int
blank_some(const struct logfile *f, const struct logblank *c, off_t at,
    char *room, size_t *ret_n, struct err *e)
{
	struct logmap_change change = { .at = at, .was = room,
		.now = room + CHUNK };
	const off_t rest = c->head - at;
	const ssize_t n = pread(f->fd, room, rest < (off_t)CHUNK ?
	    (size_t)rest : CHUNK, at);

	if (n == -1)
		return err_sys(e, "read a log file");
	/* The mark is still there, so what was read is what was judged. */
	if (n == 0 || !begins_with(f, c))
		return err_set(e, ERR_BUSY, "a log file was cut short by "
		    "others; it is left for later");
	blank_out(c, at, room, room + CHUNK, (size_t)n);
	change.n = *ret_n = (size_t)n;
	return logmap_put(f->fd, &change, e);
}

static int
blank_head(const struct logfile *f, const struct logblank *c, struct err *e)
{
	char *room = malloc(CHUNK * 2);
	int rc = room == NULL ? err_set(e, ERR_MEMORY, "no memory to cut") : 0;
	size_t n = 0;

	for (off_t at = (off_t)MARK; rc == 0 && at < c->head; at += (off_t)n)
		rc = blank_some(f, c, at, room, &n, e);
	if (room != NULL)
		explicit_bzero(room, CHUNK * 2);
	free(room);
	if (rc == 0 && fdatasync(f->fd) == -1)
		rc = err_sys(e, "sync a log file");
	return rc;
}

/* --- the cut --- */

/* 0: cut out; 1: not now; -1: nobody knows. */
static int
collapse(const struct logfile *f, off_t at, off_t length, struct err *e)
{
	/* What is dirty would be written while readers go on. */
	if (fdatasync(f->fd) == -1)
		return err_sys(e, "sync a log file");
	if ((!f->alone && !logfile_nobody_came(f)) ||
	    fallocate(f->fd, FALLOC_FL_COLLAPSE_RANGE, at, length) == -1)
		return 1;
	return sync_file(f, e);
}

/* The head is blank: it goes, or the mark in it does. */
static int
cut_out(const struct logfile *f, struct logblank *c, struct err *e)
{
	char blank[MARK];
	const struct logmap_change change = { 0, MARK, c->mark, blank };
	const off_t length = logblank_blocks(f, c->head);
	int rc;

	memset(blank, ' ', sizeof blank);
	if (length > 0) {
		if (say(f, c, length, e) == -1)
			return -1;
		rc = collapse(f, 0, length, e);
		if (rc != 1)
			return rc;
	}
	/* First the attribute: once the mark is not in the file any more, a
	 * length means that the cut was made. */
	if (say(f, c, 0, e) == -1 || logmap_put(f->fd, &change, e) == -1)
		return -1;
	return sync_file(f, e);
}

int
logblank_run(const struct logfile *f, struct logblank *c, const char *first,
    size_t n, struct err *e)
{
	struct logmap_change change = { 0, n, first, NULL };
	char *now = malloc(n);
	int rc = -1;

	must(n >= MARK);
	if (now == NULL)
		return err_set(e, ERR_MEMORY, "no memory to cut");
	memcpy(now, first, n);
	memcpy(now, c->mark, MARK);
	change.now = now;
	if (logmap_put(f->fd, &change, e) == 0 && sync_file(f, e) == 0 &&
	    blank_head(f, c, e) == 0)
		rc = cut_out(f, c, e);
	explicit_bzero(now, n);
	free(now);
	return rc;
}

/* --- after a crash --- */

/* A cut of many extents that a power cut ended leaves a hole: at the head,
 * where nothing has moved, or of the cut's length in the middle. */
static int
mend(const struct logfile *f, const struct logblank *c, struct err *e)
{
	struct stat st;
	const off_t hole = lseek(f->fd, 0, SEEK_HOLE);
	off_t end;
	int rc;

	if (fstat(f->fd, &st) == -1 || (hole == -1 && st.st_size > 0))
		return err_sys(e, "look for a hole in a log file");
	if (hole == -1 || hole >= st.st_size)
		return 0;
	end = lseek(f->fd, hole, SEEK_DATA);
	end = end == -1 ? st.st_size : end;
	if (hole == 0 ? end > c->length : end - hole != c->length)
		return 0;
	rc = collapse(f, hole, c->length, e);
	return rc == 1 ? err_set(e, ERR_BUSY, "a log file waits to be mended "
	    "until nobody has it open") : rc;
}

int
logblank_finish(const struct logfile *f, off_t *ret_length, struct err *e)
{
	struct logblank c;
	int rc = 0;

	*ret_length = 0;
	if (!was_said(f, &c))
		return 0;
	if (begins_with(f, &c)) {
		rc = blank_head(f, &c, e);
		if (rc == 0)
			rc = cut_out(f, &c, e);
	} else if (c.length > 0) {
		rc = mend(f, &c, e);
	}
	*ret_length = c.length;
	return rc;
}

int
logblank_settle(const struct logfile *f, struct err *e)
{
	off_t length;

	if (!logblank_marked(f))
		return 0;
	if (logblank_finish(f, &length, e) == -1)
		return -1;
	if (fremovexattr(f->fd, ATTRIBUTE) == -1 && errno != ENODATA)
		return err_sys(e, "take the mark off a log file");
	return sync_file(f, e);
}
