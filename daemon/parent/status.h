/*
 * status - the state of everything, as JSON for the control socket and as
 * lines for the log.
 */
#ifndef PARENT_STATUS_H
#define PARENT_STATUS_H

struct buf;
struct jsonw;
struct parent;

/* The member "status" of a reply that is being written. */
void status_put(struct parent *p, struct jsonw *w);
void status_notify(struct parent *p);	/* one line, for systemd */
void status_log(struct parent *p);

#endif
