/* verify: the golden trail is accepted; no changed byte of it goes unseen. */
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/verify.h"

#include "tap.h"

static const char vkey[] = "retentiond.example/host1+344da091+"
    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
static const char *const leaves[6] = {
	"24360acf49e38e323abb92ba61214067c373f9c5b6cac60380ff7d503c8bb2e7",
	"d47082291fd1c803a928d26e634e11a975de5ab0203f0537f794cd8448af4f9f",
	"7f9f8cba02542d79dc0ad68cfd86666838278d721ebcb90b34ea8b5c41e8c691",
	"3d898b2f7b6a439eabac14ac00462b5fca30b2c8e5efe0dcead17d7f7f570efb",
	"f9ef32eee988c5a6514450f4c52d2e19f154589d89b6f1a60b6e0c80ba56bb60",
	"1f3ace75ce924e4e787608b617349a3ac2b7ab613d81e43f40e70f53d46bed6d",
};

static struct buf golden;

struct seen {
	size_t records, findings, bad_leaves;
	size_t offset[8];	/* where each record ends */
	struct verify_finding last;
};

static void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct seen *s = ctx;
	uint8_t leaf[32];
	char text[65];

	merkle_leaf(line, n, leaf);
	hex_text(leaf, 32, text);
	s->bad_leaves += seq >= 6 || strcmp(text, leaves[seq]) != 0;
	if (seq < 8)
		s->offset[seq] = (seq ? s->offset[seq - 1] : 0) + n + 1;
	s->records++;
}

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	struct seen *s = ctx;

	s->findings++;
	s->last = *f;
}

static enum verify_verdict
verdict(const void *bytes, size_t n, struct seen *s, struct verify_report *r)
{
	struct note_key pin;
	struct verify_options o = { .pin = &pin, .ctx = s,
		.record = on_record, .finding = on_finding };
	struct err e;

	memset(s, 0, sizeof(*s));
	(void)note_key_parse(vkey, &pin, &e);
	if (verify_bytes(bytes, n, &o, r, &e) == -1)
		printf("# %s\n", e.text);
	return r->verdict;
}

static void
test_golden(void)
{
	struct verify_report r;
	struct seen s;
	char text[65];

	ok(verdict(golden.data, golden.n, &s, &r) == VERIFY_INCOMPLETE,
	    "golden: INCOMPLETE");
	ok(s.findings == 1 && strstr(s.last.text, "not closed") != NULL,
	    "only because it is not closed: %s", s.last.text);
	ok(s.records == 6 && s.bad_leaves == 0, "six records, their leaves");
	ok(r.records == 6 && r.checkpoints == 2 && r.intents == 1 &&
	    r.done == 1 && r.failed == 0 && r.sealed == 5 && r.epoch == 1,
	    "the counts");
	hex_text(r.root, 32, text);
	ok(strcmp(text, "304de42883b74563b2c72289af35aa8b"
	    "e859439da2e8714bfd6ad9d8b057743d") == 0, "root(6)");
	ok(r.first.ms == INT64_C(1767225600000) &&
	    r.last.ms == INT64_C(1767312000001), "first and last time");
	(void)verdict(golden.data, s.offset[2], &s, &r);
	hex_text(r.root, 32, text);
	ok(strcmp(text, "c0046978e54059964ade34443d97297f"
	    "74688b9501249f56405787ccf4fa7da6") == 0, "root(3)");
	(void)verdict(golden.data, s.offset[2] + 0, &s, &r);
	ok(r.records == 3 && r.verdict == VERIFY_INCOMPLETE, "cut: INCOMPLETE");
}

static void
test_pins(void)
{
	struct note_key pin;
	struct seen s = { .records = 0 };
	struct verify_options o = { .ctx = &s, .finding = on_finding };
	struct verify_report r;
	struct err e;
	uint8_t pub[32] = { 1 };

	(void)verify_bytes(golden.data, golden.n, &o, &r, &e);
	ok(r.verdict == VERIFY_UNVERIFIABLE, "no pin: UNVERIFIABLE");
	ok(r.have_key && memcmp(r.first_key.id, "\x34\x4d\xa0\x91", 4) == 0,
	    "its own key is told");
	o.pin = &pin;
	(void)note_key_make("retentiond.example/host1", pub, &pin, &e);
	(void)verify_bytes(golden.data, golden.n, &o, &r, &e);
	ok(r.verdict == VERIFY_UNVERIFIABLE, "wrong key: UNVERIFIABLE");
	(void)note_key_parse(vkey, &pin, &e);
	(void)note_key_make("retentiond.example/host2", pin.pub, &pin, &e);
	(void)verify_bytes(golden.data, golden.n, &o, &r, &e);
	ok(r.verdict == VERIFY_UNVERIFIABLE, "wrong host: UNVERIFIABLE");
	(void)verify_bytes("", 0, &o, &r, &e);
	ok(r.verdict == VERIFY_UNVERIFIABLE && r.records == 0,
	    "nothing there: UNVERIFIABLE");
}

/* Every bit; of the last line only what its own signature does not cover
 * (its time) may pass, and never as VALID. */
static void
test_flips(void)
{
	struct verify_report r;
	struct seen s;
	size_t passed = 0, tried = 0;
	char *copy = malloc(golden.n);
	size_t last;

	(void)verdict(golden.data, golden.n, &s, &r);
	last = s.offset[4];
	for (size_t i = 0; i < golden.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, golden.data, golden.n);
			copy[i] = (char)(copy[i] ^ 1 << bit);
			(void)verdict(copy, golden.n, &s, &r);
			tried++;
			passed += r.verdict == VERIFY_VALID ||
			    (i < last && r.verdict == VERIFY_INCOMPLETE);
		}
	ok(passed == 0, "%zu flipped bits, all seen", tried);
	free(copy);
}

static void
test_cuts(void)
{
	struct verify_report r;
	struct seen s;
	size_t bad = 0;

	for (size_t n = 1; n < golden.n; n++) {
		enum verify_verdict v = verdict(golden.data, n, &s, &r);

		bad += v != (memchr(golden.data, '\n', n) == NULL ?
		    VERIFY_UNVERIFIABLE : VERIFY_INCOMPLETE);
	}
	ok(bad == 0, "cut at any byte: INCOMPLETE, or nothing at all");
}

/* The whole text with one place changed. */
static enum verify_verdict
changed(const char *from, const char *to)
{
	struct buf b = BUF_EMPTY;
	struct verify_report r;
	struct seen s;
	const char *at = strstr(golden.data, from);

	buf_add(&b, golden.data, (size_t)(at - golden.data));
	buf_puts(&b, to);
	buf_puts(&b, at + strlen(from));
	(void)verdict(b.data, b.n, &s, &r);
	printf("# %s: %s\n", verify_verdict_name(r.verdict), s.last.text);
	buf_release(&b);
	return r.verdict;
}

static void
test_spelling(void)
{
	static const struct { const char *from, *to, *what; } rows[] = {
		{ "}\n", "}\r\n", "CRLF" },
		{ "{\"v\"", "\xef\xbb\xbf{\"v\"", "BOM" },
		{ "\"v\":1", "\"v\": 1", "a space" },
		{ "\"v\":1,\"seq\":0", "\"seq\":0,\"v\":1", "another order" },
		{ "\"v\":1", "\"v\":1,\"v\":1", "a key twice" },
		{ "\"final\":true", "\"final\":true,\"final\":true",
		    "a key twice in the last record" },
		{ "\"v\":1", "\"v\":1.0", "not an integer" },
		{ "\"n\":2", "\"n\":2e0", "not an integer either" },
		{ "\"seq\":0", "\"seq\":00", "a leading zero" },
		{ "00:00:00.000Z", "00:00:00Z", "another time form" },
		{ "01-01T00:00:00", "01-32T00:00:00", "no such day" },
		{ "genesis", "start", "no genesis" },
		{ "}\n", "}\n\n", "an empty line" },
		{ "}\n", "}\n[]\n", "not an object" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(changed(rows[i].from, rows[i].to) == VERIFY_TAMPERED,
		    "%s: TAMPERED", rows[i].what);
	ok(changed("\"v\":1", "\"v\":2") == VERIFY_UNVERIFIABLE,
	    "version 2: UNVERIFIABLE");
}

static void
test_tails(void)
{
	static const char nuls[3000] = { 0 };
	struct buf b = BUF_EMPTY;
	struct verify_report r;
	struct seen s;

	buf_add(&b, golden.data, golden.n);
	buf_add(&b, nuls, sizeof(nuls));
	ok(verdict(b.data, b.n, &s, &r) == VERIFY_INCOMPLETE &&
	    r.torn == 3000 && r.records == 6, "NUL tail: INCOMPLETE");
	buf_puts(&b, "\n");
	ok(verdict(b.data, b.n, &s, &r) == VERIFY_TAMPERED,
	    "ended by LF: TAMPERED");
	buf_reset(&b);
	buf_add(&b, golden.data, golden.n);
	buf_puts(&b, "garbage\n");
	ok(verdict(b.data, b.n, &s, &r) == VERIFY_TAMPERED &&
	    s.last.from_seq == 6, "garbage line: TAMPERED");
	buf_release(&b);
}

int
main(void)
{
	struct err e;

	ok(fd_read_file("tests/golden/trail.jsonl", 100000, &golden, &e) == 0,
	    "golden trail");
	test_golden();
	test_pins();
	test_flips();
	test_cuts();
	test_spelling();
	test_tails();
	buf_release(&golden);
	return tap_done();
}
