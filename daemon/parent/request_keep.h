/* request_keep - requests about the daemon's own evidence. */
#ifndef PARENT_REQUEST_KEEP_H
#define PARENT_REQUEST_KEEP_H

struct ctl_request;
struct session;

void request_keep_prune(struct session *s, const struct ctl_request *r);
void request_keep_shred(struct session *s, const struct ctl_request *r);

#endif
