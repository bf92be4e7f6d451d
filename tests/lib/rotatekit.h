/* rotatekit - a trail whose key is rotated, and a search for what is left. */
#ifndef TESTS_ROTATEKIT_H
#define TESTS_ROTATEKIT_H

#include "faultkit.h"
#include "trailkit.h"

#define MOST_STEPS 200

static const struct trail_rotation schedule = { .why = "schedule" };

struct world {
	struct kit k;
	char pin[NOTE_VKEY_BYTES];	/* the first key's */
	char recovery[80];		/* file; "": none */
	bool accept;			/* rekeys */
	uint8_t seed[2][32];		/* keys/current, keys/next */
	bool has[2];
};

static const char *const names[2] = { "current", "next" };

static inline int
load(struct world *w, bool lost)
{
	struct err e = ERR_EMPTY;

	key_free(w->k.key);
	w->k.key = NULL;
	if ((lost ? key_load_lost : key_load)(w->k.state, "host1.example.org",
	    &w->k.key, &e) == 0)
		return 0;
	printf("# load: %s\n", e.text);
	return -1;
}

/* A trail with some records, sealed, open. */
static inline void
make(struct world *w, bool recovery)
{
	struct err e = ERR_EMPTY;

	*w = (struct world){ .accept = false };
	kit_make(&w->k);
	note_key_text(key_public(w->k.key), w->pin);
	if (recovery) {
		(void)snprintf(w->recovery, sizeof(w->recovery),
		    "%s/recovery.pem", w->k.state);
		if (key_recovery_make(w->k.state, "host1.example.org",
		    w->recovery, &e) == -1)
			printf("# recovery: %s\n", e.text);
	}
	if (kit_open(&w->k, 1 << 20, NULL, &e) == -1 ||
	    kit_plain(&w->k, RECORD_START, &e) == -1 ||
	    kit_intent(&w->k, 1, 2, &e) == -1 ||
	    kit_done(&w->k, 1, 2, 2, &e) == -1 ||
	    trail_checkpoint(w->k.trail, kit_now(&w->k), &e) == -1)
		printf("# make: %s\n", e.text);
}

static inline void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	int *genesis = ctx;

	(void)seq;
	*genesis += memmem(line, n, "\"genesis\"", 9) != NULL;
}

static inline enum verify_verdict
verdict(struct world *w, int *ret_genesis)
{
	struct note_key pin;
	struct verify_options o = { .pin = &pin, .now.ms = w->k.ms,
		.ctx = ret_genesis, .record = on_record,
		.accept_rekey = w->accept };
	struct err e = ERR_EMPTY;

	*ret_genesis = 0;
	(void)note_key_parse(w->pin, &pin, &e);
	return verify_trail(w->k.state, &o, &w->k.report, &e) == -1 ?
	    (enum verify_verdict)4 : w->k.report.verdict;
}

/* The seeds that are there now. */
static inline void
remember(struct world *w)
{
	char path[160];

	for (int i = 0; i < 2; i++) {
		struct buf b = BUF_EMPTY;
		struct err e;

		(void)snprintf(path, sizeof(path), "%s/keys/%s", w->k.state,
		    names[i]);
		w->has[i] = fd_read_file(path, 32, &b, &e) == 0 && b.n == 32;
		if (w->has[i])
			memcpy(w->seed[i], b.data, 32);
		buf_release(&b);
	}
}

static const uint8_t *sought;
static int hits;

static inline int
search(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	struct buf b = BUF_EMPTY;
	struct err e;

	(void)st, (void)f;
	if (kind == FTW_F && strstr(path, "/reserve") == NULL &&
	    fd_read_file(path, 1 << 24, &b, &e) == 0)
		hits += memmem(b.data, b.n, sought, 32) != NULL;
	buf_release(&b);
	return 0;
}

static inline int
found(const struct world *w, const uint8_t seed[32])
{
	sought = seed;
	hits = 0;
	(void)nftw(w->k.state, search, 8, FTW_PHYS);
	return hits;
}

/* Of the seeds remembered, at most the one in force is still anywhere. */
static inline bool
is_clean(struct world *w)
{
	struct world now = *w;
	bool clean = true;

	remember(&now);
	for (int i = 0; i < 2; i++)
		if (w->has[i] && memcmp(w->seed[i], now.seed[0], 32) != 0)
			clean = clean && found(w, w->seed[i]) == 0;
	return clean && now.has[0] && !now.has[1];
}

static inline int
rotate(void *arg)
{
	struct world *w = arg;
	struct err e;

	return trail_rotate(w->k.trail, &schedule, kit_now(&w->k), &e);
}

static inline int
take_up(void *arg)
{
	struct world *w = arg;
	struct err e = ERR_EMPTY;

	kit_shut(&w->k);
	if (load(w, false) == -1)
		return -1;
	if (kit_open(&w->k, 1 << 20, NULL, &e) == 0)
		return 0;
	printf("# %s\n", e.text);
	return -1;
}

/* Taken up, closed, and VALID from its one genesis on. */
static inline bool
goes_on(struct world *w)
{
	struct err e;
	int genesis;

	w->k.ms += 1000;
	return take_up(w) == 0 && kit_plain(&w->k, RECORD_STOP, &e) == 0 &&
	    trail_checkpoint(w->k.trail, kit_now(&w->k), &e) == 0 &&
	    verdict(w, &genesis) == VERIFY_VALID && genesis == 1;
}

static inline void
lose(struct world *w, const char *name)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/keys/%s", w->k.state, name);
	(void)unlink(path);
}

#endif
