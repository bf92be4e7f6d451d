/* request_event - events over the control socket. */
#ifndef PARENT_REQUEST_EVENT_H
#define PARENT_REQUEST_EVENT_H

struct ctl_request;
struct session;

void request_event_declare(struct session *s, const struct ctl_request *r);
void request_event_list(struct session *s, const struct ctl_request *r);

#endif
