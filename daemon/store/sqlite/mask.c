/*
 * mask - coarser forms of addresses, dates, postcodes and other texts.
 */
#include "mask.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "retention/buf.h"
#include "retention/timetext.h"

static bool
is_tagged(const char *text, size_t n, const char *tag)
{
	size_t k = strlen(tag);

	if (n != k + 32 || memcmp(text, tag, k) != 0)
		return false;
	for (; k < n; k++)
		if (!strchr("0123456789abcdef", text[k]) || !text[k])
			return false;
	return true;
}

bool
mask_is_mark(const char *text, size_t n)
{
	return (n == strlen(MASK_MARKER) && memcmp(text, MASK_MARKER, n) == 0) ||
	    is_tagged(text, n, MASK_TOKEN);
}

bool
mask_is_pseudonym(const char *text, size_t n)
{
	return is_tagged(text, n, MASK_PSEUDONYM);
}

/* IPv4 to /24, IPv6 to /48, IPv4 mapped into IPv6 as IPv4. */
static int
ip_prefix(const char *text, size_t n, struct buf *ret)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char in[INET6_ADDRSTRLEN], out[INET6_ADDRSTRLEN];
	uint8_t a[16];

	if (n >= sizeof(in) || memchr(text, 0, n))
		return -1;
	memcpy(in, text, n);
	in[n] = '\0';
	if (inet_pton(AF_INET, in, a) == 1) {
		a[3] = 0;
		inet_ntop(AF_INET, a, out, sizeof(out));
	} else if (inet_pton(AF_INET6, in, a) == 1) {
		if (memcmp(a, mapped, sizeof(mapped)) == 0)
			a[15] = 0;
		else
			memset(a + 6, 0, 10);
		inet_ntop(AF_INET6, a, out, sizeof(out));
	} else {
		return -1;
	}
	buf_puts(ret, out);
	return 0;
}

static bool
all_digits(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* "YYYY", "YYYY-MM" or a text that begins with a real day, to `most`. */
static int
date_prefix(const char *text, size_t n, size_t most, struct buf *ret)
{
	int64_t days;
	bool year = n == 4 && all_digits(text, 4);
	bool month = n == 7 && all_digits(text, 4) && text[4] == '-' &&
	    all_digits(text + 5, 2);
	bool day = n >= 10 && timetext_day(text, 10, &days) == 0 &&
	    (n == 10 || text[10] == 'T' || text[10] == ' ');

	if (!year && !month && !day)
		return -1;
	buf_add(ret, text, n < most ? n : most);
	return 0;
}

/* Letters and digits as A and 9: A9 A99 AA9 AA99 A9A AA9A. */
static bool
is_outward(const char *s, size_t n)
{
	static const char *const shapes[] =
	    { "A9", "A99", "AA9", "AA99", "A9A", "AA9A" };

	for (size_t i = 0; i < 6; i++) {
		size_t k = 0;

		while (k < n && shapes[i][k] && (shapes[i][k] == 'A' ?
		    isupper((unsigned char)s[k]) :
		    isdigit((unsigned char)s[k])))
			k++;
		if (k == n && !shapes[i][k])
			return true;
	}
	return false;
}

static int
outward(const char *text, size_t n, struct buf *ret)
{
	char s[8];
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == ' ')
			continue;
		if (k == sizeof(s) || !isalnum((unsigned char)text[i]))
			return -1;
		s[k++] = (char)toupper((unsigned char)text[i]);
	}
	if (k >= 5 && isdigit((unsigned char)s[k - 3]) &&
	    isupper((unsigned char)s[k - 2]) &&
	    isupper((unsigned char)s[k - 1]))
		k -= 3;
	if (!is_outward(s, k))
		return -1;
	buf_add(ret, s, k);
	return 0;
}

static int
email_domain(const char *text, size_t n, struct buf *ret)
{
	const char *at = memrchr(text, '@', n);
	size_t k = at ? (size_t)(text + n - at) : 0;

	if (k < 2)
		return -1;
	for (size_t i = 1; i < k; i++)
		if (!isalnum((unsigned char)at[i]) && at[i] != '.' &&
		    at[i] != '-')
			return -1;
	buf_add(ret, at, k);
	return 0;
}

static void
truncated(const char *text, size_t n, int64_t most, struct buf *ret)
{
	size_t k = 0;

	for (; k < n; k++)
		if (((unsigned char)text[k] & 0xc0) != 0x80 && most-- <= 0)
			break;
	buf_add(ret, text, k);
}

int
mask_text(enum rule_method m, int64_t most, const char *text, size_t n,
    struct buf *ret)
{
	switch (m) {
	case RULE_IP_PREFIX:
		return ip_prefix(text, n, ret);
	case RULE_YEAR:
		return date_prefix(text, n, 4, ret);
	case RULE_MONTH:
		return date_prefix(text, n, 7, ret);
	case RULE_OUTWARD:
		return outward(text, n, ret);
	case RULE_EMAIL_DOMAIN:
		return email_domain(text, n, ret);
	case RULE_TRUNCATE:
		truncated(text, n, most, ret);
		return 0;
	case RULE_NULL:
	case RULE_EMPTY:
	case RULE_SET:
	case RULE_REDACT:
	case RULE_PSEUDONYM:
	case RULE_N_METHODS:
		return -1;
	}
	return -1;
}
