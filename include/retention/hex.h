/*
 * hex - bytes as text: lower-case base 16, and base 64 of RFC 4648 section 4.
 *
 * Decoders are strict: exact length, canonical padding, zero spare bits.
 */
#ifndef RETENTION_HEX_H
#define RETENTION_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* 2n digits and a NUL. */
void hex_text(const void *bytes, size_t n, char *ret_text);

/* Exactly n bytes from exactly 2n digits and a NUL; -1 otherwise. */
int hex_bytes(const char *text, size_t n, uint8_t *ret_bytes);

#define HEX_BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1)	/* with NUL */

void hex_base64(const void *bytes, size_t n, char *ret_text);

/* Bytes written, at most `most`; -1 if not canonical base 64 or too long. */
ssize_t hex_from_base64(const char *text, size_t n_text, uint8_t *ret_bytes,
    size_t most);

#endif
