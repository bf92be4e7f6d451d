/* keyshred - destroys the commitment key of an epoch. */
#ifndef SEAL_KEYSHRED_H
#define SEAL_KEYSHRED_H

#include <stdint.h>

#include "retention/err.h"

/* 1: it is there; 0: it is not; -1: cannot be told. */
int keyshred_exists(int statefd, uint32_t ep, struct err *e);
/* Overwritten, synced, unlinked, synced; missing is fine. */
int keyshred_destroy(int statefd, uint32_t ep, struct err *e);

#endif
