/* anchor: evidence from elsewhere is believed exactly when it is for these
 * bytes and by somebody known. */
#include "anchorkit.h"

static void
test_names(void)
{
	enum anchor_kind k;
	uint64_t size;

	ok(anchor_file("17.tsr", &size, &k) == 0 && size == 17 &&
	    k == ANCHOR_RFC3161, "17.tsr");
	ok(anchor_file("017.tsr", &size, &k) == -1 &&
	    anchor_file("0.note", &size, &k) == -1 &&
	    anchor_file(".note", &size, &k) == -1 &&
	    anchor_file("-1.note", &size, &k) == -1 &&
	    anchor_file("1234567890123456789.note", &size, &k) == -1 &&
	    anchor_file("17.tsr.tmp", &size, &k) == -1, "no other names");
	ok(anchor_find("copy") == ANCHOR_COPY && anchor_find("x") == -1,
	    "kinds by name");
}

static void
test_token(const char *kind)
{
	struct anchor_trust t = { .tsa_ca = NULL };
	struct anchor_evidence ev;
	struct buf b, other = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	char ca[64];

	tsa("make", in_dir(kind), kind, NULL, NULL);
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", kind);
	tsa("reply", in_dir(kind), in_dir("note"), in_dir("a.tsr"), NULL);
	b = get(in_dir("a.tsr"));
	ok(anchor_guess(b.data, b.n) == ANCHOR_RFC3161, "%s: told by its "
	    "content", kind);
	ok(believed(ANCHOR_RFC3161, &b, &t, &ev) == ERR_REFUSED,
	    "%s: nobody to believe", kind);
	t.tsa_ca = in_dir(ca);
	ok(believed(ANCHOR_RFC3161, &b, &t, &ev) == ERR_NONE,
	    "%s: believed", kind);
	ok(strcmp(ev.by, "Test time stamps") == 0 && ev.at.ms > T0,
	    "%s: who and when: %s", kind, ev.by);
	buf_add(&other, note.data, note.n);
	other.data[3] ^= 1;
	ok(anchor_read(ANCHOR_RFC3161, of(&b), of(&other), &ev, &e) == -1 &&
	    e.code == ERR_INPUT, "%s: other bytes: %s", kind, e.text);
	buf_add(&b, "", 1);
	ok(believed(ANCHOR_RFC3161, &b, &t, &ev) == ERR_INPUT,
	    "%s: a byte too many", kind);
	buf_release(&b);
	buf_release(&other);
}

static void
test_other_authority(void)
{
	struct anchor_trust t = { .tsa_ca = in_dir("rsa/ca.pem") };
	struct anchor_evidence ev;
	struct buf b;

	tsa("reply", in_dir("ec"), in_dir("note"), in_dir("a.tsr"), NULL);
	b = get(in_dir("a.tsr"));
	ok(believed(ANCHOR_RFC3161, &b, &t, &ev) == ERR_REFUSED,
	    "by an authority that is not ours");
	t.tsa_ca = in_dir("nothing.pem");
	ok(believed(ANCHOR_RFC3161, &b, &t, &ev) == ERR_REFUSED,
	    "certificates that are not there");
	buf_release(&b);
	(void)setenv("DIGEST", "sha1", 1);
	tsa("reply", in_dir("ec"), in_dir("note"), in_dir("a.tsr"), NULL);
	(void)unsetenv("DIGEST");
	b = get(in_dir("a.tsr"));
	t.tsa_ca = in_dir("ec/ca.pem");
	ok(believed(ANCHOR_RFC3161, &b, &t, &ev) == ERR_INPUT,
	    "an imprint by SHA-1");
	buf_release(&b);
}

/* The certificate is good from 1 to 31 January 2020. */
static void
test_expired(void)
{
	struct anchor_trust t = { .tsa_ca = in_dir("old/ca.pem") };
	static const struct { const char *when; enum err_code want; } rows[] = {
		{ "2019-12-31 23:59:59", ERR_REFUSED },
		{ "2020-01-01 00:00:00", ERR_NONE },
		{ "2020-01-30 23:59:59", ERR_NONE },
		{ "2020-01-31 00:00:00", ERR_REFUSED },
	};
	struct anchor_evidence ev;

	tsa("make", in_dir("old"), "ec", "2020-01-01 00:00:00", NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		tsa("reply", in_dir("old"), in_dir("note"), in_dir("a.tsr"),
		    rows[i].when);
		b = get(in_dir("a.tsr"));
		ok(believed(ANCHOR_RFC3161, &b, &t, &ev) == rows[i].want,
		    "39 stamped at %s: the certificate as it was then",
		    rows[i].when);
		buf_release(&b);
	}
}

/* Whatever still passes says the same: a status "with modifications", a
 * certificate that is not needed. */
static void
test_flips(void)
{
	struct anchor_trust t = { .tsa_ca = in_dir("ec/ca.pem") };
	struct anchor_evidence was, ev;
	size_t passed = 0, changed = 0, cut = 0;
	struct buf b;

	tsa("reply", in_dir("ec"), in_dir("note"), in_dir("a.tsr"), NULL);
	b = get(in_dir("a.tsr"));
	ok(believed(ANCHOR_RFC3161, &b, &t, &was) == ERR_NONE, "as it was");
	for (size_t i = 0; i < b.n; i++)
		for (unsigned bit = 0; bit < 8; bit += 3) {
			b.data[i] = (char)(b.data[i] ^ (1 << bit));
			if (believed(ANCHOR_RFC3161, &b, &t, &ev) == ERR_NONE) {
				passed++;
				changed += ev.at.ms != was.at.ms ||
				    strcmp(ev.by, was.by) != 0;
			}
			b.data[i] = (char)(b.data[i] ^ (1 << bit));
		}
	ok(changed == 0 && passed < b.n / 8, "no flipped bit of %zu bytes "
	    "changes what it says (%zu said the same)", b.n, passed);
	for (size_t n = b.n - 1; n != 0; n -= n < 40 ? 1 : 7) {
		struct buf c = { .data = b.data, .n = n };

		cut += believed(ANCHOR_RFC3161, &c, &t, &ev) == ERR_NONE;
	}
	ok(cut == 0, "no shorter one passes");
	buf_release(&b);
}

static void
test_cosignature(struct witness *w, struct witness *stranger)
{
	struct anchor_trust t = { .witness = &w->key, .n_witnesses = 1 };
	struct anchor_evidence ev;
	struct buf b = cosigned(w, 1790000100);
	struct note_key k;
	size_t passed = 0;
	struct err e;

	ok(anchor_guess(b.data, b.n) == ANCHOR_COSIGNATURE &&
	    anchor_guess(note.data, note.n) == ANCHOR_COPY, "told by content");
	ok(believed(ANCHOR_COSIGNATURE, &b, &t, &ev) == ERR_NONE &&
	    ev.at.ms == INT64_C(1790000100000) &&
	    strcmp(ev.by, w->key.name) == 0, "a cosignature: who and when");
	for (size_t i = 0; i < b.n; i++) {
		if (i >= text_of(&note) && i < note.n)
			continue;	/* the log's own, not judged here */
		b.data[i] ^= 1;
		passed += believed(ANCHOR_COSIGNATURE, &b, &t, &ev) == ERR_NONE;
		b.data[i] ^= 1;
	}
	ok(passed == 0, "no changed byte of text or cosignature passes");
	cosign(&b, stranger, 1790000050, text_of(&note));
	ok(believed(ANCHOR_COSIGNATURE, &b, &t, &ev) == ERR_NONE &&
	    ev.at.ms == INT64_C(1790000100000), "a stranger beside: ignored");
	buf_release(&b);
	b = cosigned(stranger, 1790000100);
	ok(believed(ANCHOR_COSIGNATURE, &b, &t, &ev) == ERR_REFUSED,
	    "a stranger alone: refused");
	buf_release(&b);
	b = cosigned(w, 0);
	ok(believed(ANCHOR_COSIGNATURE, &b, &t, &ev) == ERR_INPUT, "time 0");
	buf_release(&b);
	ok(believed(ANCHOR_COSIGNATURE, &note, &t, &ev) == ERR_INPUT,
	    "no cosignature at all");
	note_key_text(key_public(at.k.key), w->vkey);
	ok(anchor_witness(w->vkey, &k, &e) == -1, "a log's key is no witness");
}

int
main(void)
{
	struct witness w, stranger;

	anchors_begin();
	test_names();
	test_token("rsa");
	test_token("ec");
	test_other_authority();
	test_expired();
	test_flips();
	make_witness(&w, "witness.example.org/w1");
	make_witness(&stranger, "witness.example.net/w2");
	test_cosignature(&w, &stranger);
	EVP_PKEY_free(w.pair);
	EVP_PKEY_free(stranger.pair);
	anchors_end();
	return tap_done();
}
