/* subject_value - the digest of what a column is corrected to. */
#include "retention/subject.h"

#include <string.h>

#include "retention/sha256.h"

/* HMAC under a key of the column's own: nothing is joined, nothing copied. */
void
subject_value(const uint8_t key[32], const char *column, const char *value,
    size_t n, uint8_t ret[32])
{
	uint8_t own[SHA256_BYTES];

	sha256_hmac(key, 32, column, strlen(column), own);
	sha256_hmac(own, sizeof(own), value, n, ret);
	explicit_bzero(own, sizeof(own));
}
