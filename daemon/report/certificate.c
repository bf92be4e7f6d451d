/* certificate - the record of disposal, as text and as JSON. */
#include "retention/certificate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/plain.h"
#include "retention/sha256.h"

#include "class.h"

static const char not_claimed[] =
    "This record claims nothing about the storage medium: removing rows, lines "
    "and files is no\nclearing or purging of the device they were on. It does "
    "not speak of backups, of copies that\nothers hold, of file system "
    "snapshots, or of blocks that a drive has remapped. Rows of other\ntables "
    "and files that belong to an item go with it and are not counted. What "
    "was not recorded\nin this trail is not in this record.\n";

struct certificate *
certificate_new(const struct certificate_scope *scope)
{
	struct certificate *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->scope = *scope;
	c->last = &c->first;
	c->last_approval = &c->approvals;
	return c;
}

void
certificate_free(struct certificate *c)
{
	if (c != NULL)
		class_release(c);
	free(c);
}

void
certificate_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	json_t *record = json_loadb(line, n, 0, NULL);

	(void)seq;
	class_record(ctx, record);
	json_decref(record);
}

uint64_t
certificate_operations(const struct certificate *c)
{
	uint64_t n = 0;

	for (const struct class_one *one = c->first; one; one = one->next)
		n += one->operations;
	return n;
}

static void
put(struct buf *out, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	buf_putf(out, "  %-12s ", name);
	plain_add(out, text);
	buf_puts(out, "\n");
}

static void
put_time(struct buf *out, const char *name, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_ms(t, text);
	put(out, name, text);
}

/* Assurance, never stronger than what the worker found. */
static const char *
assurance_of(const struct class_one *one)
{
	return one->text[CLASS_ASSURANCE][0] != '\0' ?
	    one->text[CLASS_ASSURANCE] : "not stated: take it as a logical "
	    "deletion whose blocks may survive below the file system";
}

static void
put_policy(const struct class_one *one, const struct certificate_ground *g,
    struct buf *out)
{
	struct certificate_policy p = { .title = NULL };
	char hex[65];

	if (g->policy == NULL ||
	    !g->policy(g->ctx, one->text[CLASS_DATASET], &p)) {
		put(out, "policy", "not in today's policies");
		return;
	}
	hex_text(p.digest, 32, hex);
	put(out, "notice", p.title);
	put(out, "controller", p.controller);
	put(out, "owner", p.owner);
	put(out, "promise", p.promise);
	put(out, "legal basis", p.basis);
	if (strcmp(hex, one->text[CLASS_POLICY]) != 0)
		put(out, "", "(these are today's policies; those in force then "
		    "had another digest)");
}

static const char *
word_of(const char *action)
{
	return strcmp(action, "anonymise") == 0 ? "anonymised" :
	    strcmp(action, "correct") == 0 ? "corrected" : "erased";
}

static void
put_class(const struct class_one *one, const struct certificate_ground *g,
    struct buf *out)
{
	buf_puts(out, "\n");
	put(out, "class", one->text[CLASS_DATASET]);
	put_policy(one, g, out);
	put(out, "rule", one->text[CLASS_BASIS]);
	put(out, "agreement", one->text[CLASS_AGREEMENT]);
	put(out, "authority", one->text[CLASS_POLICY]);
	put(out, "store", one->text[CLASS_STORE]);
	put(out, "action", one->text[CLASS_ACTION]);
	put_time(out, "first", one->first);
	put_time(out, "last", one->last);
	buf_putf(out, "  %-12s %" PRIu64 ", %" PRIu64 " of them failed, %"
	    PRIu64 " resolved after a crash\n", "operations", one->operations,
	    one->failed, one->recovered);
	buf_putf(out, "  %-12s %" PRIu64 " meant, %" PRIu64 " %s, %" PRIu64
	    " left, %" PRIu64 " skipped\n", "items", one->n, one->erased,
	    word_of(one->text[CLASS_ACTION]), one->left, one->skipped);
	for (size_t i = 0; i < one->n_reasons; i++)
		buf_putf(out, "  %-12s %" PRIu64 " %s\n", "skipped as",
		    one->reason[i].n, one->reason[i].name);
	put(out, "method", one->text[CLASS_METHOD]);
	put(out, "checked by", one->text[CLASS_VERIFY]);
	put(out, "assurance", assurance_of(one));
	if (one->pseudonymous)
		put(out, "remains", "pseudonyms, which are still personal data");
}

static void
put_head(const struct certificate *c, const struct certificate_ground *g,
    struct buf *out)
{
	char vkey[NOTE_VKEY_BYTES] = "";

	if (g->report->have_key)
		note_key_text(&g->report->first_key, vkey);
	buf_puts(out, "RECORD OF DISPOSAL\n\n");
	put(out, "trail", g->report->first_key.name);
	put(out, "key", vkey);
	put(out, "verdict", verify_verdict_name(g->report->verdict));
	put(out, "", g->pin == NULL ? "no key was pinned: who wrote this trail "
	    "is not shown" : "checked against the pinned key");
	put(out, "", g->finding);
	put_time(out, "made at", g->now);
	put(out, "agreement", c->scope.agreement);
	if (c->scope.has_from)
		put_time(out, "from", c->scope.from);
	if (c->scope.has_to)
		put_time(out, "before", c->scope.to);
	for (size_t i = 0; i < c->scope.n_datasets; i++)
		put(out, "dataset", c->scope.dataset[i]);
	buf_putf(out, "  %-12s %" PRIu64 ", %" PRIu64 " of them sealed\n",
	    "records", g->report->records, g->report->sealed);
	buf_putf(out, "  %-12s %" PRIu64 " with an outcome, %" PRIu64
	    " without\n", "operations", certificate_operations(c),
	    c->unfinished);
}

static void
fingerprint(const struct buf *text, char ret[65])
{
	uint8_t hash[32];

	sha256_once(buf_text(text), text->n, hash);
	hex_text(hash, 32, ret);
}

void
certificate_text(const struct certificate *c,
    const struct certificate_ground *g, struct buf *out)
{
	struct buf b = BUF_EMPTY;
	char hex[65];

	put_head(c, g, &b);
	for (const struct class_one *one = c->first; one; one = one->next)
		put_class(one, g, &b);
	buf_puts(&b, c->approvals != NULL ? "\nDecisions by people\n" : "");
	for (const struct class_approval *a = c->approvals; a; a = a->next)
		put(&b, "", a->text);
	buf_putf(&b, "\n%s\nNewest checkpoint\n\n%s\n", not_claimed,
	    c->note != NULL ? c->note : "none\n");
	fingerprint(&b, hex);
	buf_putf(&b, "fingerprint SHA-256 %s\n", hex);
	buf_add(out, buf_text(&b), b.n);
	out->failed |= buf_failed(&b) || c->failed;
	buf_release(&b);
}

static void
json_time(struct jsonw *w, const char *key, bool has, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_ms(t, text);
	jsonw_text(w, key, has ? text : NULL);
}

static void
json_policy(struct jsonw *w, const struct class_one *one,
    const struct certificate_ground *g)
{
	struct certificate_policy p = { .title = NULL };
	char hex[65] = "";

	if (g->policy != NULL && g->policy(g->ctx, one->text[CLASS_DATASET],
	    &p))
		hex_text(p.digest, 32, hex);
	jsonw_text(w, "notice", p.title);
	jsonw_text(w, "controller", p.controller);
	jsonw_text(w, "owner", p.owner);
	jsonw_text(w, "promise", p.promise);
	jsonw_text(w, "legal_basis", p.basis);
	jsonw_bool(w, "policy_in_force", strcmp(hex,
	    one->text[CLASS_POLICY]) == 0);
}

static void
json_class(struct jsonw *w, const struct class_one *one,
    const struct certificate_ground *g)
{
	static const char *const names[CLASS_N_TEXTS] = { "dataset", "store",
		"action", "rule", "agreement", "policy", "method", "assurance",
		"verify" };

	jsonw_object(w, NULL);
	for (int i = 0; i < CLASS_N_TEXTS; i++)
		jsonw_text(w, names[i], one->text[i][0] != '\0' ?
		    one->text[i] : NULL);
	json_policy(w, one, g);
	json_time(w, "first", true, one->first);
	json_time(w, "last", true, one->last);
	jsonw_int(w, "operations", (int64_t)one->operations);
	jsonw_int(w, "failed", (int64_t)one->failed);
	jsonw_int(w, "recovered", (int64_t)one->recovered);
	jsonw_int(w, "n", (int64_t)one->n);
	jsonw_int(w, "erased", (int64_t)one->erased);
	jsonw_int(w, "left", (int64_t)one->left);
	jsonw_object(w, "skipped");
	for (size_t i = 0; i < one->n_reasons; i++)
		jsonw_int(w, one->reason[i].name, (int64_t)one->reason[i].n);
	jsonw_end_object(w);
	jsonw_bool(w, "pseudonymous", one->pseudonymous);
	jsonw_end_object(w);
}

static void
json_head(struct jsonw *w, const struct certificate *c,
    const struct certificate_ground *g)
{
	char vkey[NOTE_VKEY_BYTES] = "";

	if (g->report->have_key)
		note_key_text(&g->report->first_key, vkey);
	jsonw_text(w, "key", vkey);
	jsonw_text(w, "verdict", verify_verdict_name(g->report->verdict));
	jsonw_bool(w, "pinned", g->pin != NULL);
	jsonw_text(w, "finding", g->finding);
	json_time(w, "made_at", true, g->now);
	jsonw_text(w, "agreement", c->scope.agreement);
	json_time(w, "from", c->scope.has_from, c->scope.from);
	json_time(w, "to", c->scope.has_to, c->scope.to);
	jsonw_int(w, "records", (int64_t)g->report->records);
	jsonw_int(w, "sealed", (int64_t)g->report->sealed);
	jsonw_int(w, "operations", (int64_t)certificate_operations(c));
	jsonw_int(w, "unfinished", (int64_t)c->unfinished);
}

void
certificate_json(const struct certificate *c,
    const struct certificate_ground *g, struct buf *out)
{
	struct jsonw w = JSONW(out);
	struct buf text = BUF_EMPTY;

	certificate_text(c, g, &text);
	jsonw_object(&w, NULL);
	json_head(&w, c, g);
	jsonw_array(&w, "classes");
	for (const struct class_one *one = c->first; one; one = one->next)
		json_class(&w, one, g);
	jsonw_end_array(&w);
	jsonw_array(&w, "decisions");
	for (const struct class_approval *a = c->approvals; a; a = a->next)
		jsonw_text(&w, NULL, a->text);
	jsonw_end_array(&w);
	jsonw_text(&w, "not_claimed", not_claimed);
	jsonw_text(&w, "checkpoint", c->note);
	/* The text's own last word. */
	if (text.n > 65)
		jsonw_textn(&w, "fingerprint", text.data + text.n - 65, 64);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
	out->failed |= buf_failed(&text);
	buf_release(&text);
}
