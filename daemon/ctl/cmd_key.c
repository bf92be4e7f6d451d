#include "cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/ctl.h"
#include "retention/fd.h"
#include "retention/jsonw.h"
#include "retention/key.h"
#include "retention/note.h"
#include "retention/record.h"
#include "retention/verify.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_daemon.h"
#include "cli_out.h"

#define FIRST_SEGMENT "trail/log/000000000000000000.jsonl"

struct keys {
	bool made;			/* by this call */
	bool has_first, has_current;
	char first[NOTE_VKEY_BYTES];	/* of the trail's genesis: to be pinned */
	char current[NOTE_VKEY_BYTES];	/* that signs now */
	bool has_report;		/* the trail could be read: */
	struct verify_report report;
};

/* The key that the trail says it began with, if there is a trail. */
static void
read_first(const char *state, struct keys *k)
{
	struct note_key key;
	struct err e = ERR_EMPTY;
	char path[4096];
	char line[RECORD_MOST + 2] = "";
	json_t *v = NULL;
	const char *vkey;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/" FIRST_SEGMENT, state);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	if (fgets(line, sizeof(line), f) != NULL)
		v = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	(void)fclose(f);
	vkey = json_string_value(json_object_get(v, "vkey"));
	if (vkey != NULL && note_key_parse(vkey, &key, &e) == 0) {
		note_key_text(&key, k->first);
		k->has_first = true;
	}
	json_decref(v);
}

static int
read_current(const struct conf_main *conf, struct keys *k, struct err *e)
{
	struct key *key = NULL;

	if (key_load(conf->state, conf->origin, &key, e) == -1)
		return -1;
	note_key_text(key_public(key), k->current);
	k->has_current = true;
	key_free(key);
	return 0;
}

/* The whole trail is read, to tell where its key stands. */
static void
read_trail(const struct conf_main *conf, struct keys *k)
{
	struct verify_options o = { .holds_key = true };
	struct err e = ERR_EMPTY;

	k->has_report = verify_trail(conf->state, &o, &k->report, &e) == 0 &&
	    k->report.have_key;
	if (!k->has_report || k->has_current)
		return;
	note_key_text(&k->report.key, k->current);
	k->has_current = true;
}

static void
put_time(struct jsonw *w, const char *key, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	jsonw_text(w, key, text);
}

static struct wall
next_rotation(const struct keys *k, const struct conf_main *conf)
{
	return (struct wall){ k->report.key_since.ms +
	    conf->rotate_key_every_ms };
}

static void
put_report(const struct keys *k, const struct conf_main *conf,
    struct jsonw *w)
{
	const struct verify_report *r = &k->report;
	char vkey[NOTE_VKEY_BYTES] = "";

	if (!k->has_report)
		return;
	if (r->recovery.name[0] != '\0')
		note_key_text(&r->recovery, vkey);
	jsonw_int(w, "epoch", r->epoch);
	put_time(w, "since", r->key_since);
	put_time(w, "next_rotation", next_rotation(k, conf));
	jsonw_text(w, "recovery", vkey[0] != '\0' ? vkey : NULL);
}

/* For people, beside the key that goes to stdout. */
static void
say_report(const struct keys *k, const struct conf_main *conf,
    struct wall now)
{
	const struct verify_report *r = &k->report;
	char since[CLOCK_TEXT_BYTES], next[CLOCK_TEXT_BYTES];
	char vkey[NOTE_VKEY_BYTES];

	if (!k->has_report)
		return;
	clock_text_s(r->key_since, since);
	clock_text_s(next_rotation(k, conf), next);
	cli_out_error("epoch %" PRIu32 ": signed by %s since %s (%" PRId64
	    " h), to be replaced %s", r->epoch, k->current, since,
	    (now.ms - r->key_since.ms) / 3600000, next);
	if (r->recovery.name[0] == '\0')
		return;
	note_key_text(&r->recovery, vkey);
	cli_out_error("recovery key: %s", vkey);
}

static void
put_json(const struct keys *k, const struct conf_main *conf, struct buf *out)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "made", k->made);
	jsonw_text(&w, "current", k->has_current ? k->current : NULL);
	jsonw_text(&w, "first", k->has_first ? k->first : NULL);
	put_report(k, conf, &w);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}

/* The key to pin alone on stdout, so that it can be piped to a file. */
static void
put_text(const struct keys *k, struct buf *out)
{
	cli_out_safe(out, k->has_first ? k->first : k->current);
	buf_puts(out, "\n");
}

static int
print(const struct cli_args *a, const struct keys *k,
    const struct conf_main *conf)
{
	struct buf out = BUF_EMPTY;
	int rc;

	if (a->value[CLI_JSON] != NULL)
		put_json(k, conf, &out);
	else
		put_text(k, &out);
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc;
}

static int
init(const struct conf_main *conf, const char *recovery, struct keys *k,
    struct err *e)
{
	if (mkdir(conf->state, 0700) == -1 && errno != EEXIST)
		return err_sys(e, "%s", conf->state);
	if (key_init(conf->state, &k->made, e) == -1)
		return -1;
	if (recovery != NULL && key_recovery_make(conf->state, conf->origin,
	    recovery, e) == -1)
		return -1;
	read_first(conf->state, k);
	return read_current(conf, k, e);
}

int
cmd_key_init(const struct cli_args *a)
{
	struct conf_set *set = NULL;
	struct keys k = { .made = false };
	struct err e = ERR_EMPTY;
	int rc = CLI_FAILED;

	if (cli_conf_main(a, &set) == -1)
		return CLI_FAILED;
	if (init(&set->main, a->value[CLI_RECOVERY], &k, &e) == -1) {
		cli_out_error("%s", e.text);
	} else {
		rc = print(a, &k, &set->main);
		if (a->value[CLI_RECOVERY] != NULL)
			cli_out_error("made a recovery key: take %s offline now, "
			    "and keep no copy on this machine",
			    a->value[CLI_RECOVERY]);
		cli_out_error(k.made ? "made the signing key; write its public "
		    "key down where this machine cannot change it" :
		    "there is a signing key already; it stays");
	}
	conf_free(set);
	return rc;
}

int
cmd_key_show(const struct cli_args *a)
{
	struct conf_set *set = NULL;
	struct keys k = { .made = false };
	struct err e = ERR_EMPTY;
	int rc = CLI_FAILED;

	if (cli_conf_main(a, &set) == -1)
		return CLI_FAILED;
	read_first(set->main.state, &k);
	if (read_current(&set->main, &k, &e) == -1 && !k.has_first) {
		cli_out_error("%s", e.text);
	} else {
		read_trail(&set->main, &k);
		rc = print(a, &k, &set->main);
		if (a->value[CLI_JSON] == NULL)
			say_report(&k, &set->main, a->now);
	}
	conf_free(set);
	return rc;
}

int
cmd_key_rotate(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_KEY_ROTATE };
	struct buf out = BUF_EMPTY;
	json_t *reply;
	int rc = cli_daemon_ask(a, &r, NULL, &reply);
	const json_t *key = json_object_get(reply, "key");

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		if (json_is_true(json_object_get(reply, "rotated")))
			buf_putf(&out, "epoch %" JSON_INTEGER_FORMAT
			    " begins; signed from now on by ",
			    json_integer_value(json_object_get(reply, "epoch")));
		else
			buf_puts(&out, "noted: as soon as the operations under "
			    "way are intended; until then signed by ");
		cli_out_safe(&out,
		    json_string_value(json_object_get(key, "vkey")));
		buf_puts(&out, "\n");
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}
