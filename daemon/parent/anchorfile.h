/*
 * anchorfile - the folders of anchors: what was handed to the hook
 * (state/hook/sent), what it brings (state/hook/out), what was accepted
 * (state/trail/anchor).  Nothing here talks to anybody.
 */
#ifndef PARENT_ANCHORFILE_H
#define PARENT_ANCHORFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/anchor.h"
#include "retention/clock.h"
#include "retention/err.h"

struct buf;

#define ANCHORFILE_SENT 64	/* so many stay open for a late answer */

struct anchorfile_sent {
	uint64_t size;		/* 0: none */
	struct wall at;
	uint8_t sha256[32];
};

struct anchorfile {
	int hookfd, sentfd, outfd, anchorfd, trailfd;	/* owned */
	struct anchorfile_sent sent[ANCHORFILE_SENT];
	unsigned next;
};

/* Makes what is missing below the state folder. */
int anchorfile_open(const char *state, struct anchorfile *ret, struct err *e);
void anchorfile_close(struct anchorfile *f);

/* When the newest file of anchor/ was written; ms 0: none.  *ret_size is the
 * largest size there is evidence for. */
struct wall anchorfile_last(const struct anchorfile *f, uint64_t *ret_size);

/* Hand out a note: kept in sent/, and out/ is emptied. */
int anchorfile_send(struct anchorfile *f, const struct note_checkpoint *cp,
    const struct buf *note, struct wall now, struct err *e);
/* The note of that size as it was handed out, and when. */
int anchorfile_sent(const struct anchorfile *f, uint64_t size,
    struct buf *ret_note, struct wall *ret_at, struct err *e);

/* Evidence, durable, with its note beside it.  1: there was one already. */
int anchorfile_keep(const struct anchorfile *f, uint64_t size,
    const struct buf *note, enum anchor_kind kind, const struct buf *evidence,
    struct err *e);

/* Does the folder hold a checkpoint (any.note) of this name? */
bool anchorfile_has_copy(const char *path, const char *origin);

#endif
