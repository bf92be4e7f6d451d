/*
 * cli_events - which events have been declared, as far as can be told.
 *
 * The daemon's ledger knows.  It is asked when it runs; otherwise the copy it
 * leaves in the state folder is read: events.json,
 * {"events":[{"name":TEXT,"at":RFC 3339 text or ms}]}.
 */
#ifndef RETENTION_CLI_EVENTS_H
#define RETENTION_CLI_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/clock.h"
#include "retention/err.h"

struct conf_main;
struct pool;

#define CLI_EVENTS_FILE "events.json"
#define CLI_EVENTS_MOST_BYTES ((size_t)4 << 20)

struct cli_event {
	const char *name;
	struct wall at;
};

struct cli_events {
	const char *unknown;	/* why nothing is known; NULL: all is */
	size_t n;
	const struct cli_event *list;
};

/* Everything in *ret lives in `p`. */
void cli_events_read(const struct conf_main *conf, struct pool *p,
    struct cli_events *ret);

/* The text of the file, or the list of a reply.  Strict. */
int cli_events_parse(const char *json, size_t n, struct pool *p,
    struct cli_events *ret, struct err *e);

/* NULL: not declared. */
const struct cli_event *cli_events_find(const struct cli_events *ev,
    const char *name);

#endif
