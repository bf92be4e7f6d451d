#include "anchortake.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/log.h"

static int
read_out(const struct anchortake *a, const char *name, struct buf *ret,
    struct err *e)
{
	int fd = openat(a->file->outfd, name, O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int rc;

	if (fd == -1)
		return err_sys(e, "the answer");
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		rc = err_set(e, ERR_INPUT, "the answer is not a file");
	else
		rc = fd_read_all(fd, ANCHOR_MOST_BYTES, ret, e);
	fd_close(&fd);
	return rc;
}

struct answer {
	uint64_t size;
	struct buf bytes, note;
	struct wall sent;
	struct anchor_evidence ev;
};

static int
verify(const struct anchortake *a, struct answer *an, enum anchor_kind k,
    struct err *e)
{
	const struct anchor_bytes bytes = { an->bytes.data, an->bytes.n };
	const struct anchor_bytes note = { an->note.data, an->note.n };

	if (anchor_read(k, bytes, note, &an->ev, e) == -1 ||
	    anchor_trusted(bytes, &a->trust, &an->ev, e) == -1)
		return -1;
	if (k == ANCHOR_COPY)
		an->ev.at = clock_now();
	/* A verifier would find a record that is later than its anchor. */
	if (an->ev.at.ms + ANCHOR_SKEW_MS < an->sent.ms)
		return err_set(e, ERR_INPUT, "it is of a time before the "
		    "checkpoint was made: one of the clocks is wrong");
	return 0;
}

static int
record(struct anchortake *a, const struct answer *an, struct err *e)
{
	const char *end = memmem(an->note.data, an->note.n, "\n\n", 2);
	struct note_checkpoint cp;
	struct buf payload = BUF_EMPTY;
	struct record_anchor r = { .size = an->size, .root = cp.root,
		.kind = anchor_name(an->ev.kind), .sha256 = an->ev.sha256,
		.at = an->ev.at, .by = an->ev.by[0] != '\0' ? an->ev.by :
		    "hook" };
	int rc;

	if (end == NULL || note_checkpoint_parse(an->note.data,
	    (size_t)(end - an->note.data) + 1, &cp, e) == -1 ||
	    cp.size != an->size)
		return err_set(e, ERR_INPUT, "the checkpoint that was handed "
		    "out is damaged");
	rc = anchorfile_keep(a->file, an->size, &an->note, an->ev.kind,
	    &an->bytes, e);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	record_anchor(&payload, &r);
	rc = evidence_append(a->ev, RECORD_ANCHOR, &payload, e);
	if (rc == 0)
		rc = evidence_sync(a->ev, e);
	if (rc == 0 && an->size > a->ev->anchored)
		a->ev->anchored = an->size;
	buf_release(&payload);
	return rc;
}

static int
take(struct anchortake *a, const char *name, uint64_t size,
    enum anchor_kind k, struct err *e)
{
	struct answer an = { .size = size };
	int rc = -1;

	if (read_out(a, name, &an.bytes, e) == 0 &&
	    anchorfile_sent(a->file, size, &an.note, &an.sent, e) == 0 &&
	    verify(a, &an, k, e) == 0)
		rc = record(a, &an, e);
	if (rc == 0) {
		(void)snprintf(a->said, sizeof(a->said), "checkpoint of %"
		    PRIu64 " records: %s%s%.100s", size, anchor_name(k),
		    an.ev.by[0] != '\0' ? " by " : "", an.ev.by);
		log_line(LOG_NOTICE, "anchor: %s", a->said);
	} else {
		(void)err_wrap(e, "%s for %" PRIu64 " records refused",
		    anchor_name(k), size);
	}
	buf_release(&an.bytes);
	buf_release(&an.note);
	return rc;
}

/* Everything of one kind that lies in out/; how many were taken. */
size_t
anchortake_kind(struct anchortake *a, enum anchor_kind want, struct err *e)
{
	int fd = openat(a->file->outfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	enum anchor_kind k;
	struct err one;
	uint64_t size;
	size_t n = 0;

	if (d == NULL) {
		(void)err_sys(e, "output folder");
		fd_close(&fd);
		return 0;
	}
	while ((entry = readdir(d)) != NULL && n < ANCHORFILE_SENT) {
		if (anchor_file(entry->d_name, &size, &k) == -1 || k != want)
			continue;
		one = ERR_EMPTY;
		if (take(a, entry->d_name, size, k, &one) == 0)
			n++;
		else
			*e = one;
	}
	(void)closedir(d);
	return n;
}
