/* fuzz_anchor: no bytes pass for a time stamp or a cosignature that is
 * believed; what is read keeps within its limits.  The first byte chooses. */
#include <stdlib.h>
#include <string.h>

#include "retention/anchor.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A checkpoint that nobody signs anything for. */
static const char note[] = "host1.example.org\n4\n"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    "\n\xe2\x80\x94 host1.example.org "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAA\n";

static void
check(enum anchor_kind k, struct anchor_bytes b, struct anchor_bytes own)
{
	struct note_key w = { .name = "witness.example.org/w1",
		.id = { 1, 2, 3, 4 }, .pub = { 9 } };
	struct anchor_trust t = { .tsa_ca = "/dev/null", .witness = &w,
		.n_witnesses = 1 };
	struct anchor_evidence ev;
	struct err e = ERR_EMPTY;

	if (anchor_read(k, b, own, &ev, &e) == -1) {
		must(e.code != ERR_NONE);
		return;
	}
	must(ev.kind == k && memchr(ev.by, '\0', sizeof(ev.by)) != NULL);
	for (const char *c = ev.by; *c != '\0'; c++)
		must(*c >= ' ' && *c <= '~');
	must(k == ANCHOR_COPY || anchor_trusted(b, &t, &ev, &e) == -1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct anchor_bytes known = { note, sizeof(note) - 1 };
	struct anchor_bytes b;
	uint8_t *copy;

	if (n < 2)
		return 0;
	copy = malloc(n - 1);		/* so that a byte beyond is noticed */
	must(copy != NULL);
	memcpy(copy, bytes + 1, n - 1);
	b = (struct anchor_bytes){ copy, n - 1 };
	(void)anchor_guess(b.data, b.n);
	for (int k = 0; k < ANCHOR_N_KINDS; k++) {
		check((enum anchor_kind)k, b, known);
		if ((bytes[0] & 1) != 0)	/* evidence for its own text */
			check((enum anchor_kind)k, b, b);
	}
	free(copy);
	return 0;
}
