/*
 * checkchain - one line per key.  The first is pinned; each later one is in
 * the note of the final checkpoint of its rotation, which both keys signed, or
 * of a rekey, for which the recovery key vouched.
 */
#include "checkchain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retention/sha256.h"

#include "checkkey.h"

struct walk {
	struct check *c;
	struct note_key key;		/* of the epoch before the next line */
	uint64_t ep, size;
};

static const char *
first_key(struct walk *w, const struct checkobject *o, const char *vkey)
{
	struct check *c = w->c;
	const char *recovery = checkline_text(o, "recovery");
	struct err e;

	if (note_key_parse(vkey, &w->key, &e) == -1 ||
	    (checkline_has(o, "recovery") && (recovery == NULL ||
	    note_key_parse(recovery, &c->recovery, &e) == -1)))
		return "the chain of keys is malformed";
	c->has_recovery = recovery != NULL;
	c->r.first_key = w->key;
	c->r.have_key = true;
	return NULL;
}

static const char *
next_key(struct walk *w, const struct checkobject *o, const char *vkey)
{
	struct note_key keys[2] = { w->key };
	const char *note = checkline_text(o, "note");
	const char *recovery = checkline_text(o, "recovery");
	struct note_checkpoint cp;
	uint32_t which, want = recovery != NULL ? 1 : 3;
	size_t n_text;
	struct err e;

	if (note_key_parse(vkey, &keys[1], &e) == -1 || note == NULL ||
	    strcmp(keys[0].name, keys[1].name) != 0)
		return "the chain of keys is malformed";
	if (note_verify(note, strlen(note), recovery != NULL ? keys + 1 : keys,
	    recovery != NULL ? 1 : 2, &n_text, &which, &e) == -1 ||
	    which != want)
		return "the chain of keys is broken: a key was not signed for "
		    "by the one before it";
	if (note_checkpoint_parse(note, n_text, &cp, &e) == -1 ||
	    strcmp(cp.origin, w->key.name) != 0 || cp.size <= w->size)
		return "the chain of keys is not in order";
	if (recovery != NULL && (cp.size == 0 || !checkkey_vouched(w->c,
	    recovery, NULL, cp.size - 1, &keys[1])))
		return "the chain of keys is broken: the recovery key did not "
		    "sign for a key";
	w->c->r.rekeys += recovery != NULL;
	w->size = cp.size;
	w->key = keys[1];
	return NULL;
}

static const char *
one_line(struct walk *w, const char *line, size_t n)
{
	struct checkobject *o = checkline_object(line, n);
	const char *bad = "the chain of keys is malformed";
	const char *vkey;
	uint64_t ep;

	if (o == NULL)
		return bad;
	vkey = checkline_text(o, "vkey");
	if (vkey != NULL && checkline_uint(o, "ep", &ep) == 0 && ep == w->ep) {
		bad = ep == 0 ? first_key(w, o, vkey) : next_key(w, o, vkey);
		w->ep++;
	}
	checkline_object_free(o);
	return bad;
}

static const char *
lines(struct walk *w, FILE *f, uint32_t epoch, struct sha256 *h)
{
	const char *bad = NULL;
	char *line = malloc(RECORD_MOST + 2);

	if (line == NULL)
		return "no memory to read the chain of keys";
	/* Later keys may follow: of a pruning that is not yet carried out. */
	while (bad == NULL && w->ep <= epoch &&
	    fgets(line, RECORD_MOST + 2, f) != NULL) {
		size_t n = strlen(line);

		sha256_add(h, line, n);
		if (n == 0 || line[n - 1] != '\n')
			bad = "the chain of keys is malformed";
		else
			bad = one_line(w, line, n - 1);
	}
	free(line);
	return bad;
}

static const char *
judge(struct walk *w, FILE *f, const struct checkchain_end *end)
{
	struct sha256 *h = sha256_new();
	uint8_t hash[32];
	const char *bad;

	if (h == NULL)
		return "no memory to read the chain of keys";
	bad = lines(w, f, end->epoch, h);
	sha256_end(h, hash);
	sha256_free(h);
	if (bad != NULL)
		return bad;
	if (memcmp(hash, end->sha256, 32) != 0)
		return "the chain of keys is not the one that was recorded";
	if (w->ep != (uint64_t)end->epoch + 1 || w->size > end->size ||
	    strcmp(w->key.name, end->key->name) != 0 ||
	    memcmp(w->key.pub, end->key->pub, 32) != 0)
		return "the chain of keys does not lead to the key in force";
	return NULL;
}

int
checkchain_read(struct check *c, const struct checkchain_end *end,
    const char **ret_bad, struct err *e)
{
	struct walk w = { .c = c };
	int fd = openat(c->file.dirfd, "keys.chain",
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	FILE *f = fd != -1 ? fdopen(fd, "re") : NULL;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (f == NULL)
		return err_sys(e, "keys.chain");
	*ret_bad = judge(&w, f, end);
	(void)fclose(f);
	return 1;
}
