#include "retention/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

struct wall
clock_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (struct wall){ (int64_t)ts.tv_sec * 1000 +
	    (int64_t)ts.tv_nsec / 1000000 };
}

struct mono
clock_mono(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono){ (int64_t)ts.tv_sec * 1000000000 +
	    (int64_t)ts.tv_nsec };
}

struct mono
clock_boot(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (struct mono){ (int64_t)ts.tv_sec * 1000000000 +
	    (int64_t)ts.tv_nsec };
}

int
clock_synchronised(void)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	if (state == -1)
		return -1;
	return state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

int64_t
clock_since_ms(struct mono then, struct mono now)
{
	return (now.ns - then.ns) / 1000000;
}

/* Four-digit years only: 0000-01-01 and 9999-12-31T23:59:59.999. */
#define LEAST_MS INT64_C(-62167219200000)
#define MOST_MS INT64_C(253402300799999)

static int64_t
split(struct wall t, struct tm *ret_tm)
{
	int64_t ms = t.ms < LEAST_MS ? LEAST_MS : t.ms > MOST_MS ? MOST_MS : t.ms;
	int64_t part = ((ms % 1000) + 1000) % 1000;
	time_t s = (time_t)((ms - part) / 1000);

	memset(ret_tm, 0, sizeof(*ret_tm));
	(void)gmtime_r(&s, ret_tm);
	return part;
}

void
clock_text_ms(struct wall t, char ret_text[CLOCK_TEXT_BYTES])
{
	struct tm tm;
	int part = (int)split(t, &tm);
	size_t n;

	(void)snprintf(ret_text, CLOCK_TEXT_BYTES, "%04d", tm.tm_year + 1900);
	n = strftime(ret_text + 4, CLOCK_TEXT_BYTES - 4, "-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(ret_text + 4 + n, CLOCK_TEXT_BYTES - 4 - n, ".%03dZ", part);
}

void
clock_text_s(struct wall t, char ret_text[CLOCK_TEXT_BYTES])
{
	clock_text_ms(t, ret_text);
	memcpy(ret_text + strlen(ret_text) - 5, "Z", 2);
}
