/*
 * linemask - makes log lines say less: addresses to their prefix, e-mail
 * addresses, query strings and user names away.  Pure, any bytes.
 *
 * The rules of each part stand in maskip.h and maskfield.h.  The parts run
 * in the order user, query, email, ip.  A line stays one line, its line feed
 * (and carriage return) stays last, and masking twice is masking once.  Lines
 * of the combined format stay readable as such.
 */
#ifndef STORE_LOGS_LINEMASK_H
#define STORE_LOGS_LINEMASK_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

enum linemask_ip { LINEMASK_IP_KEEP, LINEMASK_IP_CLIENT, LINEMASK_IP_ANY };

struct linemask_set {
	enum linemask_ip ip;	/* CLIENT: only at the start of a line */
	bool email, query, user;
};

struct linemask;

/* For blocks of at most `most_bytes`. */
struct linemask *linemask_new(const struct linemask_set *set, size_t most_bytes,
    struct err *e);
void linemask_free(struct linemask *m);		/* wipes; NULL is fine */

/*
 * Mask n bytes, whole lines (the last may lack its line feed), into `out`,
 * which has room for n and does not overlap `in`.  Returns the length of the
 * result, at most n.  With keep_length every line keeps its length: spaces
 * fill it up before its line ending, for files that are still written to.
 */
size_t linemask_block(struct linemask *m, const char *in, size_t n, char *out,
    bool keep_length);

#endif
