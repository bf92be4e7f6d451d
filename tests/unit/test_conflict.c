/* conflict: the longest retention wins, within whole rows and within columns,
 * and what is kept for ever stands in the way of everything on its table. */
#include "retention/conflict.h"

#include "tap.h"

static const struct rule_column email[] = { { .name = "email" } };
static const struct rule_column EMAIL[] = { { .name = "EMail" } };
static const struct rule_column phone[] = { { .name = "phone" } };
static const struct rule_value phone_set[] = { { .column = "PHONE" } };
static const struct rule_child reply = { .table = "reply", .column = "of" };
static const struct rule_child reply_email = { .table = "Reply", .column = "of",
	.n_columns = 1, .columns = email };
static const struct rule_child reply_phone = { .table = "reply", .column = "of",
	.n_columns = 1, .columns = phone };
static const struct rule_child nested = { .table = "other", .column = "of",
	.n_columns = 1, .columns = phone, .n_children = 1,
	.children = &reply_email };

enum who { ROW, ROW2, OTHER, FOREVER, MAIL, MAIL2, TEL, TELSET, DESTROY,
	DESTROY2, MAILCHILD, MAILTEL, TELNEST, TELDEL, MASK, MASK2, N_WHO };

static const struct rule_dataset set[N_WHO] = {
	[ROW] = { .table = "person", .action = RULE_DELETE },
	[ROW2] = { .table = "Person", .action = RULE_DELETE },
	[OTHER] = { .table = "order", .action = RULE_DELETE },
	[FOREVER] = { .table = "person", .action = RULE_DELETE,
		.timing = { .keep = RULE_INDEFINITELY } },
	[MAIL] = { .table = "person", .action = RULE_ANONYMISE, .n_columns = 1,
		.columns = email },
	[MAIL2] = { .table = "PERSON", .action = RULE_ANONYMISE, .n_columns = 1,
		.columns = EMAIL },
	[TEL] = { .table = "person", .action = RULE_ANONYMISE, .n_columns = 1,
		.columns = phone },
	[TELSET] = { .table = "person", .action = RULE_ANONYMISE, .n_columns = 1,
		.columns = email, .n_set = 1, .set = phone_set },
	[DESTROY] = { .action = RULE_DESTROY },
	[DESTROY2] = { .action = RULE_DESTROY },
	[MAILCHILD] = { .table = "person", .action = RULE_ANONYMISE,
		.n_columns = 1, .columns = email, .n_children = 1,
		.children = &reply_email },
	[MAILTEL] = { .table = "person", .action = RULE_ANONYMISE,
		.n_columns = 1, .columns = email, .n_children = 1,
		.children = &reply_phone },
	[TELNEST] = { .table = "person", .action = RULE_ANONYMISE,
		.n_columns = 1, .columns = phone, .n_children = 1,
		.children = &nested },
	[TELDEL] = { .table = "person", .action = RULE_ANONYMISE,
		.n_columns = 1, .columns = phone, .n_children = 1,
		.children = &reply },
	[MASK] = { .action = RULE_ANONYMISE }, [MASK2] = { .action = RULE_ANONYMISE },
};

static const struct {
	enum who a, b;
	bool rivals;
	const char *what;
} cases[] = {
	{ ROW, ROW2, true, "two deletions of one table, in any case" },
	{ ROW, ROW, false, "nobody is its own rival" },
	{ ROW, OTHER, false, "another table" },
	{ ROW, FOREVER, true, "kept for ever keeps from deletion" },
	{ MAIL, FOREVER, true, "kept for ever keeps from anonymising" },
	{ OTHER, FOREVER, false, "kept for ever is of its own table" },
	{ MAIL, ROW, false, "deletion later does not keep a detail" },
	{ ROW, MAIL, false, "a detail does not keep its row" },
	{ MAIL, MAIL2, true, "one column, two rules" },
	{ MAIL, TEL, false, "two columns" },
	{ TEL, TELSET, true, "a column and a plain value for it" },
	{ TELSET, TEL, true, "and the other way round" },
	{ DESTROY, DESTROY2, true, "two destructions of one store" },
	{ DESTROY, ROW, false, "a destruction and a table" },
	{ MAILCHILD, TELNEST, true, "one column of one child, nested" },
	{ TELNEST, MAILCHILD, true, "nested, the other way round" },
	{ MAILTEL, TELNEST, false, "another column of the child" },
	{ TELDEL, MAILTEL, true, "a child row deleted that another rule keeps" },
	{ MASK, MASK2, true, "two rules that rewrite the same lines" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(conflict_rivals(&set[cases[i].a], &set[cases[i].b]) ==
		    cases[i].rivals, "%s", cases[i].what);
	return tap_done();
}
