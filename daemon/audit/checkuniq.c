/* checkuniq - an external merge sort of (name, record), then neighbours. */
#include "checkuniq.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

struct name {
	uint8_t op[COMMIT_OP_BYTES];
	uint64_t seq;
};

struct run {				/* while merging */
	uint64_t next, end;		/* names in the file */
	struct name *slice;		/* borrowed: its part of the buffer */
	size_t at, n;			/* what of the slice is to come */
};

struct checkuniq {
	char *folder;			/* owned; NULL */
	int fd;				/* owned; -1: nothing was spilled */
	size_t n_runs, n;
	uint64_t in_file;		/* names */
	bool full;
	size_t room;			/* names; CHECKUNIQ_ROOM in the end */
	struct name *names;		/* owned */
};

#define FIRST_ROOM 64

struct checkuniq *
checkuniq_new(const char *folder)
{
	struct checkuniq *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->fd = -1;
	u->folder = folder != NULL ? strdup(folder) : NULL;
	if (folder != NULL && u->folder == NULL) {
		free(u);
		return NULL;
	}
	return u;
}

void
checkuniq_free(struct checkuniq *u)
{
	if (u == NULL)
		return;
	fd_close(&u->fd);
	free(u->names);
	free(u->folder);
	free(u);
}

static int
compare(const struct name *a, const struct name *b)
{
	int order = memcmp(a->op, b->op, sizeof(a->op));

	return order != 0 ? order : a->seq < b->seq ? -1 : a->seq > b->seq;
}

static int
ascending(const void *a, const void *b)
{
	return compare(a, b);
}

static int
temporary(const char *folder)
{
	struct buf path = BUF_EMPTY;
	int fd = -1;

	buf_putf(&path, "%s/retention-XXXXXX", folder);
	if (!buf_failed(&path))
		fd = mkostemp(path.data, O_CLOEXEC);
	if (fd != -1)
		(void)unlink(path.data);
	buf_release(&path);
	return fd;
}

static int
open_file(struct checkuniq *u, struct err *e)
{
	const char *places[] = { u->folder, secure_getenv("TMPDIR"),
		"/var/tmp", "/tmp" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) &&
	    u->fd == -1; i++)
		if (places[i] != NULL)
			u->fd = temporary(places[i]);
	return u->fd != -1 ? 0 : err_sys(e, "temporary file for operations");
}

static int
spill(struct checkuniq *u, struct err *e)
{
	if (u->n_runs == CHECKUNIQ_MOST_RUNS)
		return err_set(e, ERR_INPUT, "too many operations to look for "
		    "one that is announced twice");
	if (u->fd == -1 && open_file(u, e) == -1)
		return -1;
	qsort(u->names, u->n, sizeof(u->names[0]), ascending);
	if (fd_write_all(u->fd, u->names, u->n * sizeof(u->names[0]),
	    e) == -1)
		return err_wrap(e, "temporary file for operations");
	u->n_runs++;
	u->in_file += u->n;
	u->n = 0;
	return 0;
}

/* A trail of few records needs little: the room doubles. */
static int
grow(struct checkuniq *u, struct err *e)
{
	size_t room = u->room != 0 ? 2 * u->room : FIRST_ROOM;
	struct name *more = realloc(u->names, room * sizeof(*more));

	if (more == NULL)
		return err_set(e, ERR_MEMORY, "no memory to look for an "
		    "operation that is announced twice");
	u->names = more;
	u->room = room;
	return 0;
}

int
checkuniq_add(struct checkuniq *u, const uint8_t op[COMMIT_OP_BYTES],
    uint64_t seq, struct err *e)
{
	struct name *one;

	if (u->full)
		return 0;
	if (u->n == u->room && (u->room != CHECKUNIQ_ROOM ? grow(u, e) :
	    spill(u, e)) == -1) {
		u->full = true;		/* told once */
		return -1;
	}
	one = &u->names[u->n++];
	memcpy(one->op, op, sizeof(one->op));
	one->seq = seq;
	return 0;
}

/* The next names of a run into its slice of `room` names. */
static int
refill(const struct checkuniq *u, struct run *r, size_t room, struct err *e)
{
	uint64_t want = r->end - r->next < room ? r->end - r->next : room;
	size_t bytes = (size_t)want * sizeof(struct name);
	char *at = (char *)r->slice;
	off_t from = (off_t)(r->next * sizeof(struct name));

	while (bytes != 0) {
		ssize_t n = pread(u->fd, at, bytes, from);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, "temporary file for operations");
		at += n;
		from += n;
		bytes -= (size_t)n;
	}
	r->at = 0;
	r->n = (size_t)want;
	r->next += want;
	return 0;
}

static const struct name *
first_of(const struct run *r)
{
	return &r->slice[r->at];
}

/* Let run `i` of the heap sink to where it belongs. */
static void
sink(struct run *heap, size_t n, size_t i)
{
	for (;;) {
		size_t least = i;
		struct run held;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n;
		    child++)
			if (compare(first_of(&heap[child]),
			    first_of(&heap[least])) < 0)
				least = child;
		if (least == i)
			return;
		held = heap[i];
		heap[i] = heap[least];
		heap[least] = held;
		i = least;
	}
}

static int
begin(struct checkuniq *u, struct run *heap, size_t room, struct err *e)
{
	for (size_t i = 0; i < u->n_runs; i++) {
		heap[i] = (struct run){ .next = i * CHECKUNIQ_ROOM,
			.end = (i + 1) * CHECKUNIQ_ROOM };
		/* The last one may be short. */
		if (heap[i].end > u->in_file)
			heap[i].end = u->in_file;
		heap[i].slice = u->names + i * room;
		if (refill(u, &heap[i], room, e) == -1)
			return -1;
	}
	for (size_t i = u->n_runs; i-- > 0;)
		sink(heap, u->n_runs, i);
	return 0;
}

/* The least name of all runs; false: there is none left. */
static int
take(const struct checkuniq *u, struct run *heap, size_t *n, size_t room,
    struct name *ret, struct err *e)
{
	struct run *r = &heap[0];

	if (*n == 0)
		return 0;
	*ret = *first_of(r);
	if (++r->at == r->n) {
		if (refill(u, r, room, e) == -1)
			return -1;
		if (r->n == 0)
			*r = heap[--*n];
	}
	sink(heap, *n, 0);
	return 1;
}

static int
merge(struct checkuniq *u, void *ctx,
    void (*twice)(void *ctx, uint64_t before, uint64_t again), struct err *e)
{
	struct run *heap = calloc(u->n_runs, sizeof(*heap));
	size_t room = CHECKUNIQ_ROOM / u->n_runs;
	struct name last = { .seq = 0 }, one;
	size_t n = u->n_runs;
	bool any = false;
	int rc;

	if (heap == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	rc = begin(u, heap, room, e);
	while (rc == 0 && (rc = take(u, heap, &n, room, &one, e)) == 1) {
		if (any && memcmp(one.op, last.op, sizeof(one.op)) == 0)
			twice(ctx, last.seq, one.seq);
		last = one;
		any = true;
		rc = 0;
	}
	free(heap);
	return rc;
}

int
checkuniq_end(struct checkuniq *u, void *ctx,
    void (*twice)(void *ctx, uint64_t before, uint64_t again), struct err *e)
{
	if (u->n_runs != 0)
		return (u->n != 0 && !u->full && spill(u, e) == -1) ? -1 :
		    merge(u, ctx, twice, e);
	if (u->n != 0)
		qsort(u->names, u->n, sizeof(u->names[0]), ascending);
	for (size_t i = 1; i < u->n; i++)
		if (memcmp(u->names[i - 1].op, u->names[i].op,
		    COMMIT_OP_BYTES) == 0)
			twice(ctx, u->names[i - 1].seq, u->names[i].seq);
	return 0;
}
