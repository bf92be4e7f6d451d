/*
 * keyfile - secret bytes at rest and in memory.  Files are for the owner only
 * and refused when anybody else could have read them.  What is destroyed is
 * overwritten first: on a file system that writes elsewhere (copy on write)
 * or on flash the old blocks may outlive that, which no program can mend.
 */
#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "retention/fd.h"

#define SECURE_HEAP 32768
#define SECURE_LEAST 32

/* The folder, made when missing; fd to it or -1. */
static int
open_folder(int at, const char *path, struct err *e)
{
	struct stat st;
	int fd;

	if (mkdirat(at, path, 0700) == 0) {
		if (at != AT_FDCWD && fsync(at) == -1)
			return err_sys(e, "fsync");
	} else if (errno != EEXIST) {
		return err_sys(e, "%s", path);
	}
	fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		(void)err_sys(e, "%s", path);
		fd_close(&fd);
		return -1;
	}
	if (at != AT_FDCWD && (st.st_mode & 077) != 0) {
		fd_close(&fd);
		return err_set(e, ERR_CONFIG, "folder %s is open to others: "
		    "run chmod 700 on it", path);
	}
	return fd;
}

int
keyfile_folder(const char *state, const char *inner, struct err *e)
{
	int top = open_folder(AT_FDCWD, state, e);
	int keys = top != -1 ? open_folder(top, "keys", e) : -1;
	int fd = keys;

	if (keys != -1 && inner != NULL) {
		fd = open_folder(keys, inner, e);
		fd_close(&keys);
	}
	fd_close(&top);
	if (fd == -1)
		err_wrap(e, "keys of %s", state);
	return fd;
}

bool
keyfile_there(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
keyfile_random(uint8_t ret[KEYFILE_BYTES], struct err *e)
{
	ssize_t got;

	do
		got = getrandom(ret, KEYFILE_BYTES, 0);
	while (got == -1 && errno == EINTR);
	return got == KEYFILE_BYTES ? 0 : err_sys(e, "getrandom");
}

static int
write_temp(int dirfd, const char *temp, struct err *e)
{
	uint8_t *bytes = keyfile_secret(e);
	int fd, rc;

	if (bytes == NULL)
		return -1;
	fd = openat(dirfd, temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	rc = fd == -1 ? err_sys(e, "create") :
	    keyfile_random(bytes, e);
	if (rc == 0)
		rc = fd_write_all(fd, bytes, KEYFILE_BYTES, e);
	if (rc == 0 && fsync(fd) == -1)
		rc = err_sys(e, "fsync");
	keyfile_wipe(bytes);
	fd_close(&fd);
	return rc;
}

int
keyfile_make(int dirfd, const char *name, struct err *e)
{
	char temp[64];
	int rc = 1;

	if (keyfile_there(dirfd, name))
		return 0;
	(void)snprintf(temp, sizeof(temp), ".%s.new", name);
	(void)unlinkat(dirfd, temp, 0);		/* left by a crash */
	if (write_temp(dirfd, temp, e) == -1)
		return err_wrap(e, "key %s", name);
	if (linkat(dirfd, temp, dirfd, name, 0) == -1)
		rc = errno == EEXIST ? 0 : err_sys(e, "key %s", name);
	(void)unlinkat(dirfd, temp, 0);
	if (rc == 1 && fsync(dirfd) == -1)
		rc = err_sys(e, "key %s: fsync of the folder", name);
	return rc;
}

static int
check_file(const struct stat *st, const char *name, struct err *e)
{
	if (!S_ISREG(st->st_mode) || st->st_size != KEYFILE_BYTES) {
		(void)err_set(e, ERR_CONFIG, "key %s: not a file of %d bytes; "
		    "restore it from its backup", name, KEYFILE_BYTES);
		return 1;
	}
	if ((st->st_mode & 077) != 0)
		return err_set(e, ERR_CONFIG, "key %s: open to others; if "
		    "nobody read it run chmod 600 on it", name);
	if (st->st_uid != geteuid())
		return err_set(e, ERR_CONFIG, "key %s: belongs to another "
		    "user; run chown on it", name);
	return 0;
}

int
keyfile_read(int dirfd, const char *name, uint8_t ret[KEYFILE_BYTES],
    struct err *e)
{
	struct stat st;
	int fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int rc;

	if (fd == -1 && errno == ENOENT) {
		(void)err_set(e, ERR_CONFIG, "key %s: missing; restore it "
		    "from its backup (retentionctl key init makes a first "
		    "one)", name);
		return 1;
	}
	if (fd == -1 || fstat(fd, &st) == -1) {
		rc = err_sys(e, "key %s", name);
		fd_close(&fd);
		return rc;
	}
	rc = check_file(&st, name, e);
	if (rc == 0 && read(fd, ret, KEYFILE_BYTES) != KEYFILE_BYTES)
		rc = err_sys(e, "key %s: read", name);
	fd_close(&fd);
	return rc;
}

/* As many zeros as it has bytes; nothing that could be followed elsewhere. */
static int
overwrite(int fd, struct err *e)
{
	static const uint8_t zeros[4096];
	struct stat st;
	off_t left;

	if (fstat(fd, &st) == -1)
		return err_sys(e, "stat");
	if (!S_ISREG(st.st_mode))
		return 0;
	for (left = st.st_size; left > 0; left -= (off_t)sizeof(zeros))
		if (fd_write_all(fd, zeros, left < (off_t)sizeof(zeros) ?
		    (size_t)left : sizeof(zeros), e) == -1)
			return -1;
	return fsync(fd) == -1 ? err_sys(e, "fsync") : 0;
}

int
keyfile_destroy(int dirfd, const char *name, struct err *e)
{
	int fd = openat(dirfd, name,
	    O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int rc = 0;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd != -1)
		rc = overwrite(fd, e);
	else if (errno != ELOOP)		/* a link holds no key */
		rc = err_sys(e, "open");
	fd_close(&fd);
	if (rc == 0 && unlinkat(dirfd, name, 0) == -1)
		rc = err_sys(e, "unlink");
	return rc == 0 ? 0 : err_wrap(e, "destroy key %s", name);
}

uint8_t *
keyfile_secret(struct err *e)
{
	uint8_t *secret;

	if (!CRYPTO_secure_malloc_initialized())
		(void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_LEAST);
	secret = OPENSSL_secure_zalloc(KEYFILE_BYTES);
	if (secret == NULL)
		(void)err_set(e, ERR_MEMORY, "no locked memory for a key");
	return secret;
}

void
keyfile_wipe(uint8_t *secret)
{
	OPENSSL_secure_clear_free(secret, KEYFILE_BYTES);
}
