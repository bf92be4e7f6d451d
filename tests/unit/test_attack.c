/* attack: each way to change a finished trail gives the verdict it must. */
#include "attackkit.h"

static void none(struct attack *a) { (void)a; }
static void edited(struct attack *a) { replace(a, 1, "test", "tesu"); }
static void deleted(struct attack *a) { remove_line(a, 3); }
static void renumbered(struct attack *a) { remove_line(a, 3); rechain(a, NULL); }
static void cp_removed(struct attack *a) { remove_line(a, 4); rechain(a, NULL); }
static void duplicated(struct attack *a) { insert(a, 3, a->line[3]); }
static void inserted(struct attack *a) { insert(a, 2, a->line[1]); rechain(a, NULL); }
static void no_genesis(struct attack *a) { remove_line(a, 0); }
static void cut(struct attack *a) { keep(a, a->n - 1); }
static void garbage(struct attack *a) { insert(a, a->n, "{}"); }
static void crlf(struct attack *a) { replace(a, 5, "}", "}\r"); }
static void newer(struct attack *a) { replace(a, 1, "\"v\":1", "\"v\":2"); }
static void no_file(struct attack *a) { (void)unlink(path_of(a, "checkpoint")); }
static void no_items(struct attack *a) { (void)unlink(path_of(a, ITEMS)); }

static void
swapped(struct attack *a)
{
	char *held = a->line[2];

	a->line[2] = a->line[3];
	a->line[3] = held;
}

static void
cp_flipped(struct attack *a)
{
	char *last = strrchr(a->line[4], '=');

	last[-9] = last[-9] == 'A' ? 'B' : 'A';
	rechain(a, NULL);
}

static void
cp_stripped(struct attack *a)
{
	char *dash = strstr(a->line[4], "\\u2014");

	memcpy(dash, "\"}", 3);
	rechain(a, NULL);
}

static void
edited_chained(struct attack *a)
{
	edited(a);
	rechain(a, NULL);
	no_file(a);		/* only the seals in the records are left */
}

static void
other_key(struct attack *a)
{
	struct kit stranger;

	kit_make(&stranger);
	replace(a, 1, "test", "tesu");
	rechain(a, stranger.key);
	kit_drop(&stranger);
}

/* The stated limit: the holder of the key may write what it likes ... */
static void
own_key(struct attack *a)
{
	replace(a, 1, "test", "tesu");
	rechain(a, a->k.key);
}

/* ... unless a copy of a note was kept. */
static void
own_key_anchor(struct attack *a)
{
	struct buf b = BUF_EMPTY;
	struct err e;

	(void)fd_read_file(path_of(a, "checkpoint"), 4096, &b, &e);
	(void)mkdir(path_of(a, "anchor"), 0700);
	put_file(a, "anchor/9.note", b.data, b.n);
	buf_release(&b);
	own_key(a);
}

static void
anchor_kept(struct attack *a)
{
	own_key_anchor(a);
	replace(a, 1, "tesu", "test");
	rechain(a, a->k.key);
}

static void
cut_far(struct attack *a)
{
	keep(a, 5);
	rechain(a, a->k.key);	/* leaves the older note beside it */
}

static void
cut_far_anchor(struct attack *a)
{
	own_key_anchor(a);
	replace(a, 1, "tesu", "test");
	cut_far(a);
}

static void
signed_wrong_sum(struct attack *a)
{
	replace(a, 3, "\"erased\":2", "\"erased\":3");
	rechain(a, a->k.key);
}

static void
signed_second_outcome(struct attack *a)
{
	insert(a, 4, a->line[3]);
	rechain(a, a->k.key);
}

static void
signed_no_intent(struct attack *a)
{
	remove_line(a, 2);
	rechain(a, a->k.key);
}

static void
signed_op_again(struct attack *a)
{
	insert(a, 4, a->line[2]);
	insert(a, 5, a->line[3]);
	rechain(a, a->k.key);
}

static void
signed_time_back(struct attack *a)
{
	replace(a, 3, "\"t\":\"2026", "\"t\":\"2025");
	rechain(a, a->k.key);
}

static void
signed_no_commitment(struct attack *a)
{
	replace(a, 2, "\"n\":2", "\"n\":1");
	replace(a, 3, "\"n\":2", "\"n\":1");
	replace(a, 3, "\"erased\":2", "\"erased\":1");
	rechain(a, a->k.key);
}

static void
signed_open_end(struct attack *a)
{
	remove_line(a, 6);
	rechain(a, a->k.key);
}

static void
signed_items_gone(struct attack *a)
{
	put_file(a, ITEMS, "x", 1);
}

static void
items_altered(struct attack *a)
{
	struct buf b = BUF_EMPTY;
	struct err e;

	(void)fd_read_file(path_of(a, ITEMS), 4096, &b, &e);
	b.data[100] = (char)(b.data[100] ^ 1);
	put_file(a, ITEMS, b.data, b.n);
	buf_release(&b);
}

static void
grafted(struct attack *a)
{
	struct attack b;
	struct buf bytes = BUF_EMPTY;
	struct err e;

	make(&b);
	(void)fd_read_file(path_of(&b, "checkpoint"), 4096, &bytes, &e);
	put_file(a, "checkpoint", bytes.data, bytes.n);
	buf_release(&bytes);
	drop(&b);
}

static void
all_gone(struct attack *a)
{
	keep(a, 0);
	no_file(a);
}

static void
last_edited(struct attack *a)
{
	keep(a, 9);
	replace(a, 8, "test", "tesu");
	no_file(a);
}

static void
unsealed_edited(struct attack *a)
{
	keep(a, 7);
	replace(a, 5, "period 2", "period 1");
	no_file(a);
}

static void
split_badly(struct attack *a)
{
	struct buf b = BUF_EMPTY;

	for (size_t i = 6; i < a->n; i++)
		buf_putf(&b, "%s\n", a->line[i]);
	put_file(a, "log/000000000000000005.jsonl", b.data, b.n);
	buf_release(&b);
	keep(a, 6);
}

static const struct {
	const char *what;
	void (*change)(struct attack *a);
	enum verify_verdict verdict;
} rows[] = {
	{ "1 untouched", none, VERIFY_VALID },
	{ "1 with an anchor", anchor_kept, VERIFY_VALID },
	{ "2 edited", edited, VERIFY_TAMPERED },
	{ "2 edited, chained anew", edited_chained, VERIFY_TAMPERED },
	{ "3 deleted", deleted, VERIFY_TAMPERED },
	{ "4 deleted, chained anew", renumbered, VERIFY_TAMPERED },
	{ "5 swapped", swapped, VERIFY_TAMPERED },
	{ "6 duplicated", duplicated, VERIFY_TAMPERED },
	{ "7 inserted, chained anew", inserted, VERIFY_TAMPERED },
	{ "8 cp removed, chained anew", cp_removed, VERIFY_TAMPERED },
	{ "9 cp bit flipped", cp_flipped, VERIFY_TAMPERED },
	{ "9 cp without signatures", cp_stripped, VERIFY_TAMPERED },
	{ "10 signed by another key", other_key, VERIFY_TAMPERED },
	{ "13 by the key's holder", own_key, VERIFY_VALID },
	{ "14 the same, with an anchor", own_key_anchor, VERIFY_TAMPERED },
	{ "15 cut at a record", cut, VERIFY_INCOMPLETE },
	{ "16 cut back to a cp", cut_far, VERIFY_INCOMPLETE },
	{ "17 the same, with an anchor", cut_far_anchor, VERIFY_TAMPERED },
	{ "20 a garbage line", garbage, VERIFY_TAMPERED },
	{ "21 intent without outcome", signed_open_end, VERIFY_INCOMPLETE },
	{ "22 outcome without intent", signed_no_intent, VERIFY_TAMPERED },
	{ "22 second outcome", signed_second_outcome, VERIFY_TAMPERED },
	{ "22 operation used again", signed_op_again, VERIFY_TAMPERED },
	{ "22 sums do not agree", signed_wrong_sum, VERIFY_TAMPERED },
	{ "22 commitments not n", signed_no_commitment, VERIFY_TAMPERED },
	{ "23 time runs backwards", signed_time_back, VERIFY_TAMPERED },
	{ "26 cp of another trail", grafted, VERIFY_TAMPERED },
	{ "27 CRLF", crlf, VERIFY_TAMPERED },
	{ "28 first record missing", no_genesis, VERIFY_TAMPERED },
	{ "28 segment under a wrong name", split_badly, VERIFY_TAMPERED },
	{ "29 all gone", all_gone, VERIFY_UNVERIFIABLE },
	{ "30 unknown version", newer, VERIFY_UNVERIFIABLE },
	{ "34 last unsealed edited", last_edited, VERIFY_INCOMPLETE },
	{ "34 unsealed, not the last", unsealed_edited, VERIFY_TAMPERED },
	{ "36 items altered", items_altered, VERIFY_TAMPERED },
	{ "36 items cut short", signed_items_gone, VERIFY_TAMPERED },
	{ "36 items missing", no_items, VERIFY_UNVERIFIABLE },
	{ "checkpoint file missing", no_file, VERIFY_VALID },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct attack a;
		enum verify_verdict v;

		make(&a);
		rows[i].change(&a);
		put_back(&a);
		v = kit_verify(&a.k, NULL, 0);
		ok(v == rows[i].verdict, "%s: %s: %s", rows[i].what,
		    verify_verdict_name(v), a.k.why);
		drop(&a);
	}
}

static void
test_stale(void)
{
	struct attack a;

	make(&a);
	a.k.ms += 1000;
	ok(kit_verify(&a.k, NULL, 1000) == VERIFY_VALID, "35 old enough still");
	a.k.ms += 1;
	ok(kit_verify(&a.k, NULL, 1000) == VERIFY_INCOMPLETE, "35 too old: %s",
	    a.k.why);
	ok(kit_verify(&a.k, "", 0) == VERIFY_UNVERIFIABLE, "32 no pin: %s",
	    a.k.why);
	drop(&a);
}

int
main(void)
{
	test_rows();
	test_stale();
	return tap_done();
}
