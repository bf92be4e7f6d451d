/* trailitems - the commitments of an operation that has too many for its
 * record: items/<op>.bin, n * 32 bytes, ascending. */
#ifndef SEAL_TRAILITEMS_H
#define SEAL_TRAILITEMS_H

#include "retention/commit.h"

int trailitems_write(int itemsfd, const uint8_t op[COMMIT_OP_BYTES],
    const uint8_t (*c)[COMMIT_BYTES], size_t n, struct err *e);
int trailitems_read(int itemsfd, const uint8_t op[COMMIT_OP_BYTES],
    uint8_t (*ret_c)[COMMIT_BYTES], size_t n, struct err *e);

#endif
