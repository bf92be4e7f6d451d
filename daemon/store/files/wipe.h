/*
 * wipe - erases files: a name of ours, zeros in place, then away.
 *
 * The only code that changes a folder's files.  Each goes this way:
 *   check again: the same file, due, regular, one name, nobody has it open
 *   rename -> durable -> zeros -> durable -> unlink -> durable
 * in batches, of which three are on the way at a time: one sync serves the
 * names of one, the zeros of another and the removal of a third.  The new
 * name, once durable, says that the erasing has begun; so a kill at any step
 * leaves something that says how far it went.
 */
#ifndef STORE_FILES_WIPE_H
#define STORE_FILES_WIPE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "retention/err.h"

struct sift;
struct store_sink;

enum wipe_state { WIPE_CHOSEN, WIPE_ERASED, WIPE_SKIPPED, WIPE_LEFT };

struct wipe_item {
	const char *path;	/* borrowed; relative to the root */
	ino_t ino;		/* of the file that was chosen */
	off_t bytes;
	uint16_t op;		/* for the caller */
	uint8_t state;		/* enum wipe_state */
};

struct wipe_job {
	int root;			/* borrowed */
	const struct holders *holders;	/* borrowed */
	const struct sift *sift;
	const uint8_t (*ops)[16];	/* by wipe_item.op */
	const struct store_sink *sink;	/* may say halt; NULL: nobody does */
};

/*
 * All items in state WIPE_CHOSEN.  What cannot go is WIPE_LEFT, with the last
 * reason in *why; what is not the due file any more is WIPE_SKIPPED.  -1 when
 * the disk fails: what is not durably gone stays chosen; so does what was not
 * begun before a halt.  Ends with everything synced and looked up again.
 */
int wipe_run(const struct wipe_job *job, struct wipe_item *item, size_t n,
    struct err *why, struct err *e);

/* assure_word() of what lies in a folder. */
const char *wipe_assurance(int fd);

#endif
