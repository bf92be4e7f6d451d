#include "cli_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "retention/fd.h"

int
cli_lock_state(const char *state, int *ret_fd, struct err *e)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s/lock", state) >=
	    (int)sizeof(path))
		return err_set(e, ERR_CONFIG, "%s: too long", state);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_sys(e, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		(void)(errno == EWOULDBLOCK ? err_set(e, ERR_REFUSED,
		    "retentiond is running on %s: stop it first", state) :
		    err_sys(e, "%s: lock", path));
		fd_close(&fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}
