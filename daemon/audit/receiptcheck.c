/*
 * receiptcheck - follows a receipt from the pinned key to the item: key to
 * key, key to checkpoint, checkpoint to record, record to commitment.
 */
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/commitopen.h"
#include "retention/hex.h"
#include "retention/merkle.h"
#include "retention/proof.h"
#include "retention/receipt.h"

#include "checkline.h"

struct chain {
	struct note_key *key;		/* owned; one per epoch from 0 on */
	uint64_t *from;			/* owned; records before that epoch */
	size_t n;
};

struct reading {
	const struct receipt *r;
	struct chain chain;
	struct checkline intent, outcome;
	struct receiptcheck_claim *claim;
};

static int
refuse(struct reading *x, const char *why)
{
	x->claim->verdict = VERIFY_TAMPERED;
	(void)snprintf(x->claim->why, sizeof(x->claim->why), "%s", why);
	return -1;
}

/* A note without a signature of which nobody here knows the key. */
static int
read_note(const char *note, size_t n, const struct note_key *keys,
    size_t n_keys, uint32_t *ret_which)
{
	size_t n_text, lines = 0;
	struct err e;

	if (note_verify(note, n, keys, n_keys, &n_text, ret_which, &e) == -1)
		return -1;
	for (size_t i = n_text + 1; i < n; i++)
		lines += note[i] == '\n';
	return lines == (size_t)__builtin_popcount(*ret_which) ? 0 : -1;
}

/* Key i is vouched for by key i - 1 in the final note of its epoch. */
static int
read_link(struct chain *c, size_t i, const char *note)
{
	const char *end = strstr(note, "\n\n");
	struct note_checkpoint cp;
	uint32_t which;
	struct err e;

	if (end == NULL || memcmp(c->key[i - 1].pub, c->key[i].pub, 32) == 0 ||
	    read_note(note, strlen(note), &c->key[i - 1], 2, &which) == -1 ||
	    which != 3 || note_checkpoint_parse(note,
	    (size_t)(end - note) + 1, &cp, &e) == -1 ||
	    strcmp(cp.origin, c->key[0].name) != 0 || cp.size <= c->from[i - 1])
		return -1;
	c->from[i] = cp.size;
	return 0;
}

static int
read_chain(struct reading *x)
{
	struct chain *c = &x->chain;
	const struct receipt *r = x->r;
	struct err e;

	c->key = calloc(r->n_keys, sizeof(*c->key));
	c->from = calloc(r->n_keys, sizeof(*c->from));
	if (c->key == NULL || c->from == NULL)
		return refuse(x, "no memory for its keys");
	for (c->n = 0; c->n < r->n_keys; c->n++) {
		const struct receipt_key *k = &r->keys[c->n];

		if (k->ep != c->n || (k->note == NULL) != (c->n == 0) ||
		    note_key_parse(k->vkey, &c->key[c->n], &e) == -1 ||
		    strcmp(c->key[c->n].name, c->key[0].name) != 0)
			return refuse(x, "its list of keys is malformed");
		if (c->n != 0 && read_link(c, c->n, k->note) == -1)
			return refuse(x, "a key that the key before it did "
			    "not sign for");
	}
	return 0;
}

/* The checkpoint of a record is one of the record's own epoch. */
static const char *
check_seal(const struct reading *x, const struct proof *p, uint32_t ep)
{
	const struct chain *c = &x->chain;
	size_t n_keys = (size_t)ep + 1 < c->n ? 2 : 1;
	uint32_t which;

	if (ep >= c->n)
		return "the key of its checkpoint is not in the receipt";
	if (read_note(p->note, p->n_note, &c->key[ep], n_keys, &which) == -1 ||
	    (which & 1) == 0)
		return "the key of its epoch did not sign its checkpoint";
	if (strcmp(p->cp.origin, c->key[0].name) != 0)
		return "its checkpoint is of another trail";
	if (p->path.index < c->from[ep] || (n_keys == 2 &&
	    p->cp.size > c->from[ep + 1]) || ((which & 2) != 0 &&
	    p->cp.size != c->from[ep + 1]))
		return "it lies outside its epoch";
	return NULL;
}

static int
read_record(struct reading *x, const struct receipt_record *rec,
    const char *name, struct checkline *ret)
{
	struct proof p;
	struct err e = ERR_EMPTY;
	char why[200] = "", text[256];
	const char *bad = why;
	size_t n = strlen(rec->line);

	if (proof_parse(rec->proof, strlen(rec->proof), &p, &e) == -1 ||
	    proof_holds(&p, rec->line, n, &e) == -1)
		bad = e.text;
	else if (checkline_read(rec->line, n, ret, why) == VERIFY_VALID)
		bad = ret->seq != p.path.index ?
		    "it says that it stands elsewhere" :
		    check_seal(x, &p, ret->ep);
	if (bad == NULL) {
		x->claim->sealed = p.cp.size;
		return 0;
	}
	(void)snprintf(text, sizeof(text), "the %s: %.200s", name, bad);
	return refuse(x, text);
}

static bool
has_op(const struct checkobject *object, const uint8_t want[COMMIT_OP_BYTES])
{
	uint8_t op[COMMIT_OP_BYTES];

	return checkline_hex(object, "op", op, sizeof(op)) == 0 &&
	    memcmp(op, want, sizeof(op)) == 0;
}

static bool
says(const struct checkobject *object, const char *key, const char *want)
{
	const char *text = checkline_text(object, key);

	return text != NULL && strcmp(text, want) == 0;
}

/* The item's commitment is one of the intent's. */
static int
check_item(struct reading *x)
{
	const struct receipt *r = x->r;
	const struct checkobject *o = x->intent.object;
	struct commitopen_item item = { .store = r->store,
		.object = r->object };
	uint8_t croot[32], c[COMMIT_BYTES], root[32];
	struct buf key = BUF_EMPTY;
	int rc = receipt_key(r->part, r->n_parts, &key);

	item.key = buf_text(&key);
	item.n_key = key.n;
	if (rc == 0)
		rc = commitopen_c(r->salt, &item, c);
	buf_release(&key);
	if (rc == -1 || x->intent.type != RECORD_INTENT || !has_op(o, r->op) ||
	    !says(o, "store", r->store) || !says(o, "object", r->object) ||
	    checkline_uint(o, "n", &x->claim->n) == -1 ||
	    x->claim->n != r->path.size ||
	    checkline_base64(checkline_value(o, "croot"), croot, 32) == -1)
		return refuse(x, "its item and its intent do not belong "
		    "together");
	merkle_leaf(c, COMMIT_BYTES, c);
	if (merklepath_root(&r->path, c, root) == -1 ||
	    memcmp(root, croot, 32) != 0)
		return refuse(x, "its item is not among those of the operation");
	return 0;
}

static int
check_outcome(struct reading *x)
{
	struct receiptcheck_claim *claim = x->claim;
	const struct checkobject *o = x->outcome.object;
	struct checkvalue list = checkline_value(o, "skipped");
	struct checkscan skipped = { .n = 0 };
	uint64_t n, one, sum;

	if ((x->outcome.type != RECORD_DONE && x->outcome.type !=
	    RECORD_FAIL) || !has_op(o, x->r->op) ||
	    x->outcome.seq <= x->intent.seq ||
	    checkline_uint(o, "n", &n) == -1 || n != claim->n ||
	    checkline_uint(o, "erased", &claim->erased) == -1 ||
	    checkline_uint(o, "left", &claim->left) == -1)
		return refuse(x, "its outcome and its intent do not belong "
		    "together");
	if (list.n != 0 && checkscan_object(list.at, list.n, &skipped) == -1)
		return refuse(x, "its outcome is malformed");
	for (size_t i = 0; i < skipped.n; i++)
		if (checkvalue_uint(skipped.member[i].value, &one) == -1 ||
		    __builtin_add_overflow(claim->skipped, one,
		    &claim->skipped))
			return refuse(x, "its outcome is malformed");
	if (__builtin_add_overflow(claim->erased, claim->left, &sum) ||
	    __builtin_add_overflow(sum, claim->skipped, &sum) || sum != n)
		return refuse(x, "its outcome does not add up");
	claim->done = x->outcome.type == RECORD_DONE;
	return 0;
}

static void
copy(const struct checkobject *object, const char *key, char *ret, size_t room)
{
	const char *text = checkline_text(object, key);

	(void)snprintf(ret, room, "%s", text != NULL ? text : "");
}

static void
tell(struct reading *x, const struct note_key *pin)
{
	struct receiptcheck_claim *c = x->claim;
	const struct checkobject *in = x->intent.object, *out = x->outcome.object;
	const char *cutoff = checkline_text(in, "cutoff");

	copy(in, "dataset", c->dataset, sizeof(c->dataset));
	copy(in, "action", c->action, sizeof(c->action));
	copy(in, "basis", c->basis, sizeof(c->basis));
	copy(in, "agreement", c->agreement, sizeof(c->agreement));
	copy(in, "policy", c->policy, sizeof(c->policy));
	copy(out, "method", c->method, sizeof(c->method));
	copy(out, "assurance", c->assurance, sizeof(c->assurance));
	if (cutoff != NULL)
		(void)checkline_time(cutoff, &c->cutoff);
	c->intended = x->intent.t;
	c->ended = x->outcome.t;
	if (pin == NULL || strcmp(pin->name, x->chain.key[0].name) != 0 ||
	    memcmp(pin->pub, x->chain.key[0].pub, 32) != 0) {
		c->verdict = VERIFY_UNVERIFIABLE;
		(void)snprintf(c->why, sizeof(c->why), pin == NULL ?
		    "no key to check against: give the one noted when the "
		    "trail began" : "it is of another trail or key than the "
		    "one it is checked against");
	} else if (c->erased != c->n) {
		c->verdict = VERIFY_INCOMPLETE;
		(void)snprintf(c->why, sizeof(c->why), "the operation did not "
		    "take all of its items, and does not say which it left");
	}
}

void
receiptcheck_judge(const struct receipt *r, const struct note_key *pin,
    struct receiptcheck_claim *ret)
{
	struct reading x = { .r = r, .claim = ret };

	*ret = (struct receiptcheck_claim){ .verdict = VERIFY_VALID };
	if (read_chain(&x) == 0 &&
	    read_record(&x, &r->intent, "intent", &x.intent) == 0 &&
	    read_record(&x, &r->outcome, "outcome", &x.outcome) == 0 &&
	    check_item(&x) == 0 && check_outcome(&x) == 0)
		tell(&x, pin);
	free(x.chain.key);
	free(x.chain.from);
	checkline_release(&x.intent);
	checkline_release(&x.outcome);
}
