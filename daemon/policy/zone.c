#include "zone.h"

#include <stdlib.h>
#include <string.h>

#include "footer.h"

#define HEADER_BYTES 44
#define OFFSET_MOST 93599		/* RFC 8536: -24:59:59 .. 25:59:59 */
#define TRANSITIONS_MOST 65536
/* Beyond this (some 60 million years) every time is treated as its edge. */
#define UTC_MOST INT64_C(2000000000000000)

struct zone {
	size_t n;			/* transitions */
	int64_t *at_s;			/* ascending */
	int32_t *after_s;		/* offset from at_s on */
	int32_t first_s;		/* before the first */
	bool has_footer;
	struct footer footer;
};

struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static int64_t
get64(const uint8_t *p)
{
	return (int64_t)((uint64_t)get32(p) << 32 | get32(p + 4));
}

static int
header(const uint8_t *p, size_t n, struct counts *ret)
{
	if (n < HEADER_BYTES || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return -1;
	*ret = (struct counts){ get32(p + 20), get32(p + 24), get32(p + 28),
		get32(p + 32), get32(p + 36), get32(p + 40) };
	/* Also keeps every sum below far from overflow. */
	if (ret->isut > 256 || ret->isstd > 256 || ret->leap > 4096 ||
	    ret->time > TRANSITIONS_MOST || ret->type < 1 ||
	    ret->type > 256 || ret->chars > 4096)
		return -1;
	return 0;
}

static size_t
body_bytes(const struct counts *c, size_t time_bytes)
{
	return c->time * (time_bytes + 1) + c->type * 6 + c->chars +
	    c->leap * (time_bytes + 4) + c->isstd + c->isut;
}

static int
type_offset(const uint8_t *types, size_t i, int32_t *ret)
{
	int32_t s = (int32_t)get32(types + 6 * i);

	if (s > OFFSET_MOST || s < -OFFSET_MOST)
		return -1;
	*ret = s;
	return 0;
}

static int
transitions(struct zone *z, const uint8_t *p, const struct counts *c)
{
	const uint8_t *indexes = p + c->time * 8;
	const uint8_t *types = indexes + c->time;

	if (type_offset(types, 0, &z->first_s) == -1)
		return -1;
	for (size_t i = 0; i < c->time; i++) {
		z->at_s[i] = get64(p + 8 * i);
		if (i > 0 && z->at_s[i] <= z->at_s[i - 1])
			return -1;
		if (indexes[i] >= c->type ||
		    type_offset(types, indexes[i], &z->after_s[i]) == -1)
			return -1;
	}
	z->n = c->time;
	return 0;
}

/* "\nTZ string\n", the string possibly empty. */
static int
footer(struct zone *z, const uint8_t *p, size_t n)
{
	const uint8_t *end;

	if (n < 2 || p[0] != '\n' ||
	    (end = memchr(p + 1, '\n', n - 1)) == NULL)
		return -1;
	if (end == p + 1)
		return 0;
	z->has_footer = true;
	return footer_parse((const char *)p + 1, (size_t)(end - p - 1),
	    &z->footer);
}

int
zone_parse(const void *bytes, size_t n, struct zone **ret, struct err *e)
{
	const uint8_t *p = bytes;
	struct zone *z = NULL;
	struct counts c;
	size_t skip;

	if (header(p, n, &c) == -1)
		goto malformed;
	skip = HEADER_BYTES + body_bytes(&c, 4);
	if (skip > n || header(p + skip, n - skip, &c) == -1)
		goto malformed;
	skip += HEADER_BYTES;
	if (body_bytes(&c, 8) > n - skip)
		goto malformed;
	z = calloc(1, sizeof(*z));
	if (z == NULL)
		return err_set(e, ERR_MEMORY, "time zone: no memory");
	z->at_s = calloc(c.time + 1, sizeof(*z->at_s));
	z->after_s = calloc(c.time + 1, sizeof(*z->after_s));
	if (z->at_s == NULL || z->after_s == NULL) {
		zone_free(z);
		return err_set(e, ERR_MEMORY, "time zone: no memory");
	}
	if (transitions(z, p + skip, &c) == -1)
		goto malformed;
	skip += body_bytes(&c, 8);
	if (footer(z, p + skip, n - skip) == -1)
		goto malformed;
	*ret = z;
	return 0;
malformed:
	zone_free(z);
	return err_set(e, ERR_INPUT,
	    "not a time zone file (RFC 8536, version 2 or later)");
}

void
zone_free(struct zone *z)
{
	if (z == NULL)
		return;
	free(z->at_s);
	free(z->after_s);
	free(z);
}

int64_t
zone_offset(const struct zone *z, int64_t utc_s)
{
	size_t low = 0, high = z->n;

	if (utc_s > UTC_MOST || utc_s < -UTC_MOST)
		utc_s = utc_s > 0 ? UTC_MOST : -UTC_MOST;
	while (low < high) {		/* the number of transitions <= utc_s */
		size_t middle = low + (high - low) / 2;

		if (z->at_s[middle] <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == z->n && z->has_footer)
		return footer_offset(&z->footer, utc_s);
	return low == 0 ? z->first_s : z->after_s[low - 1];
}
