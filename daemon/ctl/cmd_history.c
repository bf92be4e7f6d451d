#include "cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/record.h"
#include "retention/verify.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_history.h"
#include "cli_near.h"
#include "cli_out.h"

#define MOST_LAST 1000000	/* lines kept for --last */
#define FLUSH_BYTES 65536

struct show {
	struct cli_history *history;	/* owned */
	bool json;
	size_t last;			/* 0: all, as they come */
	char **ring;			/* owned, `last` places */
	size_t n;			/* lines shown so far */
	struct buf line, out;
	bool failed;			/* stdout took no more */
	bool no_memory;
};

/* One line or JSON record to stdout. */
static void
emit(struct show *s, const char *text, bool first)
{
	if (s->failed)
		return;
	if (s->json)
		buf_puts(&s->out, first ? "[\n" : ",\n");
	buf_puts(&s->out, text);
	if (!s->json)
		buf_puts(&s->out, "\n");
	if (s->out.n >= FLUSH_BYTES && cli_out_flush(&s->out) != 0)
		s->failed = true;
}

static void
keep(struct show *s, const char *text)
{
	char **place = &s->ring[s->n % s->last];

	free(*place);
	*place = strdup(text);
	if (*place == NULL)
		s->no_memory = true;
}

static void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct show *s = ctx;

	(void)seq;
	buf_reset(&s->line);
	if (!cli_history_line(s->history, line, n, &s->line))
		return;
	if (s->json) {
		buf_reset(&s->line);
		buf_add(&s->line, line, n);
	}
	if (buf_failed(&s->line))
		s->no_memory = true;
	else if (s->last != 0)
		keep(s, buf_text(&s->line));
	else
		emit(s, buf_text(&s->line), s->n == 0);
	s->n++;
}

static void
finish(struct show *s)
{
	size_t first = s->last != 0 && s->n > s->last ? s->n - s->last : 0;

	for (size_t i = first; s->last != 0 && i < s->n; i++)
		if (s->ring[i % s->last] != NULL)
			emit(s, s->ring[i % s->last], i == first);
	if (s->json)
		buf_puts(&s->out, s->n == 0 ? "[]\n" : "\n]\n");
	if (!s->failed && cli_out_flush(&s->out) != 0)
		s->failed = true;
}

static void
on_finding(void *ctx, const struct verify_finding *f)
{
	(void)ctx, (void)f;	/* the verdict is enough here */
}

static int
show_trail(struct show *s, const struct cli_args *a, const char *dir)
{
	struct verify_options o = { .now = a->now, .ctx = s,
		.finding = on_finding, .record = on_record };
	struct verify_report report;
	struct err e = ERR_EMPTY;

	if (verify_trail(dir, &o, &report, &e) == -1) {
		cli_out_error("%s", e.text);
		return CLI_FAILED;
	}
	finish(s);
	if (s->no_memory)
		cli_out_error("no memory for all records");
	if (s->failed || s->no_memory)
		return CLI_FAILED;
	if (report.verdict == VERIFY_TAMPERED) {
		cli_out_error("this trail is TAMPERED; what is shown ends where "
		    "it stops being whole: see 'retentionctl audit verify'");
		return CLI_FAILED;
	}
	if (report.records == 0) {
		cli_out_error("%s: no trail here", dir);
		return CLI_FAILED;
	}
	return CLI_DONE;
}

static int
read_last(const char *text, size_t *ret)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    n < 1 || n > MOST_LAST) {
		cli_out_error("--last: expected a number from 1 to %d",
		    MOST_LAST);
		return -1;
	}
	*ret = n;
	return 0;
}

static int
check_type(const char *type)
{
	struct cli_near near = CLI_NEAR(type);

	if (record_type_find(type) != -1)
		return 0;
	for (int i = 0; i < RECORD_N_TYPES; i++)
		cli_near_try(&near, record_type_name((enum record_type)i));
	if (near.best != NULL)
		cli_out_error("--type: unknown type '%s'; did you mean '%s'?",
		    type, near.best);
	else
		cli_out_error("--type: unknown type '%s'; expected one such as "
		    "%s, %s or %s", type, record_type_name(RECORD_INTENT),
		    record_type_name(RECORD_DONE),
		    record_type_name(RECORD_EVENT));
	return -1;
}

/* DIR, or the state folder of the configuration in *ret_set. */
static const char *
find_dir(const struct cli_args *a, struct conf_set **ret_set)
{
	if (a->n != 0)
		return a->operand[0];
	if (cli_conf_main(a, ret_set) == -1)
		return NULL;
	return (*ret_set)->main.state;
}

static int
show(struct show *s, const struct cli_args *a)
{
	struct cli_history_filter f = { .dataset = a->value[CLI_DATASET],
		.type = a->value[CLI_TYPE] };
	struct conf_set *set = NULL;
	const char *dir = find_dir(a, &set);
	int rc = CLI_FAILED;

	s->history = cli_history_new(&f);
	s->ring = s->last != 0 ? calloc(s->last, sizeof(*s->ring)) : NULL;
	if (s->history == NULL || (s->last != 0 && s->ring == NULL))
		cli_out_error("no memory");
	else if (dir != NULL)
		rc = show_trail(s, a, dir);
	conf_free(set);
	return rc;
}

int
cmd_history_show(const struct cli_args *a)
{
	struct show s = { .json = a->value[CLI_JSON] != NULL,
		.line = BUF_EMPTY, .out = BUF_EMPTY };
	int rc;

	if (a->value[CLI_TYPE] != NULL && check_type(a->value[CLI_TYPE]) == -1)
		return CLI_USAGE;
	if (a->value[CLI_LAST] != NULL &&
	    read_last(a->value[CLI_LAST], &s.last) == -1)
		return CLI_USAGE;
	rc = show(&s, a);
	cli_history_free(s.history);
	for (size_t i = 0; s.ring != NULL && i < s.last; i++)
		free(s.ring[i]);
	free(s.ring);
	buf_release(&s.line);
	buf_release(&s.out);
	return rc;
}
