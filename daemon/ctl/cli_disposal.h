/*
 * cli_disposal - reads and verifies a trail once, and gathers from it what a
 * record of disposal says, with what the policies of today add.
 */
#ifndef RETENTION_CLI_DISPOSAL_H
#define RETENTION_CLI_DISPOSAL_H

#include "retention/certificate.h"
#include "retention/err.h"

struct cli_args;
struct conf_set;

struct cli_disposal {
	struct conf_set *set;		/* owned: retentiond.conf */
	struct conf_set *policies;	/* owned; NULL: they cannot be read */
	struct certificate *certificate;	/* owned */
	struct note_key pin;
	struct verify_report report;
	struct certificate_ground ground;
	char finding[400];
};

/* -1 and a sentence when nothing can be said; a TAMPERED trail is for the
 * caller to judge.  Datasets are the operands when `named`. */
int cli_disposal_read(const struct cli_args *a, bool named,
    struct cli_disposal *ret, struct err *e);
void cli_disposal_release(struct cli_disposal *d);	/* empty is fine */

#endif
