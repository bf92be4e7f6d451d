/* packlane: every byte once and in order, by a thread or without one; a failure
 * comes back, and a lane that is given up leaves nothing behind. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/logs/packlane.h"

#include "tap.h"

static bool no_threads;
static unsigned made;

int __real_pthread_create(pthread_t *t, const pthread_attr_t *a,
    void *(*fn)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a,
    void *(*fn)(void *), void *arg);

int
__wrap_pthread_create(pthread_t *t, const pthread_attr_t *a,
    void *(*fn)(void *), void *arg)
{
	if (no_threads)
		return EAGAIN;
	made++;
	return __real_pthread_create(t, a, fn, arg);
}

struct got {
	size_t n, calls, slow_at, fail_at;
	bool in_order, last, after;
	pthread_t by;
};

static uint8_t
byte(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

static int
take(void *ctx, const void *p, size_t n, bool last, struct err *e)
{
	struct got *g = ctx;
	const uint8_t *b = p;

	g->after |= g->last;
	g->calls++;
	g->by = pthread_self();
	if (g->calls == g->slow_at)
		(void)usleep(20000);
	if (g->calls >= g->fail_at)
		return err_set(e, ERR_SYSTEM, "call %zu", g->calls);
	for (size_t i = 0; i < n; i++)
		g->in_order &= b[i] == byte(g->n + i);
	g->n += n;
	g->last = last;
	return 0;
}

/* In pieces of `piece`; -1 where a put fails, 0 where only the end does. */
static int
give(struct packlane *l, size_t n, size_t piece, struct err *e)
{
	uint8_t *b = malloc(piece);
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < n; at += piece) {
		const size_t some = n - at < piece ? n - at : piece;

		for (size_t i = 0; i < some; i++)
			b[i] = byte(at + i);
		rc = packlane_put(l, b, some, e);
	}
	free(b);
	return rc;
}

static bool
arrives(size_t n, size_t piece, size_t slow_at)
{
	struct got g = { .in_order = true, .slow_at = slow_at,
		.fail_at = SIZE_MAX };
	struct err e = ERR_EMPTY;
	struct packlane *l = packlane_new(take, &g);
	const bool good = l != NULL && give(l, n, piece, &e) == 0 &&
	    packlane_finish(l, &e) == 0;

	packlane_free(l);
	return good && g.n == n && g.in_order && g.last && !g.after;
}

static void
test_all_arrives(const char *how)
{
	static const size_t s = PACKLANE_SLOT;
	const size_t sizes[] = { 0, 1, s - 1, s, s + 1, 4 * s, 4 * s + 1,
		5 * s - 1, 5 * s, 9 * s + 7 };
	const size_t pieces[] = { 1000, s - 1, s, s + 1, 6 * s };
	bool good = true;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t k = 0; k < sizeof(pieces) / sizeof(*pieces); k++)
			for (size_t slow = 0; slow < 3; slow++)
				good &= arrives(sizes[i], pieces[k], slow);
	ok(good, "%s: every byte once, in order, with one end", how);
}

static void
test_failure(const char *how)
{
	bool good = true;

	for (size_t at = 1; at < 9; at++) {
		struct got g = { .in_order = true, .slow_at = at,
			.fail_at = at };
		struct err e = ERR_EMPTY;
		struct packlane *l = packlane_new(take, &g);
		char want[20];

		(void)snprintf(want, sizeof(want), "call %zu", at);
		/* Whether a put tells or only the end does, is of the moment. */
		good &= give(l, 8 * PACKLANE_SLOT - 5, 5000, &e) == -1 ||
		    packlane_finish(l, &e) == -1;
		good &= e.code == ERR_SYSTEM && strcmp(e.text, want) == 0;
		packlane_free(l);
		good &= g.calls == at && !g.last;
	}
	ok(good, "%s: a failure comes back, and nothing is tried after it", how);
}

static void
test_given_up(void)
{
	struct got g = { .in_order = true, .slow_at = 1, .fail_at = SIZE_MAX };
	struct err e = ERR_EMPTY;
	struct packlane *l = packlane_new(take, &g);

	must(give(l, 3 * PACKLANE_SLOT, PACKLANE_SLOT, &e) == 0);
	packlane_free(l);
	ok(!g.last && g.calls <= 3, "given up: no end is made up");
	packlane_free(NULL);
}

int
main(void)
{
	struct got g = { .in_order = true, .fail_at = SIZE_MAX };
	struct err e = ERR_EMPTY;
	struct packlane *l;

	ok(arrives(PACKLANE_SLOT - 1, 100, 0) && made == 0,
	    "what is small needs no thread");
	l = packlane_new(take, &g);
	must(give(l, 3 * PACKLANE_SLOT, 5000, &e) == 0);
	ok(packlane_finish(l, &e) == 0 && made == 1 &&
	    !pthread_equal(g.by, pthread_self()), "what is large has one");
	packlane_free(l);
	test_all_arrives("thread");
	test_failure("thread");
	test_given_up();
	no_threads = true;
	made = 0;
	test_all_arrives("alone");
	test_failure("alone");
	ok(made == 0, "alone: no thread");
	return tap_done();
}
