/*
 * wire - the state machine of a link, read from wire_table.h.
 */
#include "retention/wire.h"

struct row {
	const char *name;
	enum wire_peer sender;
	size_t most;
};

struct moment {
	enum wire_type type;
	enum wire_state legal, next;
};

static const struct row rows[] = {
#define WIRE(name, sender, state, next, most) \
	{ #name, WIRE_##sender, most },
#include "retention/wire_table.h"
#undef WIRE
};

static const struct moment moments[] = {
#define WIRE(name, sender, state, next, most) \
	{ WIRE_##name, WIRE_##state, WIRE_##next },
#define ALSO(name, state, next) { WIRE_##name, WIRE_##state, WIRE_##next },
#include "retention/wire_table.h"
#undef WIRE
};

static const char *const states[] = {
	[WIRE_STARTING] = "starting", [WIRE_GREETED] = "greeted",
	[WIRE_OPENING] = "opening", [WIRE_IDLE] = "idle",
	[WIRE_PLANNING] = "planning", [WIRE_PEEKING] = "peeking",
	[WIRE_CHECKING] = "checking", [WIRE_ASKING] = "asking",
	[WIRE_ERASING] = "erasing", [WIRE_WANTING] = "wanting",
	[WIRE_INTENDING] = "intending", [WIRE_RESUMING] = "resuming",
	[WIRE_SEEKING] = "seeking", [WIRE_WAITING] = "waiting",
	[WIRE_ACTING] = "acting", [WIRE_EXPLAINING] = "explaining",
	[WIRE_LISTING] = "listing", [WIRE_SURVEYING] = "surveying",
	[WIRE_SEARCHING] = "searching",
	[WIRE_MARKING] = "marking",
	[WIRE_SWEEPING] = "sweeping",
	[WIRE_MATCHING] = "matching",
};

const char *
wire_name(unsigned type)
{
	return type < WIRE_N_TYPES ? rows[type].name : "?";
}

const char *
wire_state_name(unsigned state)
{
	return state < WIRE_ANY ? states[state] : "?";
}

static const struct moment *
find_moment(unsigned type, enum wire_state state)
{
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		const struct moment *m = &moments[i];

		if (m->type == type &&
		    (m->legal == state || m->legal == WIRE_ANY))
			return m;
	}
	return NULL;
}

int
wire_permit(unsigned type, enum wire_peer from, enum wire_state state,
    size_t body_bytes, enum wire_state *ret_next, struct err *e)
{
	const struct moment *m = find_moment(type, state);

	if (type >= WIRE_N_TYPES)
		return err_set(e, ERR_PROTOCOL, "unknown message %u", type);
	if (rows[type].sender != from)
		return err_set(e, ERR_PROTOCOL, "%s is not for the %s to send",
		    rows[type].name, from == WIRE_PARENT ? "parent" : "worker");
	if (m == NULL)
		return err_set(e, ERR_PROTOCOL, "%s on a link that is %s",
		    rows[type].name, wire_state_name(state));
	if (body_bytes > rows[type].most)
		return err_set(e, ERR_PROTOCOL,
		    "%s of %zu bytes; at most %zu are allowed",
		    rows[type].name, body_bytes, rows[type].most);
	*ret_next = m->next;
	return 0;
}
