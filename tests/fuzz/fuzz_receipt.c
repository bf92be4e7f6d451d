/* fuzz_receipt: a receipt that is read is written again the same, and none is
 * proven by a key that did not sign it; the same for the proofs in it. */
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/pool.h"
#include "retention/proof.h"
#include "retention/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
check_receipt(const char *text, size_t n, const struct note_key *pin)
{
	struct pool *p = pool_new();
	struct receiptcheck_claim c;
	struct buf b = BUF_EMPTY;
	struct receipt r;
	struct err e;

	must(p != NULL);
	if (receiptread_parse(text, n, p, &r, &e) == 0) {
		receipt_text(&r, &b);
		must(b.n == n && memcmp(b.data, text, n) == 0);
		receiptcheck_judge(&r, pin, &c);
		must(c.verdict == VERIFY_TAMPERED ||
		    c.verdict == VERIFY_UNVERIFIABLE);
		must(memchr(c.why, '\0', sizeof(c.why)) != NULL);
	}
	buf_release(&b);
	pool_free(p);
}

static void
check_proof(const char *text, size_t n)
{
	struct buf b = BUF_EMPTY;
	struct proof p;
	struct err e;

	if (proof_parse(text, n, &p, &e) == 0) {
		proof_text(&p.path, p.note, p.n_note, &b);
		must(b.n == n && memcmp(b.data, text, n) == 0);
		(void)proof_holds(&p, text, n, &e);
	}
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char vkey[] = "retentiond.example/host1+344da091+"
	    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
	struct note_key pin;
	struct err e;

	must(note_key_parse(vkey, &pin, &e) == 0);
	check_receipt((const char *)bytes, n, &pin);
	check_proof((const char *)bytes, n);
	return 0;
}
