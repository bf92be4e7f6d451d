/*
 * anchorcosig - C2SP cosignature/v1: a line of a signed note whose signature
 * is a time (8 bytes, big endian, seconds) and an Ed25519 signature over
 * "cosignature/v1\ntime N\n" and the text of the note.  The key's id is made
 * with the algorithm byte 04, so a log's signature never counts as one.
 */
#include "anchorcosig.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/evp.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/sha256.h"

#define ALGORITHM 0x04
#define COSIGNATURE_BYTES (4 + 8 + 64)
#define LATEST_S UINT64_C(253402300799)		/* the year 9999 */

static const char dash[] = "\xe2\x80\x94 ";

struct line {
	const char *name;
	size_t n_name;
	uint8_t raw[COSIGNATURE_BYTES];	/* key id, time, signature */
};

/* The signed text, LF included; 0: no note. */
static size_t
text_length(const char *note, size_t n)
{
	for (size_t i = n; i >= 2; i--)
		if (note[i - 1] == '\n' && note[i - 2] == '\n')
			return i - 1;
	return 0;
}

/* 1 a cosignature's line, 0 another, -1 no line left. */
static int
next_line(const char **at, const char *end, struct line *ret)
{
	const char *line = *at, *lf, *space;

	lf = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
	if (lf == NULL)
		return -1;
	*at = lf + 1;
	if ((size_t)(lf - line) < sizeof(dash) - 1 ||
	    memcmp(line, dash, sizeof(dash) - 1) != 0)
		return 0;
	line += sizeof(dash) - 1;
	space = memchr(line, ' ', (size_t)(lf - line));
	if (space == NULL || space == line)
		return 0;
	ret->name = line;
	ret->n_name = (size_t)(space - line);
	return hex_from_base64(space + 1, (size_t)(lf - space - 1), ret->raw,
	    sizeof(ret->raw)) == COSIGNATURE_BYTES;
}

bool
anchorcosig_is(const char *note, size_t n)
{
	size_t n_text = n != 0 ? text_length(note, n) : 0;
	const char *at = note + n_text + 1;
	struct line l;
	int rc = 0;

	if (n_text == 0)
		return false;
	while (rc == 0)
		rc = next_line(&at, note + n, &l);
	return rc == 1;
}

static void
key_id(const char *name, const uint8_t pub[32], uint8_t ret[4])
{
	uint8_t text[NOTE_NAME_BYTES + 34], hash[32];
	size_t n = strlen(name);

	memcpy(text, name, n);
	text[n] = '\n';
	text[n + 1] = ALGORITHM;
	memcpy(text + n + 2, pub, 32);
	sha256_once(text, n + 34, hash);
	memcpy(ret, hash, 4);
}

int
anchorcosig_key(const char *vkey, struct note_key *ret_key, struct err *e)
{
	const char *plus = strchr(vkey, '+');
	size_t n = plus != NULL ? (size_t)(plus - vkey) : 0;
	char name[NOTE_NAME_BYTES] = "", id[9] = "";
	uint8_t raw[33], want[4];
	struct note_key k;

	if (n == 0 || n >= sizeof(name) || strnlen(plus + 1, 9) != 9 ||
	    plus[9] != '+' || hex_from_base64(plus + 10, strlen(plus + 10),
	    raw, sizeof(raw)) != (ssize_t)sizeof(raw) || raw[0] != ALGORITHM)
		return err_set(e, ERR_INPUT, "not the key of a witness: "
		    "expected name+8 hex digits+base 64 of 04 and an Ed25519 "
		    "key");
	memcpy(name, vkey, n);
	memcpy(id, plus + 1, 8);
	if (note_key_make(name, raw + 1, &k, e) == -1)
		return -1;
	key_id(name, raw + 1, k.id);
	if (hex_bytes(id, 4, want) == -1 || memcmp(want, k.id, 4) != 0)
		return err_set(e, ERR_INPUT, "the key of a witness does not "
		    "match its own key id: mistyped?");
	*ret_key = k;
	return 0;
}

int
anchorcosig_read(struct anchor_bytes cosigned, struct anchor_bytes note,
    struct err *e)
{
	size_t n = cosigned.n <= NOTE_MOST_BYTES ?
	    text_length(cosigned.data, cosigned.n) : 0;

	if (n < 2 || !anchorcosig_is(cosigned.data, cosigned.n))
		return err_set(e, ERR_INPUT, "no checkpoint with the signature "
		    "of a witness");
	if (note.n == 0 || n != text_length(note.data, note.n) ||
	    memcmp(cosigned.data, note.data, n) != 0)
		return err_set(e, ERR_INPUT, "the cosignature is for another "
		    "checkpoint");
	return 0;
}

static uint64_t
time_of(const struct line *l)
{
	uint64_t s = 0;

	for (int i = 4; i < 12; i++)
		s = s << 8 | l->raw[i];
	return s;
}

static int
check(const struct note_key *k, const struct line *l, const char *text,
    size_t n)
{
	EVP_PKEY *pub = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    k->pub, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf b = BUF_EMPTY;
	int good;

	buf_putf(&b, "cosignature/v1\ntime %" PRIu64 "\n", time_of(l));
	buf_add(&b, text, n);
	good = !buf_failed(&b) && pub != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pub) == 1 &&
	    EVP_DigestVerify(ctx, l->raw + 12, 64,
	    (const uint8_t *)buf_text(&b), b.n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pub);
	buf_release(&b);
	return good ? 0 : -1;
}

static const struct note_key *
find(const struct anchor_trust *t, const struct line *l)
{
	for (size_t i = 0; i < t->n_witnesses; i++) {
		const struct note_key *k = &t->witness[i];

		if (strlen(k->name) == l->n_name &&
		    memcmp(k->name, l->name, l->n_name) == 0 &&
		    memcmp(k->id, l->raw, 4) == 0)
			return k;
	}
	return NULL;
}

/* The earliest of several: each of them vouches for what was before it. */
int
anchorcosig_trusted(struct anchor_bytes cosigned,
    const struct anchor_trust *t, struct anchor_evidence *ret, struct err *e)
{
	const char *text = cosigned.data, *end = text + cosigned.n;
	size_t n_text = text_length(text, cosigned.n), count = 0, known = 0;
	const char *at = text + n_text + 1;
	uint64_t first = UINT64_MAX;
	struct line l;
	int got;

	while ((got = next_line(&at, end, &l)) != -1) {
		const struct note_key *k = got == 1 ? find(t, &l) : NULL;
		uint64_t s = got == 1 ? time_of(&l) : 0;

		if (++count > NOTE_MOST_SIGNATURES)
			return err_set(e, ERR_INPUT, "too many signatures");
		if (k == NULL)
			continue;
		if (s == 0 || s > LATEST_S || check(k, &l, text,
		    n_text) == -1)
			return err_set(e, ERR_INPUT, "the cosignature of %.100s "
			    "is wrong", k->name);
		known++;
		if (s >= first)
			continue;
		first = s;
		(void)snprintf(ret->by, sizeof(ret->by), "%.*s",
		    ANCHOR_BY_BYTES - 1, k->name);
	}
	if (known == 0)
		return err_set(e, ERR_REFUSED, "not cosigned by a witness that "
		    "is known here");
	ret->at.ms = (int64_t)first * 1000;
	return 0;
}
