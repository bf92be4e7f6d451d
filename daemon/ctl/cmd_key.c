#include "cmd.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/fd.h"
#include "retention/jsonw.h"
#include "retention/key.h"
#include "retention/note.h"
#include "retention/record.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_out.h"

#define FIRST_SEGMENT "trail/log/000000000000000000.jsonl"

struct keys {
	bool made;			/* by this call */
	bool has_first, has_current;
	char first[NOTE_VKEY_BYTES];	/* of the trail's genesis: to be pinned */
	char current[NOTE_VKEY_BYTES];	/* that signs now */
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

static void
put_json(const struct keys *k, struct buf *out)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "made", k->made);
	jsonw_text(&w, "current", k->has_current ? k->current : NULL);
	jsonw_text(&w, "first", k->has_first ? k->first : NULL);
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
print(const struct cli_args *a, const struct keys *k)
{
	struct buf out = BUF_EMPTY;
	int rc;

	if (a->value[CLI_JSON] != NULL)
		put_json(k, &out);
	else
		put_text(k, &out);
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc;
}

static int
init(const struct conf_main *conf, struct keys *k, struct err *e)
{
	if (mkdir(conf->state, 0700) == -1 && errno != EEXIST)
		return err_sys(e, "%s", conf->state);
	if (key_init(conf->state, &k->made, e) == -1)
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
	if (init(&set->main, &k, &e) == -1) {
		cli_out_error("%s", e.text);
	} else {
		rc = print(a, &k);
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
	if (read_current(&set->main, &k, &e) == -1 && !k.has_first)
		cli_out_error("%s", e.text);
	else
		rc = print(a, &k);
	conf_free(set);
	return rc;
}
