/*
 * watch - a database with rules that wait for an event in a row is looked at
 * soon after somebody has written to it.
 */
#ifndef PARENT_WATCH_H
#define PARENT_WATCH_H

struct parent;

int watch_open(struct parent *p);	/* without inotify: check_every only */
void watch_sync(struct parent *p);	/* the stores have changed */
/* Once more for a place whose folder could not be watched; silent. */
struct place;
void watch_again(struct parent *p, struct place *pl);
void watch_close(struct parent *p);

#endif
