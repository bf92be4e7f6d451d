/* msg_sweep - the messages of a scrub; reading and failing as in msg.h. */
#ifndef RETENTION_MSG_SWEEP_H
#define RETENTION_MSG_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/dead.h"

struct buf;
struct err;
struct pool;

/* SWEPT; SWEPT_ALL: as struct store_swept. */
struct msg_swept { uint64_t n, of; };
void msg_sweep_put(struct buf *out, const struct msg_swept *m);
int msg_sweep_get(const char *json, size_t n, struct msg_swept *ret,
    struct err *e);
struct msg_swept_all {
	uint64_t files, left, pages, strange, locks, dead[DEAD_N];
	int64_t longest_ms, ms;
	bool sealed;
	const char *why, *why_text;	/* of those left: class, sentence */
	const char *assurance;		/* all three may be NULL */
};
void msg_sweep_put_all(struct buf *out, const struct msg_swept_all *m);
int msg_sweep_get_all(const char *json, size_t n, struct pool *p,
    struct msg_swept_all *ret, struct err *e);

#endif
