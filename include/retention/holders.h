/*
 * holders - who else has a file open, as /proc tells.
 *
 * A confined worker may not look into other processes.  So a scout, which was
 * forked off before, looks for it and answers over a socket.
 */
#ifndef RETENTION_HOLDERS_H
#define RETENTION_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HOLDERS_MOST 512		/* files of one question */

struct holders {
	int fd;				/* the scout's socket; borrowed */
};

struct holders_file {
	uint64_t dev, ino;
};

/*
 * ret_held[i]: has a process other than this one the file open?  True as well
 * when that is not known: of a process that may not be looked into, of a /proc that
 * hides processes, of a scout that is gone.  `h` NULL: looks itself.  Not
 * seen: processes outside this PID namespace, and descriptors that are under
 * way in a socket.
 */
void holders_ask(const struct holders *h, const struct holders_file *file,
    size_t n, bool *ret_held);

/* The file of a descriptor; -1 with errno. */
int holders_file(int fd, struct holders_file *ret);

/* The scout's life: answers at fd until the other end is closed.  `worker`
 * does not count. */
void holders_serve(int fd, pid_t worker);

#endif
