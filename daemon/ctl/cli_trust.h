/* cli_trust - whose evidence is believed: --tsa-ca and --witness. */
#ifndef RETENTION_CLI_TRUST_H
#define RETENTION_CLI_TRUST_H

#include "retention/anchor.h"

struct cli_args;

#define CLI_MOST_WITNESSES 32

struct cli_trust {
	struct anchor_trust trust;	/* its witnesses are those below */
	struct note_key witness[CLI_MOST_WITNESSES];
};

int cli_trust_read(const struct cli_args *a, struct cli_trust *ret,
    struct err *e);

#endif
