/* fuzz_verify: no bytes make the verifier crash, or call an unpinned or a
 * changed trail VALID. */
#include <stdlib.h>
#include <string.h>

#include "retention/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	size_t *count = ctx;

	(*count)++;
	must(f->verdict != VERIFY_VALID);
	must(memchr(f->text, '\0', sizeof(f->text)) != NULL);
}

static void
on_open(void *ctx, const struct verify_open *op)
{
	(void)ctx;
	must(memchr(op->dataset, '\0', sizeof(op->dataset)) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char vkey[] = "retentiond.example/host1+344da091+"
	    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
	struct note_key pin;
	size_t findings = 0;
	struct verify_options o = { .pin = &pin, .ctx = &findings,
		.finding = on_finding, .open = on_open };
	struct verify_report r;
	struct err e;

	must(note_key_parse(vkey, &pin, &e) == 0);
	must(verify_bytes(bytes, n, &o, &r, &e) == 0);
	/* The corpus holds no closed trail, and nobody here can sign one. */
	must(r.verdict != VERIFY_VALID && findings != 0);
	must(r.done + r.failed <= r.records + 1);
	o.pin = NULL;
	must(verify_bytes(bytes, n, &o, &r, &e) == 0);
	must(r.verdict == VERIFY_TAMPERED || r.verdict == VERIFY_UNVERIFIABLE);
	return 0;
}
