#include "cmd.h"

#include <pwd.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/fd.h"
#include "retention/jsonw.h"
#include "retention/key.h"
#include "retention/trail.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_lock.h"
#include "cli_out.h"
#include "cli_pin.h"

struct rekey {
	const struct conf_main *conf;
	struct note_key pin;
	bool pinned;
	bool made_pseudonym;
	uint32_t epoch;
	char vkey[NOTE_VKEY_BYTES];
};

static int
replace(struct rekey *r, const struct cli_args *a, const struct key *recovery,
    struct err *e)
{
	const struct passwd *pw = getpwuid(getuid());
	struct trail_rekey how = { .recovery = recovery, .rotation = {
	    .why = "the signing key was lost", .who = { (int64_t)getuid(),
	    pw != NULL ? pw->pw_name : "unknown" } } };
	struct trail_settings s = { .state = r->conf->state,
	    .origin = r->conf->origin, .now = a->now,
	    .build = "retentionctl " RETENTION_VERSION,
	    .segment_bytes = r->conf->segment_bytes, .rekey = &how,
	    .pin = r->pinned ? &r->pin : NULL };
	struct trail *t = NULL;
	struct key *k = NULL;
	int rc = key_load_lost(r->conf->state, r->conf->origin, &k, e);

	if (rc == 0)
		rc = trail_open(&s, k, &t, e);
	if (rc == 0) {
		r->epoch = trail_epoch(t);
		note_key_text(key_public(k), r->vkey);
		rc = key_make_pseudonym(r->conf->state, &r->made_pseudonym, e);
	}
	trail_close(t);
	key_free(k);
	return rc;
}

static int
rekey(struct rekey *r, const struct cli_args *a, struct err *e)
{
	const char *pin = a->value[CLI_KEY];
	struct key *recovery = NULL;
	int lock = -1;
	int rc = -1;

	if (pin != NULL && cli_pin_read(pin, &r->pin, e) == -1)
		return -1;
	r->pinned = pin != NULL;
	if (key_recovery_load(a->value[CLI_RECOVERY], r->conf->origin,
	    &recovery, e) == -1)
		return -1;
	if (cli_lock_state(r->conf->state, &lock, e) == 0)
		rc = replace(r, a, recovery, e);
	fd_close(&lock);
	key_free(recovery);
	return rc;
}

static int
print(const struct rekey *r, bool json)
{
	struct buf out = BUF_EMPTY;
	struct jsonw w = JSONW(&out);
	int rc;

	if (json) {
		jsonw_object(&w, NULL);
		jsonw_int(&w, "epoch", r->epoch);
		jsonw_text(&w, "current", r->vkey);
		jsonw_bool(&w, "new_pseudonym_key", r->made_pseudonym);
		jsonw_end_object(&w);
	} else {
		cli_out_safe(&out, r->vkey);
	}
	buf_puts(&out, "\n");
	rc = cli_out_flush(&out);
	buf_release(&out);
	cli_out_error("epoch %u begins with this key; the key to pin stays the "
	    "first one, and who verifies has to say --accept-rekey", r->epoch);
	if (r->made_pseudonym)
		cli_out_error("keys/pseudonym.key was lost too: pseudonyms made "
		    "from now on do not match those made before");
	return rc;
}

int
cmd_key_rekey(const struct cli_args *a)
{
	struct conf_set *set = NULL;
	struct rekey r = { .conf = NULL };
	struct err e = ERR_EMPTY;
	int rc = CLI_FAILED;

	if (a->value[CLI_RECOVERY] == NULL) {
		cli_out_error("'key rekey' needs --recovery FILE, the private "
		    "part that 'key init --recovery' made");
		return CLI_USAGE;
	}
	if (cli_conf_main(a, &set) == -1)
		return CLI_FAILED;
	r.conf = &set->main;
	if (rekey(&r, a, &e) == -1)
		cli_out_error("%s", e.text);
	else
		rc = print(&r, a->value[CLI_JSON] != NULL);
	conf_free(set);
	return rc;
}
