#include "cli_claim.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/receipt.h"

#include "cli_out.h"

static void
put_line(struct buf *out, const char *name, const char *text)
{
	if (text[0] == '\0')
		return;
	buf_putf(out, "  %-11s ", name);
	cli_out_safe(out, text);
	buf_puts(out, "\n");
}

static void
put_time(struct buf *out, const char *name, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_ms(t, text);
	put_line(out, name, text);
}

static const char *
statement(const struct receiptcheck_claim *c)
{
	if (c->erased != c->n)
		return "NOT CERTAIN: the row was one of those that this "
		    "operation meant to take, but it did not take all";
	if (strcmp(c->action, "correct") == 0)
		return "CORRECTED: the row was among those in which this "
		    "operation replaced values";
	return strcmp(c->action, "anonymise") == 0 ?
	    "ANONYMISED: the row was among those that this operation "
	    "anonymised" : "ERASED: the row was among those that this "
	    "operation erased";
}

void
cli_claim_text(const struct receiptcheck_claim *c, struct buf *out)
{
	buf_puts(out, verify_verdict_name(c->verdict));
	if (c->why[0] != '\0') {
		buf_puts(out, ": ");
		cli_out_safe(out, c->why);
	}
	buf_puts(out, "\n");
	if (c->verdict == VERIFY_TAMPERED)
		return;
	buf_putf(out, "%s%s\n", c->verdict == VERIFY_UNVERIFIABLE ?
	    "It says, but nothing shows: " : "", statement(c));
	put_line(out, "dataset", c->dataset);
	put_line(out, "action", c->action);
	put_line(out, "rule", c->basis);
	put_line(out, "agreement", c->agreement);
	put_time(out, "due at", c->cutoff);
	put_time(out, "intended", c->intended);
	put_time(out, "ended", c->ended);
	buf_putf(out, "  %-11s %" PRIu64 " meant, %" PRIu64 " taken, %" PRIu64
	    " left, %" PRIu64 " skipped%s\n", "items", c->n, c->erased, c->left,
	    c->skipped, c->done ? "" : "; the operation failed");
	put_line(out, "method", c->method);
	put_line(out, "assurance", c->assurance);
	put_line(out, "policies", c->policy);
	buf_putf(out, "  %-11s %" PRIu64 " records\n", "sealed with",
	    c->sealed);
}

static void
json_time(struct jsonw *w, const char *key, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_ms(t, text);
	jsonw_text(w, key, text);
}

static void
json_claim(struct jsonw *w, const struct receipt *r,
    const struct receiptcheck_claim *c)
{
	jsonw_bool(w, "certain", c->erased == c->n);
	jsonw_text(w, "dataset", c->dataset);
	jsonw_text(w, "action", c->action);
	jsonw_text(w, "basis", c->basis);
	jsonw_text(w, "agreement", c->agreement[0] ? c->agreement : NULL);
	jsonw_text(w, "policy", c->policy);
	jsonw_text(w, "store", r->store);
	jsonw_text(w, "object", r->object);
	jsonw_hex(w, "op", r->op, sizeof(r->op));
	json_time(w, "due_at", c->cutoff);
	json_time(w, "intended", c->intended);
	json_time(w, "ended", c->ended);
	jsonw_bool(w, "failed", !c->done);
	jsonw_int(w, "n", (int64_t)c->n);
	jsonw_int(w, "erased", (int64_t)c->erased);
	jsonw_int(w, "left", (int64_t)c->left);
	jsonw_int(w, "skipped", (int64_t)c->skipped);
	jsonw_text(w, "method", c->method);
	jsonw_text(w, "assurance", c->assurance[0] ? c->assurance : NULL);
	jsonw_int(w, "sealed", (int64_t)c->sealed);
}

void
cli_claim_json(const struct receipt *r, const struct receiptcheck_claim *c,
    struct buf *out)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	jsonw_text(&w, "verdict", verify_verdict_name(c->verdict));
	jsonw_text(&w, "why", c->why[0] != '\0' ? c->why : NULL);
	if (c->verdict != VERIFY_TAMPERED)
		json_claim(&w, r, c);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}
