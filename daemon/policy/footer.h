/*
 * footer - the POSIX TZ string at the end of a tz database file: a standard
 * offset, and the rule for summer time in every year.
 */
#ifndef POLICY_FOOTER_H
#define POLICY_FOOTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct footer_day {
	char form;		/* 'M', 'J' (no leap day) or 'N' (from 0) */
	int month, week, day;	/* J and N: only day */
	int64_t time_s;		/* local, may be negative or past midnight */
};

struct footer {
	int64_t standard_s, summer_s;	/* seconds east of UTC */
	bool has_summer;
	struct footer_day start, end;
};

/* -1: not such a string. */
int footer_parse(const char *text, size_t n, struct footer *ret);

int64_t footer_offset(const struct footer *f, int64_t utc_s);

#endif
