/* wordseen - one place for each word, which a later one takes. */
#include "retention/wordseen.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 8192		/* 512 KiB in all */
#define MOST 63

struct word {
	uint8_t n;			/* 0: empty */
	char text[MOST];
};

struct wordseen {
	struct word at[PLACES];
};

struct wordseen *
wordseen_new(void)
{
	return calloc(1, sizeof(struct wordseen));
}

void
wordseen_free(struct wordseen *w)
{
	if (w != NULL)
		explicit_bzero(w, sizeof(*w));
	free(w);
}

/* FNV-1a, 64 bits. */
static size_t
place(const char *text, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	return (size_t)((h ^ h >> 32) % PLACES);
}

bool
wordseen_has(const struct wordseen *w, const char *text, size_t n)
{
	const struct word *at;

	if (w == NULL || n == 0 || n > MOST)
		return false;
	at = &w->at[place(text, n)];
	return at->n == n && memcmp(at->text, text, n) == 0;
}

void
wordseen_put(struct wordseen *w, const char *text, size_t n)
{
	struct word *at;

	if (w == NULL || n == 0 || n > MOST)
		return;
	at = &w->at[place(text, n)];
	at->n = (uint8_t)n;
	memcpy(at->text, text, n);
}
