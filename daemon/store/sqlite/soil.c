/*
 * soil - a bit for each page.
 */
#include "soil.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "pages.h"

/* Of a write-ahead log (file format 4.1). */
#define LOG_HEADER 32
#define FRAME_HEADER 24

void
soil_release(struct soil *s)
{
	free(s->map);
	*s = (struct soil){ .page_bytes = 0 };
}

void
soil_begin(struct soil *s)
{
	if (s->map_bytes > 0)
		memset(s->map, 0, s->map_bytes);
	s->most = 0;
	s->clean = false;
	s->known = s->page_bytes > 0;
}

void
soil_settle(struct soil *s)
{
	if (!s->clean || !s->known)
		return;
	soil_begin(s);
	s->clean = true;
}

void
soil_mark(struct soil *s, uint32_t page)
{
	s->clean = false;
	if (!s->known)
		return;
	if (page >= PAGES_MOST) {
		s->known = false;
		return;
	}
	if (page / 8 >= s->map_bytes) {
		size_t want = (size_t)page / 8 + 4096;

		want += want / 2;
		if (bits_grow(&s->map, s->map_bytes, want) == -1) {
			s->known = false;
			return;
		}
		s->map_bytes = want;
	}
	bits_set(s->map, page);
	s->most = page > s->most ? page : s->most;
}

uint32_t
soil_next(const struct soil *s, uint32_t page)
{
	for (; page <= s->most && s->map_bytes > 0; page++) {
		if (page % 8 == 0 && s->map[page / 8] == 0)
			page += 7;
		else if (bits_has(s->map, page))
			return page;
	}
	return 0;
}

void
soil_wrote(struct soil *s, const void *from, uint32_t n, int64_t at)
{
	uint64_t last;

	if (s->page_bytes == 0 || n == 0)
		return;
	last = ((uint64_t)at + n - 1) / s->page_bytes + 1;
	for (uint64_t page = (uint64_t)at / s->page_bytes + 1; page <= last;
	    page++)
		soil_mark(s, page < PAGES_MOST ? (uint32_t)page : PAGES_MOST);
	if (at > PAGES_COUNTER || at + n <= PAGES_COUNTER)
		return;
	s->counted = at + n >= PAGES_COUNTER + 4;
	if (s->counted)
		s->counter = pages_u32((const uint8_t *)from +
		    (PAGES_COUNTER - at));
}

void
soil_read(struct soil *s, const void *what, uint32_t n, int64_t at)
{
	s->bytes_read += n;
	if (s->log || !s->counted || at > PAGES_COUNTER ||
	    at + n < PAGES_COUNTER + 4)
		return;
	if (pages_u32((const uint8_t *)what + (PAGES_COUNTER - at)) !=
	    s->counter)
		s->known = s->clean = false;
}

/* SQLite writes the header of a frame by itself, or with its page. */
void
soil_logged(struct soil *s, const void *from, uint32_t n, int64_t at)
{
	int64_t within;

	if (s->page_bytes == 0 || at < LOG_HEADER)
		return;
	within = (at - LOG_HEADER) % (FRAME_HEADER + s->page_bytes);
	if (within == 0 && n >= 4 && n <= FRAME_HEADER + s->page_bytes)
		soil_mark(s, pages_u32(from));
	else if (within < FRAME_HEADER ||
	    within + n > FRAME_HEADER + s->page_bytes)
		s->known = s->clean = false;
}
