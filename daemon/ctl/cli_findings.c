#include "cli_findings.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/err.h"
#include "retention/jsonw.h"
#include "retention/pool.h"

#include "cli_out.h"

static const char *const names[CLI_N_SEVERITIES] = {
	[CLI_NOTE] = "note", [CLI_WARNING] = "warning", [CLI_ERROR] = "error",
};

static const char *
copy(struct pool *p, const char *text)
{
	const char *c = text != NULL ? pool_dup(p, text) : NULL;

	return text != NULL && c == NULL ? "no memory" : c;
}

void
cli_findings_add(struct cli_findings *f, const struct cli_finding *one)
{
	struct cli_finding *add = pool_alloc(f->pool, sizeof(*add));
	enum cli_severity s = one->severity < CLI_N_SEVERITIES ?
	    one->severity : CLI_ERROR;

	f->n[s]++;
	if (add == NULL)
		return;		/* it still counts */
	add->about = copy(f->pool, f->about);
	add->severity = s;
	add->code = copy(f->pool, one->code);
	add->text = copy(f->pool, one->text);
	add->fix = copy(f->pool, one->fix);
	if (f->last != NULL)
		f->last->next = add;
	else
		f->first = add;
	f->last = add;
}

static const char *
about(const struct cli_finding *one)
{
	return one->about != NULL ? one->about : "configuration";
}

void
cli_findings_text(const struct cli_findings *f, struct buf *out)
{
	const char *under = NULL;

	for (const struct cli_finding *c = f->first; c != NULL; c = c->next) {
		if (under == NULL || strcmp(under, about(c)) != 0) {
			under = about(c);
			cli_out_safe(out, under);
			buf_puts(out, "\n");
		}
		buf_putf(out, "  %-8s ", names[c->severity]);
		cli_out_safe(out, c->code);
		buf_puts(out, ": ");
		cli_out_safe(out, c->text);
		buf_puts(out, "\n");
		if (c->fix == NULL)
			continue;
		buf_puts(out, "           fix: ");
		cli_out_safe(out, c->fix);
		buf_puts(out, "\n");
	}
}

void
cli_findings_json(const struct cli_findings *f, struct jsonw *w)
{
	jsonw_array(w, "findings");
	for (const struct cli_finding *c = f->first; c != NULL; c = c->next) {
		jsonw_object(w, NULL);
		jsonw_text(w, "about", about(c));
		jsonw_text(w, "severity", names[c->severity]);
		jsonw_text(w, "code", c->code);
		jsonw_text(w, "text", c->text);
		jsonw_text(w, "fix", c->fix);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

void
cli_findings_count(const struct cli_findings *f, struct buf *out)
{
	for (int s = CLI_N_SEVERITIES - 1; s >= 0; s--)
		buf_putf(out, "%s%zu %s%s", s == CLI_ERROR ? "" : ", ", f->n[s],
		    names[s], f->n[s] == 1 ? "" : "s");
}
