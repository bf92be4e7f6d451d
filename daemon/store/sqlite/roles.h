/*
 * roles - what each page of a database is, and by whose word: a bit for each
 * page and role.
 */
#ifndef STORE_SQLITE_ROLES_H
#define STORE_SQLITE_ROLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum role {
	ROLE_FREE, ROLE_TRUNK,		/* by the list of free pages */
	ROLE_OWNED,			/* a page or the schema needs it, */
	ROLE_CHILD,			/* as a page of a tree */
	ROLE_TREE,			/* it begins like one */
	ROLE_N
};

struct roles {
	uint8_t *map[ROLE_N];		/* owned */
	size_t bytes;
};

/* Room for pages up to n; the new ones have no role.  -1: no memory. */
int roles_room(struct roles *r, uint32_t n);
void roles_release(struct roles *r);
/* Nobody has these roles any more. */
void roles_clear(struct roles *r, enum role from, enum role to);

bool roles_has(const struct roles *r, enum role role, uint32_t page);
void roles_set(struct roles *r, enum role role, uint32_t page);

/* Is every child a page of a tree? */
bool roles_agree(const struct roles *r);

#endif
