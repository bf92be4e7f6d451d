/*
 * cli_cover - the pages of a copy that say what it holds: README.txt and
 * index.html for people, manifest.json for programs.
 */
#ifndef RETENTION_CLI_COVER_H
#define RETENTION_CLI_COVER_H

#include <stddef.h>

#include "retention/clock.h"

struct buf;
struct cli_find;
struct cli_gather_part;

struct cli_cover {
	const struct cli_find *all;
	const struct cli_gather_part *parts;
	const char *const *name;	/* of each part's file, without ending;
					 * of a FILE or LINES with it */
	struct wall now;
	const char *request;		/* its id; NULL: not registered */
	size_t n_kinds;			/* what the person was found by */
	const char *const *kind;
};

void cli_cover_text(const struct cli_cover *c, struct buf *out);
void cli_cover_html(const struct cli_cover *c, struct buf *out);
void cli_cover_manifest(const struct cli_cover *c, struct buf *out);

#endif
