/*
 * Compressed log files: rewritten in their own format, whatever their name;
 * one that is damaged, or a line that is too long, is one undated item,
 * stays byte for byte, and keeps no other file from being done.
 */
#include <sys/resource.h>

#include "logspack.h"
#include "tap.h"

#define N_NEW 20		/* lines in the file beside, as many are due */

static size_t kind;		/* of logspack_kinds */
static const char *format;	/* its name */

static struct store_counts
plan(struct logs *l)
{
	struct store_counts c = { 0 };

	store_close(l->st);
	l->st = NULL;
	must(store_open(&l->store, STORE_READ, NULL, &l->st, &l->e) == 0);
	must(store_plan(l->st, &l->d, logs_now, &c, &l->e) == 0);
	must(c.due + c.undated + c.future + c.kept == c.total);
	return c;
}

static void
test_rewritten(void)
{
	char *mixed = logspack_lines("on", 3000);
	char *new = logspack_lines("n", 3000);
	struct logs l;
	struct told t;
	struct store_result r;
	struct buf b;

	logs_open(&l, RULE_DELETE);
	logspack_put(&l, "access.log.1", kind, mixed, strlen(mixed));
	/* Two members, and zeros behind them. */
	logspack_put(&l, "access.log.2.gz", kind, mixed, strlen(mixed));
	logspack_put(&l, "access.log.2.gz", kind, new, strlen(new));
	logspack_raw(&l, "access.log.2.gz", (char[8]){ 0 }, 8);
	logspack_put(&l, "access.log.4", kind, "", 0);
	ok(plan(&l).total == 15000 && plan(&l).due == 6000 &&
	    plan(&l).undated == 0, "%s: all lines are counted", format);
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 6000 && t.sum_ok,
	    "%s: due lines go: %s", format, l.e.text);
	b = logspack_unpack(&l, "access.log.1", kind);
	ok(logspack_is(&b, new, strlen(new)), "%s: the others stay", format);
	b = logspack_unpack(&l, "access.log.2.gz", kind);
	ok(b.n == 2 * strlen(new) && logspack_is(&b, buf_text(&b), b.n),
	    "%s: of both members", format);
	b = logspack_get(&l, "access.log.1");
	ok(pack_find((const uint8_t *)buf_text(&b), b.n) ==
	    logspack_format(kind) && b.n < strlen(new) / 4,
	    "%s: in the same format", format);
	buf_release(&b);
	b = logspack_get(&l, "access.log.4");
	ok(b.n > 0, "%s: nothing, compressed, is whole and stays", format);
	buf_release(&b);
	free(mixed);
	free(new);
	logs_close(&l);
}

/* A store of one damaged file and one with due lines. */
static bool
stays(const char *what, const char *bytes, size_t n)
{
	const enum rule_unit units[] = { RULE_LINE, RULE_FILE };
	bool good = true;

	for (int u = 0; u < 2; u++) {
		struct logs l;
		struct told t;
		struct store_result r;
		struct store_counts c;
		struct buf b;
		bool due = false;

		logs_open(&l, RULE_DELETE);
		l.d.unit = units[u];
		logspack_raw(&l, "access.log.1.gz", bytes, n);
		c = plan(&l);
		good &= c.total == 1 && c.undated == 1;
		good &= store_peek(l.st, &l.d, logs_now, &due, &l.e) == 0 && !due;
		logs_put(&l, "access.log.2", "o", N_NEW);
		c = plan(&l);
		good &= c.undated == 1 && c.due == c.total - 1;
		good &= logs_erase(&l, &t, &r) == 0 && r.erased == c.due &&
		    t.ops == 1 && r.left == 0;
		b = logspack_get(&l, "access.log.1.gz");
		good &= logspack_is(&b, bytes, n);
		good &= access(logs_path(&l, "access.log.2"), F_OK) == -1;
		logs_close(&l);
	}
	if (!good)
		printf("# %s: %s\n", format, what);
	return good;
}

static void
test_damaged(void)
{
	char *mixed = logspack_lines("on", 400);
	struct logs l;
	struct buf b, two;
	bool cut = true;
	bool flipped = true;
	bool behind = true;

	logs_open(&l, RULE_DELETE);
	logspack_put(&l, "access.log.1", kind, mixed, strlen(mixed));
	b = logspack_get(&l, "access.log.1");
	for (size_t n = b.n - 1; n >= 6; n -= n > b.n - 9 ? 2 : n / 5 + 1)
		cut &= stays("cut short", buf_text(&b), n);
	ok(cut, "%s: cut short anywhere", format);
	for (size_t i = 10; i < b.n; i += i + 12 < b.n ? b.n / 9 : 2) {
		char *bytes = memcpy(malloc(b.n), buf_text(&b), b.n);

		bytes[i] = (char)(bytes[i] ^ 4);
		flipped &= stays("a bit", bytes, b.n);
		free(bytes);
	}
	ok(flipped, "%s: a bit is wrong anywhere", format);
	static const char *const junk[] = { LOGS_NEW, "x", "\0x",
		"\x1f\x8b\x08\0", "\xfd\x37zXZ", "\x28\xb5\x2f\xfd\x04", "\0\0\0\1" };

	for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++) {
		two = BUF_EMPTY;
		buf_add(&two, buf_text(&b), b.n);
		buf_add(&two, junk[i], i == 2 ? 2 : i == 6 ? 4 :
		    strlen(junk[i]));
		behind &= stays(junk[i], buf_text(&two), two.n);
		buf_release(&two);
	}
	two = BUF_EMPTY;
	buf_add(&two, buf_text(&b), b.n);
	buf_add(&two, buf_text(&b), b.n - 1);
	behind &= stays("a second that is cut", buf_text(&two), two.n);
	buf_release(&two);
	ok(behind, "%s: something else behind a member", format);
	buf_release(&b);
	free(mixed);
	logs_close(&l);
}

/* What this build, or nobody, can read is no text either. */
static void
test_unknown(void)
{
	static const char *const heads[] = { "BZh91AY&SY....", "\x1f\x9d....",
		"\x04\x22\x4d\x18...", "LZIP\1....", "PK\3\4......",
		"\x50\x2a\x4d\x18\4\0\0\0....", "\x1f\x8b",
		"\x28\xb5\x2f\xfd", "\xfd\x37zXZ\0" };
	bool good = true;

	format = "other";
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
		good &= stays(heads[i] + 1, heads[i], i == 8 ? 6 :
		    strlen(heads[i]));
	ok(good, "formats that are not read");
	ok(pack_find((const uint8_t *)"BZh new", 7) == NULL &&
	    pack_find((const uint8_t *)"LZIP in", 7) == NULL &&
	    pack_find((const uint8_t *)"", 0) == NULL, "text is none of them");
}

/* A line of 16 MiB between others stays as it is, and they go. */
static void
test_long(enum rule_action action, bool packed)
{
	const size_t n = ((size_t)16 << 20) + 100;
	char *long_line = memset(malloc(n + 1), 'x', n);
	struct logs l;
	struct told t;
	struct store_result r;
	struct store_counts c;
	struct buf b;

	memcpy(long_line, LOGS_OLD, 60);
	long_line[n] = '\n';
	logs_open(&l, action);
	logs_put(&l, "access.log.1", "on", 3);
	logspack_raw(&l, "access.log.1", long_line, n + 1);
	logs_put(&l, "access.log.1", "on", 3);
	if (packed)
		logs_compress(&l, "access.log.1", "access.log.1.gz");
	c = plan(&l);
	ok(c.total == 13 && c.undated == 1 && c.due == 6,
	    "a line that is too long is one undated item");
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 6 && t.sum_ok &&
	    r.skipped_drift == 0, "the others go: %s", l.e.text);
	b = packed ? logspack_unpack(&l, "access.log.1.gz", 0) :
	    logspack_get(&l, "access.log.1");
	ok(memmem(buf_text(&b), b.n, long_line, n + 1) != NULL,
	    "and it stays whole");
	buf_release(&b);
	ok(plan(&l).due == 0 && plan(&l).undated == 1 &&
	    plan(&l).total == (action == RULE_DELETE ? 7 : 13), "once");
	l.d.unit = RULE_FILE;
	l.d.action = RULE_DELETE;
	c = plan(&l);
	ok(c.total == 1 && c.undated == 1, "a file with such a line is undated");
	free(long_line);
	logs_close(&l);
}

static long
most_kb(void)
{
	struct rusage u;

	must(getrusage(RUSAGE_SELF, &u) == 0);
	return u.ru_maxrss;
}

/* 128 MiB of old lines and of zeros in some hundred kilobytes. */
static void
test_bomb(void)
{
	char *old = logspack_lines("o", 4000);
	const size_t n = strlen(old);
	struct err e = ERR_EMPTY;
	struct logs l;
	struct store_counts c;
	long before;

	logs_open(&l, RULE_DELETE);
	for (int k = 0; k < 2; k++) {
		const int fd = open(logs_path(&l, k ? "access.log.1" :
		    "access.log.2"), O_RDWR | O_CREAT, 0600);
		struct pack_writer *w = pack_writer_new(logspack_format(kind),
		    fd, fd, &e);

		if (k == 1)
			memset(old, 0, n);
		for (size_t at = 0; at < (LOGS_SANITIZED ? (size_t)8 : 64) << 20; at += n)
			must(pack_write(w, old, n, &e) == 0);
		must(pack_finish(w, &e) == 0);
		pack_writer_free(w);
		close(fd);
	}
	before = most_kb();
	c = plan(&l);
	ok(c.undated == 1 && c.due > 100000, "%s: both are counted", format);
	/* Of which 16 MiB are for the line that is too long. */
	ok(LOGS_SANITIZED || most_kb() - before < 32 << 10, "%s: with %ld KiB", format,
	    most_kb() - before);
	free(old);
	logs_close(&l);
}

/* After a crash: what is in a damaged file is left, and nothing is claimed. */
static void
test_resume(void)
{
	char *mixed = logspack_lines("on", 30);
	struct logs l;
	struct told t;
	struct told after;
	struct store_result r;
	struct store_sink sink;
	struct store_pending p;

	logs_open(&l, RULE_DELETE);
	logspack_put(&l, "access.log.1", kind, mixed, strlen(mixed));
	must(store_open(&l.store, STORE_WRITE, NULL, &l.st, &l.e) == 0);
	sink = told_sink(&t);
	t.go = 0;
	must(store_erase(l.st, &l.d, logs_now, &sink, &r, &l.e) == 0);
	p = (struct store_pending){ t.op[0], t.n_c[0],
		(const uint8_t (*)[COMMIT_BYTES])t.c[0], "line" };
	logspack_raw(&l, "access.log.1", "more", 4);
	sink = told_sink(&after);
	ok(store_resume(l.st, &l.d, logs_now, &p, 1, true, &sink, &l.e) == 0 &&
	    after.left == 30 && after.erased == 0 && after.sum_ok &&
	    after.err.code == ERR_STORE, "%s: damaged after a crash: left: %s",
	    format, after.err.text);
	must(unlink(logs_path(&l, "access.log.1")) == 0);
	logspack_raw(&l, "access.log.2", "\x1f\x8b", 2);
	sink = told_sink(&after);
	ok(store_resume(l.st, &l.d, logs_now, &p, 1, true, &sink, &l.e) == 0 &&
	    after.left == 30 && after.erased == 0,
	    "what may be in a damaged file is not said to be gone");
	must(unlink(logs_path(&l, "access.log.2")) == 0);
	sink = told_sink(&after);
	ok(store_resume(l.st, &l.d, logs_now, &p, 1, true, &sink, &l.e) == 0 &&
	    after.left == 0 && after.erased == 30, "without one it is gone");
	free(mixed);
	logs_close(&l);
}

int
main(void)
{
	for (kind = 0; kind < LOGSPACK_KINDS; kind++) {
		format = logspack_kinds[kind].name;
		if (logspack_format(kind)->codec == NULL) {
			printf("# %s: not in this build\n", format);
			continue;
		}
		test_bomb();
		test_rewritten();
		test_damaged();
		test_resume();
	}
	test_unknown();
	test_long(RULE_DELETE, false);
	test_long(RULE_DELETE, true);
	test_long(RULE_ANONYMISE, false);
	test_long(RULE_ANONYMISE, true);
	return tap_done();
}
