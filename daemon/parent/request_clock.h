/* request_clock - `clock confirm`: an operator vouches for the time. */
#ifndef PARENT_REQUEST_CLOCK_H
#define PARENT_REQUEST_CLOCK_H

struct ctl_request;
struct session;

void request_clock_confirm(struct session *s, const struct ctl_request *r);

#endif
