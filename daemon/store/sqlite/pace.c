/*
 * pace - the batch follows the company it keeps.  Pure: time is handed in.
 *
 * SQLite's busy handlers sleep, up to 100 ms, and look again: whoever takes
 * the lock again at once starves them, unseen.  So rests are as long as holds,
 * and without a sign every fourth is longer than the longest sleep; only such
 * rests tell that nobody waits.
 */
#include "pace.h"

#define MS INT64_C(1000000)
#define ALONE_NS (8000 * MS)	/* a hold while nobody has the file open */
#define SILENT_NS (80 * MS)	/* while nobody that has shows a sign */
#define MET_NS (10000 * MS)	/* whoever came and went may come again */
#define QUIET_NS (200 * MS)	/* after a sign, nobody is looked for */
#define REST_LEAST_NS (15 * MS)
#define REST_MOST_NS (100 * MS)
#define LOOK_NS (110 * MS)
#define LOOK_EVERY 4
#define QUIET_LOOKS 3		/* before holds grow */

void
pace_init(struct pace *p, int64_t lock_ms, bool alone, struct mono now)
{
	int64_t lock_ns = (lock_ms > 0 && lock_ms <= 2000 ? lock_ms : 10) * MS;

	*p = (struct pace){ .lock_ns = lock_ns, .heard = now, .alone = alone,
		.budget_ns = alone ? ALONE_NS : lock_ns,
		.commit_ns = lock_ns / 2 };
}

void
pace_begin(struct pace *p, struct mono now)
{
	p->begun = now;
}

bool
pace_full(const struct pace *p, struct mono now)
{
	int64_t work_ns = p->budget_ns - p->commit_ns;

	if (work_ns < p->budget_ns / 2)
		work_ns = p->budget_ns / 2;
	return now.ns - p->begun.ns >= work_ns;
}

static void
hear(struct pace *p, struct mono now)
{
	p->heard = now;
	p->met = true;
	p->quiet = p->since_look = 0;
	p->budget_ns = p->lock_ns;
	if (p->commit_ns > p->lock_ns)
		p->commit_ns = p->lock_ns;
}

static int64_t
clamp(int64_t ns, int64_t least, int64_t most)
{
	return ns < least ? least : ns > most ? most : ns;
}

int64_t
pace_rest(struct pace *p, const struct pace_did *did, struct mono now)
{
	int64_t held_ns = now.ns - p->begun.ns;

	p->commit_ns = (p->commit_ns + now.ns - did->committing.ns) / 2;
	p->looking = false;
	if (did->alone) {
		p->alone = true;
		p->quiet = 0;
		p->budget_ns = p->met && now.ns - p->heard.ns < MET_NS ?
		    SILENT_NS : ALONE_NS;
		return 0;
	}
	if (did->waited || p->alone)
		hear(p, now);
	p->alone = false;
	if (now.ns - p->heard.ns >= QUIET_NS &&
	    ++p->since_look >= LOOK_EVERY) {
		p->since_look = 0;
		p->looking = true;
		return LOOK_NS;
	}
	if (p->budget_ns > p->lock_ns)
		return REST_LEAST_NS;
	return clamp(held_ns, REST_LEAST_NS, REST_MOST_NS);
}

void
pace_rested(struct pace *p, const struct pace_signs *s, struct mono now)
{
	bool heard = (p->started && s->version != p->version) || s->stirred;

	p->version = s->version;
	p->started = true;
	if (p->alone)
		return;
	if (heard) {
		hear(p, now);
	} else if (p->looking && ++p->quiet >= QUIET_LOOKS &&
	    p->budget_ns < SILENT_NS) {
		p->budget_ns *= 2;
		if (p->budget_ns > SILENT_NS)
			p->budget_ns = SILENT_NS;
	}
}
