/* checkrule - what a record's type demands of it. */
#ifndef AUDIT_CHECKRULE_H
#define AUDIT_CHECKRULE_H

#include "check.h"

/* The record is where it belongs; findings go to c. */
void checkrule_apply(struct check *c, const struct checkline *l);

/* The key of its beginning against the pinned one. */
void checkrule_pin(struct check *c);

#endif
