/* receiptkit - a small trail in memory, over a change of key, and a receipt
 * for one of the items of its one operation. */
#ifndef TESTS_RECEIPTKIT_H
#define TESTS_RECEIPTKIT_H

#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/commitopen.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/key.h"
#include "retention/merkle.h"
#include "retention/proof.h"
#include "retention/receipt.h"
#include "retention/record.h"

#include "tap.h"

#define ITEMS 5
#define ORIGIN "host1.example.org"

struct rkit {
	char state[2][64];
	struct key *key[2];
	char vkey[2][NOTE_VKEY_BYTES];
	uint8_t leaf[16][32];
	size_t n;
	struct buf line[16], note[2], proof[2];
	uint8_t op[16], salt[32];
	struct merklepath path;
	struct receipt_key keys[2];
	const char *part[1];
	struct receipt r;
};

static inline int
rkit_remove(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st, (void)kind, (void)f;
	return remove(path);
}

static inline void
rkit_key(struct rkit *k, int i)
{
	struct err e = ERR_EMPTY;
	bool made;

	memcpy(k->state[i], "/tmp/receipt-test-XXXXXX", 25);
	if (mkdtemp(k->state[i]) == NULL ||
	    key_init(k->state[i], &made, &e) == -1 ||
	    key_load(k->state[i], ORIGIN, &k->key[i], &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	note_key_text(key_public(k->key[i]), k->vkey[i]);
}

static inline void
rkit_line(struct rkit *k, int ep, const char *type, const char *payload)
{
	struct buf *b = &k->line[k->n];
	char prev[65];

	hex_text(k->n != 0 ? k->leaf[k->n - 1] : (const uint8_t[32]){ 0 }, 32,
	    prev);
	buf_reset(b);
	buf_putf(b, "{\"v\":1,\"seq\":%zu,\"ep\":%d,\"t\":"
	    "\"2026-11-22T10:00:0%zu.000Z\",\"prev\":\"%s\",\"type\":\"%s\"%s}",
	    k->n, ep, k->n, prev, type, payload);
	merkle_leaf(b->data, b->n, k->leaf[k->n++]);
}

/* A checkpoint over all records so far, by the keys from..to. */
static inline void
rkit_seal(struct rkit *k, int ep, int to)
{
	struct note_checkpoint cp = { .origin = ORIGIN, .size = k->n };
	struct merkle m = MERKLE_EMPTY;
	struct buf *b = &k->note[ep], payload = BUF_EMPTY;
	struct jsonw w = JSONW(&payload);
	uint8_t sig[64];
	struct err e;
	size_t n;

	for (size_t i = 0; i < k->n; i++)
		merkle_add(&m, k->leaf[i]);
	merkle_root(&m, cp.root);
	buf_reset(b);
	(void)note_checkpoint_text(&cp, b);
	n = b->n;
	for (int i = ep; i <= to; i++) {
		(void)key_sign(k->key[i], b->data, n, sig, &e);
		note_add_signature(b, i == ep, key_public(k->key[i]), sig);
	}
	w.comma = true;
	jsonw_text(&w, "note", buf_text(b));
	if (to > ep)
		jsonw_bool(&w, "final", true);
	rkit_line(k, ep, "cp", buf_text(&payload));
	buf_release(&payload);
}

/* Five items, "key-0" and so on; the receipt is for "key-3". */
static inline void
rkit_intent(struct rkit *k)
{
	struct commit_op op = { .op = { 7 }, .key = { 9 } };
	uint8_t c[ITEMS][COMMIT_BYTES], mine[COMMIT_BYTES], root[32];
	uint8_t leaf[ITEMS][32], policy[32] = { 1 };
	struct merklepath_leaves l = { .leaf = (const uint8_t (*)[32])leaf,
		.n = ITEMS };
	struct record_intent in = { .op = op.op, .dataset = "notice/data",
		.action = "delete", .store = "notice/site", .object = "rows",
		.basis = "period 2 years", .policy = policy, .n = ITEMS,
		.cutoff.ms = 1790000000000, .croot = root,
		.c = (const uint8_t (*)[COMMIT_BYTES])c };
	struct buf b = BUF_EMPTY;

	for (int i = 0; i < ITEMS; i++) {
		char key[16];
		struct commitopen_item item = { "notice/site", "rows", key,
			(size_t)snprintf(key, sizeof(key), "key-%d", i) };
		uint8_t salt[32];

		(void)commitopen_salt(&op, &item, salt);
		(void)commitopen_c(salt, &item, c[i]);
		if (i == 3) {
			memcpy(mine, c[i], sizeof(mine));
			memcpy(k->salt, salt, sizeof(salt));
		}
	}
	commit_root(c, ITEMS, root);
	for (int i = 0; i < ITEMS; i++)
		merkle_leaf(c[i], COMMIT_BYTES, leaf[i]);
	(void)merklepath_make(&l, (uint64_t)commit_find(in.c, ITEMS, mine),
	    ITEMS, &k->path);
	memcpy(k->op, op.op, sizeof(k->op));
	record_intent(&b, &in);
	rkit_line(k, 0, "intent", buf_text(&b));
	buf_release(&b);
}

static inline void
rkit_prove(struct rkit *k, int which, uint64_t index, int ep)
{
	struct merklepath_leaves l = { .leaf = (const uint8_t (*)[32])k->leaf,
		.n = k->n };
	const char *at = strchr(buf_text(&k->note[ep]), '\n') + 1;
	struct merklepath p;

	if (merklepath_make(&l, index, strtoull(at, NULL, 10), &p) == -1)
		printf("# no path\n");
	buf_reset(&k->proof[which]);
	proof_text(&p, k->note[ep].data, k->note[ep].n, &k->proof[which]);
}

/* genesis intent rotate cp(final) outcome cp; the receipt in k->r. */
static inline void
rkit_make(struct rkit *k, const struct record_outcome *out, bool done)
{
	struct record_outcome o = *out;
	struct buf b = BUF_EMPTY;

	*k = (struct rkit){ .n = 0 };
	rkit_key(k, 0);
	rkit_key(k, 1);
	rkit_line(k, 0, "genesis", "");
	rkit_intent(k);
	rkit_line(k, 0, "rotate", "");
	rkit_seal(k, 0, 1);
	o.op = k->op;
	(done ? record_done : record_fail)(&b, &o);
	rkit_line(k, 1, done ? "done" : "fail", buf_text(&b));
	buf_release(&b);
	rkit_seal(k, 1, 1);
	rkit_prove(k, 0, 1, 0);
	rkit_prove(k, 1, 4, 1);
	k->part[0] = "key-3";
	k->keys[0] = (struct receipt_key){ 0, k->vkey[0], NULL };
	k->keys[1] = (struct receipt_key){ 1, k->vkey[1],
		buf_text(&k->note[0]) };
	k->r = (struct receipt){ .store = "notice/site", .object = "rows",
		.n_parts = 1, .part = k->part, .path = k->path, .n_keys = 2,
		.keys = k->keys,
		.intent = { buf_text(&k->line[1]), buf_text(&k->proof[0]) },
		.outcome = { buf_text(&k->line[4]), buf_text(&k->proof[1]) } };
	memcpy(k->r.op, k->op, sizeof(k->op));
	memcpy(k->r.salt, k->salt, sizeof(k->salt));
}

static inline void
rkit_drop(struct rkit *k)
{
	for (int i = 0; i < 2; i++) {
		key_free(k->key[i]);
		buf_release(&k->note[i]);
		buf_release(&k->proof[i]);
		(void)nftw(k->state[i], rkit_remove, 8, FTW_DEPTH | FTW_PHYS);
	}
	for (size_t i = 0; i < 16; i++)
		buf_release(&k->line[i]);
}

#endif
