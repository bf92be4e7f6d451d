/*
 * pace - the batch follows the company it keeps.  Pure: time is handed in.
 *
 * SQLite's busy handlers sleep and look again, so whoever takes the lock again
 * at once starves them; rests must be at least as long as holds.
 */
#include "pace.h"

#define MS INT64_C(1000000)
#define MOST_NS (1500 * MS)
#define QUIET_NS (200 * MS)
#define REST_LEAST_NS (15 * MS)
#define REST_MOST_NS (60 * MS)
#define LOOK_NS (100 * MS)	/* longest sleep of a waiter */

void
pace_init(struct pace *p, int64_t lock_ms, struct mono now)
{
	int64_t lock_ns = (lock_ms > 0 && lock_ms <= 2000 ? lock_ms : 10) * MS;

	*p = (struct pace){ .lock_ns = lock_ns, .budget_ns = lock_ns,
		.heard = now };
}

void
pace_begin(struct pace *p, struct mono now)
{
	p->begun = now;
	if (!p->started)	/* selecting may have taken long */
		p->heard = now;
}

bool
pace_full(const struct pace *p, struct mono now)
{
	int64_t work_ns = p->budget_ns - p->commit_ns;

	if (work_ns < p->budget_ns / 4)
		work_ns = p->budget_ns / 4;
	return now.ns - p->begun.ns >= work_ns;
}

static int64_t
rest_for(int64_t held_ns)
{
	if (held_ns < REST_LEAST_NS)
		return REST_LEAST_NS;
	return held_ns > REST_MOST_NS ? REST_MOST_NS : held_ns;
}

int64_t
pace_after(struct pace *p, const struct pace_signs *s, struct mono now)
{
	int64_t took_ns = now.ns - s->committing.ns;
	bool heard = (p->started && s->version != p->version) || s->waited;

	p->commit_ns = (p->commit_ns + took_ns) / 2;
	p->version = s->version;
	p->started = true;
	if (heard)
		p->heard = now;
	p->company = now.ns - p->heard.ns < QUIET_NS;
	if (heard || s->connected) {
		p->budget_ns = p->lock_ns;
		if (p->commit_ns > p->budget_ns)
			p->commit_ns = p->budget_ns;
	} else if (!p->company && p->budget_ns < MOST_NS) {
		p->budget_ns *= 2;
		if (p->budget_ns > MOST_NS)
			p->budget_ns = MOST_NS;
	}
	int64_t held_ns = now.ns - p->begun.ns;

	/* Whoever waits can be heard only when the lock is left alone. */
	p->owed_ns += held_ns;
	if (p->company)
		return rest_for(held_ns);
	if (p->owed_ns < (s->connected ? LOOK_NS : MOST_NS))
		return 0;
	p->owed_ns = 0;
	return s->connected ? rest_for(held_ns) : LOOK_NS;
}
