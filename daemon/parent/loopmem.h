/*
 * loopmem - memory for libev, which ends the program when it gets none: its
 * tables are a few KiB, and there is a reserve for them.
 */
#ifndef PARENT_LOOPMEM_H
#define PARENT_LOOPMEM_H

/* For ev_set_allocator(): n bytes, with what `old` holds; 0 gives back.  NULL
 * when the reserve is at its end as well. */
void *loopmem_get(void *old, long n);

#endif
