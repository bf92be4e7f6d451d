/*
 * anchor - the three kinds of evidence, told apart and handed on.
 */
#include "retention/anchor.h"

#include <string.h>

#include "retention/sha256.h"

#include "anchorcosig.h"
#include "anchortoken.h"

static const struct kind {
	const char *name, *suffix;
} kinds[ANCHOR_N_KINDS] = {
	[ANCHOR_COPY] = { "copy", ".note" },
	[ANCHOR_RFC3161] = { "rfc3161", ".tsr" },
	[ANCHOR_COSIGNATURE] = { "cosignature", ".cosig" },
};

const char *
anchor_name(enum anchor_kind k)
{
	must((unsigned)k < ANCHOR_N_KINDS);
	return kinds[k].name;
}

const char *
anchor_suffix(enum anchor_kind k)
{
	must((unsigned)k < ANCHOR_N_KINDS);
	return kinds[k].suffix;
}

int
anchor_find(const char *name)
{
	for (int i = 0; i < ANCHOR_N_KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return i;
	return -1;
}

int
anchor_file(const char *name, uint64_t *ret_size, enum anchor_kind *ret)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; name[i] >= '0' && name[i] <= '9' && i < 18; i++)
		size = size * 10 + (uint64_t)(name[i] - '0');
	if (i == 0 || name[0] == '0')
		return -1;
	for (int k = 0; k < ANCHOR_N_KINDS; k++)
		if (strcmp(name + i, kinds[k].suffix) == 0) {
			*ret_size = size;
			*ret = (enum anchor_kind)k;
			return 0;
		}
	return -1;
}

/* A response is a DER sequence of more than 127 bytes, no printable text. */
enum anchor_kind
anchor_guess(const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	if (n > 2 && b[0] == 0x30 && b[1] > 0x80 && b[1] < 0x85)
		return ANCHOR_RFC3161;
	return anchorcosig_is(bytes, n) ? ANCHOR_COSIGNATURE : ANCHOR_COPY;
}

int
anchor_witness(const char *vkey, struct note_key *ret_key, struct err *e)
{
	return anchorcosig_key(vkey, ret_key, e);
}

int
anchor_read(enum anchor_kind k, struct anchor_bytes evidence,
    struct anchor_bytes note, struct anchor_evidence *ret, struct err *e)
{
	struct anchor_evidence ev = { .kind = k };
	struct anchortoken t;
	int rc = 0;

	if (evidence.n == 0 || evidence.n > ANCHOR_MOST_BYTES)
		return err_set(e, ERR_INPUT, "evidence of %zu bytes: 1 to %d "
		    "are allowed", evidence.n, ANCHOR_MOST_BYTES);
	if (k == ANCHOR_COPY && (evidence.n != note.n ||
	    memcmp(evidence.data, note.data, note.n) != 0))
		return err_set(e, ERR_INPUT, "the copy is not the checkpoint "
		    "that was handed out");
	if (k == ANCHOR_COSIGNATURE)
		rc = anchorcosig_read(evidence, note, e);
	if (k == ANCHOR_RFC3161) {
		rc = anchortoken_read(evidence, &t, e);
		if (rc == 0 && !anchortoken_is_of(&t, note))
			rc = err_set(e, ERR_INPUT, "the time stamp is for "
			    "other bytes than this checkpoint");
		if (rc == 0) {
			ev.at = t.at;
			memcpy(ev.by, t.by, sizeof(ev.by));
		}
	}
	if (rc == -1)
		return -1;
	sha256_once(evidence.data, evidence.n, ev.sha256);
	*ret = ev;
	return 0;
}

int
anchor_trusted(struct anchor_bytes evidence, const struct anchor_trust *t,
    struct anchor_evidence *ret, struct err *e)
{
	switch (ret->kind) {
	case ANCHOR_COPY:
		return 0;
	case ANCHOR_RFC3161:
		if (t == NULL || t->tsa_ca == NULL)
			return err_set(e, ERR_REFUSED, "no certificates of a "
			    "time stamping authority to check against");
		return anchortoken_trusted(evidence, t->tsa_ca, ret->at, e);
	case ANCHOR_COSIGNATURE:
		if (t == NULL || t->n_witnesses == 0)
			return err_set(e, ERR_REFUSED, "no witness is known");
		return anchorcosig_trusted(evidence, t, ret, e);
	case ANCHOR_N_KINDS:
		break;
	}
	return err_set(e, ERR_INPUT, "evidence of an unknown kind");
}
