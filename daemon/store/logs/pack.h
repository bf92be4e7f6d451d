/*
 * pack - compressed files: what they are by their first bytes, reading and
 * writing them.  Everything streams: memory does not depend on the size of a
 * file, nor on what its bytes grow to.
 *
 * Formats: gzip (RFC 1952), zstd (RFC 8878, without dictionary, skippable
 * frames or a window of more than 64 MiB), xz (the .xz file format 1.1, at
 * most 72 MiB to read).  A file may be several members, streams or frames one
 * behind the other, and end in zero bytes; anything else behind one of them
 * is damage, and so is one that is not complete.  Every check sum is tested.
 */
#ifndef STORE_LOGS_PACK_H
#define STORE_LOGS_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "retention/err.h"

#define PACK_MAGIC 10		/* bytes, of the longest */
#define PACK_HEAD ((size_t)64)	/* of a file's start, to know its level by */

struct pack_io {
	const uint8_t *in;	/* both move on */
	size_t n_in;
	uint8_t *out;
	size_t n_out;
};

enum pack_step { PACK_ON, PACK_END, PACK_DAMAGED };

struct pack_codec {		/* one library */
	/* How hard was a file that begins with head[n] compressed?  A number
	 * for writer(). */
	int (*level)(const uint8_t *head, size_t n);
	void *(*reader)(void);		/* of one member; NULL: no memory */
	enum pack_step (*read)(void *r, struct pack_io *io);
	void (*reader_free)(void *r);	/* NULL is fine */
	void *(*writer)(int level);
	/* `finish`: nothing follows; PACK_END when all is out. */
	enum pack_step (*write)(void *w, struct pack_io *io, bool finish);
	void (*writer_free)(void *w);	/* NULL is fine */
};

struct pack_format {
	const char *name;
	const struct pack_codec *codec;	/* NULL: not readable in this build */
	uint8_t n_magic;
	uint8_t magic[PACK_MAGIC];
};

/* The format of a file that begins with head[n]; NULL: none, a plain file. */
const struct pack_format *pack_find(const uint8_t *head, size_t n);

struct pack_reader;

/* Borrows fd, read from its start by offset.  ERR_STORE: of a format that
 * this build does not read. */
struct pack_reader *pack_reader_new(const struct pack_format *f, int fd,
    struct err *e);
void pack_reader_free(struct pack_reader *r);	/* wipes; NULL is fine */

/* Bytes read, at most n > 0; 0: the end of a whole file; -1, ERR_STORE: it is
 * damaged or cut short. */
ssize_t pack_read(struct pack_reader *r, void *to, size_t n, struct err *e);

struct pack_writer;

/* Borrows fd, written in order.  `like`: the file whose level is used. */
struct pack_writer *pack_writer_new(const struct pack_format *f, int fd,
    int like, struct err *e);
void pack_writer_free(struct pack_writer *w);	/* NULL is fine */
int pack_write(struct pack_writer *w, const void *p, size_t n, struct err *e);
int pack_finish(struct pack_writer *w, struct err *e);

extern const struct pack_codec pack_gzip, pack_zstd, pack_xz;

#endif
