/*
 * wipe - batches of files, from a last check to a durable end.
 */
#include "wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/store.h"

#include "../assure.h"

#include "batch.h"

#define MOST_BYTES ((off_t)128 << 20)
#define OTHERS 128		/* descriptors that are not ours */
#define LOOKED_INTO 32
#define FEW 8			/* are synced each, not with everything else */

/* Where a batch stands: each stage needs what the one before made durable. */
enum { BEGUN, ZEROED, REMOVED, STAGES };

struct wipe {
	struct wipe_item *item;		/* borrowed; i of n are taken */
	size_t i, n;
	size_t room;			/* of a batch, in descriptors */
	struct batch *stage[STAGES];	/* borrowed */
};

static bool
is_halted(const struct wipe_job *job)
{
	return job->sink != NULL && job->sink->halted != NULL &&
	    job->sink->halted(job->sink->ctx);
}

/* The folders stay open for a turn longer than the files. */
static bool
has_room(const struct wipe *w, const struct batch *b)
{
	return b->n + 2 * b->n_folders + 3 <= w->room &&
	    b->n < BATCH_MOST_FILES && b->n_folders < BATCH_MOST_FOLDERS &&
	    b->bytes < MOST_BYTES;
}

static void
take_next(struct batch *b, struct wipe *w)
{
	while (w->i < w->n && w->item[w->i].state != WIPE_CHOSEN)
		w->i++;
	if (w->i < w->n && has_room(w, b))
		batch_take(b, &w->item[w->i++]);
}

/* One of each in turn: the disk writes while the others are dealt with. */
static void
step(struct wipe *w)
{
	struct batch *begun = w->stage[BEGUN], *zeroed = w->stage[ZEROED],
	    *removed = w->stage[REMOVED];

	if (is_halted(begun->job))
		w->i = w->n;
	for (size_t i = 0; i < BATCH_MOST_FILES; i++) {
		if (i < zeroed->n && zeroed->fd[i] != -1 &&
		    batch_confirm(zeroed, i))
			batch_overwrite(zeroed, i);
		if (i < removed->n && removed->fd[i] != -1)
			batch_remove(removed, i);
		take_next(begun, w);
	}
	batch_mark(begun);
}

/* One for all three: what is durable after it was begun before it. */
static int
sync_turn(const struct wipe *w)
{
	if (w->n > FEW)
		return syncfs(w->stage[BEGUN]->job->root);
	return batch_sync_folders(w->stage[BEGUN]) == -1 ||
	    batch_sync_content(w->stage[ZEROED]) == -1 ||
	    batch_sync_folders(w->stage[REMOVED]) == -1 ? -1 : 0;
}

/* What was removed is durably so.  What was zeroed may be removed now, and
 * what got our name be zeroed. */
static void
advance(struct wipe *w)
{
	struct batch *b = w->stage[REMOVED];

	for (size_t i = 0; i < b->n; i++)
		if (b->slot[i].gone)
			b->slot[i].item->state = WIPE_ERASED;
	batch_clear(b);
	w->stage[REMOVED] = w->stage[ZEROED];
	w->stage[ZEROED] = w->stage[BEGUN];
	w->stage[BEGUN] = b;
}

/* A batch moves on by one step in each turn, three of them at a time. */
static int
turn(struct wipe *w, struct err *e)
{
	struct batch *b = w->stage[BEGUN];

	step(w);
	if (sync_turn(w) == 0) {
		advance(w);
		return 0;
	}
	(void)err_sys(e, "sync the folder");
	batch_unmark(b);
	return -1;
}

static bool
is_empty(const struct wipe *w)
{
	return w->stage[BEGUN]->n + w->stage[ZEROED]->n +
	    w->stage[REMOVED]->n == 0;
}

/* Is something under the old name?  The same file would mean: not gone. */
static void
look_again(struct batch *b, struct wipe_item *it)
{
	struct stat st;
	int dir;

	if (b->n_folders == LOOKED_INTO)
		batch_clear(b);
	dir = batch_folder(b, it->path);
	if (dir != -1 && fstatat(dir, batch_name(it->path), &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == it->ino &&
	    sift_judge(b->job->sift, batch_name(it->path), &st, NULL) ==
	    JUDGE_DUE)
		it->state = WIPE_LEFT;
}

/* Two batches are open at a time, and the folders of a third. */
static size_t
room_of_a_batch(void)
{
	struct rlimit l;
	size_t n = 1024;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < 65536)
		n = (size_t)l.rlim_cur;
	return n < 2 * OTHERS ? OTHERS * 2 / 5 : (n - OTHERS) * 2 / 5;
}

int
wipe_run(const struct wipe_job *job, struct wipe_item *item, size_t n,
    struct err *why, struct err *e)
{
	struct batch *b = calloc(STAGES, sizeof(*b));
	struct wipe w = { .item = item, .n = n,
		.room = room_of_a_batch() };
	struct stat top;
	int rc = 0;

	if (b == NULL || fstat(job->root, &top) == -1) {
		free(b);
		return err_set(e, ERR_MEMORY, "no memory");
	}
	for (size_t i = 0; i < STAGES; i++) {
		b[i].job = job;
		b[i].why = why;
		b[i].dev = top.st_dev;
		b[i].confirmed = -1;
		w.stage[i] = &b[i];
	}
	do
		rc = turn(&w, e);
	while (rc == 0 && (w.i < n || !is_empty(&w)));
	for (size_t i = 0; i < STAGES; i++)
		batch_clear(&b[i]);
	for (size_t i = 0; i < n; i++)
		if (item[i].state == WIPE_ERASED)
			look_again(b, &item[i]);
	batch_clear(b);
	free(b);
	return rc;
}

const char *
wipe_assurance(int fd)
{
	return assure_word(assure_fd(fd));
}
