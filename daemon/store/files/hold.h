/*
 * hold - an open file that nobody else has open.
 */
#ifndef STORE_FILES_HOLD_H
#define STORE_FILES_HOLD_H

#include <stdbool.h>
#include <stddef.h>

struct holders;

/* 1: a lease is on it until it is closed, 0: somebody has it, -1: no leases
 * here, ask hold_search(). */
int hold_lease(int fd);

/* Has nobody asked for a leased file since? */
bool hold_is_kept(int fd);

/* Do others have one of the n descriptors' files open, or is that not known:
 * busy[i] is set.  Descriptors of -1 are passed over. */
void hold_search(const struct holders *h, const int *fd, size_t n, bool *busy);

/* May the file go: is it open nowhere else?  By the one or the other. */
bool hold_alone(const struct holders *h, int fd);

#endif
