/* A trail that is appended to while it is read is never called TAMPERED: here a
 * new segment and its checkpoint come at each of the verifier's first steps. */
#include <fcntl.h>
#include <stdarg.h>

#include "trailkit.h"

int __real_openat(int dirfd, const char *name, int flags, ...);
int __wrap_openat(int dirfd, const char *name, int flags, ...);
int __wrap___openat_2(int dirfd, const char *name, int flags);

static struct kit kit;
static int calls, grow_at;	/* 0: never */
static char where[64];

/* A segment ends, and the next one has a checkpoint of its own. */
static void
grow(void)
{
	struct err e;

	for (int i = 0; i < 3; i++)
		must(kit_plain(&kit, RECORD_STOP, &e) == 0 &&
		    trail_checkpoint(kit.trail, kit_now(&kit), &e) == 0);
}

static void
before(const char *name)
{
	if (grow_at == 0 || ++calls != grow_at)
		return;
	grow_at = 0;
	(void)snprintf(where, sizeof(where), "%s", name);
	grow();
}

/* As a library with checks calls it. */
int
__wrap___openat_2(int dirfd, const char *name, int flags)
{
	before(name);
	return __real_openat(dirfd, name, flags);
}

int
__wrap_openat(int dirfd, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	before(name);
	return __real_openat(dirfd, name, flags, mode);
}

int
main(void)
{
	struct err e;
	int n = 0;

	for (bool grew = true; grew && n < 100; n++) {
		enum verify_verdict v;

		kit_make(&kit);
		(void)kit_open(&kit, 200, NULL, &e);
		grow();
		calls = 0;
		grow_at = n + 1;
		v = kit_verify(&kit, NULL, 0);
		grew = grow_at == 0;
		grow_at = 0;
		ok(v == VERIFY_VALID || v == VERIFY_INCOMPLETE,
		    "it grows before the verifier's file %d, %s: %s: %s",
		    n + 1, grew ? where : "not at all",
		    verify_verdict_name(v), kit.why);
		kit_drop(&kit);
	}
	ok(n > 4 && n < 100, "at each of them");
	return tap_done();
}
