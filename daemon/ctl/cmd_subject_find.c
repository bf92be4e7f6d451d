#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/jsonw.h"
#include "retention/pool.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_find.h"
#include "cli_gather.h"
#include "cli_out.h"
#include "cli_table.h"

static const char *const ways[FIND_N_WAYS] = {
	[FIND_NOT] = "not searched", [FIND_INDEX] = "by index",
	[FIND_SCAN] = "all read", [FIND_SKIPPED] = "SKIPPED",
};
static const char *const way_words[FIND_N_WAYS] = {
	[FIND_NOT] = "none", [FIND_INDEX] = "index", [FIND_SCAN] = "scan",
	[FIND_SKIPPED] = "skipped",
};

static void
put_row(struct jsonw *w, const struct cli_find_row *row)
{
	const struct find_found *f = &row->found;

	jsonw_object(w, NULL);
	jsonw_text(w, "policy", row->notice->id);
	jsonw_text(w, "dataset", row->d->full);
	jsonw_text(w, "store", row->store->full);
	jsonw_text(w, "table", row->d->table);
	jsonw_int(w, "rows", (int64_t)f->rows);
	jsonw_int(w, "outside", (int64_t)f->outside);
	jsonw_int(w, "children", (int64_t)f->children);
	jsonw_int(w, "files", (int64_t)f->files);
	jsonw_int(w, "files_lost", (int64_t)f->files_lost);
	jsonw_int(w, "lines", (int64_t)f->lines);
	jsonw_text(w, "searched", row->error == NULL ? way_words[f->way] :
	    "failed");
	jsonw_text(w, "note", f->note);
	jsonw_text(w, "error", row->error);
	jsonw_end_object(w);
}

/* Values, where --show asked for them. */
static void
put_held(struct jsonw *w, const struct cli_gather_part *held)
{
	jsonw_array(w, "held");
	for (; held != NULL; held = held->next) {
		jsonw_object(w, NULL);
		jsonw_text(w, "dataset", held->row->d->full);
		if (held->kind == CLI_GATHER_TABLE) {
			jsonw_text(w, "table", held->name);
			jsonw_raw(w, "rows", buf_text(&held->json));
			buf_puts(w->out, "]");
		} else if (held->kind == CLI_GATHER_FILE) {
			jsonw_text(w, "file", held->name);
		} else {
			jsonw_textn(w, "lines", buf_text(&held->json),
			    held->json.n);
		}
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_held_text(struct buf *out, const struct cli_gather_part *held)
{
	for (; held != NULL; held = held->next) {
		buf_puts(out, "\n");
		cli_out_safe(out, held->row->d->full);
		buf_puts(out, held->kind == CLI_GATHER_FILE ? ", file " :
		    held->kind == CLI_GATHER_LINES ? ", lines" : ", table ");
		cli_out_safe(out, held->name);
		buf_puts(out, "\n");
		if (held->kind != CLI_GATHER_FILE)
			cli_out_safe_lines(out, buf_text(held->kind ==
			    CLI_GATHER_TABLE ? &held->text : &held->json));
	}
}

static void
put_json(const struct cli_find *all, struct wall now, bool asked,
    const struct cli_gather_part *held, struct buf *out)
{
	struct jsonw w = JSONW(out);
	char at[CLOCK_TEXT_BYTES];

	clock_text_s(now, at);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "at", at);
	jsonw_bool(&w, "complete", !all->failed);
	jsonw_array(&w, "datasets");
	for (size_t i = 0; i < all->n; i++)
		put_row(&w, &all->rows[i]);
	jsonw_end_array(&w);
	if (asked)
		put_held(&w, held);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}

static void
put_notes(struct cli_table *t, const struct cli_find_row *row)
{
	const struct find_found *f = &row->found;
	char text[600];

	(void)snprintf(text, sizeof(text), "%s%s%s", row->error != NULL ?
	    row->error : "", f->note != NULL ? f->note : "",
	    f->files_lost != 0 ? "; files that rows name are not there" : "");
	cli_table_text(t, text[0] == ';' ? text + 2 : text);
}

static void
put_text(const struct cli_find *all, struct buf *out)
{
	static const char *const heads[] = { "dataset", "store", ">rows",
		">outside", ">children", ">files", ">lines", "searched",
		"notes" };
	struct cli_table *t = cli_table_new(heads, 9);
	uint64_t rows = 0, places = 0;

	for (size_t i = 0; t != NULL && i < all->n; i++) {
		const struct cli_find_row *row = &all->rows[i];
		const struct find_found *f = &row->found;

		places += f->rows + f->outside + f->lines != 0;
		rows += f->rows;
		cli_table_text(t, row->d->full);
		cli_table_text(t, row->store->full);
		cli_table_count(t, f->rows);
		cli_table_count(t, f->outside);
		cli_table_count(t, f->children);
		cli_table_count(t, f->files);
		cli_table_count(t, f->lines);
		cli_table_text(t, row->error != NULL ? "FAILED" :
		    ways[f->way]);
		put_notes(t, row);
	}
	if (t == NULL)
		out->failed = true;
	else
		cli_table_print(t, out);
	cli_table_free(t);
	buf_putf(out, "\n%s in %" PRIu64 " datasets%s\n", rows != 0 ||
	    places != 0 ? "found" : "nothing found", places, all->failed ?
	    "; NOT COMPLETE: a store could not be searched" : "");
}

static int
print(const struct cli_args *a, const struct cli_find *all,
    const struct cli_gather_part *held)
{
	struct buf out = { .most = SIZE_MAX / 4 };
	bool asked = a->value[CLI_SHOW] != NULL;
	int rc;

	if (a->value[CLI_JSON] != NULL) {
		put_json(all, a->now, asked, held, &out);
	} else {
		put_text(all, &out);
		put_held_text(&out, held);
	}
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc == CLI_DONE && all->failed ? CLI_FAILED : rc;
}

static int
find(const struct cli_args *a, struct conf_set *set, struct pool *p,
    struct cli_gather *g)
{
	struct find_person persons[FIND_MOST_PERSONS];
	struct cli_find_job job = { .set = set, .now = a->now,
		.n_persons = a->n_persons, .persons = persons,
		.fast = a->value[CLI_FAST] != NULL,
		.lines = a->value[CLI_LOG_LINES] != NULL,
		.rows = a->value[CLI_SHOW] != NULL,
		.begin = cli_gather_begin,
		.sink = { cli_gather_piece, g } };
	struct cli_gather_part *held = NULL;
	struct err e = ERR_EMPTY;
	struct cli_find all;

	if (cli_find_persons(a, persons) == -1)
		return CLI_USAGE;
	if (cli_find_make(&job, p, &all, &e) == 0 &&
	    cli_gather_end(g, &held, &e) == 0)
		return print(a, &all, held);
	cli_out_error("%s", e.text);
	return CLI_FAILED;
}

int
cmd_subject_find(const struct cli_args *a)
{
	struct conf_set *set = NULL;
	struct cli_gather *g = cli_gather_new(false);
	struct pool *p = pool_new();
	int rc = CLI_FAILED;

	if (p == NULL || g == NULL)
		cli_out_error("no memory");
	else if (cli_conf_all(a, &set) == 0)
		rc = find(a, set, p, g);
	cli_gather_free(g);
	pool_free(p);
	conf_free(set);
	return rc;
}
