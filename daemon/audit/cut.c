/*
 * cut - runs the verifier over the oldest segments and keeps its state at
 * each of their boundaries.  Public keys only; nothing is written.
 */
#include "retention/cut.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "retention/fd.h"
#include "retention/jsonw.h"
#include "retention/record.h"

#include "check.h"
#include "checkprune.h"

#define CHAIN_MOST ((size_t)64 << 20)

struct walk {
	struct check c;
	struct verify_options o;
	const struct cut_limits *l;
	struct cut *ret;
	struct buf chain;		/* up to the present record */
	struct buf recovery;		/* signature of the last rekey */
	struct verify_finding bad;
	bool found, tampered;
};

int
cut_time(const char *text, struct wall *ret)
{
	char exact[] = "0000-00-00T00:00:00.000Z";

	if (strnlen(text, sizeof(exact) - 1) < sizeof(exact) - 1)
		return -1;
	memcpy(exact, text, sizeof(exact) - 1);
	return checkline_time(exact, ret);
}

void
cut_release(struct cut *c)
{
	buf_release(&c->chain);
}

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	struct walk *w = ctx;

	if (f->verdict == VERIFY_INCOMPLETE || w->tampered)
		return;
	w->bad = *f;
	w->tampered = true;
}

/* One line of keys.chain: out of genesis, or of the final checkpoint that
 * ends a rotation. */
static void
put_link(struct walk *w, const struct checkline *l)
{
	const char *recovery = checkline_text(l->object, "recovery");
	const char *note = checkline_text(l->object, "note");
	char vkey[NOTE_VKEY_BYTES];
	struct jsonw j = JSONW(&w->chain);

	note_key_text(&w->c.key, vkey);
	jsonw_object(&j, NULL);
	jsonw_int(&j, "ep", w->c.r.epoch);
	jsonw_text(&j, "vkey", vkey);
	if (note != NULL)
		jsonw_text(&j, "note", note);
	if (recovery == NULL && w->recovery.n != 0)
		recovery = buf_text(&w->recovery);
	if (recovery != NULL)
		jsonw_text(&j, "recovery", recovery);
	buf_reset(&w->recovery);
	jsonw_end_object(&j);
	buf_puts(&w->chain, "\n");
}

static void
link_of(struct walk *w, const char *line, size_t n)
{
	struct checkline l;
	const char *text;
	char why[200];

	if (checkline_read(line, n, &l, why) != VERIFY_VALID)
		return;
	if (l.type == RECORD_REKEY && (text = checkline_text(l.object,
	    "recovery")) != NULL)
		buf_puts(&w->recovery, text);
	else if (l.type == RECORD_GENESIS || l.type == RECORD_CP)
		put_link(w, &l);
	checkline_release(&l);
}

static void
mark(struct walk *w)
{
	const struct check *c = &w->c;
	struct cut *ret = w->ret;

	if (c->r.records > w->l->most || c->r.last.ms >= w->l->before.ms)
		return;
	if (checkops_open(c->ops, 0) != NULL) {
		ret->crossed = true;
		return;
	}
	w->found = true;
	ret->crossed = false;
	ret->seq = c->r.records;
	ret->tree = c->r.tree;
	memcpy(ret->leaf, c->r.leaf, sizeof(ret->leaf));
	ret->last = c->r.last;
	ret->ep = c->r.epoch;
	ret->key = c->key;
	buf_reset(&ret->chain);
	buf_add(&ret->chain, buf_text(&w->chain), w->chain.n);
}

/* false: all that matters has been seen. */
static bool
take(struct walk *w, const char *line, size_t n, uint64_t first)
{
	uint32_t ep = w->c.r.epoch;
	bool is_first = w->c.r.records == 0;

	if (w->c.file.first_in_segment && w->c.r.records > first)
		mark(w);
	if (w->c.r.records > w->l->most ||
	    w->c.r.last.ms >= w->l->before.ms)
		return false;
	check_record(&w->c, line, n);
	if (!w->c.lost && (is_first || w->c.r.epoch != ep ||
	    memmem(line, n < 256 ? n : 256, "\"type\":\"rekey\"", 14) != NULL))
		link_of(w, line, n);
	return !w->c.lost;
}

/* Behind an earlier cut: what its chain says of the keys up to there. */
static int
old_chain(struct walk *w, struct err *e)
{
	struct buf all = { .most = CHAIN_MOST };
	int fd = openat(w->c.file.dirfd, "keys.chain",
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	const char *at, *end;
	int rc;

	if (fd == -1)
		return err_sys(e, "keys.chain");
	rc = fd_read_all(fd, CHAIN_MOST, &all, e);
	at = buf_text(&all);
	for (uint32_t ep = 0; rc == 0 && ep <= w->c.r.epoch; ep++) {
		end = strchr(at, '\n');
		if (end == NULL)
			break;		/* the verifier has seen them all */
		buf_add(&w->chain, at, (size_t)(end + 1 - at));
		at = end + 1;
	}
	buf_release(&all);
	fd_close(&fd);
	return rc;
}

/* At genesis, or where an earlier cut was made. */
static int
begin(struct walk *w, struct err *e)
{
	if (checkprune_load(&w->c, e) == -1 || checkprune_begin(&w->c, e) == -1)
		return -1;
	return w->c.pruned != NULL && !w->c.lost ? old_chain(w, e) : 0;
}

static int
walk(struct walk *w, struct err *e)
{
	enum checkfile_event event;
	uint64_t first;
	const char *line;
	size_t n;

	if (begin(w, e) == -1)
		return -1;
	first = w->c.r.records;
	do {
		event = w->c.lost ? CHECKFILE_END :
		    checkfile_next(&w->c.file, &line, &n, e);
	} while (event == CHECKFILE_LINE && take(w, line, n, first));
	if (event == CHECKFILE_FAILED)
		return -1;
	if (event == CHECKFILE_DAMAGED)
		return err_set(e, ERR_TRAIL, "a compressed segment is damaged");
	if (w->tampered)
		return err_set(e, ERR_TRAIL, "record %llu: %s",
		    (unsigned long long)w->bad.from_seq, w->bad.text);
	if (buf_failed(&w->chain) || buf_failed(&w->ret->chain))
		return err_set(e, ERR_MEMORY, "no memory for keys.chain");
	return w->found ? 1 : 0;
}

int
cut_find(const char *trail, const struct cut_limits *l, struct cut *ret,
    struct err *e)
{
	struct walk w = { .l = l, .ret = ret, .chain.most = CHAIN_MOST };
	int rc = -1;

	*ret = (struct cut){ .chain.most = CHAIN_MOST };
	w.o = (struct verify_options){ .pin = l->pin, .ctx = &w,
		.accept_rekey = true, .finding = on_finding };
	w.c.o = &w.o;
	w.c.claims = CHECKCLAIMS_EMPTY;
	if (checkfile_open(trail, &w.c.file, e) == -1)
		return -1;
	w.c.ops = checkops_new(l->temp);
	if (w.c.ops == NULL)
		(void)err_set(e, ERR_MEMORY, "no memory");
	else
		rc = walk(&w, e);
	buf_release(&w.chain);
	buf_release(&w.recovery);
	free(w.c.pruned);
	checkclaim_release(&w.c.claims);
	checkops_free(w.c.ops);
	checkfile_close(&w.c.file);
	return rc;
}
