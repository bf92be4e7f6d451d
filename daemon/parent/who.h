/*
 * who - who has a file open or mapped, and how: by /proc.
 */
#ifndef DAEMON_PARENT_WHO_H
#define DAEMON_PARENT_WHO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "retention/err.h"
#include "retention/msg.h"

/*
 * `alone`: nobody has the file open or mapped.  `appends`: somebody has, and
 * everybody who has only appends to it (O_WRONLY | O_APPEND).  The worker that
 * asks does not count.  Neither when not every process can be looked at (that
 * takes CAP_SYS_PTRACE).  Not seen: processes outside this PID namespace, and
 * descriptors that are under way in a socket.
 */
void who_look(uint64_t dev, uint64_t ino, pid_t worker, struct msg_go *ret);

/* The body of GO that answers a READY: the question stands in it, or "{}". */
#define WHO_BYTES 32
int who_answer(const char *ready, size_t n, pid_t worker,
    char ret_go[WHO_BYTES], struct err *e);

#endif
