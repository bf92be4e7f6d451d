/*
 * soil - which pages of a file may have dead bytes that are not zero.
 *
 * Known after a look at the whole file, and kept so by the pages that we
 * ourselves write (vfs.c): until somebody else commits.  Then nothing is
 * known, and only the whole file tells.
 */
#ifndef STORE_SQLITE_SOIL_H
#define STORE_SQLITE_SOIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct soil {
	uint32_t page_bytes;		/* 0: nothing can be known */
	bool known;			/* every other page is clean */
	bool clean;			/* scrubbed, and not written since */
	bool log;			/* others' commits: by version */
	bool counted;			/* counter is of the file's header */
	uint32_t counter;		/* as last seen, or written by us */
	int64_t version;		/* PRAGMA data_version: with a log */
	uint64_t bytes_read;		/* of the file, by us */
	uint32_t most;			/* the highest page in the map */
	uint8_t *map;			/* owned */
	size_t map_bytes;
};

void soil_release(struct soil *s);

/* No page is soiled, as far as this goes; known from now on. */
void soil_begin(struct soil *s);
/* Scrubbed and looked at again: what is marked is clean. */
void soil_settle(struct soil *s);
void soil_mark(struct soil *s, uint32_t page);
/* The next soiled page from this one on; 0: none. */
uint32_t soil_next(const struct soil *s, uint32_t page);

/* What was written to the database, or to its log: n bytes at `at`. */
void soil_wrote(struct soil *s, const void *from, uint32_t n, int64_t at);
void soil_logged(struct soil *s, const void *from, uint32_t n, int64_t at);
/* What was read of the database.  With a rollback journal SQLite reads the
 * counter with every lock, before it writes one of its own: one that is not
 * ours is somebody else's commit. */
void soil_read(struct soil *s, const void *what, uint32_t n, int64_t at);

#endif
