/* fuzz_note: keys, notes and checkpoints that parse are written back the
 * same; no other bytes than the signed ones verify. */
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
check_key(const char *text)
{
	struct note_key k;
	char again[NOTE_VKEY_BYTES];
	struct err e;

	if (note_key_parse(text, &k, &e) == -1)
		return;
	note_key_text(&k, again);
	must(strcmp(again, text) == 0);
}

static void
check_checkpoint(const char *text, size_t n)
{
	struct note_checkpoint cp;
	struct buf b = BUF_EMPTY;
	struct err e;

	if (note_checkpoint_parse(text, n, &cp, &e) == 0) {
		must(note_checkpoint_text(&cp, &b) == 0);
		must(b.n == n && memcmp(b.data, text, n) == 0);
	}
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char vkey[] = "retentiond.example/host1+344da091+"
	    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
	char *text = malloc(n + 1);
	struct note_key k;
	uint32_t which = 0;
	size_t n_text = 0;
	struct err e;

	must(text != NULL && note_key_parse(vkey, &k, &e) == 0);
	if (n != 0)
		memcpy(text, bytes, n);
	text[n] = '\0';
	check_key(text);
	check_checkpoint(text, n);
	if (note_verify(text, n, &k, 1, &n_text, &which, &e) == 0) {
		must(which == 1 && n_text < n && text[n_text - 1] == '\n');
		check_checkpoint(text, n_text);
	}
	free(text);
	return 0;
}
