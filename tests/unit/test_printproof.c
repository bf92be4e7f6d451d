/* Proves which matches are enough to take rows for old ones, and which never
 * are; to the millisecond. */
#include "parent/printproof.h"
#include "tap.h"

#define M PRINTPROOF_MATCHED
#define S (PRINTPROOF_MATCHED | PRINTPROOF_STRONG)
#define W (PRINTPROOF_MATCHED | PRINTPROOF_WEAK)
#define T PRINTPROOF_TWICE
#define MIN PRINTPROOF_SLACK_MS
#define AT (INT64_C(1700000000) * 1000)

static const struct {
	const char *what;
	struct printproof_row row[4];
	size_t n;
	bool proved, open, goes[4];
} cases[] = {
	{ "nothing", { { .t = AT } }, 1, false, false, { false } },
	{ "one that shows nothing", { { .t = AT, .flags = M } }, 1,
	    false, true, { false } },
	{ "many that show nothing, of many", {
	    { .t = AT, .flags = M }, { .t = AT, .flags = M, .person = 1 },
	    { .t = AT, .flags = M, .person = 2 } }, 3,
	    false, true, { false, false, false } },
	{ "a strong one", { { .t = AT, .flags = S } }, 1,
	    true, false, { true } },
	{ "and what went with it", {
	    { .t = AT - MIN, .flags = M }, { .t = AT, .flags = S } }, 2,
	    true, false, { true, true } },
	{ "what went before it may be new", {
	    { .t = AT - MIN - 1, .flags = M }, { .t = AT, .flags = S } }, 2,
	    true, true, { false, true } },
	{ "what went long after it is old, whoever's", {
	    { .t = AT + 9 * MIN, .flags = M, .person = 1 },
	    { .t = AT, .flags = S } }, 2, true, false, { true, true } },
	{ "the earliest strong one counts", {
	    { .t = AT, .flags = M, .person = 1 },
	    { .t = AT + 9 * MIN, .flags = S }, { .t = AT, .flags = S } }, 3,
	    true, false, { true, true, true } },
	{ "two alike, of which one may be new", {
	    { .t = AT, .flags = M | T }, { .t = AT, .flags = S } }, 2,
	    true, true, { false, true } },
	{ "two alike that are both old", { { .t = AT, .flags = S | T } }, 1,
	    true, false, { true } },
	{ "one filled in again", { { .t = AT, .flags = W } }, 1,
	    false, true, { false } },
	{ "two of one person", { { .t = AT, .flags = W },
	    { .t = AT, .flags = W } }, 2, false, true, { false, false } },
	{ "of two persons", { { .t = AT, .flags = W },
	    { .t = AT, .flags = W, .person = 1 } }, 2,
	    true, false, { true, true } },
	{ "as of the later of two", { { .t = AT, .flags = W },
	    { .t = AT + MIN + 1, .flags = W, .person = 1 } }, 2,
	    true, true, { false, true } },
	{ "of three, as of the second", { { .t = AT + 3, .flags = W },
	    { .t = AT + 9 * MIN, .flags = W, .person = 1 },
	    { .t = AT, .flags = W, .person = 2 } }, 3,
	    true, false, { true, true, true } },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct printproof_row row[4];
		bool back[3] = { true, true, true };
		struct printproof p;
		bool same = true;
		size_t persons = 0;

		for (size_t k = 0; k < 4; k++)
			row[k] = cases[i].row[k];
		p = printproof_judge(row, cases[i].n, back, 3);
		for (size_t k = 0; k < cases[i].n; k++) {
			same = same && row[k].goes == cases[i].goes[k];
			same = same && (!row[k].goes || back[row[k].person]);
		}
		for (size_t k = 0; k < 3; k++)
			persons += back[k];
		ok(p.proved == cases[i].proved && p.open == cases[i].open &&
		    same && persons == p.persons, "%s", cases[i].what);
	}
	return tap_done();
}
