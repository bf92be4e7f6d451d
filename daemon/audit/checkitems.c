/* checkitems - commitments too many for the record. */
#include "checkitems.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/hex.h"

/* As much of the buffer as there is; -1: failed. */
static ssize_t
read_part(int fd, void *bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = read(fd, (char *)bytes + done, n - done);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 ? (ssize_t)done : -1;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

static const char *
judge(int fd, const struct verify_open *op)
{
	uint8_t part[128][COMMIT_BYTES], last[COMMIT_BYTES] = { 0 };
	uint8_t leaf[32], root[32];
	struct merkle m = MERKLE_EMPTY;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || op->n >
	    UINT32_MAX || (uint64_t)st.st_size != op->n * COMMIT_BYTES)
		return "an items file of the wrong length";
	while ((got = read_part(fd, part, sizeof(part))) > 0) {
		if (got % COMMIT_BYTES != 0)
			return "an items file of the wrong length";
		for (ssize_t i = 0; i < got / COMMIT_BYTES; i++) {
			if (m.n != 0 && memcmp(last, part[i], 32) >= 0)
				return "an items file out of order";
			memcpy(last, part[i], 32);
			merkle_leaf(part[i], 32, leaf);
			merkle_add(&m, leaf);
		}
	}
	merkle_root(&m, root);
	return got == 0 && m.n == op->n && memcmp(root, op->croot, 32) == 0 ?
	    NULL : "an items file that does not match its intent";
}

const char *
checkitems_judge(int dirfd, const struct verify_open *op,
    enum verify_verdict *ret)
{
	char name[2 * COMMIT_OP_BYTES + 16] = "items/";
	const char *bad;
	int fd;

	hex_text(op->op, COMMIT_OP_BYTES, name + 6);
	memcpy(name + 6 + 2 * COMMIT_OP_BYTES, ".bin", 5);
	fd = openat(dirfd, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1) {
		*ret = VERIFY_UNVERIFIABLE;
		return errno == ENOENT ?
		    "the items file of this operation is missing" :
		    "the items file of this operation cannot be read";
	}
	*ret = VERIFY_TAMPERED;
	bad = judge(fd, op);
	fd_close(&fd);
	return bad;
}
