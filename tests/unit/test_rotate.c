/* rotate: whatever step of a rotation dies or fails, the trail goes on
 * afterwards, with one genesis, and the key that was given up is in no file
 * any more. */
#include "rotatekit.h"

static void
test_ceremony(void)
{
	struct verify_report *r;
	struct world w;
	struct err e = ERR_EMPTY;
	uint8_t a[32], b[32];
	char from[160], to[160];
	int genesis;

	make(&w, false);
	r = &w.k.report;
	remember(&w);
	ok(w.has[0] && !w.has[1] && found(&w, w.seed[0]) == 1,
	    "the search finds a key that is there");
	(void)snprintf(from, sizeof(from), "%s/keys/current", w.k.state);
	(void)snprintf(to, sizeof(to), "%s/second-name", w.k.state);
	ok(link(from, to) == 0 && found(&w, w.seed[0]) == 2, "at two names");
	ok(rotate(&w) == 0 && trail_epoch(w.k.trail) == 1 &&
	    trail_unsealed(w.k.trail) == 0 &&
	    trail_key_since(w.k.trail).ms == w.k.ms, "rotated");
	ok(is_clean(&w), "the old seed is overwritten, no next one is left");
	ok(verdict(&w, &genesis) == VERIFY_INCOMPLETE && r->epoch == 1 &&
	    r->records == 7 && memcmp(r->key.pub, key_public(w.k.key)->pub,
	    32) == 0 && r->key_since.ms == w.k.ms, "epoch 1 by the new key");
	ok(key_epoch_old(w.k.state, 1, a, &e) == 0 &&
	    key_epoch(w.k.state, 0, b, &e) == 0 && memcmp(a, b, 32) != 0,
	    "the epoch's key is there: %s", e.text);
	for (int i = 0; i < 5; i++)
		(void)rotate(&w);
	ok(trail_epoch(w.k.trail) == 6 && goes_on(&w) && r->epoch == 6,
	    "six times, and VALID by the first key alone");
	kit_drop(&w.k);
}

/* No step begins before the one that it relies on is on the disk. */
static void
test_order(void)
{
	static const char want[] =
	    "unlink .1.key.new, write .1.key.new, sync .1.key.new, "
	    "link 1.key, unlink .1.key.new, sync commit, "
	    "unlink .next.new, write .next.new, sync .next.new, "
	    "link next, unlink .next.new, sync keys, "
	    "write 000000000000000000.jsonl, sync 000000000000000000.jsonl, "
	    "write 000000000000000000.jsonl, sync 000000000000000000.jsonl, "
	    "unlink .checkpoint.new, write .checkpoint.new, "
	    "sync .checkpoint.new, rename .checkpoint.new, sync trail, "
	    "write current, sync current, unlink current, rename next, "
	    "unlink .current.new, unlink .next.new, sync keys";
	struct world w;

	make(&w, false);
	fault_set(0, FAULT_FAIL, 0);
	(void)rotate(&w);
	ok(strcmp(fault.log, want) == 0, "keys, record, seal, then the old "
	    "key: %s", fault.log);
	kit_drop(&w.k);
}

/* An operation of an older epoch gets its outcome in the next. */
static void
test_open(void)
{
	struct world w;
	struct err e;
	size_t n;

	make(&w, false);
	(void)kit_intent(&w.k, 2, 70, &e);
	ok(rotate(&w) == 0, "rotated with an open operation");
	ok(take_up(&w) == 0 && trail_open_ops(w.k.trail, &n)->ep == 0 && n == 1,
	    "which keeps its epoch");
	(void)kit_done(&w.k, 2, 70, 70, &e);
	(void)trail_sync(w.k.trail, &e);
	ok(goes_on(&w), "and is closed in the next");
	kit_drop(&w.k);
}

static void
test_deaths(enum fault_how how, const char *text)
{
	int n, sound = 0, on = 0, clean = 0, finished = 0;

	for (n = 1; n < MOST_STEPS; n++) {
		struct world w;
		int genesis;
		enum verify_verdict v;

		make(&w, false);
		remember(&w);
		if (fault_child(n, how, rotate, &w) != FAULT_STATUS) {
			kit_drop(&w.k);
			break;
		}
		w.k.ms += 1000;
		v = verdict(&w, &genesis);
		sound += v == VERIFY_INCOMPLETE && genesis == 1;
		if (!w.has[1])
			remember(&w);	/* the next one, if there is one */
		on += goes_on(&w);
		clean += is_clean(&w);
		finished += w.k.report.epoch == 1;
		kit_drop(&w.k);
	}
	n--;
	ok(n > 15, "died %s each of %d steps", text, n);
	ok(sound == n, "found INCOMPLETE each time (%d)", sound);
	ok(on == n, "taken up and VALID each time (%d)", on);
	ok(clean == n, "and what was given up is nowhere (%d)", clean);
	ok(finished > 3 && finished < n, "taken back before the record, "
	    "finished after it (%d)", finished);
}

/* And once more while that is settled. */
static void
test_twice(void)
{
	int n, m, runs = 0, on = 0, clean = 0;

	for (n = 1; n < MOST_STEPS; n += 2)
		for (m = 1; m < MOST_STEPS; m++) {
			struct world w;
			int second;

			make(&w, false);
			if (fault_child(n, FAULT_DIE_BEFORE, rotate, &w) !=
			    FAULT_STATUS) {
				kit_drop(&w.k);
				n = MOST_STEPS;
				break;
			}
			w.k.ms += 1000;
			remember(&w);
			second = fault_child(m, FAULT_DIE_AFTER, take_up, &w);
			runs++;
			on += goes_on(&w);
			clean += is_clean(&w);
			kit_drop(&w.k);
			if (second != FAULT_STATUS)
				break;
		}
	ok(runs > 40 && on == runs, "died twice, %d ways: VALID (%d)", runs,
	    on);
	ok(clean == runs, "and nothing is left over (%d)", clean);
}

static void
test_failures(int err)
{
	int n, refused = 0, sound = 0, on = 0, clean = 0;

	for (n = 1; n < MOST_STEPS; n++) {
		struct world w;
		struct err e;
		int rc, genesis;
		bool over;

		make(&w, false);
		remember(&w);
		fault_set(n, FAULT_FAIL, err);
		rc = rotate(&w);
		over = fault.seen < n;
		fault_set(0, FAULT_FAIL, 0);
		if (over) {
			kit_drop(&w.k);
			break;
		}
		/* Removing a name that is not there may fail unheeded. */
		refused += rc == 0 || (trail_broken(w.k.trail) &&
		    kit_plain(&w.k, RECORD_EVENT, &e) == -1 &&
		    trail_rotate(w.k.trail, &schedule, kit_now(&w.k),
		    &e) == -1 && trail_sync(w.k.trail, &e) == -1);
		sound += verdict(&w, &genesis) != VERIFY_TAMPERED &&
		    w.k.report.verdict != VERIFY_UNVERIFIABLE && genesis == 1;
		on += goes_on(&w);
		clean += is_clean(&w);
		kit_drop(&w.k);
	}
	n--;
	ok(refused == n, "%s at each of %d steps: nothing more is accepted "
	    "(%d)", strerror(err), n, refused);
	ok(sound == n, "at worst INCOMPLETE (%d)", sound);
	ok(on == n && clean == n, "VALID after a new start (%d), the old seed "
	    "is gone (%d)", on, clean);
}

static void
test_strangers(void)
{
	struct world w, other;
	struct err e = ERR_EMPTY;
	char from[160], to[160];

	make(&w, false);
	make(&other, false);
	(void)rotate(&w);
	kit_shut(&w.k);
	(void)snprintf(from, sizeof(from), "%s/keys/current", other.k.state);
	(void)snprintf(to, sizeof(to), "%s/keys/current", w.k.state);
	(void)rename(from, to);
	(void)load(&w, false);
	ok(kit_open(&w.k, 1 << 20, NULL, &e) == -1 && e.code == ERR_TRAIL &&
	    access(to, F_OK) == 0, "another's key: %s", e.text);
	kit_drop(&w.k);
	kit_drop(&other.k);
	make(&w, false);
	/* Between the record and its final checkpoint, the next one is lost. */
	for (int n = 1; n < MOST_STEPS; n++) {
		int genesis;

		if (fault_child(n, FAULT_DIE_AFTER, rotate, &w) != FAULT_STATUS)
			break;
		(void)verdict(&w, &genesis);
		if (w.k.report.rotating)
			break;
		kit_drop(&w.k);
		make(&w, false);
	}
	remember(&w);
	lose(&w, "next");
	ok(w.has[0] && w.has[1] && take_up(&w) == -1 &&
	    found(&w, w.seed[0]) == 1, "cut in a rotation and the next key "
	    "lost: refused, and the other one stays");
	kit_drop(&w.k);
}

int
main(void)
{
	test_ceremony();
	test_order();
	test_open();
	test_deaths(FAULT_DIE_BEFORE, "before");
	test_deaths(FAULT_DIE_AFTER, "after");
	test_twice();
	test_failures(EIO);
	test_failures(ENOSPC);
	test_strangers();
	return tap_done();
}
