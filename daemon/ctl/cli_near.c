#include "cli_near.h"

#include <stdint.h>
#include <string.h>

#define MOST 128

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One row of the table of optimal string alignment; `up` and `upup` are the
 * two rows above it. */
static void
next_row(const char *a, size_t i, const char *b, size_t *row[3])
{
	const size_t *upup = row[0];
	const size_t *up = row[1];
	size_t *now = row[2];

	now[0] = i;
	for (size_t j = 1; b[j - 1] != '\0'; j++) {
		size_t change = a[i - 1] == b[j - 1] ? 0 : 1;

		now[j] = least(least(up[j] + 1, now[j - 1] + 1),
		    up[j - 1] + change);
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
		    a[i - 2] == b[j - 1])
			now[j] = least(now[j], upup[j - 2] + 1);
	}
}

size_t
cli_near_distance(const char *a, const char *b)
{
	size_t rows[3][MOST + 1];
	size_t *row[3] = { rows[0], rows[1], rows[2] };
	size_t n_a = strlen(a);
	size_t n_b = strlen(b);

	if (n_a > MOST || n_b > MOST)
		return SIZE_MAX;
	for (size_t j = 0; j <= n_b; j++)
		rows[0][j] = rows[1][j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		size_t *spare = row[0];

		next_row(a, i, b, row);
		row[0] = row[1];
		row[1] = row[2];
		row[2] = spare;
	}
	return row[1][n_b];
}

void
cli_near_try(struct cli_near *n, const char *candidate)
{
	size_t d = cli_near_distance(n->word, candidate);
	size_t most = strlen(n->word) / 3 + 1;

	if (d > most || d >= strlen(n->word))
		return;
	if (n->best != NULL && d >= n->distance)
		return;
	n->best = candidate;
	n->distance = d;
}
