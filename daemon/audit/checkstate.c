/*
 * checkstate - one line of JSON.  Operations are not in it: the mark is taken
 * where none is open, and the names of earlier ones are not looked at again.
 */
#include "checkstate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/sha256.h"

#include "checkprune.h"

#define MOST_BYTES 65536

static const struct count {
	const char *key;
	size_t at;
} counts[] = {
	{ "checkpoints", offsetof(struct verify_report, checkpoints) },
	{ "intents", offsetof(struct verify_report, intents) },
	{ "done", offsetof(struct verify_report, done) },
	{ "failed", offsetof(struct verify_report, failed) },
	{ "sealed", offsetof(struct verify_report, sealed) },
	{ "rekeys", offsetof(struct verify_report, rekeys) },
	{ "pruned", offsetof(struct verify_report, pruned) },
	{ "prunings", offsetof(struct verify_report, prunings) },
};
#define N_COUNTS (sizeof(counts) / sizeof(counts[0]))

static const struct moment {
	const char *key;
	size_t at;
} moments[] = {
	{ "first", offsetof(struct verify_report, first) },
	{ "last", offsetof(struct verify_report, last) },
	{ "key_since", offsetof(struct verify_report, key_since) },
};
#define N_MOMENTS (sizeof(moments) / sizeof(moments[0]))

static void *
field(struct verify_report *r, size_t at)
{
	return (char *)r + at;
}

static int
read_key(const struct checkobject *o, const char *name, struct note_key *ret)
{
	const char *vkey = checkline_text(o, name);
	struct err e;

	return vkey != NULL ? note_key_parse(vkey, ret, &e) : -1;
}

static int
read_report(const struct checkobject *o, struct verify_report *r)
{
	uint64_t epoch;

	for (size_t i = 0; i < N_COUNTS; i++)
		if (checkline_uint(o, counts[i].key,
		    field(r, counts[i].at)) == -1)
			return -1;
	for (size_t i = 0; i < N_MOMENTS; i++) {
		const char *text = checkline_text(o, moments[i].key);

		if (text == NULL ||
		    checkline_time(text, field(r, moments[i].at)) == -1)
			return -1;
	}
	if (checkline_uint(o, "epoch", &epoch) == -1 || epoch > UINT32_MAX ||
	    checkline_uint(o, "size", &r->records) == -1 || r->records == 0 ||
	    checkline_hex(o, "leaf", r->leaf, 32) == -1 ||
	    read_key(o, "genesis", &r->first_key) == -1 ||
	    checkprune_frontier(checkline_value(o, "frontier"), r->records,
	    &r->tree) == -1)
		return -1;
	r->epoch = (uint32_t)epoch;
	r->have_key = true;
	return 0;
}

static int
parse(const struct checkobject *o, struct check_mark *ret,
    struct note_key *ret_recovery)
{
	uint64_t version;

	if (checkline_uint(o, "v", &version) == -1 || version != 1 ||
	    checkline_uint(o, "segment", &ret->segment) == -1 ||
	    checkline_uint(o, "segments", &ret->segments) == -1 ||
	    checkline_uint(o, "at", &ret->at) == -1 ||
	    checkline_hex(o, "root", ret->root, 32) == -1 ||
	    read_report(o, &ret->r) == -1 ||
	    read_key(o, "key", &ret->key) == -1 ||
	    (checkline_has(o, "recovery") &&
	    read_key(o, "recovery", ret_recovery) == -1))
		return -1;
	ret->stopped = checkvalue_true(checkline_value(o, "stopped"));
	ret->size = ret->r.records;
	return 0;
}

static bool
same_key(const struct note_key *a, const struct note_key *b)
{
	return strcmp(a->name, b->name) == 0 &&
	    memcmp(a->pub, b->pub, 32) == 0;
}

static void
pruned_hash(const struct check *c, char ret[65])
{
	uint8_t hash[32];

	ret[0] = '\0';
	if (c->pruned == NULL)
		return;
	sha256_once(c->pruned, strlen(c->pruned), hash);
	hex_text(hash, 32, ret);
}

/* Is it of this trail as it stands, and does it answer what is asked? */
static bool
applies(const struct check *c, const struct checkobject *o,
    const struct check_mark *m)
{
	const char *pruned = checkline_text(o, "pruned_sha256");
	const struct checkfile *f = &c->file;
	char now[65];

	pruned_hash(c, now);
	if (c->o->pin == NULL || !same_key(c->o->pin, &m->r.first_key) ||
	    m->segments == 0 || m->segments > f->n_segments ||
	    f->segments[m->segments - 1] != m->segment ||
	    strcmp(now, pruned != NULL ? pruned : "") != 0 ||
	    (m->r.rekeys != 0 && !c->o->accept_rekey))
		return false;
	for (size_t i = 0; i < c->claims.n; i++)
		if (c->claims.list[i].outside &&
		    c->claims.list[i].size < m->size)
			return false;
	return true;
}

static void
take_up(struct check *c, const struct check_mark *m,
    const struct note_key *recovery)
{
	c->r = m->r;
	c->r.resumed = m->size;
	c->key = m->key;
	c->recovery = *recovery;
	c->has_recovery = recovery->name[0] != '\0';
	c->stopped = m->stopped;
	c->prune_told = c->prune_last = c->pruned != NULL;
	c->mark = *m;
}

/* The file, if it is there, is private and ours: 1; 0: none; -1. */
static int
read_private(const char *path, struct buf *ret, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;
	int rc = 1;

	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, "open");
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, "stat");
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 022) != 0 ||
	    (st.st_uid != geteuid() && st.st_uid != 0))
		rc = err_set(e, ERR_INPUT, "expected a file of your own that "
		    "nobody else can write to");
	else if (fd_read_all(fd, MOST_BYTES, ret, e) == -1)
		rc = -1;
	fd_close(&fd);
	return rc;
}

static int
load(struct check *c, const struct buf *b, struct err *e)
{
	size_t n = b->n - (b->n != 0 && b->data[b->n - 1] == '\n');
	struct checkobject *o = checkline_object(buf_text(b), n);
	struct note_key recovery = { .name = "" };
	struct check_mark m = { .size = 0 };
	int rc;

	if (o == NULL || parse(o, &m, &recovery) == -1)
		rc = err_set(e, ERR_INPUT, "not a state of an earlier "
		    "verification: remove it to begin anew");
	else
		rc = checkclaim_add_root(&c->claims, "the earlier "
		    "verification", m.size + 1, m.root, e);
	if (rc == 0 && applies(c, o, &m))
		rc = checkfile_begin(&c->file, m.segment, m.at, e);
	if (rc == 1)
		take_up(c, &m, &recovery);
	checkline_object_free(o);
	return rc;
}

int
checkstate_load(struct check *c, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc;

	if (c->o->state_file == NULL || c->file.dirfd == -1)
		return 0;
	rc = read_private(c->o->state_file, &b, e);
	if (rc == 1)
		rc = load(c, &b, e);
	buf_release(&b);
	return rc == -1 ? err_wrap(e, "--state-file %s", c->o->state_file) : rc;
}

static void
put_key(struct jsonw *w, const char *name, const struct note_key *k)
{
	char vkey[NOTE_VKEY_BYTES];

	note_key_text(k, vkey);
	jsonw_text(w, name, vkey);
}

static void
put_report(struct jsonw *w, struct verify_report *r)
{
	for (size_t i = 0; i < N_COUNTS; i++) {
		uint64_t n;

		memcpy(&n, field(r, counts[i].at), sizeof(n));
		jsonw_int(w, counts[i].key, (int64_t)n);
	}
	for (size_t i = 0; i < N_MOMENTS; i++) {
		char text[CLOCK_TEXT_BYTES];
		struct wall t;

		memcpy(&t, field(r, moments[i].at), sizeof(t));
		clock_text_ms(t, text);
		jsonw_text(w, moments[i].key, text);
	}
	jsonw_int(w, "epoch", r->epoch);
	jsonw_int(w, "size", (int64_t)r->records);
	jsonw_hex(w, "leaf", r->leaf, 32);
	put_key(w, "genesis", &r->first_key);
	jsonw_array(w, "frontier");
	for (unsigned i = 64; i-- > 0;)
		if ((r->tree.n >> i & 1) != 0)
			jsonw_hex(w, NULL, r->tree.stack[i], 32);
	jsonw_end_array(w);
}

static void
put_mark(const struct check *c, struct buf *out)
{
	struct check_mark m = c->mark;
	struct jsonw w = JSONW(out);
	char pruned[65];

	jsonw_object(&w, NULL);
	jsonw_int(&w, "v", 1);
	jsonw_int(&w, "segment", (int64_t)m.segment);
	jsonw_int(&w, "segments", (int64_t)m.segments);
	jsonw_int(&w, "at", (int64_t)m.at);
	jsonw_hex(&w, "root", m.root, 32);
	put_report(&w, &m.r);
	put_key(&w, "key", &m.key);
	if (c->has_recovery)
		put_key(&w, "recovery", &c->recovery);
	jsonw_bool(&w, "stopped", m.stopped);
	pruned_hash(c, pruned);
	if (pruned[0] != '\0')
		jsonw_text(&w, "pruned_sha256", pruned);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}

int
checkstate_save(const struct check *c, struct err *e)
{
	const char *path = c->o->state_file;
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	struct buf out = BUF_EMPTY, folder = BUF_EMPTY;
	int dirfd = -1, rc = -1;

	if (path == NULL || c->lost || c->mark.size == 0 ||
	    c->r.verdict == VERIFY_TAMPERED ||
	    c->r.verdict == VERIFY_UNVERIFIABLE)
		return 0;
	put_mark(c, &out);
	buf_add(&folder, path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
	if (buf_failed(&out) || buf_failed(&folder))
		(void)err_set(e, ERR_MEMORY, "no memory");
	else if ((dirfd = open(slash != NULL ? buf_text(&folder) : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		(void)err_sys(e, "folder");
	else
		rc = fd_replace_at(dirfd, slash != NULL ? slash + 1 : path,
		    0600, out.data, out.n, e);
	fd_close(&dirfd);
	buf_release(&out);
	buf_release(&folder);
	return rc == -1 ? err_wrap(e, "--state-file %s", path) : 0;
}
