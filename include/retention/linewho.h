/*
 * linewho - whose line it is, told by keyed hashes alone: a line is cut into
 * tokens, and each is hashed as a person's identifier is (subject.h).  Does no
 * I/O; any bytes.
 *
 * A token is a longest run of letters, digits, . _ - + @ and bytes above 127,
 * where %HH is the byte that it spells: an address, a name, a number, and
 * never a part of one ("ann" is not in ann@example.org, nor in joann).  A run
 * of two colons or more among hex digits (and dots) is one token, too.  A token
 * is hashed
 *   as it is, without the full stop at its end, and
 *   as the address that it writes: RFC 5952 text, the IPv4 one if mapped.
 * In doubt it is nobody's: an IPv4 address after "NAME/" (it may be a version),
 * digits in other text for an nhs_number, an address with a word or a port
 * joined to it by a colon, what follows a backslash.
 */
#ifndef RETENTION_LINEWHO_H
#define RETENTION_LINEWHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/gate.h"
#include "retention/rule.h"
#include "retention/wordseen.h"

struct linewho {
	const uint8_t *key;			/* 32 bytes; borrowed */
	const struct rule_person *wanted;	/* borrowed */
	size_t n_wanted;
	struct wordseen *seen;		/* borrowed; of these persons; or NULL */
};

/* Could a line's token be this identifier at all?  Not if it has a space, say,
 * for a hash cannot be looked for in the middle of a text; nor if it is an
 * address that is not in the text of RFC 5952; nor if it is so short that it may
 * be anything: 4 bytes at least, digits alone 6.  -1: no identifier. */
int linewho_can(const char *kind, const char *value, size_t n, bool *ret,
    struct err *e);

/*
 * Whoever the line may name, of any of these kinds: here doubt counts, and
 * every spelling of every token is told.  -1: no memory.
 */
struct linewho_ask {
	const uint8_t *key;
	size_t n_kinds;
	const char (*kind)[GATE_KIND_BYTES];
	void *ctx;
	void (*maybe)(void *ctx, size_t kind, const uint8_t hash[32]);
};
int linewho_all(const struct linewho_ask *a, const char *line, size_t n,
    struct err *e);

/*
 * Until when, in ms since 1970, a line is wanted: 0 for nobody's, INT64_MAX for
 * whatever time it bears, of several persons the latest.  -1: no memory.
 */
int linewho_until(const struct linewho *w, const char *line, size_t n,
    int64_t *ret, struct err *e);

/*
 * Into out[n] the line with an x for each byte of the persons' tokens, so that
 * it is nobody's; line and out may be the same.  *ret: tokens.  -1: no memory,
 * and out is not to be used.
 */
int linewho_mask(const struct linewho *w, const char *line, size_t n,
    char *out, size_t *ret, struct err *e);

#endif
