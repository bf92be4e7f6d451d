/*
 * roles - the bits.
 */
#include "roles.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"

int
roles_room(struct roles *r, uint32_t n)
{
	size_t want = n / 8 + 1;

	if (want <= r->bytes)
		return 0;
	want += want / 4;
	for (int i = 0; i < ROLE_N; i++)
		if (bits_grow(&r->map[i], r->bytes, want) == -1)
			return -1;
	r->bytes = want;
	return 0;
}

void
roles_release(struct roles *r)
{
	for (int i = 0; i < ROLE_N; i++)
		free(r->map[i]);
	*r = (struct roles){ .bytes = 0 };
}

void
roles_clear(struct roles *r, enum role from, enum role to)
{
	for (int i = (int)from; i <= (int)to && r->bytes > 0; i++)
		memset(r->map[i], 0, r->bytes);
}

bool
roles_has(const struct roles *r, enum role role, uint32_t page)
{
	return bits_has(r->map[role], page);
}

void
roles_set(struct roles *r, enum role role, uint32_t page)
{
	bits_set(r->map[role], page);
}

bool
roles_agree(const struct roles *r)
{
	for (size_t i = 0; i < r->bytes; i++)
		if (r->map[ROLE_CHILD][i] & ~r->map[ROLE_TREE][i])
			return false;
	return true;
}
