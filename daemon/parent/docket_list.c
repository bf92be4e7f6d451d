/* docket_list - the register as status, metrics and people see it. */
#include "docket_list.h"

#include <stdio.h>

#include "retention/jsonw.h"
#include "retention/ledger_request.h"

#include "docketday.h"
#include "parent.h"

struct counting {
	struct docket_counts c;
	struct wall now;
};

static bool
is_near(const struct ledger_request *r, struct wall now)
{
	return r->closed.ms == 0 && docketday_near(r->due, now);
}

/* Also: was it, when it was closed? */
static bool
is_overdue(const struct ledger_request *r, struct wall now)
{
	return docketday_over(r->due, r->closed.ms != 0 ? r->closed : now);
}

static void
count(void *ctx, const struct ledger_request *r)
{
	struct counting *k = ctx;

	if (r->closed.ms != 0)
		return;
	k->c.open++;
	k->c.near += is_near(r, k->now);
	k->c.overdue += is_overdue(r, k->now);
	if (k->c.next.ms == 0 || r->due.ms < k->c.next.ms)
		k->c.next = r->due;
}

int
docket_list_count(struct parent *p, struct wall now, struct docket_counts *ret,
    struct err *e)
{
	struct counting k = { .now = now };

	*ret = k.c;
	if (p->ev.ledger == NULL)
		return 0;
	if (ledger_request_each(p->ev.ledger, false, &k, count, e) == -1)
		return -1;
	*ret = k.c;
	return 0;
}

bool
docket_list_presses(struct parent *p, struct wall now, char ret[200])
{
	char day[CLOCK_TEXT_BYTES];
	struct docket_counts c;
	struct err e = ERR_EMPTY;

	if (docket_list_count(p, now, &c, &e) == -1) {
		(void)snprintf(ret, 200, "requests of persons: %.150s", e.text);
		return true;
	}
	if (c.near + c.overdue == 0)
		return false;
	clock_text_s(c.next, day);
	day[10] = '\0';
	(void)snprintf(ret, 200, "requests of persons: %zu overdue, %zu due "
	    "within %d days, the first on %s; see 'retentionctl subject "
	    "requests'", c.overdue, c.near, DOCKETDAY_NEAR, day);
	return true;
}

static void
put_time(struct jsonw *w, const char *key, struct wall t, size_t cut)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	if (cut != 0)
		text[cut] = '\0';
	jsonw_text(w, key, t.ms != 0 ? text : NULL);
}

void
docket_list_status(struct parent *p, struct wall now, struct jsonw *w)
{
	struct docket_counts c;
	struct err e = ERR_EMPTY;

	if (docket_list_count(p, now, &c, &e) == -1) {
		jsonw_null(w, "requests");
		return;
	}
	jsonw_object(w, "requests");
	jsonw_int(w, "open", (int64_t)c.open);
	jsonw_int(w, "near", (int64_t)c.near);
	jsonw_int(w, "overdue", (int64_t)c.overdue);
	put_time(w, "next_due", c.next, 10);
	jsonw_end_object(w);
}

struct listing {
	struct parent *p;
	struct jsonw *w;
	struct wall now;
	struct err *e;
	bool failed;
};

static void
put_outcome(void *ctx, const struct ledger_outcome *o)
{
	struct jsonw *w = ctx;

	jsonw_object(w, NULL);
	jsonw_text(w, "dataset", o->dataset);
	jsonw_text(w, "store", o->store);
	jsonw_text(w, "state", o->state);
	jsonw_int(w, "rows", (int64_t)o->rows);
	jsonw_int(w, "children", (int64_t)o->children);
	jsonw_int(w, "files", (int64_t)o->files);
	jsonw_int(w, "lines", (int64_t)o->lines);
	jsonw_int(w, "left", (int64_t)o->left);
	jsonw_text(w, "error", o->error[0] != '\0' ? o->error : NULL);
	jsonw_end_object(w);
}

static void
put_request(void *ctx, const struct ledger_request *r)
{
	struct listing *l = ctx;
	struct jsonw *w = l->w;

	jsonw_object(w, NULL);
	jsonw_text(w, "id", r->id);
	jsonw_text(w, "kind", r->what);
	jsonw_text(w, "state", r->state);
	jsonw_array(w, "persons");
	for (size_t i = 0; i < r->n_persons; i++)
		jsonw_text(w, NULL, r->person[i].kind);
	jsonw_end_array(w);
	put_time(w, "received", r->received, 0);
	put_time(w, "due", r->due, 10);
	put_time(w, "closed", r->closed, 0);
	jsonw_bool(w, "near", is_near(r, l->now));
	jsonw_bool(w, "overdue", is_overdue(r, l->now));
	jsonw_text(w, "by", r->user);
	jsonw_array(w, "outcome");
	if (ledger_request_outcomes(l->p->ev.ledger, r->id, w, put_outcome,
	    l->e) == -1)
		l->failed = true;
	jsonw_end_array(w);
	jsonw_end_object(w);
}

int
docket_list_put(struct parent *p, bool closed_too, struct wall now,
    struct jsonw *w, struct err *e)
{
	struct listing l = { .p = p, .w = w, .now = now, .e = e };

	jsonw_array(w, "requests");
	if (ledger_request_each(p->ev.ledger, closed_too, &l, put_request,
	    e) == -1 || l.failed)
		return -1;
	jsonw_end_array(w);
	return 0;
}
