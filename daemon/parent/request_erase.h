/*
 * request_erase - a person asks to be erased; a store came out of a backup.
 */
#ifndef PARENT_REQUEST_ERASE_H
#define PARENT_REQUEST_ERASE_H

#include <stdbool.h>

struct ctl_request;
struct session;

void request_erase_do(struct session *s, const struct ctl_request *r);
void request_erase_restored(struct session *s, const struct ctl_request *r);

/* Is there anything to wait for yet? */
bool request_erase_is_over(const struct session *s);
void request_erase_answer(struct session *s);

#endif
