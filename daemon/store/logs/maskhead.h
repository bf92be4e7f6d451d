/*
 * maskhead - the plain address, which nearly every one in a log is, without a
 * branch for each of its characters.  What maskip says holds; this only says
 * it sooner, or says nothing.  Pure.
 */
#ifndef STORE_LOGS_MASKHEAD_H
#define STORE_LOGS_MASKHEAD_H

#include <stdbool.h>
#include <stddef.h>

#define MASKHEAD_BYTES 64	/* that must be there to be looked at */

struct maskhead {
	size_t keep;		/* so many bytes stay as they are, */
	const char *text;	/* then this, */
	size_t n;		/* of so many bytes, */
	size_t end;		/* and here the text goes on */
};

/*
 * Does an address begin at p, and a space follow it?  Before p must be the
 * start of the text, a control character or a space.  False: look closer.
 * quad: of IPv4 in decimal, each number without more digits than three; six:
 * IPv6 in small letters and without zeros in front of the groups that stay.
 */
bool maskhead_quad(const char *p, struct maskhead *ret);
bool maskhead_six(const char *p, struct maskhead *ret);

#endif
