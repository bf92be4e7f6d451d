/*
 * landlock - the rules of Linux's Landlock, by its own calls.
 *
 * The structures are our own: headers know the version of their day, while the
 * kernel may be older or newer.  Formats: Documentation/userspace-api/landlock.
 */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "retention/fd.h"

#define CREATE_VERSION 1U
#define RULE_PATH_BENEATH 1

struct ruleset_attr {
	uint64_t handled_fs, handled_net, scoped;
};

struct path_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

enum {
	WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3,
	REMOVE_DIR = 1 << 4, REMOVE_FILE = 1 << 5, MAKE_REG = 1 << 8,
	REFER = 1 << 13, TRUNCATE = 1 << 14,
};

#define OF_A_FILE (WRITE_FILE | READ_FILE | TRUNCATE)
#define READ (READ_FILE | READ_DIR)
#define CHANGE (READ | WRITE_FILE | TRUNCATE | MAKE_REG | REMOVE_FILE | REFER)

static const uint64_t rights[SANDBOX_N_RIGHTS] = {
	[SANDBOX_READ] = READ,
	[SANDBOX_CHANGE] = CHANGE,
	[SANDBOX_CLEAR] = CHANGE | REMOVE_DIR,
};

/*
 * What each version can refuse, all of which is refused: files; 2: names from
 * one folder into another; 3: cutting short; 4: TCP; 5: ioctl on devices; 6:
 * signals and abstract sockets to processes outside.  7 adds a log only.
 */
static const struct {
	uint64_t fs, net, scoped;
	size_t bytes;
} versions[] = {
	{ .bytes = 0 },
	{ .fs = 0x1fff, .bytes = 8 },
	{ .fs = 0x3fff, .bytes = 8 },
	{ .fs = 0x7fff, .bytes = 8 },
	{ .fs = 0x7fff, .net = 3, .bytes = 16 },
	{ .fs = 0xffff, .net = 3, .bytes = 16 },
	{ .fs = 0xffff, .net = 3, .scoped = 3, .bytes = 24 },
	{ .fs = 0xffff, .net = 3, .scoped = 3, .bytes = 24 },
};

#define NEWEST ((int)(sizeof(versions) / sizeof(versions[0])) - 1)

int
landlock_abi(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	if (v < 1)
		return -1;
	return v < NEWEST ? (int)v : NEWEST;
}

/* What cannot be opened gets no rule: the store then says why itself. */
static int
allow(int rules, const struct sandbox_place *p, uint64_t handled,
    struct err *e)
{
	struct path_attr a = { .allowed = rights[p->right] & handled };
	struct stat st;
	int fd = open(p->path, O_PATH | O_CLOEXEC);
	int rc = 0;

	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == -1 || !S_ISDIR(st.st_mode))
		a.allowed &= OF_A_FILE;
	a.parent_fd = fd;
	if (syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &a,
	    0) == -1)
		rc = err_sys(e, "landlock: allow a folder");
	fd_close(&fd);
	return rc;
}

int
landlock_restrict(const struct sandbox_place *p, size_t n, struct err *e)
{
	int abi = landlock_abi();
	struct ruleset_attr a = { .handled_fs = 0 };
	int rules, rc = 0;

	if (abi == -1)
		return 1;
	a.handled_fs = versions[abi].fs;
	a.handled_net = versions[abi].net;
	a.scoped = versions[abi].scoped;
	rules = (int)syscall(SYS_landlock_create_ruleset, &a,
	    versions[abi].bytes, 0);
	if (rules == -1)
		return 1;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = allow(rules, &p[i], a.handled_fs, e);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == -1)
		rc = errno == EPERM || errno == E2BIG ? 1 :
		    err_sys(e, "landlock: restrict");
	fd_close(&rules);
	return rc;
}
