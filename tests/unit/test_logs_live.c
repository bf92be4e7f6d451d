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
#define LET_IN 50			/* rotations; then a pass gets at a line */

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

/* Leaves the file alone until a pass has masked more than `so_far` lines: how
 * many passes come through otherwise is the scheduler's affair.  At most 20 s. */
static void
let_in(const _Atomic uint64_t *masked, uint64_t so_far)
{
	for (unsigned tries = 0; *masked == so_far && tries < 20000; tries++)
		usleep(1000);
}

/* Writes due lines and fresh ones, rotates as logrotate does it, but loses
 * nothing between the copy and the truncation: it is the writer, too. */
static void
rotate(const struct logs *l, unsigned most, const _Atomic uint64_t *masked)
{
	const int fd = open(logs_path(l, "access.log"), O_WRONLY | O_APPEND);
	FILE *all = fopen(logs_path(l, "all"), "a");
	char text[16384];
	unsigned n = 0;

	must(fd != -1 && all != NULL);
	for (unsigned r = 0; r < most; r++) {
		const int in = open(logs_path(l, "access.log"), O_RDWR);
		const uint64_t so_far = *masked;
		ssize_t got;

		while ((got = read(in, text, sizeof text)) > 0)
			must(fwrite(text, 1, (size_t)got, all) == (size_t)got);
		must(ftruncate(in, 0) == 0);
		close(in);
		for (int i = 0; i < 40; i++, n++) {
			const int tail = (int)(n % 250) + 1;
			const int m = (n + r) % 3 != 0 ?
			    snprintf(text, sizeof text, DUE, tail, n) :
			    snprintf(text, sizeof text, FRESH, tail, n);

			must(write(fd, text, (size_t)m) == m);
		}
		if (r % LET_IN == 0)
			let_in(masked, so_far);
	}
	fclose(all);
	_exit(0);
}

struct seen {
	unsigned n;		/* lines, each the next by its number */
	unsigned bad;		/* another line, or a damaged one */
	unsigned torn;		/* copied while it was being masked */
};

/* Begins as the masked line, and ends as the line was? */
static bool
is_torn(const char *line, const char *due)
{
	char masked[200];
	size_t k = 0;

	snprintf(masked, sizeof masked, "192.0.2.0 - - %s", strchr(due, '['));
	masked[strlen(masked) - 1] = '\0';
	while (line[k] != '\0' && line[k] == masked[k])
		k++;
	return k > 0 && strlen(line) == strlen(due) &&
	    strcmp(line + k, due + k) == 0;
}

static void
look(const struct logs *l, const char *name, struct seen *s)
{
	FILE *f = fopen(logs_path(l, name), "r");
	char line[400], fresh[200], due[200], masked[200];

	for (; f != NULL && fgets(line, sizeof line, f) != NULL; s->n++) {
		const int tail = (int)(s->n % 250) + 1;

		snprintf(fresh, sizeof fresh, FRESH, tail, s->n);
		snprintf(due, sizeof due, DUE, tail, s->n);
		snprintf(masked, sizeof masked, "192.0.2.0 - - %.*s%*s\n",
		    (int)strcspn(strchr(due, '['), "\n"), strchr(due, '['),
		    (int)(strcspn(due, "[") - strlen("192.0.2.0 - - ")), "");
		if (strcmp(line, fresh) == 0 || strcmp(line, due) == 0 ||
		    strcmp(line, masked) == 0)
			continue;
		if (is_torn(line, due)) {
			s->torn++;
			continue;
		}
		s->bad++;
		printf("# %u: %s", s->n, line);
	}
	if (f != NULL)
		fclose(f);
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
	_Atomic uint64_t *masked = mmap(NULL, sizeof *masked,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct seen seen = { 0 };
	unsigned passes = 0, errors = 0;
	int status = -1;
	pid_t pid;

	must(masked != MAP_FAILED);
	logs_open(&l, RULE_ANONYMISE);
	logs_put(&l, "access.log", "", 1);
	pid = fork();
	if (pid == 0)
		rotate(&l, most, masked);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		errors += logs_erase(&l, t, &r) == -1;
		*masked += r.erased;
		passes++;
	}
	ok(status == 0, "%u rotations under %u passes", most, passes);
	look(&l, "all", &seen);
	look(&l, "access.log", &seen);
	ok(seen.bad == 0 && seen.n == most * 40, "%u of %u lines are lost or "
	    "damaged", seen.bad, seen.n);
	ok(seen.torn <= 1 + most / 1000, "%u were copied in the instant in which "
	    "they were masked", seen.torn);
	ok(*masked >= most / LET_IN && errors == 0, "%ju lines were masked under "
	    "way, %u errors: %s", (uintmax_t)*masked, errors, l.e.text);
	(void)munmap(masked, sizeof *masked);
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
