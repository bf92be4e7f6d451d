/* proof - tlog-proof files: a head, an index, hashes, a note. */
#include "retention/proof.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/merkle.h"

#define HEAD "c2sp.org/tlog-proof@v1\nindex "

void
proof_text(const struct merklepath *path, const char *note, size_t n_note,
    struct buf *out)
{
	char base64[HEX_BASE64_BYTES(32)];

	buf_putf(out, HEAD "%" PRIu64 "\n", path->index);
	for (size_t i = 0; i < path->n; i++) {
		hex_base64(path->hash[i], 32, base64);
		buf_putf(out, "%s\n", base64);
	}
	buf_puts(out, "\n");
	buf_add(out, note, n_note);
}

/* Decimal without leading zeros up to LF; NULL: it is not. */
static const char *
take_index(const char *at, const char *end, uint64_t *ret)
{
	const char *from = at;
	uint64_t v = 0;

	while (at != end && *at >= '0' && *at <= '9') {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*at - '0'), &v))
			return NULL;
		at++;
	}
	if (at == from || at == end || *at != '\n' ||
	    (*from == '0' && at != from + 1))
		return NULL;
	*ret = v;
	return at + 1;
}

static int
read_note(struct proof *p, struct err *e)
{
	const char *end = p->n_note != 0 ?
	    memmem(p->note, p->n_note, "\n\n", 2) : NULL;

	if (end == NULL)
		return err_set(e, ERR_INPUT, "proof: no signed checkpoint");
	return note_checkpoint_parse(p->note, (size_t)(end - p->note) + 1,
	    &p->cp, e);
}

int
proof_parse(const char *text, size_t n, struct proof *ret, struct err *e)
{
	const char *at = text, *end = text + n;
	struct proof p = { .path.n = 0 };

	if (n < sizeof(HEAD) || memcmp(text, HEAD, sizeof(HEAD) - 1) != 0)
		return err_set(e, ERR_INPUT, "proof: not a tlog-proof@v1");
	at = take_index(at + sizeof(HEAD) - 1, end, &p.path.index);
	if (at == NULL)
		return err_set(e, ERR_INPUT, "proof: the index is not a "
		    "decimal number");
	while (at != end && *at != '\n') {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		if (lf == NULL || p.path.n == MERKLEPATH_MOST ||
		    hex_from_base64(at, (size_t)(lf - at),
		    p.path.hash[p.path.n++], 32) != 32)
			return err_set(e, ERR_INPUT, "proof: a hash is not "
			    "canonical base 64 of 32 bytes");
		at = lf + 1;
	}
	if (at == end)
		return err_set(e, ERR_INPUT, "proof: cut short");
	p.note = at + 1;
	p.n_note = (size_t)(end - p.note);
	if (read_note(&p, e) == -1)
		return -1;
	p.path.size = p.cp.size;
	*ret = p;
	return 0;
}

int
proof_holds(const struct proof *p, const char *line, size_t n, struct err *e)
{
	uint8_t leaf[32], root[32];

	merkle_leaf(line, n, leaf);
	if (merklepath_root(&p->path, leaf, root) == -1 ||
	    memcmp(root, p->cp.root, 32) != 0)
		return err_set(e, ERR_INPUT, "the record is not among those "
		    "that the checkpoint seals");
	return 0;
}
