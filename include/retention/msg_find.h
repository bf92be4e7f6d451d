/* msg_find - FIND, PIECE and FOUND: see find.h and msg.h. */
#ifndef RETENTION_MSG_FIND_H
#define RETENTION_MSG_FIND_H

#include "retention/find.h"

struct buf;
struct pool;

void msg_find_put(struct buf *out, const struct find_ask *m);
int msg_find_get(const char *json, size_t n, struct pool *p,
    struct find_ask *ret, struct err *e);

/* Binary: the kind, then the bytes. */
void msg_find_put_piece(struct buf *out, enum find_piece what,
    const void *bytes, size_t n);
int msg_find_get_piece(const char *body, size_t n, enum find_piece *ret_what,
    const char **ret_bytes, size_t *ret_n, struct err *e);

void msg_find_put_found(struct buf *out, const struct find_found *m);
int msg_find_get_found(const char *json, size_t n, struct pool *p,
    struct find_found *ret, struct err *e);

#endif
