#include "cli_cover.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/jsonw.h"

#include "cli_find.h"
#include "cli_gather.h"
#include "cli_value.h"

static const char *const told[] = {
	"Each table is there twice: as JSON, exactly as it is kept, and as CSV "
	"for a spreadsheet.",
	"In CSV a text that a spreadsheet would take for a formula (it begins "
	"with = + - @, a tab or a line break) has an apostrophe before it; "
	"bytes are in base 64.",
	"'of' is the number of the row that a row belongs to; 'due' is when the "
	"row falls due by its promise, which a legal hold or a longer promise "
	"may put off; 'covered' is false for a row of the same table that the "
	"promise is not about.",
	"Not in here: what is kept under a pseudonym or without a name, and "
	"files and lines of logs that no row leads to (lines only where they "
	"were asked for, and as far as they carry the identifier as it is).",
	"MANIFEST has the SHA-256 of every file.",
};
#define N_TOLD (sizeof(told) / sizeof(told[0]))

/* "2 years from submitted_at" */
static void
put_period(struct buf *b, const struct rule_timing *t)
{
	char grace[PERIOD_TEXT_BYTES] = "", period[PERIOD_TEXT_BYTES] = "";
	struct calendar_date d = calendar_date(t->until_day);

	if (t->grace.n != 0)
		period_text(t->grace, grace);
	switch (t->keep) {
	case RULE_PERIOD:
		period_text(t->period, period);
		buf_putf(b, "%s from %s", period, t->from);
		break;
	case RULE_UNTIL:
		buf_putf(b, "until %s", t->from);
		break;
	case RULE_UNTIL_EVENT:
		buf_putf(b, "until the event %s", t->event);
		break;
	case RULE_UNTIL_DATE:
		buf_putf(b, "until %04d-%02d-%02d (agreement %s)",
		    (int)d.year, d.month, d.day, t->agreement != NULL ?
		    t->agreement : "-");
		break;
	case RULE_INDEFINITELY:
		buf_putf(b, "indefinitely: %s", t->reason);
		break;
	case RULE_N_KEEPS:
		break;
	}
	if (grace[0] != '\0')
		buf_putf(b, " and %s more", grace);
}

static bool
is_held(const struct cli_find_row *row)
{
	const struct find_found *f = &row->found;

	return f->rows + f->outside + f->lines != 0;
}

static void
put_counts(struct buf *b, const struct find_found *f)
{
	buf_putf(b, "%" PRIu64 " rows, %" PRIu64 " that belong to them, %"
	    PRIu64 " files", f->rows, f->children, f->files);
	if (f->outside != 0)
		buf_putf(b, ", %" PRIu64 " rows of the same table beside them",
		    f->outside);
	if (f->lines != 0)
		buf_putf(b, ", %" PRIu64 " lines", f->lines);
	if (f->files_lost != 0)
		buf_putf(b, "; %" PRIu64 " files that rows name are not there",
		    f->files_lost);
}

/* A heading and what follows from it, once for text and once for HTML. */
struct page {
	struct buf *out;
	bool html;
};

static void
text(const struct page *p, const char *s)
{
	if (p->html)
		cli_value_html(p->out, s, strlen(s));
	else
		buf_puts(p->out, s);
}

static void
field(const struct page *p, const char *what, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	buf_putf(p->out, p->html ? "<dt>%s<dd>" : "  %-11s ", what);
	text(p, value);
	buf_puts(p->out, "\n");
}

static void
put_files(const struct page *p, const struct cli_cover *c,
    const struct cli_find_row *row)
{
	size_t i = 0;

	for (const struct cli_gather_part *part = c->parts; part != NULL;
	    part = part->next, i++) {
		struct buf b = BUF_EMPTY;

		if (part->row != row)
			continue;
		buf_puts(&b, c->name[i]);
		if (part->kind == CLI_GATHER_TABLE)
			buf_putf(&b, ".json and .csv: %" PRIu64 " rows of %s",
			    part->n, part->name);
		field(p, "file", buf_text(&b));
		buf_release(&b);
	}
}

static void
put_row(const struct page *p, const struct cli_cover *c,
    const struct cli_find_row *row)
{
	struct buf b = BUF_EMPTY;

	buf_puts(p->out, p->html ? "<h2>" : "\n");
	text(p, row->d->full);
	buf_puts(p->out, p->html ? "</h2><dl>\n" : "\n");
	field(p, "notice", row->notice->title);
	field(p, "controller", row->notice->controller);
	field(p, "promise", row->d->promise);
	field(p, "basis", row->d->basis);
	put_period(&b, &row->d->timing);
	field(p, "kept", buf_text(&b));
	buf_reset(&b);
	put_counts(&b, &row->found);
	field(p, "found", buf_text(&b));
	if (row->with != NULL)
		field(p, "rows", "the same as above or below: see");
	field(p, "see", row->with != NULL ? row->with->full : NULL);
	put_files(p, c, row);
	buf_puts(p->out, p->html ? "</dl>\n" : "");
	buf_release(&b);
}

static void
put_rows(const struct page *p, const struct cli_cover *c)
{
	for (size_t i = 0; i < c->all->n; i++)
		if (is_held(&c->all->rows[i]))
			put_row(p, c, &c->all->rows[i]);
	for (size_t i = 0; i < c->all->n; i++) {
		const struct cli_find_row *row = &c->all->rows[i];

		if (row->error == NULL)
			continue;
		buf_puts(p->out, p->html ? "<p><b>NOT COMPLETE: " :
		    "\nNOT COMPLETE: ");
		text(p, row->d->full);
		buf_puts(p->out, " could not be searched.\n");
	}
}

static void
put_intro(const struct page *p, const struct cli_cover *c)
{
	char now[CLOCK_TEXT_BYTES];

	clock_text_s(c->now, now);
	text(p, "What was held about you on ");
	text(p, now);
	text(p, ", found by:");
	for (size_t i = 0; i < c->n_kinds; i++) {
		buf_puts(p->out, i != 0 ? ", " : " ");
		text(p, c->kind[i]);
	}
	buf_puts(p->out, ".\n");
	if (c->request == NULL)
		return;
	buf_puts(p->out, p->html ? "<p>" : "\n");
	text(p, "Request: ");
	text(p, c->request);
	buf_puts(p->out, "\n");
}

void
cli_cover_text(const struct cli_cover *c, struct buf *out)
{
	const struct page p = { out, false };

	buf_puts(out, "Copy of personal data\n\n");
	put_intro(&p, c);
	put_rows(&p, c);
	buf_puts(out, "\n");
	for (size_t i = 0; i < N_TOLD; i++)
		buf_putf(out, "%s\n", told[i]);
}

void
cli_cover_html(const struct cli_cover *c, struct buf *out)
{
	const struct page p = { out, true };

	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\""
	    "utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; style-src 'unsafe-inline'\">"
	    "<title>Copy of personal data</title><style>body{font-family:"
	    "sans-serif;max-width:60em;margin:2em auto}table{border-collapse:"
	    "collapse}td,th{border:1px solid #999;padding:.2em .5em;text-align:"
	    "left;vertical-align:top}dt{font-weight:bold}</style>\n"
	    "<h1>Copy of personal data</h1>\n<p>");
	put_intro(&p, c);
	put_rows(&p, c);
	for (const struct cli_gather_part *part = c->parts; part != NULL;
	    part = part->next) {
		if (part->kind != CLI_GATHER_TABLE)
			continue;
		buf_puts(out, "<h2>");
		text(&p, part->row->d->full);
		buf_puts(out, ": ");
		text(&p, part->name);
		buf_puts(out, "</h2><table>\n");
		buf_add(out, buf_text(&part->html), part->html.n);
		buf_puts(out, "</table>\n");
	}
	for (size_t i = 0; i < N_TOLD; i++) {
		buf_puts(out, "<p>");
		text(&p, told[i]);
	}
	buf_puts(out, "\n</html>\n");
}

static void
json_files(struct jsonw *w, const struct cli_cover *c,
    const struct cli_find_row *row)
{
	size_t i = 0;

	jsonw_array(w, "files");
	for (const struct cli_gather_part *part = c->parts; part != NULL;
	    part = part->next, i++) {
		if (part->row != row)
			continue;
		jsonw_object(w, NULL);
		jsonw_text(w, "name", c->name[i]);
		jsonw_text(w, "kind", part->kind == CLI_GATHER_TABLE ?
		    "table" : part->kind == CLI_GATHER_FILE ? "attachment" :
		    "lines");
		jsonw_text(w, part->kind == CLI_GATHER_TABLE ? "table" :
		    "path", part->name[0] != '\0' ? part->name : NULL);
		jsonw_int(w, "n", (int64_t)part->n);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
json_row(struct jsonw *w, const struct cli_cover *c,
    const struct cli_find_row *row)
{
	const struct find_found *f = &row->found;
	struct buf period = BUF_EMPTY;

	put_period(&period, &row->d->timing);
	jsonw_object(w, NULL);
	jsonw_text(w, "policy", row->notice->id);
	jsonw_text(w, "title", row->notice->title);
	jsonw_text(w, "controller", row->notice->controller);
	jsonw_text(w, "dataset", row->d->full);
	jsonw_text(w, "store", row->store->full);
	jsonw_text(w, "table", row->d->table);
	jsonw_text(w, "promise", row->d->promise);
	jsonw_text(w, "basis", row->d->basis);
	jsonw_text(w, "kept", buf_text(&period));
	jsonw_text(w, "action", rule_action_name(row->d->action));
	jsonw_int(w, "rows", (int64_t)f->rows);
	jsonw_int(w, "outside", (int64_t)f->outside);
	jsonw_int(w, "children", (int64_t)f->children);
	jsonw_int(w, "attached", (int64_t)f->files);
	jsonw_int(w, "files_lost", (int64_t)f->files_lost);
	jsonw_int(w, "lines", (int64_t)f->lines);
	jsonw_bool(w, "searched", row->error == NULL && f->way != FIND_NOT);
	jsonw_text(w, "note", f->note);
	jsonw_text(w, "rows_with", row->with != NULL ? row->with->full : NULL);
	json_files(w, c, row);
	jsonw_end_object(w);
	buf_puts(w->out, "\n");
	buf_release(&period);
}

void
cli_cover_manifest(const struct cli_cover *c, struct buf *out)
{
	struct jsonw w = JSONW(out);
	char now[CLOCK_TEXT_BYTES];

	clock_text_s(c->now, now);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "made", now);
	jsonw_text(&w, "by", "retentionctl " RETENTION_VERSION);
	jsonw_text(&w, "request", c->request);
	jsonw_bool(&w, "complete", !c->all->failed);
	jsonw_array(&w, "found_by");
	for (size_t i = 0; i < c->n_kinds; i++)
		jsonw_text(&w, NULL, c->kind[i]);
	jsonw_end_array(&w);
	jsonw_array(&w, "datasets");
	for (size_t i = 0; i < c->all->n; i++)
		json_row(&w, c, &c->all->rows[i]);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}
