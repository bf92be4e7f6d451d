/* anchored: what evidence from elsewhere says about a trail: the verdict. */
#include "anchorkit.h"

static enum verify_verdict
judge(const char *given, const struct anchor_trust *t)
{
	struct note_key pin = *key_public(at.k.key);
	struct verify_options o = { .pin = &pin, .now.ms = at.k.ms,
		.ctx = &at.k, .finding = kit_finding, .trust = t,
		.copies = &given, .n_copies = given != NULL };
	struct err e = ERR_EMPTY;

	at.k.why[0] = '\0';
	if (verify_trail(at.k.state, &o, &at.k.report, &e) == -1) {
		printf("# %s\n", e.text);
		return (enum verify_verdict)4;
	}
	printf("# %s: %s\n", verify_verdict_name(at.k.report.verdict),
	    at.k.why);
	return at.k.report.verdict;
}

static void
test_time_of_records(const struct witness *w)
{
	struct anchor_trust t = { .witness = &w->key, .n_witnesses = 1 };
	struct buf b;
	int64_t last;
	uint64_t s;

	(void)judge(NULL, NULL);
	last = at.k.report.last.ms - 10;	/* of the record before cp */
	s = (uint64_t)(last - ANCHOR_SKEW_MS + 999) / 1000;
	b = cosigned(w, s);
	put(in_dir("c"), b.data, b.n);
	ok(judge(in_dir("c"), &t) == VERIFY_VALID && at.k.report.anchors == 1,
	    "24 in the second of its last record: VALID");
	buf_release(&b);
	b = cosigned(w, s - 1);
	put(in_dir("c"), b.data, b.n);
	ok(judge(in_dir("c"), &t) == VERIFY_TAMPERED,
	    "24 a record later than its anchor: TAMPERED");
	buf_release(&b);
}

static void
test_given(const struct witness *w, const struct witness *stranger)
{
	struct anchor_trust t = { .witness = &w->key, .n_witnesses = 1,
		.tsa_ca = in_dir("ec/ca.pem") };
	struct buf b = cosigned(stranger, 1790000100);
	static const char text[] = "other bytes\n";

	put(in_dir("c"), b.data, b.n);
	ok(judge(in_dir("c"), &t) == VERIFY_UNVERIFIABLE,
	    "41 an unknown witness only: UNVERIFIABLE");
	buf_release(&b);
	ok(judge(in_dir("a.tsr"), &t) == VERIFY_VALID &&
	    at.k.report.anchors == 1, "a time stamp of a checkpoint in the "
	    "trail: VALID");
	ok(judge(in_dir("a.tsr"), NULL) == VERIFY_UNVERIFIABLE,
	    "given without anybody to believe: UNVERIFIABLE");
	put(in_dir("text"), text, sizeof(text) - 1);
	tsa("reply", in_dir("ec"), in_dir("text"), in_dir("b.tsr"), NULL);
	ok(judge(in_dir("b.tsr"), &t) == VERIFY_UNVERIFIABLE,
	    "40 a time stamp for other bytes: UNVERIFIABLE");
	put(in_dir("b.note"), note.data, note.n);
	ok(judge(in_dir("b.tsr"), &t) == VERIFY_UNVERIFIABLE,
	    "40 the same beside a note: UNVERIFIABLE");
	ok(judge(in_dir("note"), NULL) == VERIFY_VALID &&
	    at.k.report.anchors == 1, "a copy: VALID");
	ok(judge(in_dir("text"), NULL) == (enum verify_verdict)4,
	    "no note at all: an error");
	ok(judge(in_dir("none"), NULL) == (enum verify_verdict)4,
	    "a file that is not there: an error");
}

static void
anchor_record(uint64_t size, const uint8_t root[32], const struct buf *file,
    struct wall when)
{
	uint8_t sha256[32];
	struct record_anchor r = { .size = size, .root = root,
		.kind = "rfc3161", .sha256 = sha256, .at = when, .by = "x" };
	struct buf b = BUF_EMPTY;
	struct err e;

	sha256_once(file->data, file->n, sha256);
	record_anchor(&b, &r);
	at.k.ms += 100000;
	(void)kit_open(&at.k, 1 << 20, NULL, &e);
	(void)trail_append(at.k.trail, RECORD_ANCHOR, &b, kit_now(&at.k), &e);
	(void)kit_plain(&at.k, RECORD_STOP, &e);
	(void)trail_checkpoint(at.k.trail, kit_now(&at.k), &e);
	kit_shut(&at.k);
	buf_release(&b);
}

static void
test_in_trail(void)
{
	struct anchor_trust ours = { .tsa_ca = in_dir("ec/ca.pem") };
	struct buf token = get(in_dir("a.tsr"));
	struct anchor_evidence ev;
	struct note_checkpoint cp;
	struct err e;

	(void)note_checkpoint_parse(note.data, text_of(&note), &cp, &e);
	(void)anchor_read(ANCHOR_RFC3161, of(&token), of(&note), &ev, &e);
	(void)mkdir(path_of(&at, "anchor"), 0700);
	put_file(&at, "anchor/9.note", note.data, note.n);
	put_file(&at, "anchor/9.tsr", token.data, token.n);
	anchor_record(9, cp.root, &token, ev.at);
	ok(judge(NULL, NULL) == VERIFY_VALID &&
	    at.k.report.anchors == 0 && at.k.report.anchors_unchecked == 1,
	    "an anchor in the trail, nobody to believe: VALID, not counted");
	ok(judge(NULL, &ours) == VERIFY_VALID && at.k.report.anchors == 1,
	    "39 and with the authority: VALID, counted");
	ours.tsa_ca = in_dir("rsa/ca.pem");
	ok(judge(NULL, &ours) == VERIFY_UNVERIFIABLE,
	    "with another authority: UNVERIFIABLE");
	token.data[token.n - 1] ^= 1;
	put_file(&at, "anchor/9.tsr", token.data, token.n);
	ok(judge(NULL, NULL) == VERIFY_TAMPERED, "altered: TAMPERED");
	(void)unlink(path_of(&at, "anchor/9.tsr"));
	ok(judge(NULL, NULL) == VERIFY_UNVERIFIABLE, "missing: UNVERIFIABLE");
	token.data[token.n - 1] ^= 1;
	put_file(&at, "anchor/9.tsr", token.data, token.n);
	ok(judge(NULL, NULL) == VERIFY_VALID, "back: VALID");
	cp.root[0] ^= 1;
	anchor_record(9, cp.root, &token, ev.at);
	ok(judge(NULL, NULL) == VERIFY_TAMPERED, "another root: TAMPERED");
	buf_release(&token);
}

/* The holder of the key rewrites, or goes back: the copy elsewhere knows. */
static void
test_rewritten(const struct witness *w)
{
	struct anchor_trust t = { .witness = &w->key, .n_witnesses = 1 };
	struct buf b = cosigned(w, 1790000100);

	put(in_dir("c"), b.data, b.n);
	buf_release(&b);
	replace(&at, 6, "\"ms\":3", "\"ms\":4");
	rechain(&at, at.k.key);
	put_back(&at);
	ok(judge(NULL, NULL) == VERIFY_VALID, "13 rewritten: VALID, the limit");
	ok(judge(in_dir("note"), NULL) == VERIFY_TAMPERED,
	    "14 and a copy from before: TAMPERED");
	ok(judge(in_dir("c"), &t) == VERIFY_TAMPERED,
	    "14 and a cosignature from before: TAMPERED");
	keep(&at, 5);
	rechain(&at, at.k.key);
	put_back(&at);
	ok(judge(NULL, NULL) == VERIFY_INCOMPLETE, "16 cut back: INCOMPLETE");
	ok(judge(in_dir("note"), NULL) == VERIFY_TAMPERED,
	    "17 and a copy from before: TAMPERED");
}

static void
test_other_trail(void)
{
	struct kit other;
	char path[128];
	struct err e;

	kit_make(&other);	/* another host's, with the same name */
	(void)kit_open(&other, 1 << 20, NULL, &e);
	(void)trail_checkpoint(other.trail, kit_now(&other), &e);
	(void)snprintf(path, sizeof(path), "%s/trail/checkpoint", other.state);
	ok(judge(path, NULL) == VERIFY_TAMPERED,
	    "a copy of another trail with its name: TAMPERED");
	kit_drop(&other);
}

int
main(void)
{
	struct witness w, stranger;

	anchors_begin();
	make_witness(&w, "witness.example.org/w1");
	make_witness(&stranger, "witness.example.net/w2");
	tsa("make", in_dir("ec"), "ec", NULL, NULL);
	tsa("make", in_dir("rsa"), "rsa", NULL, NULL);
	tsa("reply", in_dir("ec"), in_dir("note"), in_dir("a.tsr"), NULL);
	test_time_of_records(&w);
	test_given(&w, &stranger);
	test_other_trail();
	test_in_trail();
	(void)unlink(path_of(&at, "anchor/9.tsr"));
	(void)unlink(path_of(&at, "anchor/9.note"));
	test_rewritten(&w);
	EVP_PKEY_free(w.pair);
	EVP_PKEY_free(stranger.pair);
	anchors_end();
	return tap_done();
}
