/* faultcalls - the calls that faultcount.c counts.  Syncs are not done at all:
 * a death is no loss of power. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faultcount.h"

#define FAILS(k) faultcount_fails(k, __builtin_return_address(0))
#define NEXT(name) \
	static __typeof__(name) *real; \
	if (real == NULL) \
		real = faultcount_next(#name)

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
int __vasprintf_chk(char **ret, int flag, const char *fmt, va_list ap);

/* --- memory --- */

void *
malloc(size_t n)
{
	return FAILS(MEM) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t each)
{
	return FAILS(MEM) ? NULL : __libc_calloc(n, each);
}

void *
realloc(void *p, size_t n)
{
	return n != 0 && FAILS(MEM) ? NULL : __libc_realloc(p, n);
}

void *
reallocarray(void *p, size_t n, size_t each)
{
	return FAILS(MEM) ? NULL : __libc_realloc(p, n * each);
}

static char *
copy(const char *text, size_t n)
{
	char *p = __libc_malloc(n + 1);

	if (p != NULL) {
		memcpy(p, text, n);
		p[n] = '\0';
	}
	return p;
}

char *
strdup(const char *text)
{
	return FAILS(MEM) ? NULL : copy(text, strlen(text));
}

char *__strdup(const char *text);	/* what headers make of it, for some */
char *
__strdup(const char *text)
{
	return FAILS(MEM) ? NULL : copy(text, strlen(text));
}

char *
strndup(const char *text, size_t n)
{
	return FAILS(MEM) ? NULL : copy(text, strnlen(text, n));
}

int __asprintf_chk(char **ret, int flag, const char *fmt, ...);

int
__asprintf_chk(char **ret, int flag, const char *fmt, ...)
{
	bool failed = FAILS(MEM), was = faultcount_busy;
	va_list ap;
	int n = -1;

	if (failed)
		return -1;
	va_start(ap, fmt);
	faultcount_busy = true;
	n = __vasprintf_chk(ret, flag, fmt, ap);
	faultcount_busy = was;
	va_end(ap);
	return n;
}

/* --- files --- */

#define CALL(type, name, k, failed, params, ...) \
	__typeof__(name) name; \
	type name params \
	{ \
		NEXT(name); \
		return FAILS(k) ? (failed) : real(__VA_ARGS__); \
	}

ssize_t __pread_chk(int fd, void *to, size_t n, off_t off, size_t room);
ssize_t __read_chk(int fd, void *to, size_t n, size_t room);
int __openat_2(int fd, const char *path, int flags);

CALL(ssize_t, read, READ, -1, (int fd, void *to, size_t n), fd, to, n)
CALL(ssize_t, pread, READ, -1, (int fd, void *to, size_t n, off_t off), fd, to,
    n, off)
CALL(ssize_t, pread64, READ, -1, (int fd, void *to, size_t n, off64_t off), fd,
    to, n, off)
CALL(ssize_t, __pread_chk, READ, -1, (int fd, void *to, size_t n, off_t off,
    size_t room), fd, to, n, off, room)
CALL(ssize_t, __read_chk, READ, -1, (int fd, void *to, size_t n, size_t room),
    fd, to, n, room)
CALL(ssize_t, write, WRITE, -1, (int fd, const void *p, size_t n), fd, p, n)
CALL(ssize_t, pwrite, WRITE, -1, (int fd, const void *p, size_t n, off_t off),
    fd, p, n, off)
CALL(ssize_t, pwrite64, WRITE, -1, (int fd, const void *p, size_t n,
    off64_t off), fd, p, n, off)
CALL(int, rename, RENAME, -1, (const char *from, const char *to), from, to)
CALL(int, renameat, RENAME, -1, (int a, const char *from, int b,
    const char *to), a, from, b, to)
CALL(int, renameat2, RENAME, -1, (int a, const char *from, int b,
    const char *to, unsigned int flags), a, from, b, to, flags)
CALL(int, linkat, RENAME, -1, (int a, const char *from, int b, const char *to,
    int flags), a, from, b, to, flags)
CALL(int, ftruncate, TRUNC, -1, (int fd, off_t n), fd, n)
CALL(int, ftruncate64, TRUNC, -1, (int fd, off64_t n), fd, n)
CALL(int, fallocate, TRUNC, -1, (int fd, int mode, off_t off, off_t n), fd,
    mode, off, n)
CALL(int, posix_fallocate, TRUNC, faultcount_err, (int fd, off_t off, off_t n), fd, off, n)
CALL(int, unlink, UNLINK, -1, (const char *path), path)
CALL(int, unlinkat, UNLINK, -1, (int fd, const char *path, int flags), fd, path,
    flags)
CALL(void *, mmap, MAP, MAP_FAILED, (void *p, size_t n, int prot, int flags,
    int fd, off_t off), p, n, prot, flags, fd, off)
CALL(void *, mmap64, MAP, MAP_FAILED, (void *p, size_t n, int prot, int flags,
    int fd, off64_t off), p, n, prot, flags, fd, off)
CALL(ssize_t, sendmsg, LINK, -1, (int fd, const struct msghdr *m, int flags),
    fd, m, flags)
CALL(ssize_t, recvmsg, LINK, -1, (int fd, struct msghdr *m, int flags), fd, m,
    flags)
CALL(ssize_t, send, LINK, -1, (int fd, const void *p, size_t n, int flags), fd,
    p, n, flags)
CALL(ssize_t, recv, LINK, -1, (int fd, void *p, size_t n, int flags), fd, p, n,
    flags)
CALL(pid_t, fork, FORK, -1, (void))
CALL(int, socketpair, FORK, -1, (int domain, int type, int protocol, int fd[2]),
    domain, type, protocol, fd)
CALL(FILE *, fdopen, OPEN, NULL, (int fd, const char *how), fd, how)
CALL(DIR *, opendir, OPEN, NULL, (const char *path), path)
CALL(DIR *, fdopendir, OPEN, NULL, (int fd), fd)
CALL(int, __openat_2, OPEN, -1, (int fd, const char *path, int flags), fd, path,
    flags)

#define SYNCS(name, params) \
	int name params \
	{ \
		return FAILS(SYNC) ? -1 : 0; \
	}
SYNCS(fsync, (int fd __attribute__((unused))))
SYNCS(fdatasync, (int fd __attribute__((unused))))
SYNCS(syncfs, (int fd __attribute__((unused))))
SYNCS(sync_file_range, (int fd __attribute__((unused)),
    off64_t from __attribute__((unused)), off64_t n __attribute__((unused)),
    unsigned int how __attribute__((unused))))

#define MODE_OF(flags, mode) \
	va_list ap; \
	mode_t mode = 0; \
	if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
		va_start(ap, flags); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	}

#define OPENS(name) \
	int name(const char *path, int flags, ...) \
	{ \
		NEXT(name); \
		MODE_OF(flags, mode) \
		return FAILS(OPEN) ? -1 : real(path, flags, mode); \
	}
#define OPENS_AT(name) \
	int name(int fd, const char *path, int flags, ...) \
	{ \
		NEXT(name); \
		MODE_OF(flags, mode) \
		return FAILS(OPEN) ? -1 : real(fd, path, flags, mode); \
	}
OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

long
syscall(long nr, ...)
{
	NEXT(syscall);
	long a[6];
	va_list ap;

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (nr == SYS_openat2 && FAILS(OPEN))
		return -1;
	return real(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* --- SQLite: the step is not done, and its connection says why not --- */

struct sqlite3_stmt;
int sqlite3_step(struct sqlite3_stmt *s);

CALL(int, sqlite3_step, STEP, faultcount_err, (struct sqlite3_stmt *s), s)
