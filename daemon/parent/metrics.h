/*
 * metrics - the Prometheus text file, replaced whole.
 */
#ifndef PARENT_METRICS_H
#define PARENT_METRICS_H

struct buf;
struct parent;

void metrics_text(struct parent *p, struct buf *out);
void metrics_write(struct parent *p);	/* failures are logged once in a row */

#endif
