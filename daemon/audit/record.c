/*
 * record - payloads of the trail's records, one function per type.  Numbers
 * are integers, keys come in the order of the format's table.
 */
#include "retention/record.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"

/* Lists of names stop here, so that a record keeps within RECORD_MOST. */
#define LIST_MOST (RECORD_MOST - 4096)

static const char *const names[RECORD_N_TYPES] = {
#define RECORD_NAME(name, text) [RECORD_##name] = text,
	RECORD_TYPES(RECORD_NAME)
#undef RECORD_NAME
};

const char *
record_type_name(enum record_type t)
{
	must((unsigned)t < RECORD_N_TYPES);
	return names[t];
}

int
record_type_find(const char *name)
{
	for (int i = 0; i < RECORD_N_TYPES; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* The head is there already: every key is preceded by a comma. */
static struct jsonw
payload(struct buf *out)
{
	struct jsonw w = JSONW(out);

	w.comma = true;
	return w;
}

static void
put_text(struct jsonw *w, const char *key, const char *text)
{
	if (text != NULL)
		jsonw_text(w, key, text);
}

static void
put_time(struct jsonw *w, const char *key, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_ms(t, text);
	jsonw_text(w, key, text);
}

static void
put_who(struct jsonw *w, struct record_who who)
{
	jsonw_object(w, "who");
	jsonw_int(w, "uid", who.uid);
	put_text(w, "user", who.user);
	jsonw_end_object(w);
}

static void
put_start(struct jsonw *w, const struct record_start *r)
{
	put_text(w, "build", r->build);
	if (r->config != NULL)
		jsonw_hex(w, "config", r->config, 32);
	put_text(w, "boot", r->boot);
	put_text(w, "reason", r->reason);
}

void
record_start(struct buf *out, const struct record_start *r)
{
	struct jsonw w = payload(out);

	put_start(&w, r);
	jsonw_bool(&w, "unclean", r->unclean);
}

void
record_stop(struct buf *out, const struct record_start *r)
{
	struct jsonw w = payload(out);

	put_start(&w, r);
}

/* Returns how many did not fit. */
static size_t
put_names(struct jsonw *w, const char *key, const char *const *list, size_t n)
{
	size_t i;

	if (n == 0)
		return 0;
	jsonw_array(w, key);
	for (i = 0; i < n && w->out->n + strlen(list[i]) < LIST_MOST; i++)
		jsonw_text(w, NULL, list[i]);
	jsonw_end_array(w);
	return n - i;
}

static size_t
put_files(struct jsonw *w, const struct record_policy *r)
{
	size_t i;

	jsonw_array(w, "files");
	for (i = 0; i < r->n_files && w->out->n < LIST_MOST / 2; i++) {
		jsonw_object(w, NULL);
		jsonw_text(w, "notice", r->files[i].notice);
		jsonw_hex(w, "sha256", r->files[i].sha256, 32);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	return r->n_files - i;
}

void
record_policy(struct buf *out, const struct record_policy *r)
{
	struct jsonw w = payload(out);
	size_t cut;

	jsonw_hex(&w, "digest", r->digest, 32);
	cut = put_files(&w, r);
	/* What weakens or ends a promise comes first. */
	cut += put_names(&w, "lengthened", r->lengthened, r->n_lengthened);
	cut += put_names(&w, "shortened", r->shortened, r->n_shortened);
	cut += put_names(&w, "removed", r->removed, r->n_removed);
	cut += put_names(&w, "changed", r->changed, r->n_changed);
	cut += put_names(&w, "added", r->added, r->n_added);
	if (cut != 0)
		jsonw_int(&w, "cut", (int64_t)cut);
	put_who(&w, r->who);
}

void
record_intent(struct buf *out, const struct record_intent *r)
{
	struct jsonw w = payload(out);

	jsonw_hex(&w, "op", r->op, COMMIT_OP_BYTES);
	jsonw_text(&w, "dataset", r->dataset);
	jsonw_text(&w, "action", r->action);
	jsonw_text(&w, "store", r->store);
	jsonw_text(&w, "object", r->object);
	put_text(&w, "basis", r->basis);
	if (r->policy != NULL)
		jsonw_hex(&w, "policy", r->policy, 32);
	put_time(&w, "cutoff", r->cutoff);
	put_text(&w, "agreement", r->agreement);
	jsonw_int(&w, "n", (int64_t)r->n);
	jsonw_base64(&w, "croot", r->croot, 32);
	if (r->n <= RECORD_C_IN_LINE) {
		jsonw_array(&w, "c");
		for (uint64_t i = 0; i < r->n; i++)
			jsonw_base64(&w, NULL, r->c[i], COMMIT_BYTES);
		jsonw_end_array(&w);
	}
	jsonw_int(&w, "gate", (int64_t)r->gate);
	put_text(&w, "plan", r->plan);
	put_text(&w, "cause", r->cause);
	put_text(&w, "request", r->request);
}

static void
put_skipped(struct jsonw *w, const struct record_outcome *r)
{
	if (r->skipped_drift + r->skipped_held + r->skipped_restricted == 0)
		return;
	jsonw_object(w, "skipped");
	if (r->skipped_drift != 0)
		jsonw_int(w, "drift", (int64_t)r->skipped_drift);
	if (r->skipped_held != 0)
		jsonw_int(w, "held", (int64_t)r->skipped_held);
	if (r->skipped_restricted != 0)
		jsonw_int(w, "restricted", (int64_t)r->skipped_restricted);
	jsonw_end_object(w);
}

static void
put_outcome(struct jsonw *w, const struct record_outcome *r)
{
	jsonw_hex(w, "op", r->op, COMMIT_OP_BYTES);
	jsonw_int(w, "n", (int64_t)r->n);
	jsonw_int(w, "erased", (int64_t)r->erased);
	jsonw_int(w, "left", (int64_t)r->left);
	put_skipped(w, r);
	put_text(w, "method", r->method);
	put_text(w, "assurance", r->assurance);
	put_text(w, "verify", r->verify);
	jsonw_int(w, "ms", r->ms);
	if (r->recovered)
		jsonw_bool(w, "recovered", true);
	if (r->pseudonymous)
		jsonw_bool(w, "pseudonymous", true);
}

void
record_done(struct buf *out, const struct record_outcome *r)
{
	struct jsonw w = payload(out);

	put_outcome(&w, r);
}

void
record_fail(struct buf *out, const struct record_outcome *r)
{
	struct jsonw w = payload(out);

	put_outcome(&w, r);
	put_text(&w, "error", r->error);
}

void
record_event(struct buf *out, const char *name, struct wall at,
    struct record_who who)
{
	struct jsonw w = payload(out);

	jsonw_text(&w, "name", name);
	put_time(&w, "at", at);
	put_who(&w, who);
}

void
record_hold(struct buf *out, const struct record_hold *r)
{
	struct jsonw w = payload(out);

	jsonw_text(&w, "id", r->id);
	if (r->scope != NULL)
		jsonw_text(&w, "scope", r->scope);
	if (r->name != NULL)
		jsonw_text(&w, "name", r->name);
	if (r->kind != NULL)
		jsonw_text(&w, "kind", r->kind);
	if (r->subject != NULL)
		jsonw_hex(&w, "subject", r->subject, 32);
	if (r->matter != NULL)
		jsonw_text(&w, "matter", r->matter);
	if (r->issuer != NULL)
		jsonw_text(&w, "issuer", r->issuer);
	if (r->reason != NULL)
		jsonw_hex(&w, "reason", r->reason, 32);
	if (r->until.ms != 0)
		put_time(&w, "until", r->until);
	put_who(&w, r->who);
}

static void
put_second(struct jsonw *w, const char *key, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	put_text(w, key, t.ms != 0 ? text : NULL);
}

void
record_clock(struct buf *out, const struct record_clock *r)
{
	struct jsonw w = payload(out);

	jsonw_text(&w, "why", r->why);
	put_second(&w, "from", r->from);
	put_second(&w, "to", r->to);
	if (r->who.user != NULL)
		put_who(&w, r->who);
}

void
record_brake(struct buf *out, const char *dataset, uint64_t due,
    uint64_t total, const char *why)
{
	struct jsonw w = payload(out);

	jsonw_text(&w, "dataset", dataset);
	jsonw_int(&w, "due", (int64_t)due);
	jsonw_int(&w, "total", (int64_t)total);
	jsonw_text(&w, "why", why);
}

void
record_defer(struct buf *out, const struct record_defer *r)
{
	struct jsonw w = payload(out);

	jsonw_text(&w, "dataset", r->dataset);
	jsonw_int(&w, "held", (int64_t)r->held);
	jsonw_int(&w, "restricted", (int64_t)r->restricted);
	jsonw_int(&w, "gate", (int64_t)r->gate);
}

void
record_recover(struct buf *out, uint64_t torn_bytes, const char *why)
{
	struct jsonw w = payload(out);

	jsonw_int(&w, "torn", (int64_t)torn_bytes);
	jsonw_text(&w, "why", why);
}
