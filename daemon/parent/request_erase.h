/*
 * request_erase - a person asks to be erased; a store came out of a backup.
 */
#ifndef PARENT_REQUEST_ERASE_H
#define PARENT_REQUEST_ERASE_H

#include <stdbool.h>

struct ctl_request;
struct err;
struct session;
struct session_run;

void request_erase_do(struct session *s, const struct ctl_request *r);
void request_erase_restored(struct session *s, const struct ctl_request *r);

/* The session waits for that request.  NULL: no memory; it goes on. */
struct session_run *request_erase_wait(struct session *s, const char *id,
    struct err *e);

/* Is there anything to wait for yet? */
bool request_erase_is_over(const struct session *s);
void request_erase_answer(struct session *s);

#endif
