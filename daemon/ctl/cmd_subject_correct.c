#include "cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/ctl.h"
#include "retention/fd.h"
#include "retention/pool.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_daemon.h"
#include "cli_find.h"
#include "cli_out.h"
#include "cli_register.h"
#include "cli_value.h"

#define MOST_BYTES 32768

struct correct {
	const struct cli_args *a;
	struct pool *pool;		/* values, wiped */
	bool stdin_used;
	struct ctl_fix fix[CLI_MOST_SETS];
};

/* From a file or standard input, without the line feed at its end. */
static const char *
read_value(struct correct *c, const char *name, struct err *e)
{
	struct buf b = { .most = MOST_BYTES };
	const char *text = NULL;
	int rc;

	if (strcmp(name, "-") != 0)
		rc = fd_read_file(name, MOST_BYTES, &b, e);
	else if (c->stdin_used)
		rc = err_set(e, ERR_INPUT, "standard input has one value only");
	else
		rc = fd_read_all(STDIN_FILENO, MOST_BYTES, &b, e);
	c->stdin_used |= strcmp(name, "-") == 0;
	if (rc == 0 && memchr(buf_text(&b), '\0', b.n) != NULL)
		rc = err_set(e, ERR_INPUT, "expected text, not NUL");
	if (rc == 0 && b.n != 0 && b.data[b.n - 1] == '\n')
		b.data[b.n - 1] = '\0';
	if (rc == 0 && (text = pool_dup(c->pool, buf_text(&b))) == NULL)
		(void)err_set(e, ERR_MEMORY, "no memory");
	buf_release(&b);
	return text;
}

static int
take(struct correct *c, const struct cli_set *s, struct ctl_fix *ret,
    struct err *e)
{
	const char *equal = strchr(s->text, '=');
	char *column = pool_dup(c->pool, s->text);

	if (column == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	*ret = (struct ctl_fix){ .column = column };
	if (s->null)
		return 0;
	if (equal == NULL || equal == s->text)
		return err_set(e, ERR_INPUT, "--set: expected COLUMN=VALUE");
	column[equal - s->text] = '\0';
	ret->value = equal + 1;
	if (equal[1] == '@' && equal[2] == '@')
		ret->value = equal + 2;
	else if (equal[1] == '@' &&
	    (ret->value = read_value(c, equal + 2, e)) == NULL)
		return err_wrap(e, "--set %.60s", column);
	if (!cli_value_is_utf8(ret->value, strlen(ret->value)))
		return err_set(e, ERR_INPUT, "--set %.60s: expected UTF-8",
		    column);
	return 0;
}

/* How many rows; -1 when that cannot be told. */
static int64_t
count(const struct correct *c, struct err *e)
{
	const char *name = c->a->value[CLI_DATASET];
	struct find_person persons[FIND_MOST_PERSONS];
	struct cli_find_job job = { .now = c->a->now,
		.n_persons = c->a->n_persons, .persons = persons };
	struct conf_set *set = NULL;
	struct cli_find all;
	int64_t n = -1;

	if (cli_find_persons(c->a, persons) == -1 ||
	    cli_conf_all(c->a, &set) == -1)
		return err_set(e, ERR_INPUT, "the rows cannot be counted");
	job.set = set;
	if (cli_find_make(&job, c->pool, &all, e) == 0) {
		(void)err_set(e, ERR_INPUT, "no dataset %.100s knows the "
		    "person", name);
		for (size_t i = 0; i < all.n; i++)
			if (strcmp(all.rows[i].d->full, name) == 0)
				n = all.rows[i].error != NULL ? err_set(e,
				    ERR_STORE, "%s", all.rows[i].error) :
				    (int64_t)all.rows[i].found.rows;
	}
	conf_free(set);
	return n;
}

/* Whoever sits there says yes; a script says so beforehand. */
static int
confirm(const struct correct *c)
{
	char answer[16] = "";
	struct err e = ERR_EMPTY;
	int64_t n = count(c, &e);

	if (n == -1) {
		cli_out_error("%s", e.text);
		return CLI_FAILED;
	}
	if (n == 0) {
		cli_out_error("nobody is found in %s by that",
		    c->a->value[CLI_DATASET]);
		return CLI_FAILED;
	}
	if (c->stdin_used || isatty(STDIN_FILENO) != 1) {
		cli_out_error("%" PRId64 " rows of %s would be corrected; "
		    "nothing was done: --yes does it", n,
		    c->a->value[CLI_DATASET]);
		return CLI_FAILED;
	}
	(void)fprintf(stderr, "%" PRId64 " rows of %s are corrected; the old "
	    "values cannot be had back. Type yes: ", n,
	    c->a->value[CLI_DATASET]);
	if (fgets(answer, sizeof(answer), stdin) != NULL &&
	    strcmp(answer, "yes\n") == 0)
		return CLI_DONE;
	cli_out_error("nothing was done");
	return CLI_FAILED;
}

static int
show(const json_t *reply)
{
	const json_t *rows = json_object_get(reply, "datasets");
	const char *id = json_string_value(json_object_get(reply, "request"));
	struct buf out = BUF_EMPTY;
	int rc;

	buf_puts(&out, "request ");
	cli_out_safe(&out, id != NULL ? id : "?");
	buf_puts(&out, "\n");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *name = json_string_value(json_object_get(row,
		    "dataset"));

		cli_out_safe(&out, name != NULL ? name : "?");
		buf_putf(&out, ": %lld rows corrected\n", (long long)
		    json_integer_value(json_object_get(row, "erased")));
	}
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc;
}

static int
ask(struct correct *c)
{
	const struct cli_args *a = c->a;
	struct ctl_person persons[CLI_MOST_KINDS];
	struct ctl_request r = { .what = CTL_SUBJECT_CORRECT, .wait = true,
		.name = a->value[CLI_DATASET], .n_persons = a->n_persons,
		.persons = persons, .reason = a->value[CLI_REASON],
		.n_fixes = a->n_sets, .fixes = c->fix };
	json_t *reply = NULL;
	int rc;

	for (size_t i = 0; i < a->n_persons; i++)
		persons[i] = (struct ctl_person){ a->person[i].kind,
			a->person[i].value };
	if (cli_register_args(a, &r) == -1)
		return CLI_USAGE;
	rc = a->value[CLI_YES] != NULL ? CLI_DONE : confirm(c);
	if (rc != CLI_DONE)
		return rc;
	rc = cli_daemon_ask(a, &r, NULL, &reply);
	if (a->value[CLI_JSON] == NULL &&
	    json_is_array(json_object_get(reply, "datasets")) &&
	    show(reply) != CLI_DONE && rc == CLI_DONE)
		rc = CLI_FAILED;
	json_decref(reply);
	return rc;
}

int
cmd_subject_correct(const struct cli_args *a)
{
	struct correct c = { .a = a };
	struct err e = ERR_EMPTY;
	int rc = CLI_USAGE;

	if (a->n_persons == 0 || a->value[CLI_DATASET] == NULL ||
	    a->n_sets == 0) {
		cli_out_error("'subject correct' needs the person, such as "
		    "--email ann@example.org, --dataset, and --set or "
		    "--set-null");
		return CLI_USAGE;
	}
	c.pool = pool_new();
	if (c.pool == NULL)
		(void)err_set(&e, ERR_MEMORY, "no memory");
	for (size_t i = 0; e.code == ERR_NONE && i < a->n_sets; i++)
		if (take(&c, &a->set[i], &c.fix[i], &e) == -1)
			break;
	if (e.code == ERR_NONE)
		rc = ask(&c);
	else
		cli_out_error("%s", e.text);
	pool_free(c.pool);
	return rc;
}
