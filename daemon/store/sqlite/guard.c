/*
 * guard - the authorizer of every statement on a store's connection.
 *
 * Policies hold SQL conditions; what they may read and call is decided here,
 * by SQLite's own parser, and not by looking at their text.
 */
#include "guard.h"

#include <strings.h>

/* Pure functions of their arguments; nothing that reads files, the
 * connection's state or chance. */
static const char *const functions[] = {
	"abs", "avg", "ceil", "ceiling", "char", "coalesce", "count", "date",
	"datetime", "floor", "format", "glob", "hex", "ifnull", "iif", "instr",
	"json_extract", "json_type", "json_valid", "julianday", "length",
	"like", "likely", "lower", "ltrim", "max", "min", "mod", "nullif",
	"printf", "quote", "replace", "round", "rtrim", "sign", "strftime",
	"substr", "substring", "sum", "time", "total", "trim", "trunc",
	"typeof", "unicode", "unixepoch", "unlikely", "upper", "->", "->>",
	"retention_instant", "retention_anon", "retention_gate",
	"retention_person",
	"retention_wanted",
};

static bool
function_known(const char *name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (strcasecmp(functions[i], name) == 0)
			return true;
	return false;
}

bool
guard_lets(const struct guard *g, const char *table)
{
	for (size_t i = 0; i < g->n_tables; i++)
		if (strcasecmp(g->tables[i], table) == 0)
			return true;
	return false;
}

static int
refuse(struct guard *g, const char *what, const char *name)
{
	snprintf(g->why, sizeof(g->why), "%s %.100s is not allowed here", what,
	    name ? name : "?");
	return SQLITE_DENY;
}

static int
on_read(struct guard *g, const char *table, const char *schema)
{
	if (g->mode != GUARD_EXPRESSION)
		return SQLITE_OK;
	/* count(*) over a subquery names no column and perhaps no schema. */
	if (schema && strcmp(schema, "main") != 0)
		return refuse(g, "database", schema);
	if (strcasecmp(table, g->only) != 0)
		return refuse(g, "reading table", table);
	return SQLITE_OK;
}

static int
on_write(struct guard *g, const char *table, const char *trigger)
{
	if (g->mode != GUARD_ACT)
		return refuse(g, "writing table", table);
	/* The application's own triggers may do what they always do. */
	if (trigger || guard_lets(g, table))
		return SQLITE_OK;
	return refuse(g, "writing table", table);
}

static int
on_any(void *ctx, int action, const char *a, const char *b, const char *schema,
    const char *trigger)
{
	struct guard *g = ctx;

	if (g->mode == GUARD_SCHEMA)
		return action == SQLITE_ATTACH ? SQLITE_DENY : SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		return on_read(g, a ? a : "", schema);
	case SQLITE_FUNCTION:
		if (trigger || function_known(b))
			return SQLITE_OK;
		/* A view or a generated column is the application's own. */
		return g->mode == GUARD_ACT ? SQLITE_OK :
		    refuse(g, "function", b);
	case SQLITE_DELETE:
	case SQLITE_UPDATE:
		return on_write(g, a ? a : "", trigger);
	case SQLITE_INSERT:
		return trigger && g->mode == GUARD_ACT ? SQLITE_OK :
		    refuse(g, "inserting into", a);
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return g->mode == GUARD_ACT ? SQLITE_OK :
		    refuse(g, "a", "transaction");
	default:
		return refuse(g, "this kind of", "statement");
	}
}

struct guard *
guard_new(sqlite3 *h)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (g)
		sqlite3_set_authorizer(h, on_any, g);
	return g;
}

void
guard_free(struct guard *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n_tables; i++)
		free(g->tables[i]);
	free(g->tables);
	free(g);
}

int
guard_let(struct guard *g, const char *table)
{
	if (guard_lets(g, table))
		return 0;

	char **more = realloc(g->tables, (g->n_tables + 1) * sizeof(*more));
	char *name = strdup(table);

	if (more)
		g->tables = more;
	if (!more || !name) {
		free(name);
		return -1;
	}
	g->tables[g->n_tables++] = name;
	return 0;
}
