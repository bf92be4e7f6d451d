/*
 * Log stores: masking a file while it is rotated by copying and truncating it,
 * at full speed, loses and damages no line; what was cut off or has changed
 * is not written to.
 */
#include <signal.h>
#include <sys/mman.h>

#include "logstest.h"
#include "store/logs/logmap.h"
#include "tap.h"

#define FRESH "198.51.100.%d - - [20/Nov/2026:10:00:00 +0000] \"GET /%010u HTTP/1.1\" 200 1\n"
#define DUE "192.0.2.%d - jo [01/Jan/2026:10:00:00 +0000] \"GET /%010u HTTP/1.1\" 200 1\n"
#define ROTATIONS 3500			/* RETENTION_ROTATIONS */

static int
put(int fd, off_t at, const char *was, const char *now)
{
	struct err e = ERR_EMPTY;
	const struct logmap_change c = { at, strlen(was), was, now };

	return logmap_put(fd, &c, &e) == 0 ? 0 : e.code == ERR_BUSY ? 1 : -1;
}

static void
test_put(void)
{
	struct logs l;
	char text[5001];
	int fd, bad = 0;

	logs_open(&l, RULE_ANONYMISE);
	fd = open(logs_path(&l, "f"), O_RDWR | O_CREAT, 0600);
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	must(pwrite(fd, text, 5000, 0) == 5000);
	for (off_t at = 4080; at < 4100; at++)
		for (size_t n = 1; n < 20; n++) {
			char now[5001];
			const char *was = &text[5000 - n];
			char with[20] = { 0 };

			memset(with, 'b', n);
			bad += put(fd, at, was, with) != 0;
			must(pread(fd, now, 5000, 0) == 5000);
			for (off_t i = 0; i < 5000; i++)
				bad += now[i] != (i >= at && i < at + (off_t)n ?
				    'b' : 'a');
			bad += put(fd, at, with, was) != 0;
		}
	ok(bad == 0, "every edge of a word: exactly those bytes");
	ok(put(fd, 4998, "ax", "bb") == 1 && put(fd, 10, "aaaaaaaaax",
	    "bbbbbbbbbb") == 1, "other bytes: refused");
	must(pread(fd, text, 5000, 0) == 5000);
	ok(strspn(text, "a") == 5000, "and nothing is written");
	ok(put(fd, 4999, "aa", "bb") == 1, "behind the end: refused");
	must(ftruncate(fd, 10) == 0);
	ok(put(fd, 4200, "aaaaaaaaaaaa", "bbbbbbbbbbbb") == 1,
	    "a page that was cut off: refused");
	ok(put(fd, 0, "a", "b") == 0 && put(fd, 9, "a", "b") == 0,
	    "the rest can be written to");
	close(fd);
	logs_close(&l);
}

/* Writes due lines and fresh ones, rotates as logrotate does it, but loses
 * nothing between the copy and the truncation: it is the writer, too. */
static void
rotate(const struct logs *l, unsigned most)
{
	const int fd = open(logs_path(l, "access.log"), O_WRONLY | O_APPEND);
	FILE *all = fopen(logs_path(l, "all"), "a");
	char text[16384];
	unsigned n = 0;

	must(fd != -1 && all != NULL);
	for (unsigned r = 0; r < most; r++) {
		const int in = open(logs_path(l, "access.log"), O_RDWR);
		ssize_t got;

		while ((got = read(in, text, sizeof text)) > 0)
			must(fwrite(text, 1, (size_t)got, all) == (size_t)got);
		must(ftruncate(in, 0) == 0);
		close(in);
		for (int i = 0; i < 40; i++, n++) {
			const int m = snprintf(text, sizeof text, (n + r) % 3 != 0 ?
			    DUE : FRESH, (int)(n % 250) + 1, n);

			must(write(fd, text, (size_t)m) == m);
		}
	}
	fclose(all);
	_exit(0);
}

/* Numbered lines that are not whole, or not in order. */
static unsigned
damaged(const struct logs *l, const char *name, unsigned *n)
{
	FILE *f = fopen(logs_path(l, name), "r");
	char line[400], want[400];
	unsigned bad = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		const char *at = strstr(line, "GET /");
		const unsigned i = at == NULL ? 0 :
		    (unsigned)strtoul(at + 5, NULL, 10);
		const int tail = (int)(i % 250) + 1;
		size_t len;

		for (len = strlen(line); len > 1 && line[len - 2] == ' '; len--)
			line[len - 2] = '\n';
		line[len] = '\0';
		snprintf(want, sizeof want, FRESH, tail, i);
		if (i == *n && strcmp(line, want) != 0) {
			snprintf(want, sizeof want, DUE, tail, i);
			if (strcmp(line, want) != 0) {
				snprintf(want, sizeof want, "192.0.2.0 - - %s",
				    strchr(want, '['));
				if (strcmp(line, want) != 0) {
					printf("# %u: %s# want %s", i, line, want);
					bad++;
				}
			}
		} else if (i != *n) {
			bad++;
			printf("# %u for %u: %s", i, *n, line);
		}
		*n = i + 1;
	}
	if (f != NULL)
		fclose(f);
	return bad;
}

static void
test_rotated(void)
{
	const char *given = getenv("RETENTION_ROTATIONS");
	const unsigned most = given != NULL ?
	    (unsigned)strtoul(given, NULL, 10) : ROTATIONS;
	struct logs l;
	struct told *t = calloc(1, sizeof *t);
	struct store_result r;
	uint64_t masked = 0;
	unsigned n = 0, bad = 0, passes = 0, errors = 0;
	int status = -1;
	pid_t pid;

	logs_open(&l, RULE_ANONYMISE);
	logs_put(&l, "access.log", "", 1);
	pid = fork();
	if (pid == 0)
		rotate(&l, most);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		errors += logs_erase(&l, t, &r) == -1;
		masked += r.erased;
		passes++;
	}
	ok(status == 0, "%u rotations under %u passes", most, passes);
	bad = damaged(&l, "all", &n) + damaged(&l, "access.log", &n);
	ok(bad == 0 && n == most * 40, "%u of %u lines are lost or damaged", bad,
	    n);
	ok(masked > 0 && errors == 0, "%ju lines were masked under way, %u errors: "
	    "%s", (uintmax_t)masked, errors, l.e.text);
	free(t);
	logs_close(&l);
}

int
main(void)
{
	test_put();
	test_rotated();
	return tap_done();
}
