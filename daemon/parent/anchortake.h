/*
 * anchortake - the hook's answers: read as hostile, verified, kept, recorded.
 */
#ifndef PARENT_ANCHORTAKE_H
#define PARENT_ANCHORTAKE_H

#include "anchorfile.h"
#include "evidence.h"

struct anchortake {
	struct evidence *ev;		/* borrowed */
	const struct anchorfile *file;	/* borrowed */
	struct anchor_trust trust;
	char said[300];			/* about the last one taken */
};

/* Everything of one kind that lies in out/; how many were taken.  *e tells
 * of the last one that was refused. */
size_t anchortake_kind(struct anchortake *a, enum anchor_kind want,
    struct err *e);

#endif
