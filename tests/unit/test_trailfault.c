/* trailfault: when a write or a sync fails nothing more is accepted (I1), and
 * what is on disk is at worst INCOMPLETE. */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "trailkit.h"

/* The n-th write or sync of the trail fails; 0: none does. */
static int fault_at, fault_seen, fault_errno, fault_kill;

ssize_t __real_write(int fd, const void *bytes, size_t n);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);

static int
faulty(void)
{
	if (++fault_seen != fault_at)
		return 0;
	if (fault_kill == 1)
		_exit(9);
	errno = fault_errno;
	return 1;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t n)
{
	if (fault_kill == 1 && fault_seen + 1 == fault_at)
		(void)__real_write(fd, bytes, n / 2);	/* torn as well */
	if (faulty()) {
		(void)__real_write(fd, bytes, n / 2);
		errno = fault_errno;
		return -1;
	}
	return __real_write(fd, bytes, n);
}

int
__wrap_fsync(int fd)
{
	return faulty() ? -1 : __real_fsync(fd);
}

int
__wrap_fdatasync(int fd)
{
	return faulty() ? -1 : __real_fdatasync(fd);
}

/* What a daemon does, in order; the number of steps that were accepted. */
static int
work(struct kit *k)
{
	struct err e;
	int accepted = 0;

	accepted += kit_intent(k, 1, 70, &e) == 0;
	accepted += accepted == 1 && trail_sync(k->trail, &e) == 0;
	accepted += accepted == 2 && kit_done(k, 1, 70, 70, &e) == 0;
	accepted += accepted == 3 &&
	    trail_checkpoint(k->trail, kit_now(k), &e) == 0;
	accepted += accepted == 4 && kit_plain(k, RECORD_STOP, &e) == 0 &&
	    trail_checkpoint(k->trail, kit_now(k), &e) == 0;
	return accepted;
}

static void
test_faults(void)
{
	struct err e;
	int n, refused = 0, resumed = 0, kept = 0;

	for (n = 1; n < 100; n++) {
		struct kit k;
		int accepted;

		kit_make(&k);
		(void)kit_open(&k, 1 << 20, NULL, &e);
		fault_at = n;
		fault_seen = 0;
		fault_errno = EIO;
		accepted = work(&k);
		fault_at = 0;
		if (fault_seen < n) {
			kit_drop(&k);
			break;
		}
		refused += accepted < 5 && trail_broken(k.trail) &&
		    kit_plain(&k, RECORD_EVENT, &e) == -1 &&
		    e.code == ERR_TRAIL && trail_sync(k.trail, &e) == -1 &&
		    trail_checkpoint(k.trail, kit_now(&k), &e) == -1;
		kit_shut(&k);
		(void)kit_verify(&k, NULL, 0);
		kept += k.report.verdict != VERIFY_TAMPERED &&
		    k.report.verdict != VERIFY_UNVERIFIABLE &&
		    k.report.intents >= (uint64_t)(accepted >= 2);
		resumed += kit_open(&k, 1 << 20, NULL, &e) == 0;
		kit_drop(&k);
	}
	n--;
	ok(n > 10, "%d writes and syncs made to fail, one by one", n);
	ok(refused == n, "each time all further work is refused (%d)", refused);
	ok(kept == n, "each time the trail is at worst INCOMPLETE (%d)", kept);
	ok(resumed == n, "each time it can be taken up again (%d)", resumed);
}

/* Killed within the n-th write or sync, from the first opening on. */
static int
child(struct kit *k, int n)
{
	struct err e;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		fault_at = n;
		fault_seen = 0;
		fault_kill = 1;
		if (kit_open(k, 700, NULL, &e) == 0)
			(void)work(k);
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_kills(void)
{
	int n, resumed = 0, sound = 0, twice = 0;
	struct err e;

	for (n = 1; n < 100; n++) {
		struct kit k;
		int status;

		kit_make(&k);
		status = child(&k, n);
		if (status != 9) {
			kit_drop(&k);
			break;
		}
		k.ms += 1000;
		twice += child(&k, 1 + n % 4) == 9;	/* and once more */
		k.ms += 1000;
		resumed += kit_open(&k, 700, NULL, &e) == 0;
		if (k.trail == NULL)
			printf("# %d: %s\n", n, e.text);
		else if (kit_plain(&k, RECORD_STOP, &e) == 0 &&
		    trail_checkpoint(k.trail, kit_now(&k), &e) == 0 &&
		    kit_verify(&k, NULL, 0) != VERIFY_TAMPERED)
			sound += k.report.verdict != VERIFY_UNVERIFIABLE;
		kit_drop(&k);
	}
	n--;
	ok(n > 20 && twice > n / 2, "%d times killed, %d of them twice", n,
	    twice);
	ok(resumed == n, "each time it can be taken up again (%d)", resumed);
	ok(sound == n, "and is then at worst INCOMPLETE (%d)", sound);
}

static void
test_no_space(void)
{
	struct kit k;
	struct err e;
	char path[128];

	kit_make(&k);
	(void)kit_open(&k, 1 << 20, NULL, &e);
	(void)snprintf(path, sizeof(path), "%s/reserve", k.state);
	ok(access(path, F_OK) == 0, "ballast is there");
	(void)kit_plain(&k, RECORD_START, &e);
	(void)trail_sync(k.trail, &e);
	(void)kit_intent(&k, 1, 2, &e);
	fault_at = 1;
	fault_seen = 0;
	fault_errno = ENOSPC;
	ok(trail_sync(k.trail, &e) == -1 && e.code == ERR_TRAIL,
	    "no space: %s", e.text);
	fault_at = 0;
	ok(trail_broken(k.trail) && access(path, F_OK) == -1, "ballast is gone");
	kit_shut(&k);
	ok(kit_verify(&k, NULL, 0) == VERIFY_VALID && k.report.intents == 0 &&
	    k.report.records == 4, "closed by a stop; the intent is not there");
	kit_drop(&k);
}

static void
path_of(const struct kit *k, const char *name, char ret[128])
{
	(void)snprintf(ret, 128, "%s%s", k->state, name);
}

static const char first[] = "/trail/log/000000000000000000.jsonl";

static int
by_unlink(const struct kit *k)
{
	char path[128];

	path_of(k, first, path);
	return unlink(path);
}

static int
by_cutting(const struct kit *k)
{
	char path[128];

	path_of(k, first, path);
	return truncate(path, 0);
}

static int
by_copy(const struct kit *k)
{
	char path[128];
	int fd;

	path_of(k, first, path);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	return fd == -1 ? -1 : close(fd);
}

static int
by_another_writer(const struct kit *k)
{
	char path[128];
	int fd, rc;

	path_of(k, first, path);
	fd = open(path, O_WRONLY | O_APPEND);
	rc = fd != -1 && __real_write(fd, "{}\n", 3) == 3 ? 0 : -1;
	(void)close(fd);
	return rc;
}

static int
by_moving(const struct kit *k)
{
	char path[128], away[128];

	path_of(k, "/trail", path);
	path_of(k, "/away", away);
	return rename(path, away);
}

static int
by_nothing(const struct kit *k)
{
	(void)k;
	return 0;
}

/* Nobody would find what is written to a segment that lost its place. */
static void
test_place(void)
{
	const struct {
		const char *what;
		int (*hurt)(const struct kit *k);
		int rc;
	} c[] = {
		{ "nothing happens", by_nothing, 0 },
		{ "segment removed", by_unlink, -1 },
		{ "segment cut", by_cutting, -1 },
		{ "segment replaced", by_copy, -1 },
		{ "another writer", by_another_writer, -1 },
		{ "folder moved", by_moving, -1 },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		for (int64_t bytes = 100; bytes <= 1 << 20; bytes <<= 14) {
			struct kit k;
			struct err e;
			int rc;

			kit_make(&k);
			(void)kit_open(&k, bytes, NULL, &e);
			rc = c[i].hurt(&k);
			(void)kit_intent(&k, 1, 2, &e);
			ok(rc == 0 && trail_sync(k.trail, &e) == c[i].rc &&
			    trail_broken(k.trail) == (c[i].rc == -1),
			    "%s, segments of %d: %s", c[i].what, (int)bytes,
			    e.text);
			kit_drop(&k);
		}
}

int
main(void)
{
	test_place();
	test_faults();
	test_kills();
	test_no_space();
	return tap_done();
}
