/* checkanchor - evidence from elsewhere, made into claims about the trail. */
#ifndef AUDIT_CHECKANCHOR_H
#define AUDIT_CHECKANCHOR_H

#include "checkclaim.h"
#include "checkline.h"

struct buf;
struct check;
struct verify_options;

struct checkanchor_pending {	/* a time stamp whose note is not at hand */
	char *bytes;		/* owned */
	size_t n;
};

struct checkanchors {
	struct checkanchor_pending *pending;	/* owned */
	size_t n_pending;
	char (*doubt)[200];	/* owned; why evidence says nothing */
	size_t n_doubts;
	uint64_t unchecked;	/* of the trail's own: nobody to believe */
};

/* The trail's anchor folder (dirfd -1: none), o->anchors and o->copies. */
int checkanchor_load(int dirfd, const struct verify_options *o,
    struct checkclaims *claims, struct checkanchors *ret, struct err *e);
void checkanchor_release(struct checkanchors *a);

/* A file of evidence below dirfd (or AT_FDCWD), appended to *ret.  1 read,
 * 0 not there or no file of a right size, -1 failed. */
int checkanchor_read(int dirfd, const char *name, struct buf *ret,
    struct err *e);

/* An `anchor` record: its form, and the file that it names. */
void checkanchor_record(struct check *c, const struct checkline *l);
/* A good checkpoint: does a time stamp that waits belong to it? */
void checkanchor_cp(struct check *c, const char *note, size_t n);
/* What could not be verified. */
void checkanchor_end(struct check *c);

#endif
