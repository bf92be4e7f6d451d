/*
 * wordseen - words that were looked up of late and found to be nobody's, byte
 * for byte: in logs most of them come again and again.  It may forget, and
 * never takes one word for another.
 */
#ifndef RETENTION_WORDSEEN_H
#define RETENTION_WORDSEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wordseen;

struct wordseen *wordseen_new(void);		/* NULL: no memory */
void wordseen_free(struct wordseen *w);		/* wipes; NULL is fine */

/* NULL knows none; long words are not kept. */
bool wordseen_has(const struct wordseen *w, const char *text, size_t n);
void wordseen_put(struct wordseen *w, const char *text, size_t n);

#endif
