/* ledger_request: requests and their outcomes are there after reopening. */
#include "retention/ledger_request.h"
#include "retention/ledger_erasure.h"
#include "retention/ledger_print.h"

#include <stdlib.h>
#include <string.h>

#include "retention/ledger.h"

#include "tap.h"

static char state[] = "/tmp/request-test-XXXXXX";

struct seen {
	char order[8][LEDGER_REQUEST_ID];
	size_t n;
	uint64_t rows;
};

static void
see(void *ctx, const struct ledger_request *r)
{
	struct seen *s = ctx;

	memcpy(s->order[s->n++], r->id, sizeof(r->id));
}

static void
add(void *ctx, const struct ledger_outcome *o)
{
	struct seen *s = ctx;

	s->rows += o->rows;
	s->n++;
}

static struct ledger_request
made(const char *id, int64_t due)
{
	struct ledger_request r = { .what = "copy", .state = "open",
		.received.ms = 5, .due.ms = due, .made.ms = 6, .uid = 1000,
		.user = "clerk", .n_persons = 2 };

	(void)snprintf(r.id, sizeof(r.id), "%s", id);
	for (size_t i = 0; i < r.n_persons; i++) {
		(void)snprintf(r.person[i].kind, sizeof(r.person[i].kind),
		    "%s", i == 0 ? "email" : "nhs_number");
		memset(r.person[i].hash, (int)(0x40 + i), 32);
	}
	return r;
}

static void
test_outcomes(struct ledger *l)
{
	struct ledger_outcome o = { .dataset = "n/d", .store = "n/s",
		.state = "found", .rows = 3 };
	struct seen seen = { .n = 0 };
	struct err e = ERR_EMPTY;

	ok(ledger_request_outcome(l, "a1", &o, &e) == 0, "an outcome: %s", e.text);
	o.rows = 4;
	ok(ledger_request_outcome(l, "a1", &o, &e) == 0, "again: %s", e.text);
	(void)snprintf(o.dataset, sizeof(o.dataset), "n/e");
	ok(ledger_request_outcome(l, "a1", &o, &e) == 0 &&
	    ledger_request_outcome(l, "b2", &o, &e) == 0, "others: %s", e.text);
	ok(ledger_request_outcomes(l, "a1", &seen, add, &e) == 0 && seen.n == 2 &&
	    seen.rows == 8, "each once, the last word counts, and those of "
	    "another request are not among them");
}

struct open_ones {
	struct ledger_erasure r[4];
	size_t n;
};

static void
see_erasure(void *ctx, const struct ledger_erasure *r)
{
	struct open_ones *o = ctx;

	o->r[o->n++] = *r;
}

/* Over one file of a store, or all of it; and again under the same id. */
static void
test_erasure_file(struct ledger *l)
{
	struct ledger_erasure one = { .id = "e1", .what = "restored",
		.made.ms = 1, .has_file = true, .file = { 7, [15] = 9 } };
	struct ledger_erasure all = { .id = "e2", .what = "restored",
		.made.ms = 2 };
	struct ledger_erasure_new n = { .erasure = &one };
	struct open_ones o = { .n = 0 };
	struct err e = ERR_EMPTY;

	ok(ledger_erasure_add(l, &n, &e) == 0, "one file: %s", e.text);
	n.erasure = &all;
	ok(ledger_erasure_add(l, &n, &e) == 0, "all files: %s", e.text);
	ok(ledger_erasure_each(l, &o, see_erasure, &e) == 0 && o.n == 2 &&
	    o.r[0].has_file && memcmp(o.r[0].file, one.file, 16) == 0 &&
	    !o.r[1].has_file, "each with its file");
	ok(ledger_erasure_end(l, "e1", (struct wall){ 3 }, &e) == 0, "ended");
	one.has_file = false;
	n.erasure = &one;
	o.n = 0;
	ok(ledger_erasure_add(l, &n, &e) == 0 &&
	    ledger_erasure_each(l, &o, see_erasure, &e) == 0 && o.n == 2 &&
	    !o.r[0].has_file && !o.r[1].has_file,
	    "begun again, over all of it");
}

struct seen_prints {
	size_t n;
	struct ledger_print first;
	char dataset[64];
};

static void
see_print(void *ctx, const struct ledger_print *p)
{
	struct seen_prints *o = ctx;

	if (o->n++ == 0) {
		o->first = *p;
		(void)snprintf(o->dataset, sizeof(o->dataset), "%s",
		    p->dataset);
	}
}

static void
count_print(void *ctx, const struct ledger_print *p)
{
	*(size_t *)ctx += p->print[0] == 0xaa;
}

static size_t
prints_of(struct ledger *l, const uint8_t file[PRINT_FILE_BYTES],
    struct seen_prints *ret)
{
	struct err e = ERR_EMPTY;

	*ret = (struct seen_prints){ .n = 0 };
	ok(ledger_print_each(l, "n/s", file,
	    &(struct ledger_print_sink){ ret, see_print }, &e) == 0,
	    "prints are listed: %s", e.text);
	return ret->n;
}

/* Of persons who are suppressed, and for as long as they are. */
static void
test_prints(struct ledger *l)
{
	const struct ledger_wanted ann = { .kind = "email", .hash = { 1 } };
	struct ledger_erasure row = { .id = "p1", .what = "request",
		.made.ms = 1000 };
	struct ledger_erasure_new n = { .erasure = &row, .persons = &ann,
		.n_persons = 1, .suppress_until.ms = 5000 };
	const uint8_t file[PRINT_FILE_BYTES] = { 3 },
	    other[PRINT_FILE_BYTES] = { 4 };
	struct ledger_print p[2] = { { .store = "n/s", .dataset = "n/d",
		.kind = "email", .file = { 3 }, .hash = { 1 },
		.print = { 0xaa }, .at.ms = 2000 } };
	struct seen_prints seen;
	struct err e = ERR_EMPTY;

	ok(ledger_erasure_add(l, &n, &e) == 0, "suppressed: %s", e.text);
	p[1] = p[0];
	p[1].hash[0] = 2;
	ok(ledger_print_add(l, p, 2, &e) == 0 && prints_of(l, file,
	    &seen) == 1 && seen.first.hash[0] == 1 && seen.first.at.ms == 2000
	    && seen.first.print[0] == 0xaa && strcmp(seen.dataset, "n/d") == 0,
	    "of whom is not suppressed none is kept: %s", e.text);
	ok(prints_of(l, other, &seen) == 0, "nor of another file");
	p[0].at.ms = 3000;
	ok(ledger_print_add(l, p, 1, &e) == 0 && prints_of(l, file,
	    &seen) == 1 && seen.first.at.ms == 3000, "the later time counts");
	p[0].at.ms = 2500;
	ok(ledger_print_add(l, p, 1, &e) == 0 && prints_of(l, file,
	    &seen) == 1 && seen.first.at.ms == 3000, "whatever comes after");
	for (int i = 0; i < PRINT_MOST + 9; i++) {
		p[0].print[1] = (uint8_t)i;
		ok(ledger_print_add(l, p, 1, &e) == 0, "%s", e.text);
	}
	ok(prints_of(l, file, &seen) == PRINT_MOST, "no more than %d of one",
	    PRINT_MOST);
	ok(ledger_erasure_expire(l, (struct wall){ 4999 }, &e) == 0 &&
	    prints_of(l, file, &seen) == PRINT_MOST, "the second before");
	ok(ledger_erasure_expire(l, (struct wall){ 5000 }, &e) == 1 &&
	    prints_of(l, file, &seen) == 0, "they go with the suppression");
	ok(ledger_erasure_end(l, "p1", (struct wall){ 9 }, &e) == 0, "ended");
}

/* A request that is narrowed to prints is so for good. */
static void
test_narrowed(struct ledger *l)
{
	struct ledger_erasure one = { .id = "p2", .what = "restored",
		.made.ms = 9, .printed = true };
	const struct ledger_erasure_print prints[] = {
		{ "n/d", { 0xaa } }, { "n/e", { 0xaa } }, { "n/d", { 0xbb } } };
	struct ledger_erasure_new n = { .erasure = &one, .n_prints = 3,
		.prints = prints };
	struct open_ones o = { .n = 0 };
	struct err e = ERR_EMPTY;
	size_t k = 0;
	const struct ledger_print_sink count = { &k, count_print };

	ok(ledger_erasure_add(l, &n, &e) == 0 &&
	    ledger_erasure_each(l, &o, see_erasure, &e) == 0, "%s", e.text);
	ok(o.n == 3 && o.r[2].printed && !o.r[0].printed && !o.r[1].printed,
	    "it is, others are not");
	ok(ledger_print_of_erasure(l, "p2", "n/d", &count, &e) == 0 &&
	    k == 1, "what of a dataset goes");
	ok(ledger_erasure_end(l, "p2", (struct wall){ 3 }, &e) == 0, "ended");
	k = 0;
	ok(ledger_print_of_erasure(l, "p2", "n/d", &count, &e) == 0 &&
	    k == 0, "and with it they go");
}

int
main(void)
{
	struct ledger_request a = made("a1", 50), b = made("b2", 20), got;
	struct ledger *l = NULL;
	struct seen seen = { .n = 0 };
	struct err e = ERR_EMPTY;

	ok(mkdtemp(state) != NULL && ledger_open(state, &l, &e) == 0, "opens");
	ok(ledger_request_get(l, "a1", &got, &e) == 0, "not there yet");
	ok(ledger_request_put(l, &a, &e) == 0 &&
	    ledger_request_put(l, &b, &e) == 0, "two requests: %s", e.text);
	ledger_close(l);
	l = NULL;
	ok(ledger_open(state, &l, &e) == 0, "reopens: %s", e.text);
	ok(ledger_request_get(l, "a1", &got, &e) == 1 && got.due.ms == 50 &&
	    got.received.ms == 5 && got.closed.ms == 0 && got.uid == 1000 &&
	    strcmp(got.what, "copy") == 0 && got.n_persons == 2 &&
	    strcmp(got.person[1].kind, "nhs_number") == 0 &&
	    got.person[1].hash[31] == 0x41, "what was put is there");
	ok(ledger_request_each(l, false, &seen, see, &e) == 0 && seen.n == 2 &&
	    strcmp(seen.order[0], "b2") == 0, "the most pressing one first");
	b.closed.ms = 99;
	(void)snprintf(b.state, sizeof(b.state), "done");
	ok(ledger_request_put(l, &b, &e) == 0, "one is closed: %s", e.text);
	seen.n = 0;
	ok(ledger_request_each(l, false, &seen, see, &e) == 0 && seen.n == 1 &&
	    strcmp(seen.order[0], "a1") == 0, "and not open any more");
	seen.n = 0;
	ok(ledger_request_each(l, true, &seen, see, &e) == 0 && seen.n == 2 &&
	    strcmp(seen.order[1], "b2") == 0, "but never removed");
	test_outcomes(l);
	test_erasure_file(l);
	test_prints(l);
	test_narrowed(l);
	ledger_close(l);
	return tap_done();
}
