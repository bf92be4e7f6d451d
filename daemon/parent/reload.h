/*
 * reload - a new configuration, whole or not at all (I10).
 */
#ifndef PARENT_RELOAD_H
#define PARENT_RELOAD_H

#include <stddef.h>

struct conf_set;
struct parent;
struct record_who;

struct reload_result {
	size_t n;
	char **text;		/* owned: changes, or errors with file:line */
	size_t n_stricter;
	char **stricter;	/* owned: what can go that could not before */
};

/* 0: taken, with the changes; -1: refused, with the errors; the old policy
 * stays.  Everything is logged as well. */
int reload_now(struct parent *p, const struct record_who *who,
    struct reload_result *ret);
void reload_result_release(struct reload_result *r);

/* The `policy` record of the first set of this life, when it is news. */
int reload_record_first(struct parent *p, const struct record_who *who);

/* Loads; logs every error and warning.  NULL on failure. */
struct conf_set *reload_load(const char *path, struct reload_result *errors);

#endif
