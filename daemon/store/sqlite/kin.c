/*
 * kin - comparisons of a child's column with the parent's key.
 *
 * Left to itself SQL compares by the child's column: 7 in an INTEGER column
 * would belong to the texts "7" and "007", 'Ab' under NOCASE to 'ab' as well.
 */
#include "kin.h"

#include <string.h>
#include <strings.h>

#include "retention/buf.h"

#include "db.h"
#include "sql.h"
#include "table.h"

enum affinity { NONE, TEXT, NUMBER };

/* By the declared type, in SQLite's order of rules. */
static enum affinity
affinity_of(const char *type)
{
	if (!type || !*type)
		return NONE;
	if (strcasestr(type, "INT"))
		return NUMBER;
	if (strcasestr(type, "CHAR") || strcasestr(type, "CLOB") ||
	    strcasestr(type, "TEXT"))
		return TEXT;
	return strcasestr(type, "BLOB") || strcasecmp(type, "ANY") == 0 ?
	    NONE : NUMBER;
}

struct kin
kin_find(struct db *db, const struct table *parent, const struct table *child,
    const char *column)
{
	const char *types[2] = { NULL, NULL }, *colls[2] = { NULL, NULL };
	struct kin k = { .column = column };
	enum affinity up, down;

	sqlite3_table_column_metadata(db->h, "main", parent->name,
	    parent->key[0], &types[0], &colls[0], NULL, NULL, NULL);
	sqlite3_table_column_metadata(db->h, "main", child->name, column,
	    &types[1], &colls[1], NULL, NULL, NULL);
	up = parent->key[0] == parent->row ? NUMBER : affinity_of(types[0]);
	down = affinity_of(types[1]);
	k.as_text = up != NUMBER && down == NUMBER;
	k.untyped = up == NUMBER && down == NONE;
	if (colls[0] && colls[1] && strcasecmp(colls[0], colls[1]) != 0)
		k.collation = colls[0];
	return k;
}

static void
put_column(struct buf *b, const struct kin *k, const char *alias)
{
	buf_puts(b, k->as_text ? "CAST(" : "");
	if (alias)
		buf_putf(b, "%s.", alias);
	sql_ident(b, k->column);
	buf_puts(b, k->as_text ? " AS TEXT)" : "");
	if (k->collation) {
		buf_puts(b, " COLLATE ");
		sql_ident(b, k->collation);
	}
}

void
kin_equal(struct buf *b, const struct kin *k, const char *alias,
    const char *parent, const char *key)
{
	put_column(b, k, alias);
	buf_puts(b, k->as_text ? " = CAST(" : " = ");
	sql_ident(b, parent);
	buf_puts(b, ".");
	sql_ident(b, key);
	buf_puts(b, k->as_text ? " AS TEXT)" : "");
}

void
kin_in(struct buf *b, const struct kin *k, const char *keys)
{
	bool one = strcmp(keys, "?1") == 0;

	put_column(b, k, NULL);
	if (one && k->as_text)
		buf_puts(b, " IN (CAST(?1 AS TEXT))");
	else if (one && k->untyped)
		buf_puts(b, " IN (?1, CAST(?1 AS TEXT))");
	else if (k->as_text)
		buf_putf(b, " IN (SELECT CAST(retention_key AS TEXT) FROM "
		    "(%s))", keys);
	else
		buf_putf(b, " IN (%s)", keys);
}
