#include "retention/conflict.h"

#include <strings.h>

static bool
same_table(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcasecmp(a, b) == 0;
}

static bool
columns_meet(const struct rule_column *a, size_t n_a,
    const struct rule_column *b, size_t n_b)
{
	for (size_t i = 0; i < n_a; i++)
		for (size_t j = 0; j < n_b; j++)
			if (strcasecmp(a[i].name, b[j].name) == 0)
				return true;
	return false;
}

static bool
set_meets(const struct rule_dataset *a, const struct rule_dataset *b)
{
	for (size_t i = 0; i < a->n_set; i++) {
		struct rule_column c = { .name = a->set[i].column };

		if (columns_meet(&c, 1, b->columns, b->n_columns))
			return true;
		for (size_t j = 0; j < b->n_set; j++)
			if (strcasecmp(c.name, b->set[j].column) == 0)
				return true;
	}
	return false;
}

/* Does what a does to some child table touch what b does to it?  Child rows
 * that are deleted (no columns) touch everything. */
static bool
child_meets(const struct rule_child *a, const struct rule_child *b, size_t n_b)
{
	for (size_t i = 0; i < n_b; i++) {
		if (same_table(a->table, b[i].table) &&
		    (a->n_columns == 0 || b[i].n_columns == 0 ||
		    columns_meet(a->columns, a->n_columns, b[i].columns,
		    b[i].n_columns)))
			return true;
		if (child_meets(a, b[i].children, b[i].n_children))
			return true;
	}
	return false;
}

static bool
children_meet(const struct rule_child *a, size_t n_a,
    const struct rule_dataset *b)
{
	for (size_t i = 0; i < n_a; i++)
		if (child_meets(&a[i], b->children, b->n_children) ||
		    children_meet(a[i].children, a[i].n_children, b))
			return true;
	return false;
}

bool
conflict_rivals(const struct rule_dataset *a, const struct rule_dataset *b)
{
	bool a_columns = a->action == RULE_ANONYMISE;
	bool b_columns = b->action == RULE_ANONYMISE;

	if (a == b || !same_table(a->table, b->table))
		return false;
	if (b->timing.keep == RULE_INDEFINITELY)
		return true;
	if (!a_columns || !b_columns)
		return a_columns == b_columns;
	/* Masks of log lines are not told apart: one line, one rewriting. */
	if (a->n_columns + a->n_set + a->n_children == 0 ||
	    b->n_columns + b->n_set + b->n_children == 0)
		return true;
	return columns_meet(a->columns, a->n_columns, b->columns,
	    b->n_columns) || set_meets(a, b) || set_meets(b, a) ||
	    children_meet(a->children, a->n_children, b);
}
