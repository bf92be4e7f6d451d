/*
 * maskv6 - one IPv6 address (and the numbers of an IPv4 one) in a text.
 * The rules 6a to 6f stand in maskip.h.  Pure.
 */
#ifndef STORE_LOGS_MASKV6_H
#define STORE_LOGS_MASKV6_H

#include "maskchar.h"

#define MASKV6_TEXT 24

struct maskv6 {
	size_t start, end;	/* of the address in the text */
	size_t run_end;		/* where to go on looking, always set */
	size_t n;		/* of the masked text */
	char text[MASKV6_TEXT];	/* not terminated */
};

/* The address that the colon at `at` belongs to, `floor` being where the
 * search left off; false: it is none, and only run_end is set. */
bool maskv6_find(struct maskchar_view v, size_t at, size_t floor,
    struct maskv6 *ret);

/* The end of the octet (1 to 3 digits, at most 255, no digit behind) that
 * begins at s; 0 if there is none. */
size_t maskv6_octet(struct maskchar_view v, size_t s);

/*
 * The end of n octets joined by dots from s on, without a letter, digit or
 * ".DIGIT" behind; 0 if they are not there.  *ret_last: where the last begins.
 */
size_t maskv6_quad(struct maskchar_view v, size_t s, unsigned n,
    size_t *ret_last);

#endif
