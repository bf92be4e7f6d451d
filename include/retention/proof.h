/*
 * proof - C2SP tlog-proof (c2sp.org/tlog-proof@v1): one record, the hashes
 * that lead from it to a root, and the signed checkpoint of that root.
 */
#ifndef RETENTION_PROOF_H
#define RETENTION_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/merklepath.h"
#include "retention/note.h"

struct buf;

struct proof {
	struct merklepath path;		/* size is the checkpoint's */
	const char *note;		/* borrowed; not terminated */
	size_t n_note;
	struct note_checkpoint cp;	/* as the note has it: not verified */
};

void proof_text(const struct merklepath *path, const char *note, size_t n_note,
    struct buf *out);

/* Strict; the note's signatures are not looked at.  Points into `text`. */
int proof_parse(const char *text, size_t n, struct proof *ret, struct err *e);

/* Does the line stand where the proof says, under the checkpoint's root? */
int proof_holds(const struct proof *p, const char *line, size_t n,
    struct err *e);

#endif
