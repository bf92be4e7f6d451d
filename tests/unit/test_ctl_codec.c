/* ctl: requests come back as they went; others are refused with a reason. */
#include <string.h>

#include "retention/buf.h"
#include "retention/ctl.h"
#include "retention/pool.h"

#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_of_person(unsigned what)
{
	return what == CTL_RESTRICT || what == CTL_UNRESTRICT;
}

static bool
decides(unsigned what)
{
	return what == CTL_APPROVE || what == CTL_REJECT;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
alike(const struct ctl_request *a, const struct ctl_request *b)
{
	return same_text(a->name, b->name) && same_text(a->scope, b->scope) &&
	    same_text(a->kind, b->kind) && same_text(a->value, b->value) &&
	    same_text(a->matter, b->matter) &&
	    same_text(a->state, b->state) && a->has_due == b->has_due &&
	    a->due.ms == b->due.ms && a->n_persons == b->n_persons &&
	    (a->n_persons == 0 || same_text(a->persons[1].value,
	    b->persons[1].value)) && a->n_fixes == b->n_fixes &&
	    (a->n_fixes == 0 || (same_text(a->fixes[0].value,
	    b->fixes[0].value) && same_text(a->fixes[1].value,
	    b->fixes[1].value) && same_text(a->fixes[1].column,
	    b->fixes[1].column))) && a->n_outcomes == b->n_outcomes &&
	    (a->n_outcomes == 0 || (a->outcomes[0].lines ==
	    b->outcomes[0].lines && same_text(a->outcomes[0].store,
	    b->outcomes[0].store)));
}

static void
test_round_trips(struct pool *p)
{
	static const char *const names[] = { "n/a", "n/b" };
	static const struct ctl_person two[] = { { "email", "a@example.org" },
		{ "name", "A" } };
	static const struct ctl_outcome outcome = { "n/a", "n/s", "found", 1,
		2, 3, 4 };
	static const struct ctl_fix fixes[] = { { "name", "O'Right \"N" },
		{ "phone", NULL } };
	struct ctl_request r = { .what = CTL_RUN, .n_datasets = 2,
	    .datasets = names, .wait = true }, back = { 0 };
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	ctl_put_request(&b, &r);
	ok(strchr(buf_text(&b), '\n') == NULL, "one line: %s", buf_text(&b));
	ok(ctl_get_request(b.data, b.n, p, &back, &e) == 0 &&
	    back.what == CTL_RUN && back.n_datasets == 2 && back.wait &&
	    strcmp(back.datasets[1], "n/b") == 0 && !back.has_at &&
	    back.name == NULL, "run: %s", e.text);
	buf_reset(&b);
	r = (struct ctl_request){ .what = CTL_EVENT_ADD, .name = "closed",
	    .has_at = true, .at = { -1 } };
	ctl_put_request(&b, &r);
	ok(ctl_get_request(b.data, b.n, p, &back, &e) == 0 &&
	    back.what == CTL_EVENT_ADD && strcmp(back.name, "closed") == 0 &&
	    back.has_at && back.at.ms == -1, "event declare: %s", e.text);
	r = (struct ctl_request){ .what = CTL_KEY_SHRED, .n_epochs = 2,
	    .epochs = (const char *const[]){ "0", "7" } };
	buf_reset(&b);
	ctl_put_request(&b, &r);
	ok(ctl_get_request(b.data, b.n, p, &back, &e) == 0 &&
	    back.what == CTL_KEY_SHRED && !back.has_at && back.n_epochs == 2 &&
	    strcmp(back.epochs[1], "7") == 0, "key shred: %s", e.text);
	for (unsigned i = 0; i < CTL_N_DOS; i++) {
		buf_reset(&b);
		r = (struct ctl_request){ .what = (enum ctl_do)i,
		    .name = i == CTL_EVENT_ADD || i == CTL_HOLD_RELEASE ||
		    i == CTL_SCRUB ||
		    decides(i) ? "x" : NULL,
		    .reason = decides(i) ? "seen" : NULL,
		    .scope = i == CTL_HOLD_ADD ? "all" : NULL,
		    .matter = i == CTL_HOLD_ADD ? "case" : NULL,
		    .kind = is_of_person(i) ? "email" : NULL,
		    .value = is_of_person(i) ? "a@example.org" : NULL,
		    .has_at = i == CTL_AUDIT_PRUNE || i == CTL_KEY_SHRED };
		if (i == CTL_SUBJECT_RECEIVE || i == CTL_SUBJECT_ANSWER ||
		    i == CTL_RESTORED || i == CTL_SUBJECT_CORRECT)
			r.name = "x";
		r.n_fixes = i == CTL_SUBJECT_CORRECT ? 2 : 0;
		r.fixes = fixes;
		if (i == CTL_SUBJECT_RECEIVE || i == CTL_SUBJECT_ERASE ||
		    i == CTL_SUBJECT_CORRECT) {
			r.n_persons = 2;
			r.persons = two;
			r.has_due = true;
			r.due.ms = 7;
		}
		r.state = i == CTL_SUBJECT_ANSWER ? "done" : NULL;
		r.n_outcomes = i == CTL_SUBJECT_ANSWER;
		r.outcomes = &outcome;
		ctl_put_request(&b, &r);
		ok(ctl_get_request(b.data, b.n, p, &back, &e) == 0 &&
		    back.what == r.what && alike(&back, &r), "%s",
		    ctl_word(r.what));
	}
	buf_release(&b);
}

static void
test_refused(struct pool *p)
{
	static const struct { const char *what, *line; } bad[] = {
		{ "nothing", "" },
		{ "cut short", "{\"do\":\"run\"" },
		{ "no do", "{\"wait\":true}" },
		{ "unknown word", "{\"do\":\"erase everything\"}" },
		{ "unknown key", "{\"do\":\"run\",\"force\":true}" },
		{ "a key twice", "{\"do\":\"status\",\"do\":\"run\"}" },
		{ "wrong type", "{\"do\":\"run\",\"datasets\":\"n/a\"}" },
		{ "wrong type inside", "{\"do\":\"run\",\"datasets\":[1]}" },
		{ "wait is no bool", "{\"do\":\"run\",\"wait\":1}" },
		{ "real time", "{\"do\":\"event declare\",\"name\":\"x\","
		    "\"at\":1.5}" },
		{ "no name", "{\"do\":\"event declare\"}" },
		{ "prune without a time", "{\"do\":\"audit prune\"}" },
		{ "shred of nothing", "{\"do\":\"key shred\"}" },
		{ "shred by both", "{\"do\":\"key shred\",\"at\":1,"
		    "\"epochs\":[\"1\"]}" },
		{ "prune of epochs", "{\"do\":\"audit prune\",\"at\":1,"
		    "\"epochs\":[\"1\"]}" },
		{ "time of a reload", "{\"do\":\"reload\",\"at\":1}" },
		{ "empty name", "{\"do\":\"event declare\",\"name\":\"\"}" },
		{ "name for run", "{\"do\":\"run\",\"name\":\"x\"}" },
		{ "datasets for status", "{\"do\":\"status\","
		    "\"datasets\":[\"n/a\"]}" },
		{ "a hold without scope", "{\"do\":\"hold add\","
		    "\"matter\":\"x\"}" },
		{ "a hold on nothing in particular", "{\"do\":\"hold add\","
		    "\"scope\":\"all\"}" },
		{ "matter for run", "{\"do\":\"run\",\"matter\":\"x\"}" },
		{ "nobody is named", "{\"do\":\"subject restrict\","
		    "\"kind\":\"email\"}" },
		{ "release of what", "{\"do\":\"hold release\"}" },
		{ "a request of nobody", "{\"do\":\"subject receive\","
		    "\"name\":\"copy\"}" },
		{ "an answer without a state", "{\"do\":\"subject answer\","
		    "\"name\":\"x\"}" },
		{ "a due date of a run", "{\"do\":\"run\",\"due\":1}" },
		{ "two objects", "{\"do\":\"run\"}{\"do\":\"run\"}" },
	};
	static char big[CTL_MOST_BYTES + 1];
	struct ctl_request r = { .name = "untouched" };
	struct err e;

	for (size_t i = 0; i < N(bad); i++) {
		e = ERR_EMPTY;
		ok(ctl_get_request(bad[i].line, strlen(bad[i].line), p, &r,
		    &e) == -1 && e.code == ERR_INPUT &&
		    strcmp(r.name, "untouched") == 0, "refused, %s: %s",
		    bad[i].what, e.text);
	}
	memset(big, ' ', sizeof(big));
	memcpy(big, "{\"do\":\"run\"}", 12);
	ok(ctl_get_request(big, sizeof(big) - 1, p, &r, &e) == 0,
	    "as long as it may be");
	ok(ctl_get_request(big, sizeof(big), p, &r, &e) == -1 &&
	    e.code == ERR_INPUT, "too long: %s", e.text);
}

int
main(void)
{
	struct pool *p = pool_new();

	test_round_trips(p);
	test_refused(p);
	ok(ctl_right(CTL_STATUS) == CTL_READ && ctl_right(CTL_RUN) ==
	    CTL_CHANGE && ctl_right(CTL_EVENT_ADD) == CTL_CHANGE &&
	    ctl_right(CTL_AUDIT_PRUNE) == CTL_CHANGE &&
	    ctl_right(CTL_KEY_SHRED) == CTL_CHANGE, "rights");
	pool_free(p);
	return tap_done();
}
