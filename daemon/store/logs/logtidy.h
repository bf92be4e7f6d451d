/*
 * logtidy - cleans up what a crash left beside log files (logswap.h).
 */
#ifndef STORE_LOGS_LOGTIDY_H
#define STORE_LOGS_LOGTIDY_H

#include "retention/err.h"
#include "retention/rule.h"

#include "logfile.h"

/* Finishes or undoes what crashes left in the folders of a store; with `undo`
 * a file that only went from its place gets back there.  What somebody has open,
 * and what is not ours by owner and kind, waits. */
int logtidy_run(const struct rule_store *s, const struct logfile_set *files,
    bool undo, struct err *e);

#endif
