/*
 * company - who else has a database file open, and does he stir?
 *
 * In WAL mode every connection holds a lock that can be asked for.  A rollback
 * journal's idle connections hold none: they are looked for (holders) at the
 * start and after somebody came or went, and inotify tells of comings and
 * goings.  The parent may see more, and is asked before each group of rows.  A waiter reads the file's change counter whenever he tries again:
 * in a rest, when we do not read, inotify tells of that as well.  What cannot
 * be seen (a process of another user) counts as company.
 */
#include "company.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"

#include "db.h"

#define ASK_NS INT64_C(4000000)		/* between two questions */
#define SCAN_NS INT64_C(1000000000)	/* between two looks through /proc */

#define DOORS (IN_OPEN | IN_CLOSE)
#define STIRS (DOORS | IN_ACCESS | IN_MODIFY)

static void
watch(struct company *c, uint32_t what)
{
	if (c->fd != -1 && inotify_add_watch(c->fd, c->db->path, what) == -1)
		fd_close(&c->fd);
}

void
company_init(struct company *c, struct db *db)
{
	*c = (struct company){ .db = db, .others = true };
	c->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	watch(c, DOORS);
}

void
company_release(struct company *c)
{
	fd_close(&c->fd);
}

/* All events there are; their kinds together. */
static uint32_t
drain(struct company *c)
{
	_Alignas(struct inotify_event) char bytes[4096];
	uint32_t seen = 0;
	ssize_t n;

	while (c->fd != -1 && (n = read(c->fd, bytes, sizeof(bytes))) > 0) {
		const struct inotify_event *ev;

		for (ssize_t at = 0; at < n;
		    at += (ssize_t)(sizeof(*ev) + ev->len)) {
			ev = (const void *)(bytes + at);
			seen |= ev->mask;
		}
	}
	if (seen & (DOORS | IN_Q_OVERFLOW))
		c->changed = true;
	return seen;
}

/* Does any process but this have the file open, as far as can be told? */
static bool
scan(const struct company *c)
{
	struct holders_file file;
	struct stat st;
	bool held = true;

	if (stat(c->db->path, &st) == -1)
		return true;
	file = (struct holders_file){ st.st_dev, st.st_ino };
	holders_ask(c->db->store->holders, &file, 1, &held);
	return held;
}

bool
company_none(struct company *c, struct mono now)
{
	(void)drain(c);
	if (c->db->wal) {
		c->others = db_has_company(c->db);
		c->changed = false;
	} else if (!c->scanned || (c->changed &&
	    now.ns - c->looked.ns >= SCAN_NS)) {
		c->changed = false;
		c->others = scan(c);
		c->scanned = true;
		c->looked = now;
	}
	return c->fd != -1 && !c->others && !c->changed;
}

bool
company_unknown(struct company *c, struct holders_file *ret_file)
{
	struct stat st;

	if (c->db->wal || c->fd == -1)
		return false;
	(void)drain(c);
	if (c->scanned && !c->others && !c->changed)
		return false;
	if (stat(c->db->path, &st) == -1)
		return false;
	*ret_file = (struct holders_file){ st.st_dev, st.st_ino };
	return true;
}

/* Whoever came before the question has gone; who came after it stands in the
 * queue. */
void
company_told_none(struct company *c, struct mono now)
{
	c->others = c->changed = false;
	c->scanned = true;
	c->looked = now;
}

bool
company_came(struct company *c, struct mono now)
{
	if (now.ns - c->asked.ns < ASK_NS)
		return false;
	c->asked = now;
	return drain(c) & (IN_OPEN | IN_Q_OVERFLOW);
}

void
company_listen(struct company *c)
{
	if (c->db->wal)
		return;
	(void)drain(c);
	watch(c, STIRS);
}

bool
company_stirred(struct company *c)
{
	if (c->db->wal)
		return false;
	watch(c, DOORS);
	return drain(c) != 0;
}
