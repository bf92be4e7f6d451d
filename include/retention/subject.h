/*
 * subject - a person's identifier: normal form and keyed hash.
 *
 * "Ann.Example@Example.ORG " and "ann.example@example.org" are one person:
 * NFC (Unicode 14, UAX #15), case folded (CaseFolding.txt, full), spaces at
 * the ends cut and runs of them made one.  Of an nhs_number (ten digits, the
 * last a check digit, modulus 11) the digits alone count.
 */
#ifndef RETENTION_SUBJECT_H
#define RETENTION_SUBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct buf;

#define SUBJECT_MOST 1024		/* bytes of an identifier */
#define SUBJECT_NHS "nhs_number"	/* the kind of which digits count */

/*
 * The normal form, appended to ret (wipe it: it names a person).  -1: empty,
 * too long, or not UTF-8; nothing of it stands in the message.
 */
int subject_normal(const char *kind, const char *value, size_t n,
    struct buf *ret, struct err *e);

/* As an operator types it: also that a check digit is right. */
int subject_check(const char *kind, const char *value, struct err *e);

/* HMAC-SHA-256(K_subject, kind ‖ 00 ‖ normal form).  -1 as above. */
int subject_hash(const uint8_t key[32], const char *kind, const char *value,
    size_t n, uint8_t ret[32], struct err *e);

/* The digest that stands for a column's new value, byte by byte and without a
 * normal form: HMAC-SHA-256(HMAC-SHA-256(K_subject, column), value). */
void subject_value(const uint8_t key[32], const char *column,
    const char *value, size_t n, uint8_t ret[32]);

#endif
