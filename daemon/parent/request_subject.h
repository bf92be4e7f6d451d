/* request_subject - the register of persons' requests, over the socket. */
#ifndef PARENT_REQUEST_SUBJECT_H
#define PARENT_REQUEST_SUBJECT_H

#include "retention/err.h"

struct ctl_request;
struct ledger_request;
struct parent;
struct session;

void request_subject_list(struct session *s, const struct ctl_request *r);
void request_subject_receive(struct session *s, const struct ctl_request *r);
void request_subject_answer(struct session *s, const struct ctl_request *r);

/* ERR_REFUSED for a kind that no dataset declares: it would find nobody. */
int request_subject_kind(struct parent *p, const char *kind, struct err *e);

/* For requests that are carried out here, such as a restriction: `what` of
 * the person of r->kind and r->value is entered, or r->request taken up. */
int request_subject_begin(struct session *s, const struct ctl_request *r,
    const char *what, struct ledger_request *ret, struct err *e);

#endif
