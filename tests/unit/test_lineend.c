/* lineend: what memchr says, at every place and length. */
#include <stdlib.h>
#include <string.h>

#include "store/logs/lineend.h"

#include "tap.h"

#define MOST 600

int
main(void)
{
	unsigned none = 0, one = 0, two = 0;

	for (size_t n = 0; n <= MOST; n += n < 260 ? 1 : 7) {
		char *p = malloc(n + (n == 0));	/* asan sees a byte more */

		memset(p, '\n' | 0x80, n);
		none += lineend_find(p, n) != NULL;
		for (size_t i = 0; i < n; i++) {
			p[i] = '\n';
			one += lineend_find(p, n) != p + i;
			p[n - 1] = '\n';
			two += lineend_find(p, n) != p + i;
			p[i] = p[n - 1] = 'x';
		}
		free(p);
	}
	ok(none == 0, "no line feed, none found: %u wrong", none);
	ok(one == 0, "the only one is found: %u wrong", one);
	ok(two == 0, "the first of two is found: %u wrong", two);
	return tap_done();
}
