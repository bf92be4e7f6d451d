/*
 * maskip - finds network addresses in text and cuts them to their prefix:
 * IPv4 to /24, IPv6 to /48.  Pure; any bytes; line by line, so that a block of
 * lines gives what its lines give one by one.
 *
 * What is an address.  A missed address is unlawful, a cut version number only
 * a pity: where both readings are possible the text is an address, but for the
 * forms below that web logs are full of.
 *
 * IPv4: four numbers of one to three digits, each at most 255 (leading zeros
 * as some programs pad them), joined by dots.  It is NOT an address
 *  4a  as part of a longer number: next to a digit, before ".DIGIT", after a
 *      dot that follows a letter, digit or colon 1.2.3.4.5  libx.so.1.2.3.4
 *  4b  next to a letter                          v1.2.3.4   1.2.3.4b
 *  4c  before "-D" or "-DD" that does not go on with a digit, ".DIGIT", or
 *      any hex digits and a colon (a package revision; 192.0.2.1-192.0.2.9
 *      are addresses)                            1.2.3.4-5
 *  4d  as a product's version: after "NAME/" where NAME is made of letters,
 *      digits, _ + - % and bytes above 127, has a letter, is at most 64 bytes
 *      long and follows the start of the line, a control character or one of
 *      space " ' ( [ { < ; , | \ ; unless ":DIGIT" (a port) follows.
 *      Chrome/119.0.0.0 stays; /ip/192.0.2.1, //192.0.2.1 and
 *      host.example.org/192.0.2.1 are addresses
 *  4e  after "rv:" that follows no letter or digit        rv:1.9.0.19
 * An escape that ends right before it (\n and the like, \xHH, \uHHHH, %HH) is
 * a boundary and no letter or digit.  Everything else is a boundary, also
 * - _ / : = @ and bytes above 127.
 *
 * IPv6: a longest run of hex digits and colons (three colons in a row end it
 * after the second, the third begins another), first trimmed:
 *  6a  \xHH, \uHHHH in front are an escape; so are two digits after % and one
 *      after \ when the first group has more than four
 *  6b  after a letter or _ (that is no escape), and after a dot that follows a
 *      hex digit or colon, the text up to the first colon is a word of its own
 *      ("client_id:2001:db8::1"); so is a first group of more than four
 *      digits; but "::" there makes it a name in a program (std::abs)
 *  6c  the same at the end: before a letter or _, and for a last group of more
 *      than four digits (a port), the text from the last colon on
 *  6d  a single colon at either end goes: "fe80::1:"; "::::1" is nothing
 * Then it is an address if it has the form of RFC 4291 (with dotted IPv4 at
 * its end as well), or eight or nine groups in the wrong number (a port of
 * four digits behind an address); but NOT
 *  6e  eight or nine groups, all of two digits (hardware addresses, digests)
 *  6f  without any of 0-9 and without a group of four (DB::add)
 * Brackets, ports and zones (%eth0) around it stay.
 *
 * What becomes of it.  IPv4: the last number becomes 0.  IPv6: RFC 5952 text of
 * the first 48 bits; IPv4-mapped addresses (::ffff:0:0/96) are IPv4 and lose
 * their last eight bits, written as they were (dotted, or in hex if no dot
 * follows).  Where "::"
 * would come to stand behind a colon it is written "0::".  The result is never
 * longer, and masking it again changes nothing.
 */
#ifndef STORE_LOGS_MASKIP_H
#define STORE_LOGS_MASKIP_H

#include <stddef.h>

#include "maskscan.h"

/*
 * Mask n bytes of `in` into `out` (room for n; not overlapping).  Returns the
 * length of the result, at most n.  `any` masks addresses anywhere, `client`
 * only one that starts a line (or follows a [ there): the client field.
 */
size_t maskip_any(maskscan_fn *scan, const char *in, size_t n, char *out);
size_t maskip_client(const char *in, size_t n, char *out);

#endif
