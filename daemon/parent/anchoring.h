/*
 * anchoring - when the hook is run, and what becomes of its answer.
 *
 * After a checkpoint, at most once per trail.anchor_every; at once after a
 * rotation or on request.  HOOK SIZE NOTE-FILE OUTPUT-FOLDER puts evidence
 * into the folder, as SIZE.note, SIZE.tsr or SIZE.cosig: of this checkpoint
 * or of one handed out earlier.  Exit status 0 and an empty folder: not yet.
 * Only what has been verified is kept and recorded.  A failure is logged and
 * tried again after a growing delay; it stops nothing else.
 */
#ifndef PARENT_ANCHORING_H
#define PARENT_ANCHORING_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/conf.h"
#include "retention/err.h"

struct jsonw;
struct parent;

/* The settings that conf cannot judge: the keys of the witnesses. */
int anchoring_check(const struct conf_main *m, struct err *e);

/* After the trail was opened.  Refuses a new trail beside copies of another
 * one with its name. */
int anchoring_open(struct parent *p, struct err *e);
void anchoring_close(struct parent *p);		/* kills a hook; twice is fine */
/* New settings, checked before. */
void anchoring_settings(struct parent *p);

/* Now.  -1: there is no hook; otherwise control_on_anchor() follows. */
int anchoring_now(struct parent *p, struct err *e);
/* Is one running, or about to be run? */
bool anchoring_busy(const struct parent *p);

/* The member "anchor" of the status. */
void anchoring_put(struct parent *p, struct jsonw *w);
/* Seconds since the last one; -1: none yet, or no hook. */
int64_t anchoring_age_s(struct parent *p);
/* Is the last anchor older than allowed?  Then a sentence. */
bool anchoring_late(struct parent *p, char ret[200]);

#endif
