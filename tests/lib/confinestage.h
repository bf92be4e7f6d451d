/*
 * confinestage - two stores, a state folder and a folder of rows' files, for
 * what is tried upon them (confinetries.h).  Included by test_confine.c.
 */
#ifndef TESTS_CONFINESTAGE_H
#define TESTS_CONFINESTAGE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/err.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum way { NONE, WRITES, READS, ROW_FILES, LOG_LINES };

/* Folders of the stage: two stores, the daemon's own, files of rows. */
static char top[] = "/tmp/retention-confine.XXXXXX";
static char own[64], other[64], state[64], roots[64], secret[160], mine[160];
static pid_t parent;

static void
put(const char *folder, const char *name, char *ret_path, size_t n)
{
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(fd != -1 && write(fd, "secret\n", 7) == 7 && close(fd) == 0);
	if (ret_path != NULL)
		(void)snprintf(ret_path, n, "%s", path);
}

static void
folder(const char *name, char ret[64])
{
	(void)snprintf(ret, 64, "%s/%s", top, name);
	must(mkdir(ret, 0700) == 0);
}

static void
set_stage(void)
{
	char link[160];

	must(mkdtemp(top) != NULL);
	folder("own", own);
	folder("other", other);
	folder("state", state);
	folder("roots", roots);
	put(own, "a.db", mine, sizeof(mine));
	put(other, "b.db", secret, sizeof(secret));
	put(state, "ledger.db", NULL, 0);
	put(roots, "r.pdf", NULL, 0);
	(void)snprintf(link, sizeof(link), "%s/way.db", own);
	must(symlink(secret, link) == 0);
	(void)snprintf(link, sizeof(link), "%s/sub", own);
	must(mkdir(link, 0700) == 0);
	parent = getpid();
}

static void
clear_stage(void)
{
	static const char *const names[] = { "own/a.db", "own/a.db-wal",
		"own/way.db", "own/sub", "own", "other/b.db", "other",
		"state/ledger.db", "state", "roots/r.pdf", "roots", "" };
	char path[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", top, names[i]);
		(void)remove(path);
	}
}

#endif
