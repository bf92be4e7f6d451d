/* request_correct - 'subject correct' on the control socket. */
#ifndef PARENT_REQUEST_CORRECT_H
#define PARENT_REQUEST_CORRECT_H

struct ctl_request;
struct session;

void request_correct_do(struct session *s, const struct ctl_request *r);

#endif
