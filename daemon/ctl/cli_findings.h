/*
 * cli_findings - what `check` found, and how it is shown.
 */
#ifndef RETENTION_CLI_FINDINGS_H
#define RETENTION_CLI_FINDINGS_H

#include <stddef.h>

struct buf;
struct jsonw;
struct pool;

enum cli_severity { CLI_NOTE, CLI_WARNING, CLI_ERROR, CLI_N_SEVERITIES };

struct cli_finding {
	const char *about;	/* dataset, store or notice; NULL: the set-up */
	enum cli_severity severity;
	const char *code, *text;
	const char *fix;	/* NULL: none */
	struct cli_finding *next;
};

struct cli_findings {
	struct pool *pool;		/* borrowed */
	const char *about;		/* of what is found next */
	struct cli_finding *first, *last;
	size_t n[CLI_N_SEVERITIES];
};

/* Copies the texts; an unknown severity counts as an error. */
void cli_findings_add(struct cli_findings *f, const struct cli_finding *one);

void cli_findings_text(const struct cli_findings *f, struct buf *out);
void cli_findings_json(const struct cli_findings *f, struct jsonw *w);

/* "1 error, 2 warnings, 0 notes" */
void cli_findings_count(const struct cli_findings *f, struct buf *out);

#endif
