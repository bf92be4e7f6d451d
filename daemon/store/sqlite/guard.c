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
	"retention_is", "retention_new",
	"retention_printed", "retention_whose",
};

static bool
function_known(const char *name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (strcasecmp(functions[i], name) == 0)
			return true;
	return false;
}

static bool
listed(char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(list[i], name) == 0)
			return true;
	return false;
}

bool
guard_lets(const struct guard *g, const char *table)
{
	return listed(g->tables, g->n_tables, table);
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
	if (trigger || guard_lets(g, table) ||
	    listed(g->shadows, g->n_shadows, table))
		return SQLITE_OK;
	return refuse(g, "writing table", table);
}

/*
 * A connection that erases trusts the schema, for without that no trigger
 * keeps a full-text index or an R-tree up to date.  What a schema is not
 * trusted with is here: of the library's functions and tables that are not
 * innocuous by its own word, those that do more than compute.
 */
static bool
is_beyond_schema(int action, const char *a, const char *b)
{
	static const char *const tables[] = { "dbstat", "sqlite_stmt" };
	static const char *const calls[] = { "fts3_tokenizer",
		"load_extension", "rtreecheck" };

	if (action == SQLITE_READ && a && strncasecmp(a, "pragma_", 7) == 0)
		return true;
	for (size_t i = 0; action == SQLITE_READ && a && i < 2; i++)
		if (strcasecmp(tables[i], a) == 0)
			return true;
	for (size_t i = 0; action == SQLITE_FUNCTION && b && i < 3; i++)
		if (strcasecmp(calls[i], b) == 0)
			return true;
	return false;
}

/* What modules ask for when a statement is prepared. */
static int
on_module(struct guard *g, int action, const char *a, const char *b)
{
	if (action == SQLITE_PRAGMA && !b && (strcmp(a, "page_size") == 0 ||
	    strcmp(a, "data_version") == 0))
		return SQLITE_OK;
	if (action == SQLITE_INSERT && listed(g->shadows, g->n_shadows, a))
		return SQLITE_OK;
	return refuse(g, action == SQLITE_INSERT ? "inserting into" : "pragma",
	    a);
}

static int
on_any(void *ctx, int action, const char *a, const char *b, const char *schema,
    const char *trigger)
{
	struct guard *g = ctx;

	if (trigger && is_beyond_schema(action, a, b))
		return refuse(g, "in a trigger or view,", action ==
		    SQLITE_READ ? a : b);
	if (action == SQLITE_READ && g->watch && b &&
	    strcasecmp(b, g->watch) == 0 && (!g->watch_in ||
	    (a && strcasecmp(a, g->watch_in) == 0)))
		g->watched = true;
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
	case SQLITE_PRAGMA:
		if (g->mode != GUARD_ACT)
			return refuse(g, "inserting into", a);
		return trigger && action == SQLITE_INSERT ? SQLITE_OK :
		    on_module(g, action, a ? a : "", b);
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
	for (size_t i = 0; i < g->n_shadows; i++)
		free(g->shadows[i]);
	free(g->tables);
	free(g->shadows);
	free(g);
}

static int
add(char ***list, size_t *n, const char *table)
{
	char **more, *name;

	if (listed(*list, *n, table))
		return 0;
	more = realloc(*list, (*n + 1) * sizeof(*more));
	name = strdup(table);
	if (more)
		*list = more;
	if (!more || !name) {
		free(name);
		return -1;
	}
	(*list)[(*n)++] = name;
	return 0;
}

int
guard_let(struct guard *g, const char *table)
{
	return add(&g->tables, &g->n_tables, table);
}

int
guard_shadow(struct guard *g, const char *table)
{
	return add(&g->shadows, &g->n_shadows, table);
}
