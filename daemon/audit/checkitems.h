/* checkitems - the items file of an operation against its intent. */
#ifndef AUDIT_CHECKITEMS_H
#define AUDIT_CHECKITEMS_H

#include "retention/verify.h"

/* items/<op>.bin below the trail's folder: n * 32 bytes, ascending, of the
 * intent's root.  NULL, or what is wrong, with its verdict. */
const char *checkitems_judge(int dirfd, const struct verify_open *op,
    enum verify_verdict *ret);

#endif
