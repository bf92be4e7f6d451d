/*
 * request_plan - requests about saved plans.
 */
#ifndef PARENT_REQUEST_PLAN_H
#define PARENT_REQUEST_PLAN_H

struct ctl_request;
struct session;

/* Answered when the plans are made. */
void request_plan_save(struct session *s, const struct ctl_request *r);
void request_plan_answer(struct session *s);
void request_plan_approve(struct session *s, const struct ctl_request *r);
void request_plan_reject(struct session *s, const struct ctl_request *r);

#endif
