/*
 * logstest - a throw-away log store, files to put in it, and a rule.
 */
#ifndef TESTS_LOGSTEST_H
#define TESTS_LOGSTEST_H

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <zlib.h>

#include "storetest.h"

#define LOGS_OLD "192.0.2.%d - jo [01/Jan/2026:10:00:00 +0000] \"GET /?q=1 HTTP/1.1\" 200 1\n"
#define LOGS_NEW "198.51.100.%d - - [20/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n"
#define LOGS_ODD "no time at all %d\n"

/* The sanitizers have a memory of their own. */
#if defined(__has_feature)
#define LOGS_SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define LOGS_SANITIZED 1
#else
#define LOGS_SANITIZED 0
#endif

static const struct wall logs_now = { INT64_C(1795348800000) };	/* 22 Nov 2026 */

struct logs {
	char dir[64], glob[96];
	struct rule_store store;
	struct rule_dataset d;
	struct store *st;
	struct err e;
};

static inline void
logs_open(struct logs *l, enum rule_action action)
{
	*l = (struct logs){ .e = ERR_EMPTY };
	snprintf(l->dir, sizeof l->dir, "/tmp/logstest.XXXXXX");
	must(mkdtemp(l->dir));
	snprintf(l->glob, sizeof l->glob, "%s/access.log*", l->dir);
	l->store = (struct rule_store){ .name = "weblogs", .full = "n/weblogs",
		.kind = RULE_LOGS, .path = l->glob };
	l->d = (struct rule_dataset){ .name = "logs", .full = "n/logs",
		.timing = { .keep = RULE_PERIOD, .from = "line",
		.period = { 120, PERIOD_DAYS } }, .action = action,
		.unit = RULE_LINE, .time_format = "combined",
		.mask = { true, true, true, true } };
}

static inline void
logs_close(struct logs *l)
{
	char cmd[120];
	pid_t pid = fork();

	snprintf(cmd, sizeof cmd, "%s", l->dir);
	if (pid == 0) {
		execlp("rm", "rm", "-rf", cmd, (char *)NULL);
		_exit(1);
	}
	(void)waitpid(pid, NULL, 0);
	store_close(l->st);
}

static inline const char *
logs_path(const struct logs *l, const char *name)
{
	static char path[160];

	snprintf(path, sizeof path, "%s/%s", l->dir, name);
	return path;
}

/* n lines each: old, new, undated in turn. */
static inline void
logs_put(const struct logs *l, const char *name, const char *kinds, int n)
{
	FILE *f = fopen(logs_path(l, name), "a");

	must(f != NULL);
	for (int i = 0; i < n; i++)
		for (const char *k = kinds; *k != '\0'; k++) {
			if (*k == 'o')
				fprintf(f, LOGS_OLD, i % 250 + 1);
			else if (*k == 'n')
				fprintf(f, LOGS_NEW, i % 250 + 1);
			else
				fprintf(f, LOGS_ODD, i);
		}
	fclose(f);
}

static inline void
logs_compress(const struct logs *l, const char *name, const char *to)
{
	char buf[65536];
	FILE *f = fopen(logs_path(l, name), "r");
	gzFile gz = gzopen(logs_path(l, to), "wb");
	size_t n;

	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		must(gzwrite(gz, buf, (unsigned)n) == (int)n);
	fclose(f);
	gzclose(gz);
	must(unlink(logs_path(l, name)) == 0);
}

/* Lines that begin with `start` in a file, compressed or not; -1: no file. */
static inline int
logs_lines(const struct logs *l, const char *name, const char *start)
{
	char line[400];
	gzFile gz = gzopen(logs_path(l, name), "rb");
	int n = 0;

	if (gz == NULL)
		return -1;
	while (gzgets(gz, line, sizeof line) != NULL)
		n += strncmp(line, start, strlen(start)) == 0;
	gzclose(gz);
	return n;
}

static inline int
logs_erase(struct logs *l, struct told *t, struct store_result *r)
{
	struct store_sink sink = told_sink(t);

	store_close(l->st);
	l->st = NULL;
	must(store_open(&l->store, STORE_WRITE, NULL, &l->st, &l->e) == 0);
	return store_erase(l->st, &l->d, logs_now, &sink, r, &l->e);
}

#endif
