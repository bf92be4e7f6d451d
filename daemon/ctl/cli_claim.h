/* cli_claim - what a receipt proves, in words. */
#ifndef RETENTION_CLI_CLAIM_H
#define RETENTION_CLI_CLAIM_H

struct buf;
struct receipt;
struct receiptcheck_claim;

void cli_claim_text(const struct receiptcheck_claim *c, struct buf *out);
void cli_claim_json(const struct receipt *r,
    const struct receiptcheck_claim *c, struct buf *out);

#endif
