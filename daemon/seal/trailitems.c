/* trailitems - items files: written once and durably, read at recovery. */
#include "trailitems.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"

#define NAME_BYTES (2 * COMMIT_OP_BYTES + 5)

static void
make_name(const uint8_t op[COMMIT_OP_BYTES], char ret_name[NAME_BYTES])
{
	hex_text(op, COMMIT_OP_BYTES, ret_name);
	memcpy(ret_name + 2 * COMMIT_OP_BYTES, ".bin", 5);
}

int
trailitems_write(int itemsfd, const uint8_t op[COMMIT_OP_BYTES],
    const uint8_t (*c)[COMMIT_BYTES], size_t n, struct err *e)
{
	char name[NAME_BYTES];

	make_name(op, name);
	return fd_replace_at(itemsfd, name, 0600, c, n * COMMIT_BYTES, e);
}

int
trailitems_read(int itemsfd, const uint8_t op[COMMIT_OP_BYTES],
    uint8_t (*ret_c)[COMMIT_BYTES], size_t n, struct err *e)
{
	char name[NAME_BYTES];
	struct buf b = BUF_EMPTY;
	int fd, rc;

	make_name(op, name);
	fd = openat(itemsfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_sys(e, "items of an operation");
	rc = fd_read_all(fd, n * COMMIT_BYTES, &b, e);
	fd_close(&fd);
	if (rc == 0 && b.n != n * COMMIT_BYTES)
		rc = err_set(e, ERR_TRAIL, "items of an operation: cut short");
	if (rc == 0)
		memcpy(ret_c, b.data, b.n);
	buf_release(&b);
	return rc;
}
