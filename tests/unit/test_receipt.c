/* receipt: what is written is read and proven, over a change of key as well;
 * no byte of it can be changed, and none of its parts can be exchanged. */
#include "retention/pool.h"

#include "receiptkit.h"

static const struct record_outcome whole = { .n = ITEMS, .erased = ITEMS,
	.method = "test", .verify = "requery" };

static struct receiptcheck_claim
judge(const struct rkit *k, const struct receipt *r)
{
	struct receiptcheck_claim c;

	receiptcheck_judge(r, key_public(k->key[0]), &c);
	return c;
}

/* What reading the bytes and judging them gives. */
static enum verify_verdict
judge_bytes(const struct rkit *k, const char *text, size_t n)
{
	struct pool *p = pool_new();
	enum verify_verdict v = VERIFY_TAMPERED;
	struct receipt r;
	struct err e;

	if (receiptread_parse(text, n, p, &r, &e) == 0)
		v = judge(k, &r).verdict;
	pool_free(p);
	return v;
}

static void
test_good(struct rkit *k)
{
	struct receiptcheck_claim c = judge(k, &k->r);
	struct note_key other = *key_public(k->key[1]);

	ok(c.verdict == VERIFY_VALID && c.done && c.n == ITEMS && c.erased ==
	    ITEMS && c.sealed == 5, "VALID over a change of key: %s", c.why);
	ok(strcmp(c.dataset, "notice/data") == 0 &&
	    strcmp(c.basis, "period 2 years") == 0 &&
	    strcmp(c.method, "test") == 0 && c.cutoff.ms == 1790000000000 &&
	    c.ended.ms - c.intended.ms == 3000, "and it says what was done");
	receiptcheck_judge(&k->r, NULL, &c);
	ok(c.verdict == VERIFY_UNVERIFIABLE, "no pin");
	receiptcheck_judge(&k->r, &other, &c);
	ok(c.verdict == VERIFY_UNVERIFIABLE, "a later key of the same trail "
	    "is not the pinned one");
}

static void
test_bytes(struct rkit *k)
{
	struct buf b = BUF_EMPTY;
	size_t bad = 0;

	receipt_text(&k->r, &b);
	ok(judge_bytes(k, b.data, b.n) == VERIFY_VALID, "written, read, VALID");
	for (size_t i = 0; i < b.n; i++)
		for (int flip = 0; flip < 2; flip++) {
			enum verify_verdict v;
			int bit = flip == 0 ? 1 << i % 8 : 0x20;

			b.data[i] = (char)(b.data[i] ^ bit);
			v = judge_bytes(k, b.data, b.n);
			bad += v == VERIFY_VALID || v == VERIFY_INCOMPLETE;
			b.data[i] = (char)(b.data[i] ^ bit);
		}
	ok(bad == 0, "no changed byte of %zu passes", b.n);
	bad = 0;
	for (size_t i = 0; i < b.n; i++)
		bad += judge_bytes(k, b.data, i) != VERIFY_TAMPERED;
	ok(bad == 0, "nor one that was cut short");
	buf_puts(&b, "\n");
	ok(judge_bytes(k, b.data, b.n) == VERIFY_TAMPERED, "nor one more byte");
	buf_release(&b);
}

static void
refused(struct rkit *k, const struct receipt *r, const char *what)
{
	struct receiptcheck_claim c = judge(k, r);

	ok(c.verdict == VERIFY_TAMPERED, "%s: %s", what, c.why);
}

static void
test_parts(struct rkit *k)
{
	static const char *const two[2] = { "key", "3" };
	static const char *const stayed[1] = { "key-9" };
	struct receipt_key keys[2] = { k->keys[0], k->keys[1] };
	struct receipt r = k->r;

	r.part = stayed;
	refused(k, &r, "a key that was not there");
	r = k->r;
	r.part = two;
	r.n_parts = 2;
	refused(k, &r, "the key in two parts");
	r = k->r;
	r.store = "notice/sit";
	refused(k, &r, "another store");
	r = k->r;
	r.path.size++;
	refused(k, &r, "another number of items");
	r = k->r;
	r.outcome = r.intent;
	refused(k, &r, "an intent for an outcome");
	r = k->r;
	r.intent = r.outcome;
	refused(k, &r, "an outcome for an intent");
	r = k->r;
	r.outcome.line = buf_text(&k->line[5]);
	refused(k, &r, "a line that the proof is not for");
	r = k->r;
	r.n_keys = 1;
	refused(k, &r, "the chain of keys cut short");
	keys[1].note = buf_text(&k->note[1]);
	r = k->r;
	r.keys = keys;
	refused(k, &r, "a note that only the new key signed");
	keys[1].note = NULL;
	refused(k, &r, "a key that nothing vouches for");
	keys[1] = k->keys[1];
	keys[1].ep = 2;
	refused(k, &r, "epochs with a gap");
	keys[1].ep = 1;
	keys[1].vkey = k->vkey[0];
	refused(k, &r, "the same key twice");
}

/* Whoever has a key of his own cannot put it in the place of the next one. */
static void
test_forged_link(struct rkit *k)
{
	struct receipt_key keys[2] = { k->keys[0], k->keys[1] };
	const char *end = strstr(buf_text(&k->note[0]), "\n\n");
	struct buf b = BUF_EMPTY;
	struct receipt r = k->r;
	uint8_t sig[64];
	struct err e;

	for (int by = 0; by < 2; by++) {
		buf_reset(&b);
		buf_add(&b, k->note[0].data, (size_t)(end -
		    k->note[0].data) + 1);
		(void)key_sign(k->key[by], b.data, b.n, sig, &e);
		note_add_signature(&b, true, key_public(k->key[by]), sig);
		keys[1].note = buf_text(&b);
		r.keys = keys;
		refused(k, &r, by == 0 ? "a link by the old key alone" :
		    "a link by the new key alone");
	}
	buf_release(&b);
}

/* The current key's holder cannot speak for the epoch before. */
static void
test_old_epoch(struct rkit *k)
{
	struct receipt r = k->r;

	rkit_prove(k, 0, 1, 1);		/* the intent, under the later key */
	r.intent.proof = buf_text(&k->proof[0]);
	refused(k, &r, "a record of epoch 0 under a checkpoint of epoch 1");
	rkit_prove(k, 0, 1, 0);
	k->r.intent.proof = buf_text(&k->proof[0]);
}

static void
test_outcomes(void)
{
	static const struct { struct record_outcome o; bool done;
		enum verify_verdict v; const char *what; } rows[] = {
		{ { .n = ITEMS, .erased = 3, .left = 2 }, true,
		    VERIFY_INCOMPLETE, "two left" },
		{ { .n = ITEMS, .erased = 4, .skipped_held = 1 }, true,
		    VERIFY_INCOMPLETE, "one held" },
		{ { .n = ITEMS, .left = ITEMS, .error = "store" }, false,
		    VERIFY_INCOMPLETE, "failed" },
		{ { .n = ITEMS, .erased = ITEMS, .left = 1 }, true,
		    VERIFY_TAMPERED, "sums that are wrong" },
		{ { .n = ITEMS - 1, .erased = ITEMS - 1 }, true,
		    VERIFY_TAMPERED, "another n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rkit k;

		rkit_make(&k, &rows[i].o, rows[i].done);
		ok(judge(&k, &k.r).verdict == rows[i].v, "%s: %s",
		    rows[i].what, verify_verdict_name(rows[i].v));
		rkit_drop(&k);
	}
}

static void
test_keys(void)
{
	static const char *const parts[2] = { "h7", "12" };
	struct buf b = BUF_EMPTY;
	char *longest = malloc(65537);

	ok(receipt_key(parts, 1, &b) == 0 && b.n == 2 &&
	    memcmp(b.data, "h7", 2) == 0, "a plain key is its text");
	buf_reset(&b);
	ok(receipt_key(parts, 2, &b) == 0 && b.n == 8 &&
	    memcmp(b.data, "\0\2h7\0\2" "12", 8) == 0,
	    "a composite one is framed");
	memset(longest, 'x', 65536);
	longest[65536] = '\0';
	buf_reset(&b);
	ok(receipt_key((const char *const []){ longest }, 1, &b) == -1,
	    "longer than a key can be");
	longest[65535] = '\0';
	buf_reset(&b);
	ok(receipt_key((const char *const []){ longest }, 1, &b) == 0,
	    "as long as a key can be");
	buf_reset(&b);
	ok(receipt_key(parts, 0, &b) == -1, "no part at all");
	free(longest);
	buf_release(&b);
}

int
main(int argc, char **argv)
{
	struct rkit k;

	rkit_make(&k, &whole, true);
	if (argc > 1) {		/* for the corpus of the fuzzer */
		struct buf b = BUF_EMPTY;

		receipt_text(&k.r, &b);
		(void)fwrite(argv[1][0] == 'p' ? k.r.intent.proof : b.data, 1,
		    argv[1][0] == 'p' ? strlen(k.r.intent.proof) : b.n, stdout);
		buf_release(&b);
		rkit_drop(&k);
		return 0;
	}
	test_good(&k);
	test_bytes(&k);
	test_parts(&k);
	test_forged_link(&k);
	test_old_epoch(&k);
	rkit_drop(&k);
	test_outcomes();
	test_keys();
	return tap_done();
}
