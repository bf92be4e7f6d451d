/*
 * dryrun - what a pass would do, as a table on standard output.
 */
#ifndef PARENT_DRYRUN_H
#define PARENT_DRYRUN_H

struct parent;

void dryrun_print(struct parent *p);

#endif
