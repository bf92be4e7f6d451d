/*
 * dead - the kinds of bytes in a database file that carry no meaning: one list
 * for whoever finds, counts, sends or shows them.
 */
#ifndef RETENTION_DEAD_H
#define RETENTION_DEAD_H

/* X(NAME, name): in the order of the file format's parts. */
#define DEAD_KINDS(X)							\
	X(GAP, gap)		/* between cell pointers and cells */	\
	X(FREEBLOCK, freeblock)	/* behind its own header of four bytes */ \
	X(FRAGMENT, fragment)	/* between cells; a filled-up cell's end */ \
	X(OVERFLOW, overflow)	/* behind the last byte of a chain */	\
	X(LEAF, free_page)						\
	X(TRUNK, trunk)		/* behind the list of a freelist's trunk */ \
	X(HEADER, header)	/* bytes of the file's header without use */ \
	X(LOCK, lock_page)	/* the lock-byte page: nobody writes it */ \
	X(SLACK, slack)		/* behind the last page */		\
	X(JOURNAL, journal)	/* one that is kept and not valid */

enum dead {
#define DEAD_ENUM(name, word) DEAD_##name,
	DEAD_KINDS(DEAD_ENUM)
#undef DEAD_ENUM
	DEAD_N
};

#endif
