/*
 * slowsync - preloaded: each sync of a file or file system takes 1 ms longer,
 * as it does on a disk that has to empty its cache.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int
slow(long rc)
{
	const struct timespec ms = { 0, 1000000 };

	(void)nanosleep(&ms, NULL);
	return (int)rc;
}

int
fsync(int fd)
{
	return slow(syscall(SYS_fsync, fd));
}

int
fdatasync(int fd)
{
	return slow(syscall(SYS_fdatasync, fd));
}

int
syncfs(int fd)
{
	return slow(syscall(SYS_syncfs, fd));
}
