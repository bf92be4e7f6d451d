/*
 * stamp - taken and compared under the writers' lock, with an empty log.
 *
 * The kernel's clock of files goes in ticks of up to 10 ms: what is written
 * within the tick of the last change cannot be told by times.  So a stamp is
 * of a file whose times stood still for longer; whoever writes afterwards
 * gives it others.  What was mapped is synced under the lock, for only the
 * first write to a page after that shows.
 */
#include "stamp.h"

#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "db.h"
#include "erase.h"
#include "guard.h"
#include "pages.h"
#include "query.h"
#include "slice.h"

#define VERSION 1		/* higher: more is looked for than before */
#define WAIT_MS 50		/* for the lock */
#define COOKIE 40		/* file format, 1.3.9 */
#define XFS 0x58465342ul
#define BTRFS 0x9123683eul

/* Where each write moves ctime, by the nanosecond: not over a network, nor
 * where a mapping's writes do not show (tmpfs). */
static bool
is_believed(const char *path)
{
	static const unsigned long kinds[] = { EXT4_SUPER_MAGIC, XFS, BTRFS };
	struct statfs fs;

	if (statfs(path, &fs) == -1)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if ((unsigned long)fs.f_type == kinds[i])
			return true;
	return false;
}

static int64_t
ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whole seconds: the file system has no finer ones. */
static bool
times_of(const struct db *db, struct stat *ret)
{
	return stat(db->path, ret) == 0 && S_ISREG(ret->st_mode) &&
	    ret->st_dev == db->before.st_dev &&
	    ret->st_ino == db->before.st_ino && ret->st_ctim.tv_nsec != 0;
}

/* Under the lock; false: it cannot be told. */
static bool
describe(struct db *db, struct slice *x, const struct stat *st,
    uint32_t *counter, char ret[STORE_CLEAN_BYTES])
{
	uint8_t head[PAGES_HEADER];
	struct err ignored;
	struct pages p;
	int n;

	if (x->file->pMethods->xRead(x->file, head, sizeof(head), 0) !=
	    SQLITE_OK || pages_read(head, st->st_size, &p, &ignored) == -1 ||
	    p.wal != db->wal || p.size != db->soil.page_bytes)
		return false;
	*counter = p.counter;
	n = snprintf(ret, STORE_CLEAN_BYTES, "%d %" PRIx64 " %" PRIx64 " %"
	    PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx32 " %" PRIx32 " %" PRIx32
	    " %d", VERSION, (uint64_t)st->st_dev, (uint64_t)st->st_ino,
	    (uint64_t)st->st_size, (uint64_t)ns(st->st_mtim),
	    (uint64_t)ns(st->st_ctim), p.counter, pages_u32(head + COOKIE),
	    p.size, p.wal);
	return n > 0 && n < STORE_CLEAN_BYTES;
}

static bool
begin(struct db *db, struct slice *x)
{
	struct err ignored;

	db->guard->mode = GUARD_SCHEMA;
	if (!is_believed(db->path) || slice_init(x, db, &ignored) == -1)
		return false;
	x->wait_ms = WAIT_MS;
	return slice_take(x, false, &ignored) == 0;
}

static void
end(struct db *db, struct slice *x)
{
	struct err ignored;

	(void)slice_leave(x, false, &ignored);
	sqlite3_busy_timeout(db->h, (int)(db->store->busy_ms > 0 ?
	    db->store->busy_ms : 5000));
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_dev == b->st_dev &&
	    a->st_ino == b->st_ino && ns(a->st_mtim) == ns(b->st_mtim) &&
	    ns(a->st_ctim) == ns(b->st_ctim);
}

/* Nobody committed since it was clean, nor did we. */
static bool
is_settled(struct db *db, struct slice *x, const struct stat *was,
    char ret[STORE_CLEAN_BYTES])
{
	struct soil *soil = &db->soil;
	int64_t version = 0;
	uint32_t counter;
	struct err ignored;
	struct stat now;

	if (x->file->pMethods->xSync(x->file, SQLITE_SYNC_NORMAL) !=
	    SQLITE_OK || !times_of(db, &now) || !is_same(was, &now) ||
	    !describe(db, x, &now, &counter, ret) || !soil->known ||
	    !soil->clean || soil->log != db->wal)
		return false;
	if (!db->wal)
		return soil->counted && soil->counter == counter;
	return db_int(db, "PRAGMA data_version", &version, &ignored) == 0 &&
	    version == soil->version;
}

void
stamp_take(struct db *db, char ret[STORE_CLEAN_BYTES])
{
	const struct timespec rest = { 0, STAMP_OLD_MS * 1000000L };
	struct stat was;
	struct slice x;

	ret[0] = '\0';
	if (!db->soil.known || !db->soil.clean || !times_of(db, &was))
		return;
	(void)nanosleep(&rest, NULL);
	if (!begin(db, &x))
		return;
	if (!is_settled(db, &x, &was, ret))
		ret[0] = '\0';
	end(db, &x);
}

/* From here on others' commits show as they do within a pass. */
static void
trust(struct db *db, uint32_t counter, int64_t version)
{
	struct soil *soil = &db->soil;

	soil_begin(soil);
	soil->clean = true;
	soil->log = db->wal;
	soil->version = version;
	soil->counter = counter;
	soil->counted = true;
}

bool
stamp_trust(struct db *db, const char *stamp)
{
	char now[STORE_CLEAN_BYTES];
	int64_t version = 0;
	uint32_t counter;
	struct err ignored;
	struct stat st;
	struct slice x;
	bool is;

	if (!db->write || db->immutable || db->soil.page_bytes == 0 ||
	    stamp == NULL || stamp[0] == '\0' || !begin(db, &x))
		return false;
	is = times_of(db, &st) && describe(db, &x, &st, &counter, now) &&
	    strcmp(now, stamp) == 0 &&
	    db_int(db, "PRAGMA data_version", &version, &ignored) == 0;
	if (is)
		trust(db, counter, version);
	end(db, &x);
	return is;
}

int
stamp_pass(const struct query *q, const struct store_sink *sink,
    struct store_result *ret, struct err *e)
{
	bool one = !rule_path_is_glob(q->db->store->path);

	if (one)
		(void)stamp_trust(q->db, sink->clean);
	if (erase_pass(q, sink, ret, e) == -1)
		return -1;
	if (one)
		stamp_take(q->db, ret->clean);
	return 0;
}
