/*
 * scout - the process that looks through /proc for a confined worker.
 */
#ifndef DAEMON_WORKER_SCOUT_H
#define DAEMON_WORKER_SCOUT_H

/* Forks it; before anything was read.  Its socket, or -1: then nobody knows
 * who has a file open.  It ends when that is closed. */
int scout_start(void);

#endif
