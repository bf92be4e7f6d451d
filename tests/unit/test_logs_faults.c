/*
 * Log stores: no space, a broken disk, a quota, files that may not be changed:
 * the file stays as it was, nothing is beside it, the others go.  What is
 * rewritten keeps its ACL and attributes.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

#include "logspack.h"
#include "tap.h"

static int fail_with;		/* errno; 0: nothing fails */
static unsigned long fail_at, n_calls;
static bool fail_sync;

ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	if (fail_with != 0 && !fail_sync && ++n_calls >= fail_at) {
		errno = fail_with;
		return -1;
	}
	return __real_write(fd, p, n);
}

int
__wrap_fsync(int fd)
{
	if (fail_with != 0 && fail_sync && ++n_calls >= fail_at) {
		errno = fail_with;
		return -1;
	}
	return __real_fsync(fd);
}

/* Files in the folder, hidden ones too. */
static int
names(const struct logs *l)
{
	DIR *d = opendir(l->dir);
	int n = -2;

	must(d != NULL);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

/* A file of old and new lines, text or compressed. */
static void
test_fault(int error, bool sync, bool packed)
{
	/* Enough for the thread. */
	const int lines = packed ? 30000 : 2000;
	struct logs l;
	struct told t;
	struct store_result r;
	struct buf before, after;
	const char *name = packed ? "access.log.1.gz" : "access.log.1";
	bool good = true;

	logs_open(&l, RULE_DELETE);
	logs_put(&l, "access.log.1", "on", lines);
	if (packed)
		logs_compress(&l, "access.log.1", name);
	before = logspack_get(&l, name);
	for (fail_at = 1; fail_at < 3; fail_at++) {
		n_calls = 0;
		fail_sync = sync;
		fail_with = error;
		(void)logs_erase(&l, &t, &r);
		fail_with = 0;
		if (n_calls < fail_at)
			break;
		/* Behind the exchange the old file waits to be tidied up. */
		if (sync && fail_at > 1)
			break;
		good &= r.erased == 0 && t.err.code == ERR_SYSTEM &&
		    t.err.sys_errno == error && names(&l) == 1;
		after = logspack_get(&l, name);
		good &= after.n == before.n && memcmp(buf_text(&after),
		    buf_text(&before), before.n) == 0;
		buf_release(&after);
		l.e = ERR_EMPTY;
	}
	ok(good, "%s by %s, %s: all is as it was: %s", strerror(error),
	    sync ? "a sync" : "a write", name, t.err.text);
	l.e = ERR_EMPTY;
	ok(logs_erase(&l, &t, &r) == 0 && logs_lines(&l, name, "192") == 0 &&
	    logs_lines(&l, name, "198") == lines && names(&l) == 1,
	    "and goes when it can: %s", l.e.text);
	buf_release(&before);
	logs_close(&l);
}

static int
flag(const struct logs *l, const char *name, int which)
{
	const int fd = open(logs_path(l, name), O_RDONLY);
	int flags = 0;
	int rc = ioctl(fd, FS_IOC_GETFLAGS, &flags);

	flags = (flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL)) | which;
	if (rc == 0)
		rc = ioctl(fd, FS_IOC_SETFLAGS, &flags);
	close(fd);
	return rc;
}

static void
test_flags(int which, enum rule_action action, const char *what)
{
	struct logs l;
	struct told t;
	struct store_result r;
	const char *gone = action == RULE_DELETE ? "198" : "192.0.2.0";

	logs_open(&l, action);
	logs_put(&l, "access.log", "on", 5);
	logs_put(&l, "access.log.1", "on", 5);
	if (flag(&l, "access.log", which) == -1) {
		ok(true, "# SKIP %s: no such flag here", what);
		logs_close(&l);
		return;
	}
	ok(logs_erase(&l, &t, &r) == -1 && l.e.sys_errno == EPERM &&
	    r.erased == 5 && logs_lines(&l, "access.log.1", gone) == 5,
	    "%s: the other file is done: %s", what, l.e.text);
	ok(logs_lines(&l, "access.log", "192") == 5 && names(&l) == 2 &&
	    logs_lines(&l, "access.log", gone) == (action == RULE_DELETE ? 5 : 0),
	    "%s: stays", what);
	must(flag(&l, "access.log", 0) == 0);
	logs_close(&l);
}

/* rw for the owner, r for user 65534 and the group, as setfacl writes it. */
static const uint8_t acl[] = { 2, 0, 0, 0,
	1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 254, 255, 0, 0,
	4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255,
	32, 0, 0, 0, 255, 255, 255, 255 };

static bool
has(const struct logs *l, const char *name, const char *attr, const void *p,
    size_t n)
{
	char got[100];

	return getxattr(logs_path(l, name), attr, got, sizeof got) ==
	    (ssize_t)n && memcmp(got, p, n) == 0;
}

static void
test_attributes(bool packed)
{
	const char *name = packed ? "access.log.gz" : "access.log";
	struct logs l;
	struct told t;
	struct store_result r;
	struct stat a, b;

	logs_open(&l, RULE_DELETE);
	logs_put(&l, "access.log", "on", 5);
	if (packed)
		logs_compress(&l, "access.log", name);
	must(stat(logs_path(&l, name), &a) == 0);
	if (setxattr(logs_path(&l, name), "user.note", "x", 1, 0) == -1 ||
	    setxattr(logs_path(&l, name), "system.posix_acl_access", acl,
	    sizeof acl, 0) == -1) {
		ok(true, "# SKIP no attributes here");
		logs_close(&l);
		return;
	}
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 5 &&
	    stat(logs_path(&l, name), &b) == 0 && a.st_ino != b.st_ino,
	    "%s is rewritten: %s", name, l.e.text);
	ok(has(&l, name, "user.note", "x", 1) && has(&l, name,
	    "system.posix_acl_access", acl, sizeof acl),
	    "and keeps its attribute and its ACL");
	ok(b.st_mtim.tv_sec == a.st_mtim.tv_sec && (b.st_mode & 0777) == 0640,
	    "and its time and mode");
	logs_close(&l);
}

/* The addresses go after 120 days, the lines after a year: neither is in the
 * other's way, in whatever order they come. */
static void
test_both(bool masked_first)
{
	struct logs l;
	struct told t;
	struct store_result r;
	FILE *f;

	logs_open(&l, RULE_DELETE);
	logs_put(&l, "access.log.1", "on", 5);
	f = fopen(logs_path(&l, "access.log.1"), "a");
	for (int i = 0; i < 3; i++)
		fputs("203.0.113.9 - - [01/Jan/2024:10:00:00 +0000] \"GET / "
		    "HTTP/1.1\" 200 1\n", f);
	must(fclose(f) == 0);
	for (int i = 0; i < 2; i++) {
		const bool mask = (i == 0) == masked_first;

		l.d.action = mask ? RULE_ANONYMISE : RULE_DELETE;
		l.d.timing.period = (struct period){ mask ? 120 : 365,
			PERIOD_DAYS };
		ok(logs_erase(&l, &t, &r) == 0 && t.sum_ok && r.erased ==
		    (!mask ? 3 : masked_first ? 8 : 5), "%s: %s", mask ?
		    "masked" : "deleted", l.e.text);
	}
	ok(logs_lines(&l, "access.log.1", "203") == 0 &&
	    logs_lines(&l, "access.log.1", "192.0.2.0") == 5 &&
	    logs_lines(&l, "access.log.1", "198") == 5 &&
	    logs_lines(&l, "access.log.1", "") == 10, "one glob, two rules");
	logs_close(&l);
}

int
main(void)
{
	const int errors[] = { ENOSPC, EIO, EDQUOT };

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 4; k++)
			test_fault(errors[i], k & 1, k & 2);
	test_flags(FS_IMMUTABLE_FL, RULE_DELETE, "immutable");
	test_flags(FS_APPEND_FL, RULE_DELETE, "append-only");
	test_flags(FS_APPEND_FL, RULE_ANONYMISE, "append-only, masked");
	test_attributes(false);
	test_attributes(true);
	test_both(true);
	test_both(false);
	return tap_done();
}
