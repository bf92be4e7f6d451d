/*
 * account_text - the retention report as text, or as one HTML page: no script,
 * nothing from elsewhere, every value made harmless on its way out.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/plain.h"

#include "account_private.h"

struct page {
	struct buf *out;
	bool html;
};

static const char style[] =
    "body{font:16px/1.4 sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em;color:#111;background:#fff}"
    "h1,h2{line-height:1.2}h2{margin-top:1.6em;font-size:1.1em}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #999;padding:.25em .5em;text-align:left;"
    "vertical-align:top}th{width:11em;font-weight:600;background:#f2f2f2}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}"
    "td{overflow-wrap:anywhere}";

static void
safe(const struct page *p, const char *text)
{
	(p->html ? plain_add_html : plain_add)(p->out, text);
}

static void
title(const struct page *p, const char *text)
{
	buf_puts(p->out, p->html ? "<h2>" : "\n");
	safe(p, text);
	buf_puts(p->out, p->html ? "</h2>\n<table>\n" : "\n");
}

static void
end(const struct page *p)
{
	buf_puts(p->out, p->html ? "</table>\n" : "");
}

static void
line(const struct page *p, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	if (!p->html) {
		buf_putf(p->out, "  %-13s ", name);
		safe(p, text);
		buf_puts(p->out, "\n");
		return;
	}
	buf_puts(p->out, "<tr><th scope=\"row\">");
	safe(p, name);
	buf_puts(p->out, "</th><td>");
	safe(p, text);
	buf_puts(p->out, "</td></tr>\n");
}

static void linef(const struct page *p, const char *name, const char *fmt, ...)
    ERR_PRINTF(3, 4);

static void
linef(const struct page *p, const char *name, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line(p, name, text);
}

static void
line_time(const struct page *p, const char *name, bool has, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	line(p, name, has ? text : NULL);
}

static void
begin(const struct page *p)
{
	if (!p->html) {
		buf_puts(p->out, "RETENTION REPORT\n");
		return;
	}
	buf_puts(p->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-"
	    "Policy\" content=\"default-src 'none'; style-src "
	    "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width="
	    "device-width\">\n<title>Retention report</title>\n<style>");
	buf_puts(p->out, style);
	buf_puts(p->out, "</style>\n</head>\n<body>\n<h1>Retention report"
	    "</h1>\n");
}

static void
put_trail(const struct page *p, const struct account *a,
    const struct account_ground *g)
{
	const struct verify_report *r = g->report;
	char vkey[NOTE_VKEY_BYTES] = "";

	if (r->have_key)
		note_key_text(&r->first_key, vkey);
	title(p, "The trail that this rests on");
	line(p, "verdict", verify_verdict_name(r->verdict));
	line(p, "", g->pin == NULL ? "no key was pinned: who wrote this trail "
	    "is not shown" : "checked against the pinned key");
	line(p, "finding", g->finding);
	line(p, "trail", r->first_key.name);
	line(p, "key", vkey);
	line_time(p, "made at", true, g->now);
	line_time(p, "from", a->period.has_from, a->period.from);
	line_time(p, "before", a->period.has_to, a->period.to);
	linef(p, "records", "%" PRIu64 ", %" PRIu64 " of them sealed by %"
	    PRIu64 " checkpoints", r->records, r->sealed, r->checkpoints);
	line_time(p, "first", r->records != 0, r->first);
	line_time(p, "last", r->records != 0, r->last);
	if (r->pruned != 0)
		linef(p, "pruned", "records below %" PRIu64 " are gone and not "
		    "in this report", r->pruned);
	linef(p, "anchors", "%" PRIu64 " confirm it, %" PRIu64 " not checked",
	    r->anchors, r->anchors_unchecked);
	if (account_unfinished(a) != 0)
		linef(p, "unfinished", "%" PRIu64 " operations have no outcome",
		    account_unfinished(a));
	end(p);
}

static void
put_done(const struct page *p, const struct account_set *s)
{
	char skipped[160] = "";

	if (s == NULL || s->operations == 0) {
		line(p, "done", "nothing in this period");
		return;
	}
	for (size_t i = 0, n = 0; i < ACCOUNT_N_REASONS; i++)
		if (s->skipped[i] != 0)
			n += (size_t)snprintf(skipped + n, sizeof(skipped) - n,
			    "%s%" PRIu64 " %s", n != 0 ? ", " : "",
			    s->skipped[i], account_reason(i));
	linef(p, "done", "%" PRIu64 " operations: %" PRIu64 " items erased or "
	    "anonymised, %" PRIu64 " left", s->operations, s->erased, s->left);
	line_time(p, "first", true, s->first);
	line_time(p, "last", true, s->last);
	line(p, "skipped", skipped);
	if (s->failed != 0)
		linef(p, "FAILED", "%" PRIu64 " operations", s->failed);
	if (s->recovered != 0)
		linef(p, "recovered", "%" PRIu64 " operations after a crash",
		    s->recovered);
}

static void
put_decisions(const struct page *p, const struct account_set *s)
{
	if (s == NULL)
		return;
	if (s->brakes != 0)
		linef(p, "put off", "%" PRIu64 " times by the brake",
		    s->brakes);
	if (s->plans + s->approved + s->rejected != 0)
		linef(p, "plans", "%" PRIu64 " saved, %" PRIu64 " approved, %"
		    PRIu64 " rejected", s->plans, s->approved, s->rejected);
	if (s->shortened != 0)
		linef(p, "rule", "made SHORTER %" PRIu64 " times",
		    s->shortened);
	if (s->lengthened != 0)
		linef(p, "rule", "made longer %" PRIu64 " times",
		    s->lengthened);
}

static void
put_now(const struct page *p, const struct account_promise *m,
    struct wall now)
{
	int64_t s = account_overdue(m, now);

	if (!m->counted) {
		line(p, "now", m->error != NULL ? m->error : "not counted");
		return;
	}
	linef(p, "now", "%" PRIu64 " in all, %" PRIu64 " due, %" PRIu64 " held, %"
	    PRIu64 " restricted, %" PRIu64 " undated, %" PRIu64 " future",
	    m->total, m->due, m->held, m->restricted, m->undated, m->future);
	if (m->due != 0)
		linef(p, "OVERDUE", "%" PRIu64 ", the oldest by %" PRId64
		    " days and %" PRId64 " hours%s", m->due, s / 86400,
		    s / 3600 % 24, m->braked ? "; the brake stops it" : "");
	line_time(p, "next due", m->has_next, m->next_due);
}

static void
put_promise(const struct page *p, const struct account_promise *m,
    const struct account_set *s, struct wall now)
{
	title(p, m->dataset);
	line(p, "notice", m->notice);
	line(p, "controller", m->controller);
	line(p, "owner", m->owner);
	line(p, "promise", m->promise);
	line(p, "legal basis", m->basis);
	line(p, "rule", m->rule);
	line(p, "action", m->action);
	line(p, "mode", m->mode);
	line(p, "store", m->store);
	line(p, "review by", m->review_by);
	put_done(p, s);
	put_decisions(p, s);
	put_now(p, m, now);
	end(p);
}

/* What the trail names and today's policies do not. */
static void
put_former(const struct page *p, const struct account *a,
    const struct account_ground *g)
{
	for (const struct account_set *s = a->sets; s != NULL; s = s->next) {
		size_t i = 0;

		while (i < g->n_promises &&
		    strcmp(g->promise[i].dataset, s->name) != 0)
			i++;
		if (i != g->n_promises)
			continue;
		title(p, s->name);
		line(p, "promise", "not in today's policies");
		put_done(p, s);
		put_decisions(p, s);
		end(p);
	}
}

static void
put_events(const struct page *p, const struct account *a,
    const struct account_ground *g)
{
	title(p, "Holds, requests and events");
	if (g->holds_unknown != NULL)
		line(p, "in force", g->holds_unknown);
	else
		linef(p, "in force", "%zu holds, %zu restrictions", g->holds,
		    g->restrictions);
	for (size_t i = 0; i < ACCOUNT_N_EVENTS; i++)
		if (a->event[i] != 0)
			linef(p, "", "%" PRIu64 " %s", a->event[i],
			    account_event_name(i));
	end(p);
}

static void
put_head(const struct page *p, const struct account *a)
{
	buf_puts(p->out, p->html ? "<h2>Newest checkpoint</h2>\n<pre>" :
	    "\nNewest checkpoint\n\n");
	if (a->note == NULL)
		buf_puts(p->out, "none\n");
	else if (!p->html)
		plain_add_lines(p->out, a->note);
	for (const char *s = a->note; p->html && s != NULL && *s != '\0';) {
		size_t n = strcspn(s, "\n");
		struct buf one = BUF_EMPTY;

		buf_add(&one, s, n);
		plain_add_html(p->out, buf_text(&one));
		buf_puts(p->out, "\n");
		p->out->failed |= buf_failed(&one);
		buf_release(&one);
		s += n + (s[n] == '\n');
	}
	buf_puts(p->out, p->html ? "</pre>\n</body>\n</html>\n" : "");
}

void
account_text(const struct account *a, const struct account_ground *g,
    bool html, struct buf *out)
{
	const struct page p = { .out = out, .html = html };

	begin(&p);
	put_trail(&p, a, g);
	if (g->policies_error != NULL) {
		title(&p, "Promises");
		line(&p, "not known", g->policies_error);
		end(&p);
	}
	for (size_t i = 0; i < g->n_promises; i++)
		put_promise(&p, &g->promise[i], account_find(a,
		    g->promise[i].dataset), g->now);
	put_former(&p, a, g);
	put_events(&p, a, g);
	put_head(&p, a);
	out->failed |= a->failed;
}
