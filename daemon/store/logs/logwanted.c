#include "logwanted.h"

#include <stdlib.h>
#include <string.h>

#include "retention/linewho.h"

struct logwanted {
	struct linewho who;
	const struct gates *gates;	/* borrowed */
	char *masked;			/* owned */
	size_t most, used;
	bool failed;
};

struct logwanted *
logwanted_new(const struct rule_dataset *d, size_t most)
{
	struct logwanted *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	must(d->n_wanted != 0 && d->gates != NULL);
	*w = (struct logwanted){ .gates = d->gates, .most = most,
		.who = { d->gates->key, d->wanted, d->n_wanted,
			wordseen_new() },
		.masked = malloc(most) };
	if (w->masked == NULL || w->who.seen == NULL) {
		logwanted_free(w);
		return NULL;
	}
	return w;
}

void
logwanted_free(struct logwanted *w)
{
	if (w == NULL)
		return;
	if (w->masked != NULL)
		explicit_bzero(w->masked, w->used);
	wordseen_free(w->who.seen);
	free(w->masked);
	free(w);
}

struct who {
	const struct gates *gates;
	enum gate_state *state;
};

static void
note_gate(void *ctx, size_t kind, const uint8_t hash[32])
{
	const struct who *w = ctx;
	enum gate_state one = gates_find(w->gates, (int)kind, hash);

	if (one > *w->state)
		*w->state = one;
}

bool
logwanted_line(struct logwanted *w, const char *line, size_t n,
    enum gate_state *ret_gate)
{
	struct who all = { w->gates, ret_gate };
	const struct linewho_ask others = { w->gates->key, w->gates->n_kinds,
		w->gates->kind, &all, note_gate };
	struct err e = ERR_EMPTY;
	int64_t until = 0;
	size_t tokens = 0;

	*ret_gate = GATE_OPEN;
	must(n <= w->most);
	if (linewho_until(&w->who, line, n, &until, &e) == -1)
		goto failed;
	if (until != INT64_MAX)
		return false;
	if (n > w->used)
		w->used = n;
	if (linewho_all(&others, line, n, &e) == -1 ||
	    linewho_mask(&w->who, line, n, w->masked, &tokens, &e) == -1)
		goto failed;
	return tokens != 0;
failed:
	w->failed = true;
	return false;
}

const char *
logwanted_masked(const struct logwanted *w)
{
	return w->masked;
}

bool
logwanted_failed(const struct logwanted *w)
{
	return w->failed;
}
