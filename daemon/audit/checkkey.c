/*
 * checkkey - which key signs where: genesis names the first, a rotation the
 * next, a rekey one that the offline recovery key vouches for.
 */
#include "checkkey.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/hex.h"

#include "check.h"

/* Optional: the key that may replace a lost one. */
static int
read_recovery(struct check *c, const struct checkline *l)
{
	const char *vkey = checkline_text(l->object, "recovery");
	struct err e;

	if (!checkline_has(l->object, "recovery"))
		return 0;
	if (vkey == NULL || note_key_parse(vkey, &c->recovery, &e) == -1 ||
	    memcmp(c->recovery.pub, c->key.pub, 32) == 0)
		return -1;
	c->has_recovery = true;
	return 0;
}

int
checkkey_genesis(struct check *c, const struct checkline *l)
{
	const char *origin = checkline_text(l->object, "origin");
	const char *vkey = checkline_text(l->object, "vkey");
	struct err e;

	if (origin == NULL || vkey == NULL ||
	    note_key_parse(vkey, &c->key, &e) == -1 ||
	    strcmp(origin, c->key.name) != 0)
		return -1;
	return read_recovery(c, l);
}

int
checkkey_next(struct check *c, const struct checkline *l)
{
	const char *vkey = checkline_text(l->object, "vkey");
	uint64_t next;
	struct err e;

	if (checkline_uint(l->object, "next", &next) == -1 ||
	    next != (uint64_t)c->r.epoch + 1 || next > UINT32_MAX ||
	    vkey == NULL || note_key_parse(vkey, &c->next_key, &e) == -1 ||
	    strcmp(c->next_key.name, c->key.name) != 0 ||
	    memcmp(c->next_key.pub, c->key.pub, 32) == 0)
		return -1;
	return 0;
}

/* The third line of a rekey's text: a root. */
static int
root_in(const char *text, size_t n, uint8_t ret[32])
{
	const char *second = memchr(text, '\n', n);
	const char *third = second == NULL ? NULL :
	    memchr(second + 1, '\n', n - (size_t)(second + 1 - text));

	if (third == NULL || n - (size_t)(third + 1 - text) < 44)
		return -1;
	return hex_from_base64(third + 1, 44, ret, 32) == 32 ? 0 : -1;
}

bool
checkkey_vouched(const struct check *c, const char *base64,
    const uint8_t *root, uint64_t size, const struct note_key *next)
{
	uint8_t note[NOTE_REKEY_BYTES];
	struct buf want = BUF_EMPTY;
	struct note_rekey r = { .size = size, .next = *next };
	struct err e;
	size_t n_text;
	ssize_t n;
	bool good;

	if (!c->has_recovery || (n = hex_from_base64(base64, strlen(base64),
	    note, sizeof(note))) <= 0 || note_verify((const char *)note,
	    (size_t)n, &c->recovery, 1, &n_text, NULL, &e) == -1)
		return false;
	if (root != NULL)
		memcpy(r.root, root, 32);
	else if (root_in((const char *)note, n_text, r.root) == -1)
		return false;
	good = note_rekey_text(&r, &want) == 0 && want.n == n_text &&
	    memcmp(want.data, note, n_text) == 0;
	buf_release(&want);
	return good;
}

bool
checkkey_recovered(const struct check *c, const struct checkline *l)
{
	const char *base64 = checkline_text(l->object, "recovery");
	uint8_t root[32];

	merkle_root(&c->r.tree, root);
	return base64 != NULL && checkkey_vouched(c, base64, root, l->seq,
	    &c->next_key);
}

int
checkkey_seal(const struct check *c, const char *note, size_t n,
    size_t *ret_n_text)
{
	const struct note_key both[2] = { c->key, c->next_key };
	const struct note_key *keys = c->rekeyed ? &c->next_key : both;
	bool two = c->rotated && !c->rekeyed;
	uint32_t which;
	struct err e;

	if (note_verify(note, n, keys, two ? 2 : 1, ret_n_text, &which,
	    &e) == -1)
		return -1;
	return which == (two ? 3U : 1U) ? 0 : -1;
}
