/*
 * checkanchor - time stamps, cosignatures and copies.  What they say about
 * the trail's root becomes a claim and is compared with the others; what
 * cannot be verified is told, and is never counted as a confirmation.
 */
#include "checkanchor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/anchor.h"
#include "retention/buf.h"
#include "retention/fd.h"

#include "anchortoken.h"
#include "check.h"

#define MOST_PENDING 64
#define MOST_DOUBTS 200

static const char *const what[2][ANCHOR_N_KINDS] = {
	{ "a note in the anchor folder", "a time stamp in the anchor folder",
	    "a cosignature in the anchor folder" },
	{ "a copy kept elsewhere", "the time stamp given",
	    "the cosignature given" },
};

struct item {
	struct buf bytes, note;
	enum anchor_kind kind;
	bool outside;
};

struct loading {
	const struct verify_options *o;
	struct checkclaims *claims;
	struct checkanchors *a;
};

static int
doubt(struct checkanchors *a, const struct item *it, const char *why,
    struct err *e)
{
	char (*more)[200];

	if (a->n_doubts == MOST_DOUBTS)
		return 0;
	more = realloc(a->doubt, (a->n_doubts + 1) * sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	a->doubt = more;
	(void)snprintf(more[a->n_doubts++], sizeof(*more), "%s cannot be "
	    "verified: %.120s", what[it->outside][it->kind], why);
	return 0;
}

int
checkanchor_read(int dirfd, const char *name, struct buf *ret, struct err *e)
{
	int fd = openat(dirfd, name,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int rc = 0;

	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, "evidence");
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
	    st.st_size > ANCHOR_MOST_BYTES)
		rc = 0;
	else
		rc = fd_read_all(fd, ANCHOR_MOST_BYTES, ret, e) == 0 ? 1 : -1;
	fd_close(&fd);
	return rc;
}

static int
claim(struct loading *g, const struct item *it, struct wall at, struct err *e)
{
	const struct buf *note = it->kind == ANCHOR_COSIGNATURE ? &it->bytes :
	    &it->note;
	struct checkclaim one = { .at = at, .outside = it->outside,
		.what = what[it->outside][it->kind] };
	int rc;

	rc = checkclaim_add_note(g->claims, note, one, e);
	if (rc == 0)
		return doubt(g->a, it, "it holds no checkpoint", e);
	return rc == -1 ? -1 : 0;
}

static bool
has_trust(const struct verify_options *o, enum anchor_kind k)
{
	return o->trust != NULL && (k == ANCHOR_RFC3161 ?
	    o->trust->tsa_ca != NULL : o->trust->n_witnesses != 0);
}

/* Evidence and its note are at hand. */
static int
judge(struct loading *g, const struct item *it, struct err *e)
{
	const struct anchor_bytes bytes = { it->bytes.data, it->bytes.n };
	const struct anchor_bytes note = { it->note.data, it->note.n };
	struct anchor_evidence ev;
	struct wall never = { 0 };
	struct err why = ERR_EMPTY;

	if (anchor_read(it->kind, bytes, note, &ev, &why) == -1)
		return doubt(g->a, it, why.text, e);
	if (anchor_trusted(bytes, g->o->trust, &ev, &why) == 0)
		return claim(g, it, ev.at, e);
	/* Nobody was named to believe, and nobody asked: the note counts. */
	if (!it->outside && !has_trust(g->o, it->kind))
		g->a->unchecked++;
	else if (doubt(g->a, it, why.text, e) == -1)
		return -1;
	return claim(g, it, never, e);
}

static int
load_one(struct loading *g, int dirfd, uint64_t size, enum anchor_kind kind,
    struct err *e)
{
	struct item it = { .kind = kind };
	char name[64];
	int rc;

	(void)snprintf(name, sizeof(name), "%" PRIu64 "%s", size,
	    anchor_suffix(kind));
	rc = checkanchor_read(dirfd, name, &it.bytes, e);
	if (rc == 0)
		rc = doubt(g->a, &it, "it is empty or too long", e) == 0 ?
		    0 : -1;
	(void)snprintf(name, sizeof(name), "%" PRIu64 "%s", size,
	    anchor_suffix(ANCHOR_COPY));
	if (rc == 1 && checkanchor_read(dirfd, name, &it.note, e) == -1)
		rc = -1;
	if (rc == 1)
		rc = judge(g, &it, e);
	buf_release(&it.bytes);
	buf_release(&it.note);
	return rc == -1 ? -1 : 0;
}

/* Plain notes are checkclaim's. */
static int
load_folder(struct loading *g, int trailfd, struct err *e)
{
	int fd = openat(trailfd, "anchor", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	enum anchor_kind kind;
	uint64_t size;
	int rc = 0;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (d == NULL) {
		rc = err_sys(e, "anchor folder");
		fd_close(&fd);
		return rc;
	}
	while (rc == 0 && (entry = readdir(d)) != NULL)
		if (anchor_file(entry->d_name, &size, &kind) == 0 &&
		    kind != ANCHOR_COPY)
			rc = load_one(g, fd, size, kind, e);
	(void)closedir(d);
	return rc;
}

/* Copies of other trails may lie in the same folder. */
static int
load_copy(struct loading *g, int dirfd, const char *name, struct err *e)
{
	struct item it = { .outside = true };
	const char *origin = g->o->copies_origin;
	size_t n = strlen(origin);
	int rc = checkanchor_read(dirfd, name, &it.note, e);

	if (rc == 1 && it.note.n > n && it.note.data[n] == '\n' &&
	    memcmp(it.note.data, origin, n) == 0)
		rc = claim(g, &it, (struct wall){ 0 }, e);
	buf_release(&it.note);
	return rc == -1 ? -1 : 0;
}

static int
load_copies(struct loading *g, const char *path, struct err *e)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (d == NULL)
		return err_sys(e, "folder of copies %s", path);
	while (rc == 0 && (errno = 0, entry = readdir(d)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n > 5 && entry->d_name[0] != '.' &&
		    strcmp(entry->d_name + n - 5, ".note") == 0)
			rc = load_copy(g, dirfd(d), entry->d_name, e);
	}
	if (rc == 0 && errno != 0)
		rc = err_sys(e, "folder of copies %s", path);
	(void)closedir(d);
	return rc;
}

/* The note of a time stamp: beside it, or one that is known already. */
static int
find_note(struct loading *g, const char *path, struct item *it, struct err *e)
{
	const struct anchor_bytes bytes = { it->bytes.data, it->bytes.n };
	struct anchortoken t;
	struct err unused;
	size_t n = strlen(path);
	char beside[4096];

	if (n > 4 && n < sizeof(beside) - 1 &&
	    strcmp(path + n - 4, ".tsr") == 0) {
		(void)snprintf(beside, sizeof(beside), "%.*s.note",
		    (int)(n - 4), path);
		if (checkanchor_read(AT_FDCWD, beside, &it->note, e) == -1)
			return -1;
	}
	if (anchortoken_read(bytes, &t, &unused) == -1 || anchortoken_is_of(&t,
	    (struct anchor_bytes){ it->note.data, it->note.n }))
		return 0;
	for (size_t i = 0; i < g->claims->n; i++) {
		const struct checkclaim *c = &g->claims->list[i];

		if (c->note == NULL || !anchortoken_is_of(&t,
		    (struct anchor_bytes){ c->note, c->n_note }))
			continue;
		buf_reset(&it->note);
		buf_add(&it->note, c->note, c->n_note);
		return 0;
	}
	return 0;
}

static int
wait_for_note(struct checkanchors *a, struct item *it, struct err *e)
{
	struct checkanchor_pending *more;

	if (a->n_pending == MOST_PENDING)
		return doubt(a, it, "too many without their notes", e);
	more = realloc(a->pending, (a->n_pending + 1) * sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	a->pending = more;
	more[a->n_pending++] = (struct checkanchor_pending){ it->bytes.data,
		it->bytes.n };
	it->bytes = BUF_EMPTY;
	return 0;
}

static int
load_given(struct loading *g, const char *path, struct err *e)
{
	struct item it = { .outside = true };
	int rc = checkanchor_read(AT_FDCWD, path, &it.bytes, e);

	if (rc == 0)
		rc = err_set(e, ERR_INPUT, "expected a file of 1 to %d bytes",
		    ANCHOR_MOST_BYTES);
	if (rc == 1) {
		it.kind = anchor_guess(it.bytes.data, it.bytes.n);
		if (it.kind == ANCHOR_RFC3161)
			rc = find_note(g, path, &it, e);
		else
			buf_add(&it.note, it.bytes.data, it.bytes.n);
	}
	if (rc != -1 && it.kind == ANCHOR_COPY)
		rc = checkclaim_add_file(g->claims, path, e);
	else if (rc != -1 && it.kind == ANCHOR_RFC3161 && it.note.n == 0)
		rc = wait_for_note(g->a, &it, e);
	else if (rc != -1)
		rc = judge(g, &it, e);
	buf_release(&it.bytes);
	buf_release(&it.note);
	return rc == -1 ? err_wrap(e, "%s", path) : 0;
}

int
checkanchor_load(int dirfd, const struct verify_options *o,
    struct checkclaims *claims, struct checkanchors *ret, struct err *e)
{
	struct loading g = { .o = o, .claims = claims, .a = ret };

	if (dirfd != -1 && load_folder(&g, dirfd, e) == -1)
		return -1;
	if (o->copies_folder != NULL &&
	    load_copies(&g, o->copies_folder, e) == -1)
		return -1;
	for (size_t i = 0; i < o->n_copies; i++)
		if (load_given(&g, o->copies[i], e) == -1)
			return -1;
	return 0;
}

void
checkanchor_release(struct checkanchors *a)
{
	for (size_t i = 0; i < a->n_pending; i++)
		free(a->pending[i].bytes);
	free(a->pending);
	free(a->doubt);
	*a = (struct checkanchors){ .n_pending = 0 };
}

void
checkanchor_cp(struct check *c, const char *note, size_t n)
{
	struct checkanchors *a = &c->anchors;
	struct item it = { .outside = true, .kind = ANCHOR_RFC3161 };
	struct err e = ERR_EMPTY;
	struct anchor_evidence ev;

	for (size_t i = 0; i < a->n_pending; i++) {
		struct checkanchor_pending *p = &a->pending[i];
		const struct anchor_bytes bytes = { p->bytes, p->n };

		if (p->bytes == NULL || anchor_read(ANCHOR_RFC3161, bytes,
		    (struct anchor_bytes){ note, n }, &ev, &e) == -1)
			continue;
		if (anchor_trusted(bytes, c->o->trust, &ev, &e) == -1) {
			(void)doubt(a, &it, e.text, &e);
		} else if (c->r.last.ms > ev.at.ms + ANCHOR_SKEW_MS) {
			check_finding(c, VERIFY_TAMPERED, 0, c->r.records - 1,
			    "the time stamp given is older than a record that "
			    "it is for");
		} else {
			c->r.anchors++;
		}
		free(p->bytes);
		p->bytes = NULL;
	}
}

void
checkanchor_end(struct check *c)
{
	uint64_t last = c->r.records - (c->r.records != 0);

	for (size_t i = 0; i < c->anchors.n_doubts; i++)
		check_finding(c, VERIFY_UNVERIFIABLE, 0, last,
		    c->anchors.doubt[i]);
	for (size_t i = 0; i < c->anchors.n_pending; i++)
		if (c->anchors.pending[i].bytes != NULL)
			check_finding(c, VERIFY_UNVERIFIABLE, 0, last,
			    "the time stamp given cannot be verified: it is "
			    "malformed, or for other bytes than any "
			    "checkpoint here");
	c->r.anchors_unchecked = c->anchors.unchecked;
}
