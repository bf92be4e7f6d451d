/* anchortoken - RFC 3161 responses: what they say, and who signed them. */
#ifndef AUDIT_ANCHORTOKEN_H
#define AUDIT_ANCHORTOKEN_H

#include "retention/anchor.h"

struct anchortoken {
	struct wall at;			/* genTime */
	char by[ANCHOR_BY_BYTES];	/* the authority, as it names itself */
	char digest[16];		/* "SHA256": of the imprint */
	uint8_t imprint[64];
	size_t n_imprint;
};

/* One response that grants a token, and not a byte more. */
int anchortoken_read(struct anchor_bytes der, struct anchortoken *ret,
    struct err *e);
bool anchortoken_is_of(const struct anchortoken *t, struct anchor_bytes bytes);
/* Signed by a time stamping certificate that was good at that time. */
int anchortoken_trusted(struct anchor_bytes der, const char *ca,
    struct wall at, struct err *e);

#endif
