/*
 * func - the SQL functions of our connections.
 */
#include "func.h"

#include <ctype.h>
#include <sys/random.h>

#include "retention/buf.h"
#include "retention/gate.h"
#include "retention/hex.h"
#include "retention/judge.h"
#include "retention/sha256.h"
#include "retention/subject.h"
#include "retention/timetext.h"

#include "correct.h"
#include "db.h"
#include "imprint.h"
#include "mask.h"

static void
zone_drop(void *z)
{
	timetext_zone_free(z);
}

static struct judge_value
value_of(sqlite3_value *in)
{
	struct judge_value v = { .type = RULE_T_NULL };

	switch (sqlite3_value_type(in)) {
	case SQLITE_INTEGER:
		v.type = RULE_T_INT;
		v.i = sqlite3_value_int64(in);
		break;
	case SQLITE_FLOAT:
		v.type = RULE_T_REAL;
		v.r = sqlite3_value_double(in);
		break;
	case SQLITE_TEXT:
		v.text = (const char *)sqlite3_value_text(in);
		v.n_text = (size_t)sqlite3_value_bytes(in);
		v.type = v.text ? RULE_T_TEXT : RULE_T_NULL;
		break;
	default:			/* NULL, and blobs: unreadable */
		break;
	}
	return v;
}

/* The zone is loaded once for each statement. */
static void
instant(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	struct zone *z = sqlite3_get_auxdata(x, 2);
	enum rule_clock clock = (enum rule_clock)sqlite3_value_int(argv[1]);
	struct judge_value v = value_of(argv[0]);
	const char *name = (const char *)sqlite3_value_text(argv[2]);
	struct wall t;
	struct err e;
	struct zone *fresh = NULL;

	(void)argc;
	if (!z) {
		if (!name || timetext_zone(name, &fresh, &e) == -1) {
			sqlite3_result_error(x, "no such time zone", -1);
			return;
		}
		z = fresh;
	}
	if (judge_instant(clock, z, &v, &t) == 0)
		sqlite3_result_int64(x, t.ms);
	if (fresh)
		sqlite3_set_auxdata(x, 2, fresh, zone_drop);
}

static void
put_token(struct buf *b)
{
	uint8_t random[16];
	char text[33];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		b->failed = true;
		return;
	}
	hex_text(random, sizeof(random), text);
	buf_putf(b, "%s%s", MASK_TOKEN, text);
}

static void
put_pseudonym(struct buf *b, const struct db *db, const char *text, size_t n)
{
	uint8_t mac[SHA256_BYTES];
	char digits[33];

	while (n > 0 && isspace((unsigned char)*text))
		text++, n--;
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	sha256_hmac(db->key, sizeof(db->key), text, n, mac);
	hex_text(mac, 16, digits);
	buf_putf(b, "%s%s", MASK_PSEUDONYM, digits);
}

static void
anon(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	const struct db *db = sqlite3_user_data(x);
	enum rule_method m = (enum rule_method)sqlite3_value_int(argv[1]);
	int type = sqlite3_value_type(argv[0]);
	const char *text = (const char *)sqlite3_value_text(argv[0]);
	size_t n = text ? (size_t)sqlite3_value_bytes(argv[0]) : 0;
	struct buf b = BUF_EMPTY;
	bool blob = type == SQLITE_BLOB;

	(void)argc;
	if (type == SQLITE_NULL || (n == 0 && text) || (!blob && text &&
	    (mask_is_mark(text, n) ||
	    (m == RULE_PSEUDONYM && mask_is_pseudonym(text, n))))) {
		sqlite3_result_value(x, argv[0]);
		return;
	}
	if (m == RULE_PSEUDONYM && db->has_key && text)
		put_pseudonym(&b, db, text, n);
	else if (!text || blob || mask_text(m, sqlite3_value_int64(argv[2]),
	    text, n, &b) == -1) {
		buf_reset(&b);
		if (sqlite3_value_int(argv[3]))
			put_token(&b);
		else
			buf_puts(&b, MASK_MARKER);
	}
	if (buf_failed(&b))
		sqlite3_result_error_nomem(x);
	else
		sqlite3_result_text(x, buf_text(&b), (int)b.n,
		    SQLITE_TRANSIENT);
	buf_release(&b);
}

/*
 * What cannot be read as an identifier names nobody, and text that is not
 * UTF-8 nobody that can be typed.  NULL and '' likewise.
 */
static void
gate(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	const struct db *db = sqlite3_user_data(x);
	const char *text = (const char *)sqlite3_value_text(argv[0]);
	int kind = sqlite3_value_int(argv[1]);
	enum gate_state state = GATE_OPEN;
	uint8_t hash[GATE_HASH_BYTES];
	struct err e = ERR_EMPTY;

	(void)argc;
	if (db->gates == NULL || kind < 0 ||
	    (size_t)kind >= db->gates->n_kinds) {
		sqlite3_result_error(x, "retention_gate: no such kind", -1);
		return;
	}
	if (text != NULL && subject_hash(db->gates->key, db->gates->kind[kind],
	    text, (size_t)sqlite3_value_bytes(argv[0]), hash, &e) == 0)
		state = gates_find(db->gates, kind, hash);
	if (e.code == ERR_MEMORY)
		sqlite3_result_error_nomem(x);
	else
		sqlite3_result_int(x, (int)state);
}

/*
 * retention_wanted(value, i): until when, in ms since 1970, a row of the
 * person who bears this identifier of the i-th one's kind is wanted; 0: not.
 */
static void
wanted(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	const struct db *db = sqlite3_user_data(x);
	const char *text = (const char *)sqlite3_value_text(argv[0]);
	size_t at = (size_t)sqlite3_value_int64(argv[1]);
	const struct rule_person *w = db->wanted;
	uint8_t hash[GATE_HASH_BYTES];
	struct err e = ERR_EMPTY;
	int64_t until = 0;

	(void)argc;
	if (db->gates == NULL || at >= db->n_wanted) {
		sqlite3_result_error(x, "retention_wanted: nobody is", -1);
		return;
	}
	if (text != NULL && subject_hash(db->gates->key, w[at].kind, text,
	    (size_t)sqlite3_value_bytes(argv[0]), hash, &e) == 0)
		for (size_t i = at; i < db->n_wanted; i++)
			if (memcmp(w[i].hash, hash, sizeof(hash)) == 0 &&
			    strcmp(w[i].kind, w[at].kind) == 0)
				until = w[i].before.ms == 0 ? INT64_MAX :
				    w[i].before.ms > until ? w[i].before.ms :
				    until;
	if (e.code == ERR_MEMORY)
		sqlite3_result_error_nomem(x);
	else
		sqlite3_result_int64(x, until);
}

int
func_register(struct db *db, struct err *e)
{
	int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int rc = sqlite3_create_function_v2(db->h, "retention_instant", 3,
	    flags | SQLITE_DETERMINISTIC, db, instant, NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_create_function_v2(db->h, "retention_anon", 4,
		    flags, db, anon, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_create_function_v2(db->h, "retention_gate", 2,
		    flags, db, gate, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_create_function_v2(db->h, "retention_wanted", 2,
		    flags, db, wanted, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = correct_register(db);
	if (rc == SQLITE_OK)
		rc = imprint_register(db);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, e, "functions");
}
