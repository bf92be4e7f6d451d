/*
 * logpick - the due lines of one file that go in one round (or the file as a
 * whole), and the operations that they are committed to.
 *
 * Of a line the object is "line" and the key the text "DEVICE:INODE:OFFSET",
 * in decimal, the offset being that of its first byte in the (uncompressed)
 * file; of a file "file" and "DEVICE:INODE".
 */
#ifndef STORE_LOGS_LOGPICK_H
#define STORE_LOGS_LOGPICK_H

#include "retention/store.h"

#include "logfile.h"
#include "logjudge.h"

#define LOGPICK_WHOLE ((off_t)-1)	/* the offset of the file as a whole */
#define LOGPICK_OPS 32
#define LOGPICK_MOST ((size_t)LOGPICK_OPS * COMMIT_MAX_ITEMS)
#define LOGPICK_KEY 72

enum logpick_state { LOGPICK_LEFT, LOGPICK_ERASED, LOGPICK_DRIFT };

struct logpick {
	off_t at;
	uint32_t n;		/* bytes, with line feed */
	uint16_t op;
	uint8_t state;		/* enum logpick_state */
};

struct logpick_set {
	size_t n, room;
	struct logpick *pick;	/* owned; in the order of the file */
	const struct store_pick *pick_only;	/* borrowed; NULL: all */
	const char *object;		/* for pick */
	bool survey;		/* tell pick of all, take none */
	bool more;		/* the file has more due lines */
	bool all;		/* every line of the file is picked */
	bool unsettled;		/* gone, but not for good: recovery tells */
};

void logpick_release(struct logpick_set *s);
int logpick_add(struct logpick_set *s, struct logpick p, struct err *e);

/* The due lines of a file, the first LOGPICK_MOST; op by their order; or the
 * file itself, when files are what goes.  A last line without line feed is not
 * picked in a file that others have open.  A compressed file is read to its
 * end all the same: ERR_STORE: it is damaged. */
int logpick_select(struct logpick_set *s, const struct logfile *f,
    struct logjudge *j, struct err *e);

struct logpick_round {		/* the operations of one round */
	const char *store, *object;	/* borrowed */
	const struct store_sink *sink;	/* borrowed */
	size_t n_ops;
	struct commit_op op[LOGPICK_OPS];
};

/* Commit and intend: r->op and r->n_ops come back. */
int logpick_intend(struct logpick_round *r, const struct logpick_set *s,
    const struct logfile *f, struct err *e);

/* Bytes of the key in ret. */
size_t logpick_key(const struct logfile *f, off_t at, char ret[LOGPICK_KEY]);

#endif
