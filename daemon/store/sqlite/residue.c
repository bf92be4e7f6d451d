/*
 * residue - looks for some values at every offset of a file.
 */
#include "residue.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "db.h"
#include "items.h"
#include "query.h"
#include "scrub.h"
#include "sql.h"

#define MOST 255		/* values; an index of one fits a byte */
#define MOST_ROWS 64
#define LEAST 6			/* bytes of a value that tells anything */
#define KEPT 24			/* of the beginning of each */
#define CHUNK 65536

struct value {
	uint8_t d[KEPT];
	uint8_t n;
	uint8_t next;		/* of the same hash, + 1 */
	bool live, dead, side;	/* where it was met */
	size_t item;
};

struct residue {
	const struct query *q;		/* borrowed */
	sqlite3_stmt *row;		/* owned */
	size_t n;
	struct value value[MOST];
	bool aside;			/* the bytes are of a -wal, -journal */
	uint8_t head[65536];		/* by hash, + 1; 0: none */
	uint8_t chunk[CHUNK + KEPT];
};

static uint32_t
hash(const uint8_t *p)
{
	uint64_t v = 0;

	memcpy(&v, p, LEAST);
	return (uint32_t)(v * UINT64_C(0x9e3779b97f4a7c15) >> 48);
}

static int
prepare(struct residue *r, struct err *e)
{
	const struct rule_dataset *d = r->q->d;
	struct buf b = BUF_EMPTY;
	int rc;

	buf_puts(&b, "SELECT ");
	if (d->action == RULE_DELETE)
		buf_puts(&b, "*");
	for (size_t i = 0; d->action != RULE_DELETE && i < d->n_columns; i++) {
		buf_puts(&b, i == 0 ? "" : ", ");
		sql_ident(&b, d->columns[i].name);
	}
	for (size_t i = 0; i < d->n_fixes; i++) {
		buf_puts(&b, i + d->n_columns == 0 ? "" : ", ");
		sql_ident(&b, d->fixes[i].column);
	}
	if (d->action != RULE_DELETE && d->n_columns + d->n_fixes == 0)
		buf_puts(&b, "NULL");
	buf_putf(&b, " FROM %s WHERE %s", r->q->from, r->q->is_key);
	rc = buf_failed(&b) ? err_set(e, ERR_MEMORY, "no memory") :
	    query_prepare(r->q, buf_text(&b), false, &r->row, e);
	buf_release(&b);
	return rc;
}

int
residue_new(const struct query *q, struct residue **ret, struct err *e)
{
	struct residue *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		return err_set(e, ERR_MEMORY, "no memory");
	/* As far as RLIMIT_MEMLOCK allows. */
	(void)mlock(r, sizeof(*r));
	(void)madvise(r, sizeof(*r), MADV_DONTDUMP);
	r->q = q;
	if (prepare(r, e) == -1) {
		residue_free(r);
		return -1;
	}
	*ret = r;
	return 0;
}

void
residue_free(struct residue *r)
{
	if (r == NULL)
		return;
	sqlite3_finalize(r->row);
	explicit_bzero(r, sizeof(*r));
	(void)munmap(r, sizeof(*r));
}

static void
keep(struct residue *r, sqlite3_stmt *row, int column, size_t item)
{
	int type = sqlite3_column_type(row, column);
	const void *d;
	int n;
	uint32_t h;

	if (r->n == MOST || (type != SQLITE_TEXT && type != SQLITE_BLOB))
		return;
	/* The bytes of a text in the encoding of the file. */
	d = sqlite3_column_blob(row, column);
	n = sqlite3_column_bytes(row, column);
	if (d == NULL || n < LEAST)
		return;

	struct value *v = &r->value[r->n++];

	*v = (struct value){ .n = (uint8_t)(n < KEPT ? n : KEPT),
		.item = item };
	memcpy(v->d, d, v->n);
	h = hash(v->d);
	v->next = r->head[h];
	r->head[h] = (uint8_t)r->n;
}

void
residue_take(struct residue *r, const struct items *items)
{
	size_t rows = items->n < MOST_ROWS ? items->n : MOST_ROWS;

	explicit_bzero(r->value, sizeof(r->value));
	memset(r->head, 0, sizeof(r->head));
	r->n = 0;
	for (size_t i = 0; i < rows; i++) {
		size_t at = i * items->n / rows;

		if (items_bind(items, at, r->row) == SQLITE_OK &&
		    sqlite3_step(r->row) == SQLITE_ROW)
			for (int k = 0; k < sqlite3_column_count(r->row); k++)
				keep(r, r->row, k, at);
		sqlite3_reset(r->row);
		sqlite3_clear_bindings(r->row);
	}
}

static void
on_bytes(void *ctx, const uint8_t *d, uint32_t n, bool dead)
{
	struct residue *r = ctx;

	for (uint32_t i = 0; i + LEAST <= n; i++)
		for (uint8_t k = r->head[hash(d + i)]; k != 0;
		    k = r->value[k - 1].next) {
			struct value *v = &r->value[k - 1];

			if (v->n > n - i || memcmp(v->d, d + i, v->n) != 0)
				continue;
			v->side |= r->aside;
			v->dead |= !r->aside && dead;
			v->live |= !r->aside && !dead;
		}
}

/* Side files bear no locks: opening and closing one is harmless. */
static int
search_side(struct residue *r, const char *suffix, struct err *e)
{
	struct buf name = BUF_EMPTY;
	size_t from = 0;
	ssize_t n = 0;
	int fd = -1;

	buf_putf(&name, "%s%s", r->q->db->path, suffix);
	if (!buf_failed(&name))
		fd = open(buf_text(&name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
		    O_NONBLOCK);
	buf_release(&name);
	if (fd == -1)
		return 0;
	r->aside = true;
	while ((n = read(fd, r->chunk + from, CHUNK)) > 0) {
		size_t all = from + (size_t)n;

		on_bytes(r, r->chunk, (uint32_t)all, true);
		from = all < KEPT ? all : KEPT;
		memmove(r->chunk, r->chunk + all - from, from);
	}
	r->aside = false;
	fd_close(&fd);
	return n == 0 ? 0 : err_sys(e, "read what lies beside");
}

static int
search(struct residue *r, bool live, struct err *e)
{
	for (size_t i = 0; i < r->n; i++)
		r->value[i].live = r->value[i].dead = r->value[i].side = false;
	return scrub_show(r->q->db, on_bytes, r, live, e) == -1 ||
	    search_side(r, "-wal", e) == -1 ||
	    search_side(r, "-journal", e) == -1 ? -1 : 0;
}

/* Then it matters whether other rows have it as well. */
static bool
met(const struct residue *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->value[i].dead || r->value[i].side)
			return true;
	return false;
}

int
residue_search(struct residue *r, const struct items *items,
    size_t *ret_found, size_t *ret_of, struct err *e)
{
	if (search(r, false, e) == -1 || (met(r) && search(r, true, e) == -1))
		return -1;
	*ret_found = *ret_of = 0;
	for (size_t i = 0; i < r->n; i++) {
		const struct value *v = &r->value[i];

		if (items->item[v->item].state != ITEM_ERASED)
			continue;
		++*ret_of;
		*ret_found += (v->dead || v->side) && !v->live;
	}
	return 0;
}
