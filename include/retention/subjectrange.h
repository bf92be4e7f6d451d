/*
 * subjectrange - where in an ordered index every spelling of an identifier
 * lies.
 *
 * A value names the same person as `wanted` when their normal forms
 * (subject.h) are equal.  Such a value begins with a space, with a character
 * beyond ASCII, or with the first letter of the canonical decomposition of
 * the normal form, in either case; and so on, letter by letter.  (Nothing but
 * ASCII letters folds from ASCII letters; whatever composes, is ignored or
 * folds to several letters begins with a byte of 80 to FF.)  Of an nhs_number
 * it begins with the first digit or with anything that is no digit.
 * So a few hundred ranges of bytes hold all spellings, and little else.
 */
#ifndef RETENTION_SUBJECTRANGE_H
#define RETENTION_SUBJECTRANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

#define SUBJECTRANGE_PREFIX 24		/* bytes of a bound, without NUL */

struct subjectrange {			/* lo <= value < hi, as bytes */
	uint8_t n_lo, n_hi;
	uint8_t lo[SUBJECTRANGE_PREFIX + 2], hi[SUBJECTRANGE_PREFIX + 2];
};

struct subjectform {			/* one identifier that is looked for */
	char kind[64];
	char *normal;			/* owned, wiped; NUL-terminated */
	size_t n;
	bool digits_only;		/* of its kind only digits count */
};

/* As an operator typed it (subject_check()).  */
int subjectrange_form(const char *kind, const char *value,
    struct subjectform *ret, struct err *e);
void subjectrange_release(struct subjectform *f);	/* twice is fine */

/* Is it a spelling of it?  Text that is not UTF-8 is none.  -1: no memory. */
int subjectrange_same(const struct subjectform *f, const char *text, size_t n);

/*
 * The ranges, at most `most` (SUBJECTRANGE_LEAST at least) of them, disjoint.
 * `folded`: the index tells no ASCII case apart and all bounds are lower
 * case.  *ret is malloc'd.
 */
#define SUBJECTRANGE_LEAST 32
int subjectrange_list(const struct subjectform *f, bool folded, size_t most,
    struct subjectrange **ret, size_t *ret_n, struct err *e);

/* Could a number be a spelling?  Then the one it would be. */
bool subjectrange_number(const struct subjectform *f, double *ret);

#endif
