/* request_anchor - `audit anchor`: run the hook now, and tell how it went. */
#ifndef PARENT_REQUEST_ANCHOR_H
#define PARENT_REQUEST_ANCHOR_H

#include "retention/ctl.h"

struct session;

void request_anchor_do(struct session *s, const struct ctl_request *r);
/* A call of the hook has ended: answers a session that waits for one. */
void request_anchor_done(struct session *s, const struct err *why,
    const char *said);

#endif
