/* request_hold - holds and restrictions over the control socket. */
#ifndef PARENT_REQUEST_HOLD_H
#define PARENT_REQUEST_HOLD_H

struct ctl_request;
struct session;

void request_hold_add(struct session *s, const struct ctl_request *r);
void request_hold_release(struct session *s, const struct ctl_request *r);
void request_hold_list(struct session *s, const struct ctl_request *r);
void request_hold_restrict(struct session *s, const struct ctl_request *r);
void request_hold_unrestrict(struct session *s, const struct ctl_request *r);

/* It is in force everywhere: what was told less has ended. */
void request_hold_answer(struct session *s);

#endif
