/*
 * hold - by a lease where the kernel gives one, else by looking around.
 */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "retention/holders.h"

int
hold_lease(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK)
		return 0;
	/* Whoever opens it meanwhile makes a signal: one that is ignored. */
	(void)fcntl(fd, F_SETSIG, SIGURG);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
		return 1;
	return errno == EAGAIN ? 0 : -1;
}

bool
hold_is_kept(int fd)
{
	return fcntl(fd, F_GETLEASE) == F_WRLCK;
}

static void
ask(const struct holders *h, const struct holders_file *file,
    const size_t *which, size_t n, bool *busy)
{
	bool held[HOLDERS_MOST];

	holders_ask(h, file, n, held);
	for (size_t i = 0; i < n; i++)
		busy[which[i]] |= held[i];
}

void
hold_search(const struct holders *h, const int *fd, size_t n, bool *busy)
{
	struct holders_file file[HOLDERS_MOST];
	size_t which[HOLDERS_MOST], k = 0;

	for (size_t i = 0; i < n; i++) {
		if (fd[i] == -1 || busy[i])
			continue;
		if (holders_file(fd[i], &file[k]) == -1) {
			busy[i] = true;
			continue;
		}
		which[k++] = i;
		if (k < HOLDERS_MOST)
			continue;
		ask(h, file, which, k, busy);
		k = 0;
	}
	if (k > 0)
		ask(h, file, which, k, busy);
}

bool
hold_alone(const struct holders *h, int fd)
{
	const int lease = hold_lease(fd);
	bool busy = lease == 0;

	if (lease == -1)
		hold_search(h, &fd, 1, &busy);
	return !busy;
}
