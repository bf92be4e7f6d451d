/*
 * eventfile - state/events.json: a copy of the declared events for those who
 * must not open the ledger: a dry run, and retentionctl without the daemon.
 */
#ifndef PARENT_EVENTFILE_H
#define PARENT_EVENTFILE_H

struct parent;

#define EVENTFILE_NOTICE ""	/* of the queries that a dry run makes of it */

/* Replace the file; a failure is logged only: the ledger is what counts. */
void eventfile_write(struct parent *p);

/* A dry run: take what the file says as known.  Says so when it cannot. */
void eventfile_read(struct parent *p);

#endif
