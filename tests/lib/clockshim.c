/* clockshim - LD_PRELOAD: clocks as the file $CLOCKSHIM says, for one program.
 * Three numbers: ms added to the wall clock, ms added to the time since the
 * boot, and 1 when the kernel's clock is synchronised. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static long long
setting(int which)
{
	long long v[3] = { 0, 0, 1 };
	const char *path = getenv("CLOCKSHIM");
	FILE *f = path != NULL ? fopen(path, "re") : NULL;

	if (f != NULL) {
		(void)!fscanf(f, "%lld %lld %lld", &v[0], &v[1], &v[2]);
		(void)fclose(f);
	}
	return v[which];
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	long rc = syscall(SYS_clock_gettime, id, ts);
	long long ms;

	if (rc != 0 || (id != CLOCK_REALTIME && id != CLOCK_BOOTTIME))
		return (int)rc;
	ms = (long long)ts->tv_sec * 1000 + ts->tv_nsec / 1000000 +
	    setting(id == CLOCK_BOOTTIME);
	ts->tv_sec = ms / 1000;
	ts->tv_nsec = ms % 1000 * 1000000;
	return 0;
}

int
adjtimex(struct timex *t)
{
	*t = (struct timex){ .status = setting(2) == 1 ? 0 : STA_UNSYNC };
	return setting(2) == 1 ? TIME_OK : TIME_ERROR;
}
