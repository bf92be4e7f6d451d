#include "cli_save.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

int
cli_save_file(const char *path, const struct buf *b, struct err *e)
{
	int fd, rc;

	if (buf_failed(b))
		return err_set(e, ERR_MEMORY, "no memory for the output");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1 && errno == EEXIST)
		return err_set(e, ERR_REFUSED, "%s: exists already", path);
	if (fd == -1)
		return err_sys(e, "%s", path);
	rc = fd_write_all(fd, buf_text(b), b->n, e);
	if (rc == 0 && fsync(fd) == -1)
		rc = err_sys(e, "fsync");
	fd_close(&fd);
	if (rc == -1) {
		(void)unlink(path);
		return err_wrap(e, "%s", path);
	}
	return 0;
}
