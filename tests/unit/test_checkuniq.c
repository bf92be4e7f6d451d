/* checkuniq: a name that was added twice is told, wherever the two are: in one
 * run, in runs far apart, in the part that was not spilled; and no other. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "retention/sha256.h"

#include "audit/checkuniq.h"
#include "tap.h"

struct pairs {
	size_t n;
	uint64_t before, again;
};

static void
on_twice(void *ctx, uint64_t before, uint64_t again)
{
	struct pairs *p = ctx;

	p->n++;
	p->before = before;
	p->again = again;
}

static void
name_of(uint64_t i, uint8_t ret[COMMIT_OP_BYTES])
{
	uint8_t hash[32];

	sha256_once(&i, sizeof(i), hash);
	memcpy(ret, hash, COMMIT_OP_BYTES);
}

/* n names, that of `again` replaced by that of `before`; n: none is. */
static struct pairs
count(uint64_t n, uint64_t before, uint64_t again)
{
	struct checkuniq *u = checkuniq_new(NULL);
	struct pairs p = { .n = 0 };
	struct err e = ERR_EMPTY;

	for (uint64_t i = 0; i < n; i++) {
		uint8_t op[COMMIT_OP_BYTES];

		name_of(i == again ? before : i, op);
		if (checkuniq_add(u, op, 10 * i, &e) == -1)
			printf("# %s\n", e.text);
	}
	if (checkuniq_end(u, &p, on_twice, &e) == -1)
		printf("# %s\n", e.text);
	checkuniq_free(u);
	return p;
}

static void
test_pairs(void)
{
	static const uint64_t room = CHECKUNIQ_ROOM;
	static const struct { uint64_t n, before, again; } rows[] = {
		{ 2, 0, 1 }, { room, 0, room - 1 }, { room, 5, 6 },
		{ room + 1, 0, room }, { 5 * room + 3, 7, 5 * room + 2 },
		{ 5 * room, room - 1, room }, { 4 * room, 3, 4 * room - 1 },
		{ 3 * room, 2 * room, 2 * room + 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pairs p = count(rows[i].n, rows[i].before,
		    rows[i].again);

		ok(p.n == 1 && p.before == 10 * rows[i].before &&
		    p.again == 10 * rows[i].again, "%llu names: %llu and %llu",
		    (unsigned long long)rows[i].n,
		    (unsigned long long)p.before, (unsigned long long)p.again);
		p = count(rows[i].n, 0, rows[i].n);
		ok(p.n == 0, "... and none when there is none");
	}
}

/* No room for the file: told once, and what was there still counts. */
static void
test_full(void)
{
	const struct rlimit none = { 0, 0 };
	struct checkuniq *u = checkuniq_new(NULL);
	struct pairs p = { .n = 0 };
	struct err e = ERR_EMPTY;
	uint8_t op[COMMIT_OP_BYTES];
	size_t failed = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)fflush(stdout);
	(void)setrlimit(RLIMIT_FSIZE, &none);
	for (uint64_t i = 0; i < 3 * CHECKUNIQ_ROOM; i++) {
		name_of(i % (CHECKUNIQ_ROOM - 1), op);
		failed += checkuniq_add(u, op, i, &e) == -1;
	}
	(void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY,
	    RLIM_INFINITY });
	ok(failed == 1, "told once: %s", e.text);
	ok(checkuniq_end(u, &p, on_twice, &e) == 0 && p.n == 1 &&
	    p.before == 0 && p.again == CHECKUNIQ_ROOM - 1,
	    "the names before it are still compared");
	checkuniq_free(u);
}

int
main(void)
{
	test_pairs();
	test_full();
	return tap_done();
}
