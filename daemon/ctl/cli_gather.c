#include "cli_gather.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/jsonw.h"

#include "cli_find.h"
#include "cli_value.h"

#define MOST_BYTES ((size_t)1 << 30)
#define MOST_DEPTH 16

struct cli_gather {
	bool contents;
	struct cli_gather_part *first, *last;	/* owned */
	struct cli_gather_part *at;	/* a row, file or line goes there */
	const struct cli_find_row *row;
	bool inside;			/* of a row, file or line */
	uint64_t no[MOST_DEPTH];	/* the row's number, by depth */
	size_t column;			/* that comes next */
	char type;			/* of the value at hand; 0: none */
	struct buf value;
};

struct cli_gather *
cli_gather_new(bool contents)
{
	struct cli_gather *g = calloc(1, sizeof(*g));

	if (g != NULL) {
		g->contents = contents;
		g->value.most = MOST_BYTES;
	}
	return g;
}

static void
free_part(struct cli_gather_part *p)
{
	for (size_t i = 0; i < p->n_columns; i++)
		free(p->column[i]);
	free(p->column);
	free(p->name);
	buf_release(&p->json);
	buf_release(&p->csv);
	buf_release(&p->html);
	buf_release(&p->text);
	free(p);
}

void
cli_gather_free(struct cli_gather *g)
{
	struct cli_gather_part *p;

	if (g == NULL)
		return;
	while ((p = g->first) != NULL) {
		g->first = p->next;
		free_part(p);
	}
	buf_release(&g->value);
	free(g);
}

int
cli_gather_begin(void *ctx, const struct cli_find_row *row, struct err *e)
{
	struct cli_gather *g = ctx;

	(void)e;
	g->row = row;
	g->at = NULL;
	g->inside = false;
	return 0;
}

static int
wrong(struct err *e)
{
	return err_set(e, ERR_PROTOCOL, "the worker sent pieces out of order");
}

static struct cli_gather_part *
add_part(struct cli_gather *g, enum cli_gather_kind kind, const char *name,
    size_t n, struct err *e)
{
	struct cli_gather_part *p = calloc(1, sizeof(*p));

	if (p != NULL)
		p->name = strndup(name, n);
	if (p == NULL || p->name == NULL) {
		free(p);
		(void)err_set(e, ERR_MEMORY, "no memory");
		return NULL;
	}
	p->kind = kind;
	p->row = g->row;
	p->json.most = p->csv.most = p->html.most = p->text.most = MOST_BYTES;
	*(g->last != NULL ? &g->last->next : &g->first) = p;
	g->last = p;
	return p;
}

static int
add_column(struct cli_gather_part *p, const char *name, size_t n,
    struct err *e)
{
	char **more = reallocarray(p->column, p->n_columns + 1,
	    sizeof(*more));
	struct cli_value head = { 't', name, n };

	if (more == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	p->column = more;
	more[p->n_columns] = strndup(name, n);
	if (more[p->n_columns] == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	buf_puts(&p->csv, p->n_columns != 0 ? "," : "");
	cli_value_csv(&p->csv, &head);
	buf_puts(&p->html, "<th>");
	cli_value_html(&p->html, name, n);
	p->n_columns++;
	return 0;
}

/* The same table again goes on where it was. */
static int
on_table(struct cli_gather *g, const char *bytes, size_t n, struct err *e)
{
	const char *end = n != 0 ? memchr(bytes, '\0', n) : NULL;
	struct cli_gather_part *p;

	if (end == NULL || bytes[n - 1] != '\0' || g->inside)
		return wrong(e);
	for (p = g->first; p != NULL; p = p->next)
		if (p->kind == CLI_GATHER_TABLE && p->row == g->row &&
		    strcmp(p->name, bytes) == 0)
			break;
	g->at = p;
	if (p != NULL)
		return 0;
	p = add_part(g, CLI_GATHER_TABLE, bytes, (size_t)(end - bytes), e);
	if (p == NULL)
		return -1;
	buf_puts(&p->html, "<tr>");
	for (const char *at = end + 1; at < bytes + n;
	    at += strlen(at) + 1)
		if (add_column(p, at, strlen(at), e) == -1)
			return -1;
	buf_puts(&p->csv, "\r\n");
	g->at = p;
	return 0;
}

static void
begin_object(struct cli_gather *g, bool covered, const char *due, size_t n)
{
	struct cli_gather_part *p = g->at;
	struct jsonw w = JSONW(&p->json);

	buf_puts(&p->json, p->n != 1 ? ",\n" : "[");
	jsonw_object(&w, NULL);
	if (p->depth != 0)
		jsonw_int(&w, "of", (int64_t)g->no[p->depth - 1]);
	if (p->depth == 0)
		jsonw_bool(&w, "covered", covered);
	if (p->depth == 0 && n != 0)
		jsonw_textn(&w, "due", due, n);
	jsonw_object(&w, "row");
}

static int
on_row(struct cli_gather *g, const char *bytes, size_t n, struct err *e)
{
	struct cli_gather_part *p = g->at;

	if (p == NULL || p->kind != CLI_GATHER_TABLE || g->inside || n < 2 ||
	    (unsigned char)bytes[0] >= MOST_DEPTH)
		return wrong(e);
	p->depth = (unsigned char)bytes[0];
	g->no[p->depth] = ++p->n;
	g->inside = true;
	g->column = 0;
	g->type = 0;
	begin_object(g, bytes[1] != 0, bytes + 2, n - 2);
	buf_puts(&p->html, "<tr>");
	buf_putf(&p->text, "row %" PRIu64 "\n", p->n);
	return 0;
}

static void
flush_value(struct cli_gather *g)
{
	struct cli_gather_part *p = g->at;
	struct cli_value v = { g->type, buf_text(&g->value), g->value.n };
	struct jsonw w = { .out = &p->json, .comma = g->column > 1 };
	struct buf plain = { .most = MOST_BYTES };

	if (g->type == 0)
		return;
	cli_value_json(&w, p->column[g->column - 1], &v);
	buf_puts(&p->csv, g->column > 1 ? "," : "");
	cli_value_csv(&p->csv, &v);
	cli_value_plain(&plain, &v);
	buf_puts(&p->html, "<td>");
	cli_value_html(&p->html, buf_text(&plain), plain.n);
	buf_putf(&p->text, "  %s: ", p->column[g->column - 1]);
	buf_add(&p->text, buf_text(&plain), plain.n);
	buf_puts(&p->text, "\n");
	p->json.failed |= buf_failed(&g->value);
	buf_release(&plain);
	buf_reset(&g->value);
	g->type = 0;
}

static int
on_value(struct cli_gather *g, const char *bytes, size_t n, struct err *e)
{
	if (!g->inside || g->at->kind != CLI_GATHER_TABLE || n != 1 ||
	    strchr("nirtb", bytes[0]) == NULL || bytes[0] == '\0' ||
	    g->column == g->at->n_columns)
		return wrong(e);
	flush_value(g);
	g->type = bytes[0];
	g->column++;
	return 0;
}

static int
on_more(struct cli_gather *g, const char *bytes, size_t n, struct err *e)
{
	if (!g->inside || (g->at->kind == CLI_GATHER_TABLE && g->type == 0))
		return wrong(e);
	if (g->at->kind == CLI_GATHER_TABLE)
		buf_add(&g->value, bytes, n);
	else if (g->at->kind == CLI_GATHER_LINES || g->contents)
		buf_add(&g->at->json, bytes, n);
	return 0;
}

static int
on_end(struct cli_gather *g, const char *bytes, size_t n, struct err *e)
{
	struct cli_gather_part *p = g->at;

	(void)bytes, (void)n;
	if (!g->inside || (p->kind == CLI_GATHER_TABLE &&
	    g->column != p->n_columns))
		return wrong(e);
	g->inside = false;
	if (p->kind == CLI_GATHER_TABLE) {
		flush_value(g);
		buf_puts(&p->json, "}}");
		buf_puts(&p->csv, "\r\n");
		buf_puts(&p->html, "\n");
	} else if (p->kind == CLI_GATHER_LINES && p->json.n != 0 &&
	    buf_text(&p->json)[p->json.n - 1] != '\n') {
		buf_puts(&p->json, "\n");
	}
	if (p->kind == CLI_GATHER_FILE)
		g->at = NULL;
	return 0;
}

static int
on_file(struct cli_gather *g, const char *bytes, size_t n, struct err *e)
{
	if (g->inside)
		return wrong(e);
	g->at = add_part(g, CLI_GATHER_FILE, bytes, n, e);
	g->inside = g->at != NULL;
	return g->at != NULL ? 0 : -1;
}

static int
on_line(struct cli_gather *g, const char *bytes, size_t n, struct err *e)
{
	(void)bytes, (void)n;
	if (g->inside)
		return wrong(e);
	if (g->at == NULL)
		g->at = add_part(g, CLI_GATHER_LINES, "", 0, e);
	if (g->at == NULL)
		return -1;
	g->at->n++;
	g->inside = true;
	return 0;
}

static int (*const on[FIND_N_PIECES])(struct cli_gather *, const char *,
    size_t, struct err *) = {
	[FIND_TABLE] = on_table, [FIND_ROW] = on_row, [FIND_VALUE] = on_value,
	[FIND_MORE] = on_more, [FIND_END] = on_end, [FIND_FILE] = on_file,
	[FIND_LINE] = on_line,
};

int
cli_gather_piece(void *ctx, enum find_piece what, const void *bytes, size_t n,
    struct err *e)
{
	return on[what] != NULL ? on[what](ctx, bytes, n, e) : wrong(e);
}

int
cli_gather_end(struct cli_gather *g, struct cli_gather_part **ret,
    struct err *e)
{
	for (struct cli_gather_part *p = g->first; p != NULL; p = p->next)
		if (buf_failed(&p->json) || buf_failed(&p->csv) ||
		    buf_failed(&p->html) || buf_failed(&p->text))
			return err_set(e, ERR_MEMORY, "dataset %s: more than "
			    "can be kept at once (%zu MiB)", p->row->d->full,
			    MOST_BYTES >> 20);
	*ret = g->first;
	return 0;
}
