/* wire: the dialogues are permitted as drawn, and nothing else is. */
#include <string.h>

#include "retention/wire.h"

#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Walks a dialogue; 'P' or 'W' in front is implied by the table. */
static enum wire_state
walk(enum wire_state at, const enum wire_type *steps, size_t n,
    const enum wire_peer *from)
{
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < n; i++)
		if (wire_permit(steps[i], from[i], at, 0, &at, &e) == -1) {
			printf("# step %zu: %s\n", i, e.text);
			return WIRE_ANY;
		}
	return at;
}

#define P(t) { WIRE_##t, WIRE_PARENT }
#define W(t) { WIRE_##t, WIRE_WORKER }
struct step { enum wire_type type; enum wire_peer from; };

static void
dialogue(const char *what, enum wire_state at, enum wire_state end,
    const struct step *s, size_t n)
{
	enum wire_type types[32];
	enum wire_peer from[32];

	for (size_t i = 0; i < n; i++) {
		types[i] = s[i].type;
		from[i] = s[i].from;
	}
	ok(walk(at, types, n, from) == end, "%s", what);
}

static void
test_dialogues(void)
{
	static const struct step greet[] = { W(HELLO), P(OPEN), W(OPENED) };
	static const struct step plan[] = { P(PLAN), W(COUNTED), P(PEEK),
	    W(PEEKED), P(CHECK), W(FINDING), W(FINDING), W(CHECKED),
	    P(EVENT), W(FIRED) };
	static const struct step none[] = { P(ERASE), W(FINISHED) };
	static const struct step two[] = { P(ERASE), W(WANT), P(OPS), W(ITEMS),
	    W(ITEMS), W(INTEND), W(WANT), P(OPS), W(ITEMS), W(INTEND),
	    W(READY), P(GO), W(DONE), W(DONE), W(WANT), P(OPS), W(ITEMS),
	    W(INTEND), W(READY), P(GO), W(DONE), W(FINISHED) };
	static const struct step stop[] = { P(ERASE), W(WANT), P(OPS),
	    W(ITEMS), W(INTEND), W(READY), P(STOP), W(DONE), W(FINISHED) };
	static const struct step unused[] = { P(ERASE), W(WANT), P(OPS),
	    W(FINISHED) };
	static const struct step look[] = { P(RESUME), P(KNOWN), P(KNOWN),
	    P(KNOWN_ALL), W(DONE), W(DONE), W(FINISHED) };
	static const struct step act[] = { P(RESUME), P(KNOWN), P(KNOWN_ALL),
	    W(DONE), W(READY), P(GO), W(DONE), W(READY), P(GO), W(DONE),
	    W(FINISHED), P(BYE) };
	static const struct step fail[] = { P(ERASE), W(WANT), P(OPS),
	    W(ITEMS), W(FAILED), P(PLAN), W(FAILED), P(BYE) };

	dialogue("greeting", WIRE_STARTING, WIRE_IDLE, greet, N(greet));
	dialogue("questions", WIRE_IDLE, WIRE_IDLE, plan, N(plan));
	dialogue("nothing due", WIRE_IDLE, WIRE_IDLE, none, N(none));
	dialogue("two rounds", WIRE_IDLE, WIRE_IDLE, two, N(two));
	dialogue("stopped", WIRE_IDLE, WIRE_IDLE, stop, N(stop));
	dialogue("operations not used", WIRE_IDLE, WIRE_IDLE, unused,
	    N(unused));
	dialogue("resume, looking", WIRE_IDLE, WIRE_IDLE, look, N(look));
	dialogue("resume, acting", WIRE_IDLE, WIRE_STARTING, act, N(act));
	dialogue("failing", WIRE_IDLE, WIRE_STARTING, fail, N(fail));
}

static void
test_refusals(void)
{
	static const struct {
		const char *what;
		unsigned type;
		enum wire_peer from;
		enum wire_state state;
		size_t n;
	} bad[] = {
		{ "unknown", WIRE_N_TYPES, WIRE_WORKER, WIRE_IDLE, 0 },
		{ "far unknown", ~0U, WIRE_PARENT, WIRE_IDLE, 0 },
		{ "wrong sender", WIRE_PLAN, WIRE_WORKER, WIRE_IDLE, 0 },
		{ "the worker says GO", WIRE_GO, WIRE_WORKER, WIRE_WAITING, 0 },
		{ "the parent fails", WIRE_FAILED, WIRE_PARENT, WIRE_IDLE, 0 },
		{ "before OPEN", WIRE_PLAN, WIRE_PARENT, WIRE_GREETED, 0 },
		{ "twice HELLO", WIRE_HELLO, WIRE_WORKER, WIRE_GREETED, 0 },
		{ "DONE before READY", WIRE_DONE, WIRE_WORKER, WIRE_INTENDING,
		    0 },
		{ "DONE before GO", WIRE_DONE, WIRE_WORKER, WIRE_WAITING, 0 },
		{ "DONE without a job", WIRE_DONE, WIRE_WORKER, WIRE_ERASING,
		    0 },
		{ "READY without operations", WIRE_READY, WIRE_WORKER,
		    WIRE_ERASING, 0 },
		{ "ITEMS after GO", WIRE_ITEMS, WIRE_WORKER, WIRE_ACTING, 0 },
		{ "new operations in a resume", WIRE_WANT, WIRE_WORKER,
		    WIRE_SEEKING, 0 },
		{ "GO unasked", WIRE_GO, WIRE_PARENT, WIRE_INTENDING, 0 },
		{ "OPS unasked", WIRE_OPS, WIRE_PARENT, WIRE_INTENDING, 0 },
		{ "too long", WIRE_HELLO, WIRE_WORKER, WIRE_STARTING, 257 },
	};
	enum wire_state next = WIRE_ANY;
	struct err e;

	for (size_t i = 0; i < N(bad); i++) {
		e = ERR_EMPTY;
		ok(wire_permit(bad[i].type, bad[i].from, bad[i].state,
		    bad[i].n, &next, &e) == -1 && e.code == ERR_PROTOCOL &&
		    next == WIRE_ANY, "%s: %s", bad[i].what, e.text);
	}
	ok(wire_permit(WIRE_HELLO, WIRE_WORKER, WIRE_STARTING, 256, &next,
	    &e) == 0 && next == WIRE_GREETED, "as long as it may be");
}

/* I1 in the table: only GO and STOP lead to where an outcome of a pass is
 * reported, and only READY leads to where they are said. */
static void
test_gate(void)
{
	for (unsigned s = 0; s < WIRE_ANY; s++)
		for (unsigned t = 0; t < WIRE_N_TYPES; t++)
			for (int from = 0; from < 2; from++) {
				enum wire_state next = WIRE_ANY;
				struct err e;

				if (wire_permit(t, (enum wire_peer)from,
				    (enum wire_state)s, 0, &next, &e) == -1 ||
				    (next != WIRE_ACTING && next !=
				    WIRE_WAITING) || s == (unsigned)next)
					continue;
				ok(next == WIRE_ACTING ? s == WIRE_WAITING &&
				    (t == WIRE_GO || t == WIRE_STOP) :
				    t == WIRE_READY, "%s, %s: to %s",
				    wire_state_name(s), wire_name(t),
				    wire_state_name(next));
			}
}

int
main(void)
{
	test_dialogues();
	test_refusals();
	test_gate();
	ok(strcmp(wire_name(WIRE_KNOWN_ALL), "KNOWN_ALL") == 0 &&
	    strcmp(wire_name(WIRE_N_TYPES), "?") == 0, "names");
	ok(strcmp(wire_state_name(WIRE_ACTING), "acting") == 0 &&
	    strcmp(wire_state_name(WIRE_ANY), "?") == 0, "names of states");
	return tap_done();
}
