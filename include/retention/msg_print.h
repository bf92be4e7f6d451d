/* msg_print - prints of erased rows on a link: see print.h, store.h, msg.h.
 * All binary; numbers big endian. */
#ifndef RETENTION_MSG_PRINT_H
#define RETENTION_MSG_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/print.h"

struct buf;

/* PRINT: of n prints as many as a packet takes, from *at on, which moves on;
 * the first packet (*at 0) puts them in place of what was told before. */
#define MSG_PRINTS_MOST 4000
void msg_print_put(struct buf *out, const uint8_t (*print)[PRINT_BYTES],
    size_t n, size_t *at);
/* *ret_print and *ret_n: within body; none is fine. */
int msg_print_get(const char *body, size_t n_body, bool *ret_first,
    const char **ret_print, size_t *ret_n, struct err *e);

/* PRINTED: of one file; who of the job's wanted, and the print. */
struct msg_print {
	uint16_t person;
	uint8_t print[PRINT_BYTES];
};
#define MSG_PRINTED_MOST 3000
void msg_print_put_done(struct buf *out, const uint8_t file[PRINT_FILE_BYTES],
    const struct msg_print *list, size_t n);
/* The i-th of *ret_n, with msg_print_at(). */
int msg_print_get_done(const char *body, size_t n_body,
    uint8_t ret_file[PRINT_FILE_BYTES], size_t *ret_n, struct err *e);
struct msg_print msg_print_at(const char *body, size_t i);

/* MATCHED: flags of store.h, one for each print that was told (n: how many),
 * and how many rows none of them knows. */
#define MSG_MATCHED_MOST 120000
struct msg_matched {
	size_t n;
	const uint8_t *flags;
	uint64_t timed, other;
};
void msg_print_put_matched(struct buf *out, const struct msg_matched *m);
int msg_print_get_matched(const char *body, size_t n_body, size_t n,
    struct msg_matched *ret, struct err *e);

#endif
