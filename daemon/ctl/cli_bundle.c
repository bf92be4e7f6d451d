#include "cli_bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/sha256.h"

#define BLOCK 512
#define MOST_NAME 99
#define MOST_SIZE UINT64_C(077777777777)

struct cli_bundle {
	bool tar;
	int fd;				/* owned: the folder or the tar file */
	struct wall now;
	struct sha256 *hash;		/* owned */
	struct buf manifest;
};

struct cli_bundle *
cli_bundle_new(const char *path, struct wall now, struct err *e)
{
	const size_t n = strlen(path);
	struct cli_bundle *b = calloc(1, sizeof(*b));
	bool made;

	if (b != NULL)
		b->hash = sha256_new();
	if (b == NULL || b->hash == NULL) {
		free(b);
		(void)err_set(e, ERR_MEMORY, "no memory");
		return NULL;
	}
	b->now = now;
	b->tar = n > 4 && strcmp(path + n - 4, ".tar") == 0;
	made = b->tar || mkdir(path, 0700) == 0;
	b->fd = !made ? -1 : b->tar ? open(path, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC | O_NOFOLLOW, 0600) : open(path, O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (b->fd == -1) {
		if (errno == EEXIST)
			(void)err_set(e, ERR_REFUSED, "%s: exists already",
			    path);
		else
			(void)err_sys(e, "%s", path);
		cli_bundle_free(b);
		return NULL;
	}
	return b;
}

void
cli_bundle_free(struct cli_bundle *b)
{
	if (b == NULL)
		return;
	fd_close(&b->fd);
	sha256_free(b->hash);
	buf_release(&b->manifest);
	free(b);
}

static int
write_header(struct cli_bundle *b, const char *name, uint64_t size,
    struct err *e)
{
	char head[BLOCK] = "";
	char seconds[32];
	unsigned sum = 0;

	memcpy(head, name, strlen(name));
	memcpy(head + 100, "0000600", 8);
	memcpy(head + 108, "0000000", 8);
	memcpy(head + 116, "0000000", 8);
	(void)snprintf(head + 124, 12, "%011" PRIo64, size & MOST_SIZE);
	(void)snprintf(seconds, sizeof(seconds), "%011" PRIo64,
	    (uint64_t)(b->now.ms / 1000));
	memcpy(head + 136, seconds, 11);
	memset(head + 148, ' ', 8);
	head[156] = '0';
	memcpy(head + 257, "ustar\0" "00", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)head[i];
	(void)snprintf(head + 148, 8, "%06o", sum);
	return fd_write_all(b->fd, head, BLOCK, e);
}

/* The folders of a name, made as far as they are missing. */
static int
make_folders(const struct cli_bundle *b, const char *name, struct err *e)
{
	char part[MOST_NAME + 1];

	for (const char *at = strchr(name, '/'); at; at = strchr(at + 1, '/')) {
		memcpy(part, name, (size_t)(at - name));
		part[at - name] = '\0';
		if (mkdirat(b->fd, part, 0700) == -1 && errno != EEXIST)
			return err_sys(e, "%s", part);
	}
	return 0;
}

/* Where the bytes of a file go; -1. */
static int
begin(struct cli_bundle *b, const char *name, uint64_t size, struct err *e)
{
	int fd;

	if (strlen(name) > MOST_NAME)
		return err_set(e, ERR_INPUT, "a name is too long");
	if (b->tar && size > MOST_SIZE)
		return err_set(e, ERR_INPUT, "larger than a tar file takes");
	if (b->tar)
		return write_header(b, name, size, e) == -1 ? -1 : b->fd;
	if (make_folders(b, name, e) == -1)
		return -1;
	fd = openat(b->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	return fd != -1 ? fd : err_sys(e, "%s", name);
}

static int
end(struct cli_bundle *b, const char *name, int fd, uint64_t size,
    struct err *e)
{
	static const char zeros[BLOCK];
	uint8_t hash[32];
	char hex[65];
	int rc = 0;

	if (b->tar)
		rc = fd_write_all(fd, zeros, (BLOCK - size % BLOCK) % BLOCK, e);
	else if (fsync(fd) == -1)
		rc = err_sys(e, "%s", name);
	sha256_end(b->hash, hash);
	hex_text(hash, 32, hex);
	buf_putf(&b->manifest, "%s  %s\n", hex, name);
	return rc;
}

int
cli_bundle_bytes(struct cli_bundle *b, const char *name, const void *bytes,
    size_t n, struct err *e)
{
	int fd = begin(b, name, n, e);
	int rc;

	if (fd == -1)
		return -1;
	sha256_add(b->hash, bytes, n);
	rc = fd_write_all(fd, bytes, n, e);
	if (rc == 0)
		rc = end(b, name, fd, n, e);
	if (!b->tar)
		fd_close(&fd);
	return rc;
}

static int
copy(struct cli_bundle *b, int from, int to, uint64_t n, struct err *e)
{
	char part[65536];

	while (n != 0) {
		ssize_t got = read(from, part, n < sizeof(part) ? (size_t)n :
		    sizeof(part));

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 ? err_set(e, ERR_INPUT,
			    "became shorter while it was read") :
			    err_sys(e, "read");
		sha256_add(b->hash, part, (size_t)got);
		if (fd_write_all(to, part, (size_t)got, e) == -1)
			return -1;
		n -= (uint64_t)got;
	}
	return 0;
}

int
cli_bundle_file(struct cli_bundle *b, const char *name, int dirfd,
    const char *file, struct err *e)
{
	int from = openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	struct stat st;
	int to = -1, rc = 0;

	if (from == -1 || fstat(from, &st) == -1)
		rc = err_sys(e, "open");
	else if (!S_ISREG(st.st_mode))
		rc = err_set(e, ERR_INPUT, "not a regular file");
	if (rc == 0)
		rc = to = begin(b, name, (uint64_t)st.st_size, e);
	if (to != -1) {
		rc = copy(b, from, to, (uint64_t)st.st_size, e);
		if (rc == 0)
			rc = end(b, name, to, (uint64_t)st.st_size, e);
		if (!b->tar)
			fd_close(&to);
	}
	fd_close(&from);
	return rc == -1 ? err_wrap(e, "%s", name) : 0;
}

int
cli_bundle_finish(struct cli_bundle *b, struct err *e)
{
	static const char zeros[2 * BLOCK];
	struct buf list = b->manifest;
	int rc;

	b->manifest = BUF_EMPTY;	/* it does not list itself */
	rc = buf_failed(&list) ? err_set(e, ERR_MEMORY, "no memory") :
	    cli_bundle_bytes(b, "MANIFEST", buf_text(&list), list.n, e);
	buf_release(&list);
	if (rc == 0 && b->tar)
		rc = fd_write_all(b->fd, zeros, sizeof(zeros), e);
	if (rc == 0 && fsync(b->fd) == -1)
		rc = err_sys(e, "fsync");
	return rc;
}
