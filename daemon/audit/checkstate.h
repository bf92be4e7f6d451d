/*
 * checkstate - what an earlier verification has proven, so that the next one
 * goes on from there.  A private file of whoever verifies: it is believed.
 */
#ifndef AUDIT_CHECKSTATE_H
#define AUDIT_CHECKSTATE_H

#include "check.h"

/*
 * Take the file up.  1: the pass begins before the last checkpoint that was
 * good then; 0: it begins at the beginning (no file yet, or the trail's files,
 * the pin or what is asked are others).  What was seen then is a claim in
 * both cases.  -1: unreadable, not private, or not such a file.
 */
int checkstate_load(struct check *c, struct err *e);

/* Write it, mode 0600, if this verification got further and found nothing
 * before its mark. */
int checkstate_save(const struct check *c, struct err *e);

#endif
