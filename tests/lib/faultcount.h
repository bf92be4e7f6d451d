/* faultcount - does this call of this kind fail? */
#ifndef TESTS_FAULTCOUNT_H
#define TESTS_FAULTCOUNT_H

#include <stdbool.h>

enum kind { MEM, READ, WRITE, SYNC, RENAME, OPEN, TRUNC, UNLINK, STEP, MAP,
	LINK, FORK, N_KINDS };

/* Counts it; errno is set when it does. */
bool faultcount_fails(enum kind k, const void *caller);

/* The function of that name that stands behind ours. */
void *faultcount_next(const char *name);

extern int faultcount_err;		/* FAULT_ERR */
extern __thread bool faultcount_busy;	/* nothing is counted */

#endif
