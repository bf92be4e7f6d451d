/*
 * packlane - see the header.
 */
#include "packlane.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define N_SLOTS ((size_t)4)
#define STACK ((size_t)256 << 10)

struct packlane {
	packlane_fn *fn;
	void *ctx;		/* borrowed */
	bool tried, running;	/* the thread */
	pthread_t thread;
	pthread_mutex_t mutex;	/* of all up to the slots' bytes */
	pthread_cond_t moved;
	size_t put, done;	/* slots */
	bool last;		/* the slot before `put` is the last */
	bool stop, failed;
	struct err err;		/* if failed */
	size_t n[N_SLOTS];	/* n[put % N_SLOTS] is being filled */
	char slot[N_SLOTS][PACKLANE_SLOT];
};

struct packlane *
packlane_new(packlane_fn *fn, void *ctx)
{
	struct packlane *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->fn = fn;
	l->ctx = ctx;
	must(pthread_mutex_init(&l->mutex, NULL) == 0 &&
	    pthread_cond_init(&l->moved, NULL) == 0);
	return l;
}

static void *
live(void *arg)
{
	struct packlane *l = arg;
	bool last = false;

	(void)pthread_mutex_lock(&l->mutex);
	while (!last && !l->failed) {
		struct err why = ERR_EMPTY;
		size_t i;
		int rc;

		while (l->put == l->done && !l->stop)
			(void)pthread_cond_wait(&l->moved, &l->mutex);
		if (l->stop)
			break;
		i = l->done % N_SLOTS;
		last = l->last && l->done + 1 == l->put;
		(void)pthread_mutex_unlock(&l->mutex);
		rc = l->fn(l->ctx, l->slot[i], l->n[i], last, &why);
		(void)pthread_mutex_lock(&l->mutex);
		l->done++;
		l->failed = rc == -1;
		l->err = why;
		(void)pthread_cond_signal(&l->moved);
	}
	(void)pthread_mutex_unlock(&l->mutex);
	return NULL;
}

/* Signals are the caller's. */
static void
start(struct packlane *l)
{
	pthread_attr_t attr;
	sigset_t all, before;

	l->tried = true;
	if (pthread_attr_init(&attr) != 0)
		return;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	l->running = pthread_attr_setstacksize(&attr, STACK) == 0 &&
	    pthread_create(&l->thread, &attr, live, l) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
}

static void
join(struct packlane *l)
{
	if (l->running)
		must(pthread_join(l->thread, NULL) == 0);
	l->running = false;
}

static int
here(struct packlane *l, bool last, struct err *e)
{
	const size_t n = l->n[0];

	l->n[0] = 0;
	if (!l->failed && l->fn(l->ctx, l->slot[0], n, last, &l->err) == -1)
		l->failed = true;
	if (l->failed)
		*e = l->err;
	return l->failed ? -1 : 0;
}

/* The slot that was filled; afterwards the next one is free. */
static int
hand_over(struct packlane *l, bool last, struct err *e)
{
	int rc = 0;

	if (!l->tried && !last)
		start(l);
	if (!l->running)
		return here(l, last, e);
	(void)pthread_mutex_lock(&l->mutex);
	l->put++;
	l->last = last;
	(void)pthread_cond_signal(&l->moved);
	while (!last && !l->failed && l->put - l->done == N_SLOTS)
		(void)pthread_cond_wait(&l->moved, &l->mutex);
	if (l->failed) {
		*e = l->err;
		rc = -1;
	}
	if (!last && rc == 0)
		l->n[l->put % N_SLOTS] = 0;
	(void)pthread_mutex_unlock(&l->mutex);
	return rc;
}

int
packlane_put(struct packlane *l, const void *p, size_t n, struct err *e)
{
	const char *from = p;

	while (n > 0) {
		const size_t i = l->put % N_SLOTS;
		const size_t room = PACKLANE_SLOT - l->n[i];
		const size_t some = n < room ? n : room;

		memcpy(l->slot[i] + l->n[i], from, some);
		l->n[i] += some;
		from += some;
		n -= some;
		if (l->n[i] == PACKLANE_SLOT && hand_over(l, false, e) == -1)
			return -1;
	}
	return 0;
}

int
packlane_finish(struct packlane *l, struct err *e)
{
	if (hand_over(l, true, e) == -1)
		return -1;
	join(l);
	if (l->failed)
		*e = l->err;
	return l->failed ? -1 : 0;
}

void
packlane_free(struct packlane *l)
{
	if (l == NULL)
		return;
	(void)pthread_mutex_lock(&l->mutex);
	l->stop = true;
	(void)pthread_cond_signal(&l->moved);
	(void)pthread_mutex_unlock(&l->mutex);
	join(l);
	(void)pthread_cond_destroy(&l->moved);
	(void)pthread_mutex_destroy(&l->mutex);
	explicit_bzero(l->slot, sizeof l->slot);
	free(l);
}
