/* checkprune - begins at a frontier instead of at genesis. */
#include "checkprune.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"

#include "checkchain.h"
#include "checkrule.h"

/* What trail/pruned says. */
struct start {
	uint64_t first;
	struct merkle tree;
	uint8_t leaf[32], chain[32];
	uint64_t epoch;
	struct note_key key;
	struct wall last;
};

int
checkprune_frontier(struct checkvalue list, uint64_t size, struct merkle *ret)
{
	struct checkvalue one = { .at = NULL };
	struct merkle m = { .n = size };

	for (unsigned i = 64; i-- > 0;) {
		char text[65];

		if ((size >> i & 1) == 0)
			continue;
		one = checkvalue_next(list, one);
		if (checkvalue_text(one, text, sizeof(text)) != 64 ||
		    hex_bytes(text, 32, m.stack[i]) == -1)
			return -1;
	}
	if (size != 0 && checkvalue_next(list, one).n != 0)
		return -1;
	*ret = m;
	return 0;
}

static int
parse(const struct checkobject *o, struct start *ret)
{
	const char *segment = checkline_text(o, "segment");
	const char *vkey = checkline_text(o, "vkey");
	const char *t0 = checkline_text(o, "t0");
	char name[32];
	struct start s;
	struct err e;

	if (checkline_uint(o, "first", &s.first) == -1 || s.first == 0 ||
	    checkline_uint(o, "epoch", &s.epoch) == -1 ||
	    s.epoch > UINT32_MAX || segment == NULL || vkey == NULL ||
	    t0 == NULL || checkline_time(t0, &s.last) == -1 ||
	    note_key_parse(vkey, &s.key, &e) == -1 ||
	    checkline_hex(o, "leaf", s.leaf, 32) == -1 ||
	    checkline_hex(o, "keys_sha256", s.chain, 32) == -1 ||
	    checkprune_frontier(checkline_value(o, "frontier"), s.first,
	    &s.tree) == -1)
		return -1;
	(void)snprintf(name, sizeof(name), "%018" PRIu64, s.first);
	if (strcmp(name, segment) != 0)
		return -1;
	*ret = s;
	return 0;
}

int
checkprune_load(struct check *c, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int fd = c->file.dirfd == -1 ? -1 : openat(c->file.dirfd, "pruned",
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;
	int rc = 0;

	if (fd == -1)
		return c->file.dirfd == -1 || errno == ENOENT ? 0 :
		    err_sys(e, "pruned");
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= RECORD_MOST && fd_read_all(fd, RECORD_MOST, &b,
	    e) == -1)
		rc = -1;
	if (rc == 0 && b.n != 0 && b.data[b.n - 1] == '\n')
		b.data[--b.n] = '\0';
	c->pruned = rc == 0 ? strndup(buf_text(&b), b.n) : NULL;
	if (rc == 0 && c->pruned == NULL)
		rc = err_set(e, ERR_MEMORY, "no memory");
	buf_release(&b);
	fd_close(&fd);
	return rc;
}

static int
start_at(struct check *c, const struct start *s, struct err *e)
{
	struct checkchain_end end = { .size = s->first,
		.epoch = (uint32_t)s->epoch, .key = &s->key };
	const char *bad = NULL;
	int rc = checkfile_begin(&c->file, s->first, 0, e);

	c->r.tree = s->tree;
	memcpy(c->r.leaf, s->leaf, 32);
	c->r.records = c->r.pruned = s->first;
	c->r.first = c->r.last = s->last;
	c->r.epoch = (uint32_t)s->epoch;
	c->key = s->key;
	memcpy(end.sha256, s->chain, 32);
	if (rc == 0)
		check_lose(c, VERIFY_TAMPERED, "the first segment that was "
		    "kept is missing");
	if (rc != 1)
		return rc;
	rc = checkchain_read(c, &end, &bad, e);
	if (rc == 0)
		check_lose(c, VERIFY_UNVERIFIABLE, "the chain of keys of the "
		    "pruned records is missing");
	else if (bad != NULL)
		check_lose(c, VERIFY_TAMPERED, bad);
	else
		checkrule_pin(c);
	return rc;
}

int
checkprune_begin(struct check *c, struct err *e)
{
	struct checkobject *o;
	struct start s;
	int rc = 0;

	if (c->pruned == NULL)
		return 0;
	o = checkline_object(c->pruned, strlen(c->pruned));
	if (o == NULL || parse(o, &s) == -1)
		check_lose(c, VERIFY_TAMPERED, "the file that tells where a "
		    "pruned trail begins is malformed");
	else
		rc = start_at(c, &s, e);
	checkline_object_free(o);
	return rc == -1 ? -1 : 0;
}

void
checkprune_told(struct check *c, const char *line, size_t n)
{
	static const char type[] = "\"type\":\"prune\",";
	const char *at = memmem(line, n, type, sizeof(type) - 1);
	size_t rest;

	if (at == NULL)
		return;
	at += sizeof(type) - 1;
	rest = n - (size_t)(at - line);
	c->r.prunings++;
	c->prune_last = c->pruned != NULL && strlen(c->pruned) == rest + 1 &&
	    c->pruned[0] == '{' && memcmp(c->pruned + 1, at, rest) == 0;
	c->prune_told |= c->prune_last;
}

void
checkprune_end(struct check *c)
{
	uint64_t last = c->r.records - (c->r.records != 0);

	if (c->pruned != NULL && !c->prune_told)
		check_finding(c, VERIFY_TAMPERED, 0, c->r.pruned - 1,
		    "records are missing, and no record says that they were "
		    "pruned like this");
	else if (c->r.prunings != 0 && !c->prune_last)
		check_finding(c, VERIFY_INCOMPLETE, last, last,
		    "a pruning was recorded, but not carried out");
}
