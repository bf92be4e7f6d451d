/* trailkeep: old segments are compressed and pruned and old keys destroyed, and
 * a kill at any step of it leaves a trail that verifies and is taken up. */
#include <dirent.h>
#include <fcntl.h>

#include "retention/cut.h"
#include "retention/trail_keep.h"

#include "faultkit.h"
#include "trailkit.h"

#define SEGMENT 3000
#define FAR INT64_C(4000000000000)

static struct trail_keep_limits
older(int64_t before_ms, uint64_t covered)
{
	return (struct trail_keep_limits){ .before = { before_ms },
		.covered = covered, .who = { 0, "root" }, .why = "request" };
}

/* So many operations, each closed and sealed; one in four has items. */
static int
work(struct kit *k, uint8_t first, int n, struct err *e)
{
	for (int i = 0; i < n; i++) {
		uint8_t id = (uint8_t)(first + i);
		size_t items = i % 4 == 0 ? 70 : 2;

		if (kit_intent(k, id, items, e) == -1 ||
		    trail_sync(k->trail, e) == -1 ||
		    kit_done(k, id, items, items, e) == -1 ||
		    trail_checkpoint(k->trail, kit_now(k), e) == -1)
			return -1;
	}
	return 0;
}

static int
turn(struct kit *k, struct err *e)
{
	struct trail_rotation r = { .why = "request", .who = { 0, "root" } };

	return trail_rotate(k->trail, &r, kit_now(k), e);
}

static int
tidy(struct kit *k, struct err *e)
{
	int rc;

	while ((rc = trail_keep_tidy(k->trail, UINT64_MAX, e)) == 1)
		;
	return rc;
}

/* 1 and what was pruned; 0: nothing. */
static int
prune(struct kit *k, int64_t before, struct trail_keep_pruned *ret,
    struct err *e)
{
	struct trail_keep_limits l = older(before, UINT64_MAX);
	int rc = trail_keep_prune(k->trail, &l, kit_now(k), ret, e);

	return rc != 1 ? rc : trail_checkpoint(k->trail, kit_now(k), e) == -1 ?
	    -1 : 1;
}

static int
forget(struct kit *k, uint32_t ep, struct err *e)
{
	struct trail_keep_limits l = older(FAR, UINT64_MAX);

	return trail_keep_shred(k->trail, ep, &l, kit_now(k), e);
}

static int
stop(struct kit *k, struct err *e)
{
	return kit_plain(k, RECORD_STOP, e) == -1 ? -1 :
	    trail_checkpoint(k->trail, kit_now(k), e);
}

/* Files of a folder of the trail whose names end like this. */
static int
count(const struct kit *k, const char *folder, const char *end)
{
	char path[160];
	struct dirent *entry;
	int n = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/%s", k->state, folder);
	d = opendir(path);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name), tail = strlen(end);

		n += len > tail && strcmp(entry->d_name + len - tail, end) == 0;
	}
	if (d != NULL)
		(void)closedir(d);
	return n;
}

static bool
exists(const struct kit *k, const char *name)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", k->state, name);
	return access(path, F_OK) == 0;
}

/* All a trail goes through; where it was pruned to is in *ret. */
static int
life(struct kit *k, struct trail_keep_pruned *ret, struct err *e)
{
	uint8_t unused[32];

	if (kit_open(k, SEGMENT, NULL, e) == -1 ||
	    key_epoch(k->state, 0, unused, e) == -1 ||
	    work(k, 1, 8, e) == -1 || turn(k, e) == -1 ||
	    work(k, 20, 4, e) == -1 || tidy(k, e) == -1 ||
	    prune(k, k->ms - 150, ret, e) == -1 || work(k, 40, 8, e) == -1 ||
	    turn(k, e) == -1 || forget(k, 0, e) == -1 ||
	    work(k, 60, 2, e) == -1 || tidy(k, e) == -1 ||
	    prune(k, k->ms - 350, ret, e) == -1 || forget(k, 1, e) == -1)
		return -1;
	return stop(k, e);
}

static void
test_life(void)
{
	struct trail_keep_pruned done = { .first = 0 };
	char vkey[NOTE_VKEY_BYTES];
	struct kit k;
	struct err e;

	kit_make(&k);
	note_key_text(key_public(k.key), vkey);
	ok(life(&k, &done, &e) == 0, "a whole life: %s", e.text);
	ok(kit_verify(&k, vkey, 0) == VERIFY_VALID &&
	    k.report.pruned == done.first && done.first > 16 &&
	    k.report.prunings >= 1, "VALID from record %d on: %s",
	    (int)done.first, k.why);
	ok(count(&k, "trail/log", ".jsonl.gz") > 0 &&
	    count(&k, "trail/log", ".jsonl") >= 1, "%d compressed, %d plain",
	    count(&k, "trail/log", ".jsonl.gz"),
	    count(&k, "trail/log", ".jsonl"));
	ok(count(&k, "trail/items", ".bin") < 6 &&
	    count(&k, "trail/items", ".bin") > 0, "%d items files stay",
	    count(&k, "trail/items", ".bin"));
	ok(!exists(&k, "keys/commit/0.key") && !exists(&k, "keys/commit/1.key")
	    && exists(&k, "keys/commit/2.key"), "keys of old epochs are gone");
	kit_shut(&k);
	ok(kit_open(&k, SEGMENT, NULL, &e) == 0 && work(&k, 90, 8, &e) == 0 &&
	    prune(&k, k.ms - 20, &done, &e) == 1 && stop(&k, &e) == 0,
	    "taken up, worked, pruned again: %s", e.text);
	ok(kit_verify(&k, vkey, 0) == VERIFY_VALID &&
	    k.report.pruned == done.first, "VALID from record %d on: %s",
	    (int)done.first, k.why);
	kit_drop(&k);
}

static void
test_refusals(void)
{
	struct trail_keep_pruned done;
	struct trail_keep_limits l;
	uint8_t key[32];
	int64_t middle;
	struct kit k;
	struct err e;

	kit_make(&k);
	(void)kit_open(&k, SEGMENT, NULL, &e);
	ok(key_epoch(k.state, 0, key, &e) == 0 &&
	    forget(&k, 0, &e) == -1 && e.code == ERR_REFUSED &&
	    forget(&k, 7, &e) == -1 && e.code == ERR_REFUSED,
	    "shred: the present epoch, one to come: %s", e.text);
	ok(prune(&k, FAR, &done, &e) == 0, "prune: never the newest segment");
	(void)work(&k, 1, 6, &e);
	middle = k.ms;
	(void)work(&k, 10, 6, &e);
	ok(prune(&k, T0, &done, &e) == 0, "prune: nothing is as old");
	l = older(FAR, 3);
	ok(trail_keep_prune(k.trail, &l, kit_now(&k), &done, &e) == 0,
	    "prune: no anchor covers a whole segment");
	ok(kit_intent(&k, 200, 2, &e) == 0 && turn(&k, &e) == 0 &&
	    forget(&k, 0, &e) == -1 && e.code == ERR_REFUSED &&
	    exists(&k, "keys/commit/0.key"),
	    "shred: an epoch with an open operation: %s", e.text);
	ok(kit_done(&k, 200, 2, 2, &e) == 0 && forget(&k, 0, &e) == 1 &&
	    forget(&k, 0, &e) == 0, "closed: it goes, once: %s", e.text);
	ok(prune(&k, middle, &done, &e) == 1 && done.records == done.first &&
	    !trail_broken(k.trail), "prune: %d records", (int)done.first);
	ok(stop(&k, &e) == 0 && kit_verify(&k, NULL, 0) != VERIFY_TAMPERED &&
	    k.report.first.ms <= middle, "to the middle");
	kit_drop(&k);
}

/* A boundary that an operation spans is none. */
static void
test_crossed(void)
{
	struct trail_keep_pruned done;
	struct kit k;
	struct err e;

	kit_make(&k);
	(void)kit_open(&k, SEGMENT, NULL, &e);
	(void)kit_intent(&k, 1, 2, &e);
	(void)work(&k, 10, 30, &e);
	ok(prune(&k, FAR, &done, &e) == -1 && e.code == ERR_REFUSED &&
	    !trail_broken(k.trail), "an operation is open all along: %s",
	    e.text);
	ok(kit_done(&k, 1, 2, 2, &e) == 0 && work(&k, 60, 9, &e) == 0 &&
	    prune(&k, FAR, &done, &e) == 1 && stop(&k, &e) == 0 &&
	    kit_verify(&k, NULL, 0) == VERIFY_VALID, "closed: %s", k.why);
	kit_drop(&k);
}

/* Evidence that was changed under us is not removed. */
static void
test_changed(void)
{
	struct trail_keep_pruned done;
	char path[160];
	struct kit k;
	struct err e;
	int fd;

	kit_make(&k);
	(void)kit_open(&k, SEGMENT, NULL, &e);
	(void)work(&k, 1, 12, &e);
	(void)snprintf(path, sizeof(path), "%s/trail/log/%018d.jsonl",
	    k.state, 0);
	fd = open(path, O_WRONLY);
	ok(fd != -1 && pwrite(fd, "x", 1, 1000) == 1 && close(fd) == 0 &&
	    prune(&k, FAR, &done, &e) == -1 && e.code == ERR_TRAIL &&
	    trail_broken(k.trail) && access(path, F_OK) == 0,
	    "changed: %s", e.text);
	kit_drop(&k);
}

static void
test_tidy(void)
{
	struct kit k;
	struct err e;

	kit_make(&k);
	(void)kit_open(&k, SEGMENT, NULL, &e);
	(void)work(&k, 1, 3, &e);
	ok(trail_keep_tidy(k.trail, UINT64_MAX, &e) == 0,
	    "nothing has a whole segment after it");
	(void)work(&k, 10, 20, &e);
	ok(trail_keep_tidy(k.trail, 0, &e) == 0, "no anchor: nothing");
	ok(tidy(&k, &e) == 0 && count(&k, "trail/log", ".jsonl") == 2 &&
	    count(&k, "trail/log", ".gz") > 3, "all but two: %d, %d: %s",
	    count(&k, "trail/log", ".gz"), count(&k, "trail/log", ".jsonl"),
	    e.text);
	ok(stop(&k, &e) == 0 && kit_verify(&k, NULL, 0) == VERIFY_VALID,
	    "VALID: %s", k.why);
	kit_shut(&k);
	ok(kit_open(&k, SEGMENT, NULL, &e) == 0, "taken up: %s", e.text);
	kit_drop(&k);
}

static int
whole_life(void *k)
{
	struct trail_keep_pruned unused;
	struct err e;

	return life(k, &unused, &e);
}

/* Next day: the key as it is now, open operations closed, stop. */
static int
restart(struct kit *k, struct err *e)
{
	const struct trail_open_op *op;
	size_t n;

	k->ms += 10000;
	key_free(k->key);
	k->key = NULL;
	if (key_load(k->state, "host1.example.org", &k->key, e) == -1 ||
	    kit_open(k, SEGMENT, NULL, e) == -1)
		return -1;
	op = trail_open_ops(k->trail, &n);
	for (size_t i = 0; i < n; i++)
		if (kit_done(k, op[i].op[0], op[i].n, op[i].n, e) == -1)
			return -1;
	return stop(k, e);
}

/* Nothing is half done: what is pruned is gone, what is shredded as well. */
static bool
is_settled(const struct kit *k)
{
	char plain[64], packed[80];

	if (k->report.pruned != 0 && exists(k,
	    "trail/log/000000000000000000.jsonl"))
		return false;
	(void)snprintf(plain, sizeof(plain), "trail/log/%018d.jsonl",
	    (int)k->report.pruned);
	(void)snprintf(packed, sizeof(packed), "%s.gz", plain);
	return k->report.prunings == 0 || exists(k, plain) ||
	    exists(k, packed);
}

static void
test_steps(const char *what, enum fault_how how, int err, int n_steps,
    int stride)
{
	int n, runs = 0, sound = 0, resumed = 0, valid = 0, settled = 0;
	char vkey[NOTE_VKEY_BYTES], now[NOTE_VKEY_BYTES];
	enum verify_verdict v;
	struct err e;

	for (n = 1; n <= n_steps; n += stride, runs++) {
		struct kit k;

		kit_make(&k);
		note_key_text(key_public(k.key), vkey);
		(void)fault_child_err(n, how, err, whole_life, &k);
		v = kit_verify(&k, vkey, 0);
		sound += v == VERIFY_VALID || v == VERIFY_INCOMPLETE ||
		    k.report.records == 0;
		if (v == VERIFY_TAMPERED)
			printf("# %d: %s\n", n, k.why);
		if (restart(&k, &e) == 0)
			resumed++;
		else
			printf("# %d: %s\n", n, e.text);
		v = kit_verify(&k, vkey, 0);
		if (v != VERIFY_VALID)
			printf("# %d: %s\n", n, k.why);
		note_key_text(&k.report.first_key, now);
		valid += v == VERIFY_VALID && strcmp(now, vkey) == 0;
		settled += is_settled(&k);
		kit_drop(&k);
	}
	ok(sound == runs, "%s at %d of %d steps: at worst INCOMPLETE (%d)",
	    what, runs, n_steps, sound);
	ok(resumed == runs && valid == runs, "it can be taken up again "
	    "(%d), and is VALID from the same first key (%d)", resumed, valid);
	ok(settled == runs, "nothing is left half done (%d)", settled);
}

static void
test_all_steps(void)
{
	struct kit k;
	int n, stride;

	kit_make(&k);
	fault_set(0, FAULT_FAIL, 0);
	ok(whole_life(&k) == 0 && fault.seen > 300,
	    "a whole life");
	n = fault.seen;
	kit_drop(&k);
	test_steps("died", FAULT_DIE_BEFORE, 0, n, 1);
	/* All of them with RETENTION_ALL_STEPS in the environment. */
	stride = getenv("RETENTION_ALL_STEPS") != NULL ? 1 : 7;
	test_steps("failed", FAULT_FAIL, EIO, n, stride);
	test_steps("no space", FAULT_FAIL, ENOSPC, n, stride);
}

int
main(void)
{
	test_life();
	test_refusals();
	test_crossed();
	test_changed();
	test_tidy();
	test_all_steps();
	return tap_done();
}
