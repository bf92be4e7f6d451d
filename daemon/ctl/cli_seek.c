#include "cli_seek.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/commit.h"
#include "retention/commitopen.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/key.h"
#include "retention/merkle.h"
#include "retention/pool.h"
#include "retention/proof.h"

#include "cli_items.h"
#include "cli_keys.h"

#define OP_TEXT (2 * COMMIT_OP_BYTES)

struct match {
	uint8_t op[COMMIT_OP_BYTES], salt[32];
	char hex[OP_TEXT + 1];
	struct merklepath path;
	uint64_t seq[2];		/* of intent and outcome */
	const char *line[2], *note[2];	/* NULL: not seen yet */
	const char *store, *object;
	bool whole;			/* done, and nothing was left */
	struct match *older;
};

struct cli_seek {
	struct cli_seek_want want;
	struct pool *pool;		/* owned; lines, notes, matches */
	struct buf key;			/* canonical */
	struct buf leaves;		/* 32 bytes a record */
	struct cli_keys *keys;		/* owned */
	struct match *last;		/* the newest first */
	struct cli_seek_found found;
	bool failed;			/* no memory */
};

struct cli_seek *
cli_seek_new(const struct cli_seek_want *want, struct err *e)
{
	struct cli_seek *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		return NULL;
	}
	s->want = *want;
	s->leaves.most = SIZE_MAX / 2;
	s->pool = pool_new();
	if (s->pool == NULL)
		(void)err_set(e, ERR_MEMORY, "no memory");
	else if (receipt_key(want->part, want->n_parts, &s->key) == -1)
		(void)err_set(e, ERR_INPUT, "--key: longer than any key");
	else if ((s->keys = cli_keys_new(want->state, e)) != NULL)
		s->found.pruned = cli_keys_first(s->keys);
	if (s->keys == NULL) {
		cli_seek_free(s);
		return NULL;
	}
	return s;
}

void
cli_seek_free(struct cli_seek *s)
{
	if (s == NULL)
		return;
	cli_keys_free(s->keys);
	pool_free(s->pool);
	buf_release(&s->key);
	buf_release(&s->leaves);
	free(s);
}

struct cli_seek_found
cli_seek_found(const struct cli_seek *s)
{
	return s->found;
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* The place of the item in the operation, or -1. */
static int
open_item(struct cli_seek *s, const json_t *record, struct match *m)
{
	struct commitopen_item item = { .store = text_of(record, "store"),
		.object = text_of(record, "object"), .key = buf_text(&s->key),
		.n_key = s->key.n };
	struct commit_op op;
	uint8_t c[COMMIT_BYTES];
	uint32_t ep = (uint32_t)json_integer_value(json_object_get(record,
	    "ep"));
	int rc;

	memcpy(op.op, m->op, sizeof(op.op));
	if (cli_keys_op(s->keys, ep, &op) == -1) {
		s->found.closed++;
		return -1;
	}
	rc = commitopen_salt(&op, &item, m->salt);
	explicit_bzero(&op, sizeof(op));
	if (rc == -1 || commitopen_c(m->salt, &item, c) == -1)
		return -1;
	return cli_items_path(s->want.state, record, c, &m->path);
}

static void
on_intent(struct cli_seek *s, const json_t *record, const char *line, size_t n)
{
	struct match m = { .hex = "" };
	struct match *keep;
	const char *op = text_of(record, "op");

	if (strcmp(text_of(record, "dataset"), s->want.dataset) != 0)
		return;
	s->found.operations++;
	if (strlen(op) != OP_TEXT || hex_bytes(op, COMMIT_OP_BYTES, m.op) == -1 ||
	    open_item(s, record, &m) == -1)
		return;
	keep = pool_alloc(s->pool, sizeof(*keep));
	if (keep == NULL) {
		s->failed = true;
		return;
	}
	*keep = m;
	memcpy(keep->hex, op, OP_TEXT);
	keep->seq[0] = (uint64_t)json_integer_value(json_object_get(record,
	    "seq"));
	keep->line[0] = pool_dupn(s->pool, line, n);
	keep->store = pool_dup(s->pool, text_of(record, "store"));
	keep->object = pool_dup(s->pool, text_of(record, "object"));
	if (keep->line[0] == NULL || keep->store == NULL || !keep->object)
		s->failed = true;
	keep->older = s->last;
	s->last = keep;
	s->found.matches++;
}

static void
on_outcome(struct cli_seek *s, const json_t *record, const char *line,
    size_t n)
{
	const char *op = text_of(record, "op");
	struct match *m = s->last;

	while (m != NULL && strcmp(m->hex, op) != 0)
		m = m->older;
	if (m == NULL)
		return;
	m->seq[1] = (uint64_t)json_integer_value(json_object_get(record,
	    "seq"));
	m->line[1] = pool_dupn(s->pool, line, n);
	m->whole = json_integer_value(json_object_get(record, "erased")) ==
	    json_integer_value(json_object_get(record, "n"));
	if (m->line[1] == NULL)
		s->failed = true;
}

static void
on_cp(struct cli_seek *s, const json_t *record)
{
	for (struct match *m = s->last; m != NULL; m = m->older)
		for (int i = 0; i < 2; i++) {
			if (m->line[i] == NULL || m->note[i] != NULL)
				continue;
			m->note[i] = pool_dup(s->pool,
			    text_of(record, "note"));
			if (m->note[i] == NULL)
				s->failed = true;
		}
}

void
cli_seek_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct cli_seek *s = ctx;
	json_t *record = json_loadb(line, n, 0, NULL);
	const char *type = text_of(record, "type");
	uint8_t leaf[32];

	(void)seq;
	merkle_leaf(line, n, leaf);
	buf_add(&s->leaves, leaf, sizeof(leaf));
	if (strcmp(type, "intent") == 0)
		on_intent(s, record, line, n);
	else if (strcmp(type, "done") == 0 || strcmp(type, "fail") == 0)
		on_outcome(s, record, line, n);
	else if (strcmp(type, "cp") == 0)
		on_cp(s, record);
	cli_keys_record(s->keys, record);
	json_decref(record);
}

/* The newest that took all its items; else the newest with an outcome. */
static const struct match *
choose(const struct cli_seek *s)
{
	const struct match *best = NULL;

	for (const struct match *m = s->last; m != NULL; m = m->older) {
		if (m->line[1] == NULL || m->note[1] == NULL)
			continue;
		if (m->whole)
			return m;
		if (best == NULL)
			best = m;
	}
	return best;
}

static int
prove(struct cli_seek *s, const struct match *m, int i, struct pool *p,
    struct receipt_record *ret, struct err *e)
{
	struct merklepath_leaves l = { .first = s->found.pruned,
		.frontier = cli_keys_frontier(s->keys),
		.leaf = (const uint8_t (*)[32])s->leaves.data,
		.n = s->leaves.n / 32 };
	const char *end = strstr(m->note[i], "\n\n");
	struct note_checkpoint cp;
	struct merklepath path;
	struct buf b = BUF_EMPTY;

	if (end == NULL || note_checkpoint_parse(m->note[i],
	    (size_t)(end - m->note[i]) + 1, &cp, e) == -1 ||
	    merklepath_make(&l, m->seq[i], cp.size, &path) == -1)
		return err_set(e, ERR_TRAIL, "the trail gives no proof of "
		    "its own record");
	proof_text(&path, m->note[i], strlen(m->note[i]), &b);
	ret->line = m->line[i];
	ret->proof = pool_dup(p, buf_text(&b));
	s->failed |= ret->proof == NULL || buf_failed(&b);
	buf_release(&b);
	return 0;
}

static int
say_none(const struct cli_seek *s, struct err *e)
{
	const struct cli_seek_found *f = &s->found;

	if (f->operations == 0)
		return err_set(e, ERR_REFUSED, "not erased, as far as this "
		    "trail goes: it has no operation of that dataset%s",
		    f->pruned != 0 ? ", and its beginning was cut away" : "");
	if (f->matches != 0)
		return err_set(e, ERR_REFUSED, "an operation meant to take "
		    "this item, but its outcome is not recorded and sealed "
		    "yet: try again after the next checkpoint");
	if (f->closed != 0)
		return err_set(e, ERR_REFUSED, "not found; but of %zu of the "
		    "%zu operations of that dataset the key was destroyed or "
		    "cannot be read, so they can no longer be opened",
		    f->closed, f->operations);
	return err_set(e, ERR_REFUSED, "not erased, as far as this trail "
	    "goes: the item is in none of the %zu operations of that "
	    "dataset%s", f->operations, f->pruned != 0 ?
	    " that were kept; the beginning of the trail was cut away" : "");
}

int
cli_seek_receipt(struct cli_seek *s, struct pool *p, struct receipt *ret,
    struct err *e)
{
	const struct match *m = choose(s);
	struct receipt r = { .part = s->want.part,
		.n_parts = s->want.n_parts };

	if (m == NULL && !s->failed)
		return say_none(s, e);
	if (!s->failed && !buf_failed(&s->leaves)) {
		r.store = m->store;
		r.object = m->object;
		memcpy(r.op, m->op, sizeof(r.op));
		memcpy(r.salt, m->salt, sizeof(r.salt));
		r.path = m->path;
		if (prove(s, m, 0, p, &r.intent, e) == -1 ||
		    prove(s, m, 1, p, &r.outcome, e) == -1 ||
		    cli_keys_chain(s->keys, p, &r, e) == -1)
			return -1;
	}
	if (s->failed || buf_failed(&s->leaves))
		return err_set(e, ERR_MEMORY, "no memory");
	*ret = r;
	return 0;
}
