/*
 * checkanchor_record - an `anchor` record against the files that it names.
 */
#include <inttypes.h>
#include <string.h>

#include "retention/anchor.h"
#include "retention/buf.h"
#include "retention/sha256.h"

#include "anchortoken.h"
#include "check.h"
#include "checkanchor.h"

struct said {			/* by an `anchor` record */
	uint64_t size;
	uint8_t root[32], sha256[32];
	int kind;
	struct wall at;
};

static int
read_record(const struct checkline *l, struct said *ret)
{
	const char *kind = checkline_text(l->object, "kind");
	const char *at = checkline_text(l->object, "at");
	const char *by = checkline_text(l->object, "by");

	if (kind == NULL || at == NULL || by == NULL ||
	    checkline_uint(l->object, "size", &ret->size) == -1 ||
	    ret->size == 0 || ret->size > l->seq ||
	    checkline_base64(checkline_value(l->object, "root"), ret->root,
	    32) == -1 ||
	    checkline_hex(l->object, "sha256", ret->sha256, 32) == -1 ||
	    checkline_time(at, &ret->at) == -1)
		return -1;
	ret->kind = anchor_find(kind);
	return ret->kind == -1 ? -1 : 0;
}

/* NULL, or what is wrong with the files beside the record. */
static const char *
compare_files(const struct said *s, const struct buf *file,
    const struct buf *note)
{
	const char *end = note->n != 0 ? memmem(note->data, note->n, "\n\n",
	    2) : NULL;
	struct note_checkpoint cp;
	struct anchortoken t;
	uint8_t sha256[32];
	const struct anchor_bytes bytes = { file->data, file->n };
	struct err e;

	sha256_once(buf_text(file), file->n, sha256);
	if (memcmp(sha256, s->sha256, 32) != 0)
		return "the evidence of this anchor was altered";
	if (end == NULL || note_checkpoint_parse(note->data,
	    (size_t)(end - note->data) + 1, &cp, &e) == -1 ||
	    cp.size != s->size || memcmp(cp.root, s->root, 32) != 0)
		return "this anchor tells another root than its checkpoint";
	if (s->kind == ANCHOR_RFC3161 && (anchortoken_read(bytes, &t,
	    &e) == -1 || t.at.ms != s->at.ms))
		return "this anchor tells another time than its time stamp";
	return NULL;
}

/* The record comes after its files: they are there by now, or gone. */
void
checkanchor_record(struct check *c, const struct checkline *l)
{
	enum verify_verdict v = VERIFY_UNVERIFIABLE;
	struct buf file = BUF_EMPTY, note = BUF_EMPTY;
	char path[2][64];
	const char *bad = NULL;
	struct said s;
	struct err e;

	if (read_record(l, &s) == -1) {
		check_finding(c, VERIFY_TAMPERED, l->seq, l->seq,
		    "a malformed anchor");
		return;
	}
	if (c->file.dirfd == -1)
		return;
	(void)snprintf(path[0], sizeof(path[0]), "anchor/%" PRIu64 "%s",
	    s.size, anchor_suffix((enum anchor_kind)s.kind));
	(void)snprintf(path[1], sizeof(path[1]), "anchor/%" PRIu64 "%s",
	    s.size, anchor_suffix(ANCHOR_COPY));
	if (checkanchor_read(c->file.dirfd, path[0], &file, &e) != 1 ||
	    checkanchor_read(c->file.dirfd, path[1], &note, &e) != 1) {
		bad = "the evidence of this anchor is missing";
	} else {
		v = VERIFY_TAMPERED;
		bad = compare_files(&s, &file, &note);
	}
	if (bad != NULL)
		check_finding(c, v, l->seq, l->seq, bad);
	buf_release(&file);
	buf_release(&note);
}
