/*
 * scrub - rounds over the file: a look, in which nothing is written, then
 * rounds that write until nobody else committed during one.
 *
 * With a rollback journal every slice begins with page 1, counter raised:
 * from then on nobody trusts a page cached before.  With a write-ahead log
 * page 1 is written alone and our own copy of it forgotten, and each slice
 * ends with a commit that changes nothing.  A counter raised before the
 * writes, while readers are there, would tell them nothing.
 */
#include "scrub.h"

#include <time.h>

#include "retention/store.h"

#include "db.h"
#include "fts.h"
#include "guard.h"
#include "slice.h"

/* With a log the checkpoint before it keeps writers out, too. */
#define SLICE_MS 19
#define SLICE_LOG_MS 15
#define REST_MS 15
/* For the first locks, while nobody else was seen to write.  Who waits sleeps
 * up to 100 ms between two tries, and would not come in between for long. */
#define REST_QUIET_MS 3
#define QUIET_LOCKS 8
#define LOOKS 5
/* In all, by whether anybody is told that it goes on: the parent takes a
 * worker that is silent for long for dead. */
#define MOST_MS 240000
#define MOST_TOLD_MS 14400000
#define MERGE_MS 120000
#define ROUNDS 4
/* The last round is made under one lock, if that is over soon. */
#define ONE_LOCK_BYTES ((int64_t)128 << 20)

struct scrub {
	struct db *db;
	const struct store_sink *ask;
	struct slice slice;
	struct scan *scan;
	struct scrub_sum *ret;
	enum scan_for what;
	bool only;			/* the round is over db->soil */
	bool quiet;			/* nobody else committed so far */
	bool whole;			/* the round under one lock */
	struct mono began;
};

static bool
halted(const struct scrub *s)
{
	return s->ask != NULL && s->ask->halted != NULL &&
	    s->ask->halted(s->ask->ctx);
}

/* Was there a commit of anybody else's since?  Under the lock.  With a
 * rollback journal our own raise the counter, and are seen by the VFS. */
static int
notice(struct scrub *s, bool first, struct err *e)
{
	const struct pages *p = scan_pages(s->scan);
	struct soil *soil = &s->db->soil;
	int64_t version = 0;
	bool same;

	/* Other locks would be needed, and a log has the newer pages. */
	if (p->wal != s->slice.wal)
		return err_set(e, ERR_CHANGED, "its application changed how it "
		    "is written");
	if (s->slice.wal && db_int(s->db, "PRAGMA data_version", &version,
	    e) == -1)
		return -1;
	same = s->slice.wal ? version == soil->version :
	    soil->counted && p->counter == soil->counter;
	if (first && !s->only)
		soil_begin(soil);
	else if (!same)
		soil->known = s->quiet = false;
	if (p->size != soil->page_bytes)
		soil->known = false;
	soil->log = s->slice.wal;
	soil->version = version;
	soil->counter = p->counter;
	soil->counted = true;
	return 0;
}

static int
roots(struct scrub *s, struct err *e)
{
	sqlite3_stmt *q;
	int rc, bad = 0;

	if (db_prepare(s->db, "SELECT rootpage FROM sqlite_schema WHERE "
	    "rootpage > 0", &q, e) == -1)
		return -1;
	while (bad == 0 && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		sqlite3_int64 page = sqlite3_column_int64(q, 0);

		bad = page > UINT32_MAX ? err_set(e, ERR_STORE, "its schema "
		    "is damaged; it is left as it is") :
		    scan_root(s->scan, (uint32_t)page, e);
	}
	sqlite3_finalize(q);
	return bad == -1 ? -1 : rc == SQLITE_DONE ? 0 :
	    db_fail(s->db, rc, e, "schema");
}

/* Page 1 and what belongs to it: 1 when the lock has to be taken anew. */
static int
beginning(struct scrub *s, bool first, struct err *e)
{
	uint64_t journal = 0;

	if (!s->slice.wal) {
		if (first && slice_journal(&s->slice, &journal, e) == -1)
			return -1;
		s->ret->found.bytes[DEAD_JOURNAL] += journal;
		if (scan_first(s->scan, true, e) == -1)
			return -1;
		return 0;
	}
	if (!first)
		return 0;
	if (scan_first(s->scan, false, e) == -1)
		return -1;
	if (slice_leave(&s->slice, false, e) == -1)
		return -1;
	(void)sqlite3_db_release_memory(s->db->h);
	return 1;
}

static int
rest(const struct scrub *s, struct err *e)
{
	bool others = !s->quiet || s->slice.n > QUIET_LOCKS ||
	    (!s->slice.wal && s->what == SCAN_WIPE);
	struct timespec ts = { 0, (others ? REST_MS : REST_QUIET_MS) *
	    1000000L };
	bool told = s->ask != NULL && s->ask->swept != NULL;
	int most = told ? MOST_TOLD_MS : MOST_MS;

	if (halted(s))
		return err_set(e, ERR_REFUSED, "stopped under way");
	if (clock_since_ms(s->began, clock_mono()) > most)
		return err_set(e, ERR_BUSY, "not done in %d minutes",
		    most / 60000);
	if (told)
		s->ask->swept(s->ask->ctx, scan_sum(s->scan)->pages,
		    scan_pages(s->scan)->n);
	(void)nanosleep(&ts, NULL);
	return 0;
}

/* Under the lock: 1 more to come, 0 the end of the file. */
static int
stretch(struct scrub *s, struct err *e)
{
	const int most = s->slice.wal ? SLICE_LOG_MS : SLICE_MS;
	int rc;

	do
		rc = scan_some(s->scan, e);
	while (rc == 1 && (s->whole || slice_ms(&s->slice) < most));
	return rc;
}

static int
one_slice(struct scrub *s, bool first, struct err *e)
{
	bool writes = s->what == SCAN_WIPE;
	struct err second;
	int rc;

	if (slice_take(&s->slice, writes, e) == -1)
		return -1;
	rc = scan_begin(s->scan, e);
	if (rc == 0)
		rc = notice(s, first, e);
	if (rc == 0 && first && s->what == SCAN_LOOK)
		rc = roots(s, e);
	if (rc == 0 && writes)
		rc = beginning(s, first, e);
	else if (rc == 0 && first)
		rc = scan_first(s->scan, false, e);
	if (rc == 1)			/* the lock was given back */
		return 1;
	if (rc == 0)
		rc = stretch(s, e);
	if (slice_leave(&s->slice, writes, rc == -1 ? &second : e) == -1)
		return -1;
	return rc;
}

static int
one_round(struct scrub *s, enum scan_for what, bool only, struct err *e)
{
	int rc;

	s->what = what;
	s->only = only;
	scan_start(s->scan, what, &s->db->soil, only);
	rc = one_slice(s, true, e);
	for (int n = 0; rc == 1; n++) {
		/* The page 1 of a log's database needs no rest behind it. */
		if ((n > 0 || !s->slice.wal) && rest(s, e) == -1)
			return -1;
		rc = one_slice(s, false, e);
	}
	return rc;
}

/* What is known of the file is a look at it, if all of what was written since
 * adds up: 1. */
static int
glance(struct scrub *s, struct err *e)
{
	struct err odd = ERR_EMPTY;

	if (!s->db->soil.known)
		return 0;
	if (one_round(s, SCAN_LOOK, true, &odd) == -1) {
		if (odd.code != ERR_STORE) {
			*e = odd;
			return -1;
		}
		return 0;
	}
	return s->db->soil.known && !scan_sum(s->scan)->crossed &&
	    scan_sum(s->scan)->strange == 0;
}

/* Nothing is written before everything was seen to add up. */
static int
look(struct scrub *s, struct err *e)
{
	int rc = glance(s, e);
	bool alone;

	s->ret->small = rc == 1;
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	for (int i = 0; i < LOOKS; i++) {
		if (one_round(s, SCAN_LOOK, false, e) == -1)
			return -1;
		s->ret->found.pages = scan_sum(s->scan)->pages;
		alone = s->db->soil.known;
		if (scan_sum(s->scan)->strange > 0)
			s->db->soil.known = false;
		/* The commit that ends a slice would move pages about. */
		if (scan_sum(s->scan)->strange > 0 && s->slice.wal &&
		    scan_pages(s->scan)->shrinks)
			return err_set(e, ERR_STORE, "pages of it do not add "
			    "up, and with auto_vacuum any commit moves them; it "
			    "is left as it is");
		if (!scan_sum(s->scan)->crossed)
			return 0;
		if (alone)
			return err_set(e, ERR_STORE, "its structure is damaged "
			    "(pages contradict each other); it is left "
			    "as it is");
		s->whole = scan_bytes(s->scan) <= ONE_LOCK_BYTES;
	}
	return err_set(e, ERR_BUSY, "it changes faster than it can be looked "
	    "at");
}

static void
add(struct scrub_sum *to, const struct scan_sum *from)
{
	for (int i = 0; i < DEAD_N; i++)
		to->found.bytes[i] += from->bytes[i];
	if (to->found.pages < from->pages)
		to->found.pages = from->pages;
	to->found.strange = from->strange;
}

/* Less than a page is what others left just now: they write without a pause,
 * and each further round would find as much. */
static bool
is_fresh(const struct scrub *s)
{
	uint64_t n = 0;

	for (int i = 0; i < DEAD_N; i++)
		n += scan_sum(s->scan)->bytes[i];
	return n < scan_pages(s->scan)->size;
}

/* The second round is for what they moved behind the first. */
static int
wipe(struct scrub *s, struct err *e)
{
	bool over = false;

	for (int i = 0; i < ROUNDS && !over; i++) {
		int rc;

		s->whole = i == ROUNDS - 1 &&
		    scan_bytes(s->scan) <= ONE_LOCK_BYTES;
		rc = one_round(s, SCAN_WIPE, s->db->soil.known, e);
		add(s->ret, scan_sum(s->scan));
		if (rc == -1)
			return -1;
		s->ret->rounds++;
		s->ret->sealed = s->db->soil.known;
		over = s->ret->sealed || (i > 0 && is_fresh(s) &&
		    scan_bytes(s->scan) > ONE_LOCK_BYTES);
	}
	if (slice_end(&s->slice, e) == -1)
		return -1;
	if (s->ret->found.strange > 0)
		s->db->soil.known = false;
	s->db->soil.clean = s->ret->sealed && s->db->soil.known;
	return 0;
}

static int
start(struct scrub *s, struct err *e)
{
	struct scan_io io;

	if (slice_init(&s->slice, s->db, e) == -1)
		return -1;
	io = slice_io(&s->slice);
	s->scan = scan_new(&io);
	if (s->scan == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	s->began = clock_mono();
	s->db->guard->mode = GUARD_SCHEMA;
	/* Telling need not be durable: caches do not outlive a power cut. */
	return db_exec(s->db, "PRAGMA synchronous=NORMAL", e);
}

static int
end(struct scrub *s, int rc, struct err *e)
{
	const struct rule_store *store = s->db->store;
	struct err second;

	sqlite3_busy_timeout(s->db->h, (int)(store->busy_ms > 0 ?
	    store->busy_ms : 5000));
	if (db_exec(s->db, "PRAGMA synchronous=EXTRA", &second) == -1 &&
	    rc == 0) {
		*e = second;
		rc = -1;
	}
	scan_free(s->scan);
	return rc == -1 ? err_wrap(e, "scrub of store %s", store->full) : 0;
}

int
scrub_run(struct db *db, const struct store_sink *ask, struct scrub_sum *ret,
    struct err *e)
{
	struct scrub s = { .db = db, .ask = ask, .ret = ret, .quiet = true };
	int rc;

	*ret = (struct scrub_sum){ .rounds = 0 };
	rc = start(&s, e);
	if (rc == 0)
		rc = look(&s, e);
	/* SQLite itself writes nothing to what does not add up. */
	if (rc == 0 && scan_sum(s.scan)->strange == 0) {
		sqlite3_busy_timeout(db->h, (int)s.slice.wait_ms);
		rc = fts_merge(db, MERGE_MS, e);
	}
	if (rc == 0)
		rc = wipe(&s, e);
	if (rc == -1)
		db->soil.known = db->soil.clean = false;
	ret->locks = s.slice.n;
	ret->lock_ms = s.slice.longest_ms;
	return end(&s, rc, e);
}

int
scrub_show(struct db *db, scan_see *see, void *ctx, bool live, struct err *e)
{
	struct scrub s = { .db = db, .quiet = true };
	bool only = db->soil.known && !live, all = !only;
	int rc = start(&s, e);

	if (rc == 0) {
		scan_show(s.scan, see, ctx, live);
		rc = one_round(&s, SCAN_SHOW, only, e);
	}
	/* Somebody came: what is not in the map is no longer known. */
	if (rc == 0 && only && !db->soil.known) {
		rc = one_round(&s, SCAN_SHOW, false, e);
		all = true;
	}
	if (all || rc == -1)
		db->soil.known = db->soil.clean = false;
	return end(&s, rc, e);
}
