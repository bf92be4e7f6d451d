#include "cli_keys.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/key.h"
#include "retention/pool.h"

#define FILE_MOST ((size_t)64 << 20)

struct cli_keys {
	const char *state;		/* borrowed */
	struct pool *pool;		/* owned */
	struct receipt_key *list;	/* owned */
	size_t n;
	const char *next;		/* of the last `rotate` */
	size_t replaced;		/* the first one that was, outside the
					 * ratchet; 0: none */
	bool failed;
	uint64_t first, last;		/* records; the epoch there */
	uint8_t frontier[64][32];
	uint32_t ep;			/* that `key` is of */
	int has;			/* 0 not tried, 1 there, -1 gone */
	uint8_t key[32];
};

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void
add(struct cli_keys *k, const char *vkey, const char *note)
{
	struct receipt_key *more = realloc(k->list,
	    (k->n + 1) * sizeof(*more));

	if (more == NULL || k->n == RECEIPT_MOST_KEYS) {
		k->failed = true;
		k->list = more != NULL ? more : k->list;
		return;
	}
	k->list = more;
	more += k->n;
	*more = (struct receipt_key){ .ep = (uint32_t)k->n,
		.vkey = pool_dup(k->pool, vkey),
		.note = note != NULL ? pool_dup(k->pool, note) : NULL };
	k->failed |= more->vkey == NULL || (note != NULL && !more->note);
	k->n++;
}

/* One line of trail/keys.chain. */
static void
add_line(struct cli_keys *k, const char *line, size_t n)
{
	json_t *one = json_loadb(line, n, 0, NULL);

	if (json_object_get(one, "recovery") != NULL && k->replaced == 0)
		k->replaced = k->n;
	add(k, text_of(one, "vkey"), k->n != 0 ? text_of(one, "note") : NULL);
	json_decref(one);
}

static int
read_chain(struct cli_keys *k, struct buf *b, struct err *e)
{
	struct buf path = BUF_EMPTY;
	char *at, *lf;
	int rc;

	buf_putf(&path, "%s/trail/keys.chain", k->state);
	rc = fd_read_file(buf_text(&path), FILE_MOST, b, e);
	buf_release(&path);
	if (rc == -1 || b->data == NULL)
		return rc;
	/* Later keys may follow: of a pruning that is not yet carried out. */
	for (at = b->data; k->n <= k->last && !k->failed &&
	    (lf = strchr(at, '\n')) != NULL; at = lf + 1)
		add_line(k, at, (size_t)(lf - at));
	return 0;
}

static int
read_frontier(struct cli_keys *k, const struct buf *b, struct err *e)
{
	json_t *v = json_loadb(buf_text(b), b->n, 0, NULL);
	const json_t *list = json_object_get(v, "frontier");
	int64_t first = json_integer_value(json_object_get(v, "first"));
	int64_t epoch = json_integer_value(json_object_get(v, "epoch"));
	size_t n = json_array_size(list);
	int rc = 0;

	if (first <= 0 || epoch < 0 || n != (size_t)__builtin_popcountll((uint64_t)first))
		rc = -1;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *hex = json_string_value(json_array_get(list, i));

		rc = hex != NULL && strlen(hex) == 64 ?
		    hex_bytes(hex, 32, k->frontier[i]) : -1;
	}
	json_decref(v);
	k->first = (uint64_t)first;
	k->last = (uint64_t)epoch;
	return rc == 0 ? 0 : err_set(e, ERR_TRAIL, "trail/pruned is malformed");
}

/* What stands for the records before the first one, if any were cut away. */
static int
read_pruned(struct cli_keys *k, struct err *e)
{
	struct buf path = BUF_EMPTY, b = BUF_EMPTY, chain = BUF_EMPTY;
	struct stat st;
	int rc = 0;

	buf_putf(&path, "%s/trail/pruned", k->state);
	if (stat(buf_text(&path), &st) == 0) {
		rc = fd_read_file(buf_text(&path), FILE_MOST, &b, e);
		if (rc == 0)
			rc = read_frontier(k, &b, e);
		if (rc == 0)
			rc = read_chain(k, &chain, e);
	}
	buf_release(&path);
	buf_release(&b);
	buf_release(&chain);
	return rc;
}

struct cli_keys *
cli_keys_new(const char *state, struct err *e)
{
	struct cli_keys *k = calloc(1, sizeof(*k));

	if (k != NULL) {
		k->state = state;
		k->pool = pool_new();
	}
	if (k == NULL || k->pool == NULL)
		(void)err_set(e, ERR_MEMORY, "no memory");
	else if (read_pruned(k, e) == 0)
		return k;
	cli_keys_free(k);
	return NULL;
}

void
cli_keys_free(struct cli_keys *k)
{
	if (k == NULL)
		return;
	explicit_bzero(k->key, sizeof(k->key));
	pool_free(k->pool);
	free(k->list);
	free(k);
}

uint64_t
cli_keys_first(const struct cli_keys *k)
{
	return k->first;
}

const uint8_t (*
cli_keys_frontier(const struct cli_keys *k))[32]
{
	return (const uint8_t (*)[32])k->frontier;
}

void
cli_keys_record(struct cli_keys *k, const json_t *record)
{
	const char *type = text_of(record, "type");

	if (strcmp(type, "genesis") == 0) {
		add(k, text_of(record, "vkey"), NULL);
	} else if (strcmp(type, "rotate") == 0 || strcmp(type, "rekey") == 0) {
		k->next = pool_dup(k->pool, text_of(record, "vkey"));
		if (type[1] == 'e' && k->replaced == 0)
			k->replaced = k->n;
	} else if (strcmp(type, "cp") == 0 && k->next != NULL &&
	    json_is_true(json_object_get(record, "final"))) {
		add(k, k->next, text_of(record, "note"));
		k->next = NULL;
	}
}

/* A copy of a state folder without its keys stays as it is. */
static bool
has_keys(const struct cli_keys *k)
{
	struct buf path = BUF_EMPTY;
	struct stat st;
	bool has;

	buf_putf(&path, "%s/keys/commit", k->state);
	has = stat(buf_text(&path), &st) == 0;
	buf_release(&path);
	return has;
}

int
cli_keys_op(struct cli_keys *k, uint32_t ep, struct commit_op *ret)
{
	struct err e;

	if (k->has == 0 || k->ep != ep) {
		k->has = has_keys(k) && key_epoch_old(k->state, ep, k->key,
		    &e) == 0 ? 1 : -1;
		k->ep = ep;
	}
	if (k->has == -1)
		return -1;
	commit_op_key(k->key, ret->op, ret->key);
	return 0;
}

/* All keys of the records' epochs, and the one after them: a final note bears
 * its signature, too. */
int
cli_keys_chain(const struct cli_keys *k, struct pool *p, struct receipt *ret,
    struct err *e)
{
	json_t *last = json_loads(ret->outcome.line, 0, NULL);
	int64_t ep = json_integer_value(json_object_get(last, "ep"));
	struct receipt_key *copy;
	size_t n;

	json_decref(last);
	if (k->replaced != 0 && (uint64_t)ep >= k->replaced)
		return err_set(e, ERR_REFUSED, "the key of this trail was "
		    "replaced outside the ratchet: a receipt could not be "
		    "checked against the first key");
	if (k->failed || ep < 0 || (uint64_t)ep >= k->n)
		return err_set(e, ERR_TRAIL, "the trail does not name its keys");
	n = (size_t)ep + 1 < k->n && (size_t)ep + 1 != k->replaced ?
	    (size_t)ep + 2 : (size_t)ep + 1;
	copy = pool_array(p, n, sizeof(*copy));
	if (copy == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	memcpy(copy, k->list, n * sizeof(*copy));
	ret->keys = copy;
	ret->n_keys = n;
	return 0;
}
