/* request_key - what is asked of the signing key. */
#ifndef PARENT_REQUEST_KEY_H
#define PARENT_REQUEST_KEY_H

struct ctl_request;
struct session;

void request_key_rotate(struct session *s, const struct ctl_request *r);

#endif
