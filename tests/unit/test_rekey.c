/* rekey: a lost key is replaced by means of the recovery key that genesis
 * names, and by nothing else; whatever step of it dies, it is done once. */
#include "rotatekit.h"

static int
rekey_with(struct world *w, const char *file, struct err *e)
{
	struct trail_rekey how = { .rotation = { .why = "lost",
		.who = { 0, "root" } } };
	struct trail_settings s = { .state = w->k.state,
		.origin = "host1.example.org", .build = "test",
		.segment_bytes = 1 << 20, .now = kit_now(&w->k), .rekey = &how };
	struct key *recovery = NULL;
	int rc;

	*e = ERR_EMPTY;
	kit_shut(&w->k);
	if (load(w, true) == -1 || key_recovery_load(file, "host1.example.org",
	    &recovery, e) == -1)
		return -1;
	how.recovery = recovery;
	rc = trail_open(&s, w->k.key, &w->k.trail, e);
	key_free(recovery);
	return rc;
}

static int
rekey(void *arg)
{
	struct world *w = arg;
	struct err e;

	return rekey_with(w, w->recovery, &e);
}

static void
test_rekey(void)
{
	struct world w, other;
	struct err e;
	int genesis;
	char path[160];
	struct stat st;

	make(&w, true);
	make(&other, true);
	ok(stat(w.recovery, &st) == 0 && (st.st_mode & 0777) == 0600 &&
	    st.st_size == 119, "the recovery key's file is for the owner");
	ok(key_recovery_make(w.k.state, "host1.example.org", "/nowhere", &e) ==
	    -1, "not a second one: %s", e.text);
	(void)rotate(&w);
	ok(rekey_with(&w, w.recovery, &e) == -1 && e.code == ERR_REFUSED,
	    "not while the key is there: %s", e.text);
	lose(&w, "current");
	e = ERR_EMPTY;
	ok(load(&w, false) == -1, "the key was lost");
	ok(rekey_with(&w, other.recovery, &e) == -1 && e.code == ERR_REFUSED,
	    "not by another's recovery key: %s", e.text);
	ok(rekey_with(&w, w.recovery, &e) == 0 && trail_epoch(w.k.trail) == 2,
	    "by the recovery key: %s", e.text);
	(void)kit_plain(&w.k, RECORD_STOP, &e);
	(void)trail_checkpoint(w.k.trail, kit_now(&w.k), &e);
	ok(verdict(&w, &genesis) == VERIFY_INCOMPLETE && w.k.report.closed &&
	    w.k.report.rekeys == 1, "INCOMPLETE as long as nobody accepts it");
	w.accept = true;
	ok(verdict(&w, &genesis) == VERIFY_VALID, "VALID once accepted");
	ok(rotate(&w) == 0 && goes_on(&w), "and the ratchet goes on");
	kit_drop(&w.k);
	kit_drop(&other.k);
	make(&w, false);
	(void)snprintf(path, sizeof(path), "%s/late.pem", w.k.state);
	ok(key_recovery_make(w.k.state, "host1.example.org", path, &e) == -1 &&
	    access(path, F_OK) == -1, "too late to make one: %s", e.text);
	make(&other, true);
	lose(&w, "current");
	ok(rekey_with(&w, other.recovery, &e) == -1 && e.code == ERR_REFUSED,
	    "none was named: %s", e.text);
	kit_drop(&w.k);
	kit_drop(&other.k);
}

/* The key is lost within a rotation, or the one that came after it is. */
static void
test_rekey_half(void)
{
	int n, lost = 0, on = 0;

	for (n = 1; n < MOST_STEPS; n++) {
		struct world w;

		make(&w, true);
		w.accept = true;
		if (fault_child(n, FAULT_DIE_BEFORE, rotate, &w) !=
		    FAULT_STATUS) {
			kit_drop(&w.k);
			break;
		}
		w.k.ms += 1000;
		lose(&w, "next");
		lose(&w, "current");
		lost += rekey(&w) == 0;
		on += goes_on(&w);
		kit_drop(&w.k);
	}
	n--;
	ok(n > 15 && lost == n && on == n, "both keys lost at each of %d steps: "
	    "replaced (%d) and VALID (%d)", n, lost, on);
}

static void
test_rekey_deaths(enum fault_how how)
{
	int n, on = 0, clean = 0;

	for (n = 1; n < MOST_STEPS; n++) {
		struct world w;

		make(&w, true);
		w.accept = true;
		lose(&w, "current");
		if (fault_child(n, how, rekey, &w) != FAULT_STATUS) {
			kit_drop(&w.k);
			break;
		}
		w.k.ms += 1000;
		remember(&w);
		(void)rekey(&w);	/* refused when nothing is left to do */
		on += goes_on(&w) && w.k.report.rekeys == 1;
		clean += is_clean(&w);
		kit_drop(&w.k);
	}
	n--;
	ok(n > 15 && on == n && clean == n, "a rekey died at each of %d steps: "
	    "done once (%d), nothing left over (%d)", n, on, clean);
}

int
main(void)
{
	test_rekey();
	test_rekey_half();
	test_rekey_deaths(FAULT_DIE_BEFORE);
	test_rekey_deaths(FAULT_DIE_AFTER);
	return tap_done();
}
