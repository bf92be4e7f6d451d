/*
 * spawn - start a worker: socket pair, fork, rights dropped, exec.
 *
 * The worker gets an empty environment (PATH, TZ=UTC, LANG=C), fd 0 from
 * /dev/null, 1 and 2 from ours, WIRE_FD, nothing else; no new privileges;
 * RLIMIT_CORE 0.  When we are root and `owner_of` names an existing file, the
 * worker takes that file's uid and gid (and its groups), so that side files
 * keep belonging to the application.  It never has a capability, root's own
 * stores included.
 */
#ifndef RETENTION_SPAWN_H
#define RETENTION_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "retention/err.h"

struct spawn_worker {
	pid_t pid;
	int fd;				/* our end, CLOEXEC; owned by the caller */
};

/* Path of the program `name` ("retentiond-worker"): beside the running
 * executable (build tree), else the libexec folder given at build time. */
int spawn_find(const char *name, char *ret_path, size_t n, struct err *e);

/* The path whose owner a store's worker becomes, for spawn_start(): the store,
 * or of a pattern the first file if all its regular files have one owner, else
 * the folder above the pattern. */
void spawn_owner_of(const char *store, char *ret_path, size_t n);

int spawn_start(const char *owner_of, struct spawn_worker *ret, struct err *e);

/*
 * Start a program of the operator's, argv[0] its path: a session of its own, our
 * identity without any capability and no new privileges, standard input
 * empty, output and errors into `out`, an environment of PATH, TZ and LANG.
 * -1: it cannot be run.
 */
int spawn_hook(const char *const *argv, int out, pid_t *ret_pid,
    struct err *e);

#endif
