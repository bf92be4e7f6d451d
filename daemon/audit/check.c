/*
 * check - the rules of the trail, record by record.  The first break of the
 * chain, of the head or of a seal ends the judging (`lost`): what follows
 * cannot be told from what was put there.  Other findings do not end it.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/hex.h"

#include "checkkey.h"

static int
rank(enum verify_verdict v)
{
	static const int ranks[] = { [VERIFY_VALID] = 0,
		[VERIFY_INCOMPLETE] = 1, [VERIFY_UNVERIFIABLE] = 2,
		[VERIFY_TAMPERED] = 3 };

	return ranks[v];
}

void
check_finding(struct check *c, enum verify_verdict v, uint64_t from,
    uint64_t to, const char *text)
{
	struct verify_finding f = { .verdict = v, .from_seq = from,
		.to_seq = to };

	if (rank(v) > rank(c->r.verdict))
		c->r.verdict = v;
	if (c->o->finding == NULL)
		return;
	(void)snprintf(f.text, sizeof(f.text), "%s", text);
	c->o->finding(c->o->ctx, &f);
}

static void
here(struct check *c, enum verify_verdict v, const char *text)
{
	check_finding(c, v, c->r.records, c->r.records, text);
}

/* Nothing after this record can be judged. */
static void
lose(struct check *c, enum verify_verdict v, const char *text)
{
	here(c, v, text);
	c->lost = true;
}

static void
on_genesis(struct check *c, const struct checkline *l)
{
	const struct note_key *pin = c->o->pin;

	if (checkkey_genesis(c, l) == -1) {
		lose(c, VERIFY_TAMPERED, "a malformed genesis record");
		return;
	}
	c->r.first_key = c->key;
	c->r.have_key = true;
	c->r.key_since = l->t;
	if (pin != NULL && (strcmp(pin->name, c->key.name) != 0 ||
	    memcmp(pin->pub, c->key.pub, 32) != 0))
		here(c, VERIFY_UNVERIFIABLE, "the trail begins with another "
		    "key than the one it is checked against");
}

static void
on_cp(struct check *c, const struct checkline *l)
{
	const json_t *note = json_object_get(l->object, "note");
	bool final = json_is_true(json_object_get(l->object, "final"));
	struct note_checkpoint cp;
	uint8_t root[32];
	size_t n_text;
	struct err e;

	if (final != c->rotated) {
		lose(c, VERIFY_TAMPERED, final ?
		    "a final checkpoint without a rotation before it" :
		    "a rotation that its final checkpoint does not follow");
		return;
	}
	if (!json_is_string(note) || checkkey_seal(c, json_string_value(note),
	    json_string_length(note), &n_text) == -1) {
		lose(c, VERIFY_TAMPERED, "a checkpoint that the key of this "
		    "position did not sign");
		return;
	}
	merkle_root(&c->r.tree, root);
	if (note_checkpoint_parse(json_string_value(note), n_text, &cp,
	    &e) == -1 || strcmp(cp.origin, c->key.name) != 0 ||
	    cp.size != l->seq || memcmp(cp.root, root, 32) != 0) {
		lose(c, VERIFY_TAMPERED, "a checkpoint that does not match "
		    "the records before it");
		return;
	}
	c->r.checkpoints++;
	c->r.sealed = cp.size;
	if (final) {
		c->key = c->next_key;
		c->r.key_since = l->t;
		c->r.epoch++;
	}
}

static void
on_rotate(struct check *c, const struct checkline *l)
{
	if (checkkey_next(c, l) == -1)
		lose(c, VERIFY_TAMPERED, "a malformed rotation");
}

/* Commitments too many for the record: n * 32 bytes, ascending. */
static const char *
check_items(int fd, const struct verify_open *op)
{
	uint8_t part[128][COMMIT_BYTES], last[COMMIT_BYTES] = { 0 };
	uint8_t leaf[32], root[32];
	struct merkle m = MERKLE_EMPTY;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || op->n >
	    UINT32_MAX || (uint64_t)st.st_size != op->n * COMMIT_BYTES)
		return "an items file of the wrong length";
	while ((got = read(fd, part, sizeof(part))) > 0) {
		if (got % COMMIT_BYTES != 0)
			return "an items file of the wrong length";
		for (ssize_t i = 0; i < got / COMMIT_BYTES; i++) {
			if (m.n != 0 && memcmp(last, part[i], 32) >= 0)
				return "an items file out of order";
			memcpy(last, part[i], 32);
			merkle_leaf(part[i], 32, leaf);
			merkle_add(&m, leaf);
		}
	}
	merkle_root(&m, root);
	return got == 0 && m.n == op->n && memcmp(root, op->croot, 32) == 0 ?
	    NULL : "an items file that does not match its intent";
}

static void
on_intent(struct check *c, const struct checkline *l)
{
	const struct verify_open *op;
	struct checkops_result res = checkops_intent(c->ops, l, &op);
	char name[2 * COMMIT_OP_BYTES + 16] = "items/";
	const char *bad;
	int fd;

	c->r.intents++;
	if (res.why != NULL) {
		here(c, res.verdict, res.why);
		return;
	}
	if (op->n <= RECORD_C_IN_LINE || c->file.dirfd == -1)
		return;
	hex_text(op->op, COMMIT_OP_BYTES, name + 6);
	memcpy(name + 6 + 2 * COMMIT_OP_BYTES, ".bin", 5);
	fd = openat(c->file.dirfd, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1) {
		here(c, VERIFY_UNVERIFIABLE, errno == ENOENT ?
		    "the items file of this operation is missing" :
		    "the items file of this operation cannot be read");
		return;
	}
	bad = check_items(fd, op);
	if (bad != NULL)
		here(c, VERIFY_TAMPERED, bad);
	fd_close(&fd);
}

static void
on_outcome(struct check *c, const struct checkline *l)
{
	struct checkops_result res = checkops_outcome(c->ops, l);

	if (l->type == RECORD_DONE)
		c->r.done++;
	else
		c->r.failed++;
	if (res.why != NULL)
		here(c, res.verdict, res.why);
}

static void
on_rekey(struct check *c, const struct checkline *l)
{
	if (checkkey_next(c, l) == -1) {
		lose(c, VERIFY_TAMPERED, "a malformed rekey");
		return;
	}
	if (!c->has_recovery || !checkkey_recovered(c, l)) {
		lose(c, VERIFY_TAMPERED, c->has_recovery ?
		    "a rekey that the recovery key did not sign for these "
		    "records and this key" :
		    "a rekey, and genesis names no recovery key");
		return;
	}
	c->r.rekeys++;
	if (!c->o->accept_rekey)
		here(c, VERIFY_INCOMPLETE, "the signing key was lost and "
		    "replaced by means of the recovery key: what was sealed "
		    "before stands; ask why, then accept the rekey");
}

static void (*const rules[RECORD_N_TYPES])(struct check *,
    const struct checkline *) = {
	[RECORD_GENESIS] = on_genesis,
	[RECORD_INTENT] = on_intent,
	[RECORD_DONE] = on_outcome,
	[RECORD_FAIL] = on_outcome,
	[RECORD_CP] = on_cp,
	[RECORD_ROTATE] = on_rotate,
	[RECORD_REKEY] = on_rekey,
};

/* Where it stands: position, chain, epoch, segment, genesis first. */
static const char *
out_of_place(const struct check *c, const struct checkline *l)
{
	const struct checkfile *f = &c->file;

	if (l->seq != c->r.records)
		return "not the record that belongs here: records were "
		    "removed, added or moved";
	if (f->first_in_segment && f->n_segments != 0 &&
	    f->segments[f->next - 1] != l->seq)
		return "a segment is missing or was renamed";
	if (memcmp(l->prev, c->r.leaf, 32) != 0)
		return "the chain is broken: the record before this one was "
		    "changed";
	if (l->ep != c->r.epoch)
		return "a record of another epoch";
	if ((l->type == RECORD_GENESIS) != (l->seq == 0))
		return "the first record, and only the first, is genesis";
	if (c->rotated && l->type != RECORD_CP && l->type != RECORD_REKEY)
		return "a rotation that its final checkpoint does not follow";
	return NULL;
}

static void
accept(struct check *c, const struct checkline *l, const char *line, size_t n)
{
	if (c->o->record != NULL)
		c->o->record(c->o->ctx, l->seq, line, n);
	merkle_leaf(line, n, c->r.leaf);
	merkle_add(&c->r.tree, c->r.leaf);
	if (l->seq == 0)
		c->r.first = l->t;
	c->r.last = l->t;
	c->r.records++;
	c->r.closed = c->stopped && l->type == RECORD_CP;
	c->stopped = l->type == RECORD_STOP;
	c->rekeyed = l->type == RECORD_REKEY;
	c->rotated = l->type == RECORD_ROTATE || c->rekeyed;
	c->sealed = l->type == RECORD_CP;
}

/* Claims about exactly the records so far. */
static void
compare_claims(struct check *c)
{
	uint8_t root[32];

	while (c->claims.next < c->claims.n &&
	    c->claims.list[c->claims.next].size <= c->r.records) {
		const struct checkclaim *one = &c->claims.list[c->claims.next++];
		const char *bad;
		char text[200];

		merkle_root(&c->r.tree, root);
		bad = checkclaim_judge(one, c->key.name,
		    c->rekeyed ? &c->next_key : &c->key, 1, root);
		if (bad == NULL)
			continue;
		(void)snprintf(text, sizeof(text), "%s %s", one->what, bad);
		check_finding(c, VERIFY_TAMPERED, 0, one->size - 1, text);
	}
}

void
check_record(struct check *c, const char *line, size_t n)
{
	struct checkline l;
	char why[200] = "";
	enum verify_verdict v = checkline_read(line, n, &l, why);
	const char *bad;

	if (v != VERIFY_VALID) {
		lose(c, v, why);
		return;
	}
	bad = out_of_place(c, &l);
	if (bad != NULL)
		lose(c, VERIFY_TAMPERED, bad);
	if (!c->lost && l.t.ms < c->r.last.ms && l.seq != 0)
		here(c, VERIFY_TAMPERED, "time runs backwards");
	if (!c->lost && rules[l.type] != NULL)
		rules[l.type](c, &l);
	if (!c->lost) {
		accept(c, &l, line, n);
		compare_claims(c);
	}
	checkline_release(&l);
}

/* Claims that reach beyond the records: the trail was cut, or grafted. */
static void
end_claims(struct check *c)
{
	for (size_t i = c->claims.next; i < c->claims.n; i++) {
		const struct checkclaim *one = &c->claims.list[i];
		const char *bad = checkclaim_judge(one, c->key.name, &c->key,
		    1, NULL);
		char text[200];

		(void)snprintf(text, sizeof(text), "%s knows of %" PRIu64
		    " records, and the trail has fewer: it was cut back",
		    one->what, one->size);
		if (bad != NULL)
			(void)snprintf(text, sizeof(text), "%s %s", one->what,
			    bad);
		check_finding(c, VERIFY_TAMPERED, c->r.records, one->size - 1,
		    text);
	}
}

static void
end_open(struct check *c)
{
	const struct verify_open *op;

	for (size_t i = 0; (op = checkops_open(c->ops, i)) != NULL; i++) {
		check_finding(c, VERIFY_INCOMPLETE, op->seq, op->seq,
		    "an intent without an outcome");
		if (c->o->open != NULL)
			c->o->open(c->o->ctx, op);
	}
}

void
check_end(struct check *c)
{
	uint64_t last = c->r.records - (c->r.records != 0);

	if (c->claims.malformed != 0)
		check_finding(c, VERIFY_TAMPERED, 0, last,
		    "a note beside the trail is malformed");
	if (c->r.records == 0 && !c->lost)
		check_finding(c, VERIFY_UNVERIFIABLE, 0, 0, "no record at all");
	if (c->o->pin == NULL && !c->o->holds_key)
		check_finding(c, VERIFY_UNVERIFIABLE, 0, last,
		    "no key to check against: give the one noted at the start");
	if (!c->lost) {
		end_claims(c);
		end_open(c);
	}
	if (c->file.torn != 0)
		check_finding(c, VERIFY_INCOMPLETE, c->r.records, c->r.records,
		    "a torn record at the end");
	if (c->r.records == 0 || c->lost)
		return;
	if (!c->sealed)
		check_finding(c, VERIFY_INCOMPLETE, c->r.checkpoints == 0 ? 0 :
		    c->r.sealed + 1, last, "records without a checkpoint");
	else if (!c->r.closed)
		check_finding(c, VERIFY_INCOMPLETE, last, last,
		    "not closed by stop and a checkpoint");
	if (c->o->max_age_ms != 0 &&
	    c->o->now.ms - c->r.last.ms > c->o->max_age_ms)
		check_finding(c, VERIFY_INCOMPLETE, last, last,
		    "the last record is older than allowed: a stale copy?");
}
