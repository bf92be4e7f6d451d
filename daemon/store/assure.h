/*
 * assure - how sure is it that bytes written over a file take the place of
 * those before?  Of the medium below nothing is known, and nothing said.
 */
#ifndef STORE_ASSURE_H
#define STORE_ASSURE_H

/* From the best to the worst. */
enum assure {
	ASSURE_IN_PLACE,
	ASSURE_UNSCRUBBED,	/* free space of a database was left: off, */
	ASSURE_BUSY,		/* no lock was to be had, */
	ASSURE_DAMAGED,		/* or what is free is not known */
	ASSURE_JOURNALLED,	/* the file system's journal has copies */
	ASSURE_INLINE,		/* kept with the inode, or packed */
	ASSURE_UNKNOWN,		/* a file system that is not known */
	ASSURE_REMOTE,		/* network, FUSE or overlay: what lies below? */
	ASSURE_SHARED,		/* extents that snapshots or copies share */
	ASSURE_COW,		/* copy on write */
	ASSURE_N
};

/* Of the file, or of those that will lie in the folder, that fd leads to.  A
 * folder tells less: no extents, and of journalling what a file in it tells.
 * Not by its path, and not to be called on a descriptor of a database that
 * SQLite has open. */
enum assure assure_fd(int fd);

/* "overwritten-in-place", "logical-only (...)": the words of trail, plans and
 * certificates. */
const char *assure_word(enum assure a);
/* What to do about it; NULL: nothing. */
const char *assure_advice(enum assure a);

enum assure assure_worse(enum assure a, enum assure b);

#endif
