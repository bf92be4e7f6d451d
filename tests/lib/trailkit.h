/* trailkit - a trail in a temporary folder, for the tests that need one. */
#ifndef TESTS_TRAILKIT_H
#define TESTS_TRAILKIT_H

#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/commit.h"
#include "retention/fd.h"
#include "retention/key.h"
#include "retention/sha256.h"
#include "retention/trail.h"
#include "retention/verify.h"

#include "tap.h"

#define T0 INT64_C(1790000000000)

struct kit {
	char state[64];
	struct key *key;
	struct trail *trail;
	int64_t ms;
	struct verify_report report;
	char why[256];		/* the last finding of the worst verdict */
};

static inline struct wall
kit_now(struct kit *k)
{
	k->ms += 10;
	return (struct wall){ k->ms };
}

static inline void
kit_make(struct kit *k)
{
	struct err e = ERR_EMPTY;
	bool made;

	*k = (struct kit){ .state = "/tmp/trail-test-XXXXXX", .ms = T0 };
	if (mkdtemp(k->state) == NULL || key_init(k->state, &made, &e) == -1 ||
	    key_load(k->state, "host1.example.org", &k->key, &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
}

static inline int
kit_open(struct kit *k, int64_t segment_bytes, const struct trail_head *least,
    struct err *e)
{
	struct trail_settings s = { .state = k->state,
		.origin = "host1.example.org", .build = "test",
		.segment_bytes = segment_bytes, .now = kit_now(k),
		.at_least = least };

	*e = ERR_EMPTY;
	return trail_open(&s, k->key, &k->trail, e);
}

static inline void
kit_shut(struct kit *k)
{
	trail_close(k->trail);
	k->trail = NULL;
}

static inline int
kit_remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st, (void)kind, (void)f;
	return remove(path);
}

static inline void
kit_drop(struct kit *k)
{
	kit_shut(k);
	key_free(k->key);
	(void)nftw(k->state, kit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int
kit_plain(struct kit *k, enum record_type type, struct err *e)
{
	struct record_start r = { .build = "test", .reason = "test" };
	struct buf b = BUF_EMPTY;
	int rc;

	record_stop(&b, &r);
	rc = trail_append(k->trail, type, &b, kit_now(k), e);
	buf_release(&b);
	return rc;
}

/* An intent over n invented items; their commitments are hashes of numbers. */
static inline int
kit_intent(struct kit *k, uint8_t id, size_t n, struct err *e)
{
	static uint8_t c[COMMIT_MAX_ITEMS][COMMIT_BYTES];
	uint8_t op[16] = { id, 1 }, root[32], policy[32] = { 0 };
	struct record_intent r = { .op = op, .dataset = "notice/data",
		.action = "delete", .store = "notice/site", .object = "rows",
		.basis = "period 2 years", .policy = policy, .cutoff.ms = T0,
		.n = n, .croot = root,
		.c = (const uint8_t (*)[COMMIT_BYTES])c };
	struct buf b = BUF_EMPTY;
	int rc;

	for (size_t i = 0; i < n; i++)
		sha256_once(&i, sizeof(i), c[i]);
	commit_root(c, n, root);
	record_intent(&b, &r);
	rc = trail_items(k->trail, op, (const uint8_t (*)[COMMIT_BYTES])c, n, e);
	if (rc == 0)
		rc = trail_append(k->trail, RECORD_INTENT, &b, kit_now(k), e);
	buf_release(&b);
	return rc;
}

static inline int
kit_done(struct kit *k, uint8_t id, uint64_t n, uint64_t erased, struct err *e)
{
	uint8_t op[16] = { id, 1 };
	struct record_outcome r = { .op = op, .n = n, .erased = erased,
		.left = 0, .skipped_held = n > 2 ? 1 : 0, .method = "test",
		.verify = "requery", .ms = 3 };
	struct buf b = BUF_EMPTY;
	int rc;

	r.erased -= r.skipped_held;
	record_done(&b, &r);
	rc = trail_append(k->trail, RECORD_DONE, &b, kit_now(k), e);
	buf_release(&b);
	return rc;
}

static inline void
kit_finding(void *ctx, const struct verify_finding *f)
{
	struct kit *k = ctx;

	if (k->why[0] == '\0' || f->verdict == VERIFY_TAMPERED)
		memcpy(k->why, f->text, sizeof(k->why));
}

static inline enum verify_verdict
kit_verify(struct kit *k, const char *vkey, int64_t max_age_ms)
{
	struct note_key pin = *key_public(k->key);
	struct verify_options o = { .pin = &pin, .now.ms = k->ms, .ctx = k,
		.max_age_ms = max_age_ms, .finding = kit_finding };
	struct err e = ERR_EMPTY;

	if (vkey != NULL && note_key_parse(vkey, &pin, &e) == -1)
		o.pin = NULL;
	k->why[0] = '\0';
	if (verify_trail(k->state, &o, &k->report, &e) == -1) {
		printf("# verify: %s\n", e.text);
		return (enum verify_verdict)4;
	}
	return k->report.verdict;
}

#endif
