/*
 * note - signed notes and checkpoints, read as hostile bytes.  A signature
 * counts only when both the name and the key id are those of a known key.
 */
#include "retention/note.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/evp.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/sha256.h"

#define ED25519 0x01		/* the algorithm byte of a key */
#define MOST_RAW (NOTE_MOST_BYTES / 4 * 3)

static const char dash[] = "\xe2\x80\x94 ";	/* starts a signature line */

static int
check_name(const char *name, size_t n, struct err *e)
{
	if (n == 0 || n >= NOTE_NAME_BYTES)
		return err_set(e, ERR_INPUT, "a key name has 1 to %d bytes",
		    NOTE_NAME_BYTES - 1);
	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '+')
			return err_set(e, ERR_INPUT, "a key name is printable "
			    "ASCII without space and '+'");
	return 0;
}

int
note_key_make(const char *name, const uint8_t pub[32],
    struct note_key *ret_key, struct err *e)
{
	uint8_t text[NOTE_NAME_BYTES + 34];
	uint8_t hash[32];
	size_t n = strlen(name);
	struct note_key k = { .name = "" };

	if (check_name(name, n, e) == -1)
		return -1;
	memcpy(k.name, name, n);
	memcpy(k.pub, pub, sizeof(k.pub));
	memcpy(text, name, n);
	text[n] = '\n';
	text[n + 1] = ED25519;
	memcpy(text + n + 2, pub, 32);
	sha256_once(text, n + 34, hash);
	memcpy(k.id, hash, sizeof(k.id));
	*ret_key = k;
	return 0;
}

/* Where the second part (key id) of a vkey starts; NULL: malformed. */
static const char *
split_vkey(const char *vkey, char *ret_name, uint8_t ret_id[4])
{
	const char *plus = strchr(vkey, '+');
	char id[9] = "";

	if (plus == NULL || plus - vkey >= NOTE_NAME_BYTES)
		return NULL;
	memcpy(ret_name, vkey, (size_t)(plus - vkey));
	ret_name[plus - vkey] = '\0';
	if (strnlen(plus + 1, 9) != 9 || plus[9] != '+')
		return NULL;
	memcpy(id, plus + 1, 8);
	return hex_bytes(id, 4, ret_id) == 0 ? plus + 10 : NULL;
}

int
note_key_parse(const char *vkey, struct note_key *ret_key, struct err *e)
{
	char name[NOTE_NAME_BYTES];
	uint8_t id[4], raw[33];
	struct note_key k;
	const char *rest = split_vkey(vkey, name, id);

	if (rest == NULL || hex_from_base64(rest, strlen(rest), raw,
	    sizeof(raw)) != (ssize_t)sizeof(raw))
		return err_set(e, ERR_INPUT, "not a verifier key: expected "
		    "name+8 hex digits+base 64 of 33 bytes");
	if (raw[0] != ED25519)
		return err_set(e, ERR_INPUT, "verifier key of algorithm %u: "
		    "expected 1 (Ed25519)", raw[0]);
	if (note_key_make(name, raw + 1, &k, e) == -1)
		return -1;
	if (memcmp(k.id, id, sizeof(id)) != 0)
		return err_set(e, ERR_INPUT, "the verifier key does not match "
		    "its own key id: mistyped?");
	*ret_key = k;
	return 0;
}

void
note_key_text(const struct note_key *k, char ret_vkey[NOTE_VKEY_BYTES])
{
	char id[9], base64[HEX_BASE64_BYTES(33)];
	uint8_t raw[33] = { ED25519 };

	memcpy(raw + 1, k->pub, 32);
	hex_text(k->id, 4, id);
	hex_base64(raw, sizeof(raw), base64);
	(void)snprintf(ret_vkey, NOTE_VKEY_BYTES, "%s+%s+%s", k->name, id,
	    base64);
}

int
note_checkpoint_text(const struct note_checkpoint *cp, struct buf *out)
{
	char root[HEX_BASE64_BYTES(32)];

	hex_base64(cp->root, 32, root);
	buf_putf(out, "%s\n%" PRIu64 "\n%s\n", cp->origin, cp->size, root);
	return buf_failed(out) ? -1 : 0;
}

int
note_rekey_text(const struct note_rekey *r, struct buf *out)
{
	char root[HEX_BASE64_BYTES(32)], vkey[NOTE_VKEY_BYTES];

	hex_base64(r->root, 32, root);
	note_key_text(&r->next, vkey);
	buf_putf(out, "%s rekey\n%" PRIu64 "\n%s\n%s\n", r->next.name, r->size,
	    root, vkey);
	return buf_failed(out) ? -1 : 0;
}

/* One line without its LF; the rest moves on.  NULL: no LF left. */
static const char *
take_line(const char **text, size_t *n, size_t *ret_n)
{
	const char *line = *text;
	const char *end = memchr(line, '\n', *n);

	if (end == NULL)
		return NULL;
	*ret_n = (size_t)(end - line);
	*n -= *ret_n + 1;
	*text = end + 1;
	return line;
}

static int
parse_size(const char *line, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (n == 0 || n > 20 || (n > 1 && line[0] == '0'))
		return -1;
	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)(line[i] - '0');

		if (digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return -1;
	}
	*ret = v;
	return 0;
}

int
note_checkpoint_parse(const char *text, size_t n,
    struct note_checkpoint *ret_cp, struct err *e)
{
	struct note_checkpoint cp = { .origin = "" };
	const char *line;
	size_t len;

	line = take_line(&text, &n, &len);
	if (line == NULL || check_name(line, len, e) == -1)
		return err_set(e, ERR_INPUT, "checkpoint: no origin line");
	memcpy(cp.origin, line, len);
	line = take_line(&text, &n, &len);
	if (line == NULL || parse_size(line, len, &cp.size) == -1)
		return err_set(e, ERR_INPUT, "checkpoint: the size is not a "
		    "decimal number without leading zeros");
	line = take_line(&text, &n, &len);
	if (line == NULL || hex_from_base64(line, len, cp.root, 32) != 32)
		return err_set(e, ERR_INPUT, "checkpoint: the root is not "
		    "canonical base 64 of 32 bytes");
	if (n != 0)
		return err_set(e, ERR_INPUT, "checkpoint: lines after the root");
	*ret_cp = cp;
	return 0;
}

void
note_add_signature(struct buf *note, bool first, const struct note_key *k,
    const uint8_t sig[64])
{
	uint8_t raw[68];
	char base64[HEX_BASE64_BYTES(68)];

	memcpy(raw, k->id, 4);
	memcpy(raw + 4, sig, 64);
	hex_base64(raw, sizeof(raw), base64);
	buf_putf(note, "%s%s%s %s\n", first ? "\n" : "", dash, k->name, base64);
}

/* UTF-8 (RFC 3629) without control characters but LF. */
static bool
is_clean(const char *text, size_t n)
{
	const uint8_t *s = (const uint8_t *)text;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = s[i];
		size_t more = c < 0x80 ? 0 : c < 0xc2 ? 4 : c < 0xe0 ? 1 :
		    c < 0xf0 ? 2 : c < 0xf5 ? 3 : 4;

		if ((c < 0x20 && c != '\n') || more == 4 || more >= n - i)
			return false;
		if ((c == 0xe0 && s[i + 1] < 0xa0) ||
		    (c == 0xed && s[i + 1] > 0x9f) ||
		    (c == 0xf0 && s[i + 1] < 0x90) ||
		    (c == 0xf4 && s[i + 1] > 0x8f))
			return false;
		for (; more != 0; more--)
			if ((s[++i] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

/* The signed text ends where the last empty line begins. */
static size_t
text_length(const char *note, size_t n)
{
	for (size_t i = n; i >= 2; i--)
		if (note[i - 1] == '\n' && note[i - 2] == '\n')
			return i - 1;
	return 0;
}

static int
check_signature(const struct note_key *k, const char *text, size_t n,
    const uint8_t sig[64])
{
	EVP_PKEY *pub = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    k->pub, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int good = pub != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pub) == 1 &&
	    EVP_DigestVerify(ctx, sig, 64, (const uint8_t *)text, n) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pub);
	return good ? 0 : -1;
}

struct signature {
	const char *name;
	size_t n_name;
	uint8_t raw[MOST_RAW];
	size_t n_raw;
};

static int
parse_signature(const char *line, size_t n, struct signature *ret)
{
	const char *space;
	ssize_t raw;

	if (n < sizeof(dash) - 1 || memcmp(line, dash, sizeof(dash) - 1) != 0)
		return -1;
	line += sizeof(dash) - 1;
	n -= sizeof(dash) - 1;
	space = memchr(line, ' ', n);
	if (space == NULL || space == line ||
	    memchr(line, '+', (size_t)(space - line)) != NULL)
		return -1;
	ret->name = line;
	ret->n_name = (size_t)(space - line);
	raw = hex_from_base64(space + 1, n - ret->n_name - 1, ret->raw,
	    sizeof(ret->raw));
	if (raw < 5)
		return -1;
	ret->n_raw = (size_t)raw;
	return 0;
}

/* Which of the keys it claims to be by; n_keys: none of them. */
static size_t
find_key(const struct signature *s, const struct note_key *keys, size_t n_keys)
{
	size_t i = 0;

	while (i < n_keys && !(strlen(keys[i].name) == s->n_name &&
	    memcmp(keys[i].name, s->name, s->n_name) == 0 &&
	    memcmp(keys[i].id, s->raw, 4) == 0))
		i++;
	return i;
}

int
note_verify(const char *note, size_t n, const struct note_key *keys,
    size_t n_keys, size_t *ret_n_text, uint32_t *ret_which, struct err *e)
{
	size_t n_text, n_line, rest, count = 0;
	const char *at, *line;
	struct signature s;
	uint32_t which = 0;

	must(n_keys <= 32);
	if (n > NOTE_MOST_BYTES || !is_clean(note, n))
		return err_set(e, ERR_INPUT, "note: too long, or not plain "
		    "UTF-8 text");
	n_text = text_length(note, n);
	if (n_text < 2)
		return err_set(e, ERR_INPUT, "note: no text before signatures");
	at = note + n_text + 1;
	rest = n - n_text - 1;
	while (rest != 0) {
		size_t k;

		line = take_line(&at, &rest, &n_line);
		if (line == NULL || parse_signature(line, n_line, &s) == -1 ||
		    ++count > NOTE_MOST_SIGNATURES)
			return err_set(e, ERR_INPUT, "note: malformed "
			    "signature lines");
		k = find_key(&s, keys, n_keys);
		if (k == n_keys)
			continue;
		if (s.n_raw != 68 ||
		    check_signature(&keys[k], note, n_text, s.raw + 4) == -1)
			return err_set(e, ERR_INPUT, "note: the signature by "
			    "%s is wrong", keys[k].name);
		which |= UINT32_C(1) << k;
	}
	if (which == 0)
		return err_set(e, ERR_INPUT, "note: not signed by a known key");
	*ret_n_text = n_text;
	if (ret_which != NULL)
		*ret_which = which;
	return 0;
}
