#include "cli_help.h"

#include <stdbool.h>

#include "retention/buf.h"
#include "retention/jsonw.h"

#include "cli_args.h"

static bool
common(enum cli_option o)
{
	return o == CLI_CONF || o == CLI_JSON || o == CLI_HELP ||
	    o == CLI_VERSION;
}

static void
put_option(struct buf *out, const struct cli_option_row *o)
{
	struct buf left = BUF_EMPTY;

	if (o->letter != 0)
		buf_putf(&left, "-%c, ", o->letter);
	buf_puts(&left, o->name);
	if (o->value != NULL)
		buf_putf(&left, " %s", o->value);
	buf_putf(out, "  %-22s %s\n", buf_text(&left), o->help);
	buf_release(&left);
}

static void
put_common(struct buf *out)
{
	buf_puts(out, "\nWith every command:\n");
	for (int i = 0; i < CLI_N_OPTIONS; i++)
		if (common((enum cli_option)i))
			put_option(out, &cli_args_options[i]);
}

void
cli_help_usage(struct buf *out, const struct cli_command *c)
{
	buf_putf(out, "retentionctl %s", c->words);
	for (int i = 0; i < CLI_N_OPTIONS; i++) {
		const struct cli_option_row *o = &cli_args_options[i];

		if (common((enum cli_option)i) ||
		    !cli_args_takes(c, (enum cli_option)i))
			continue;
		buf_putf(out, " [%s%s%s]", o->name, o->value != NULL ? " " : "",
		    o->value != NULL ? o->value : "");
	}
	if (c->operands[0] != '\0')
		buf_putf(out, " %s", c->operands);
}

void
cli_help_all(struct buf *out)
{
	buf_puts(out, "usage: retentionctl [-c FILE] [--json] COMMAND ...\n\n"
	    "Looks after retentiond, which erases what was promised to be kept "
	    "for a time only.\n\n");
	for (const struct cli_command *c = cli_args_commands();
	    c->words != NULL; c++) {
		if ((c->flags & CLI_HIDDEN) != 0)
			continue;
		buf_putf(out, "  %-20s %s%s\n", c->words, c->help,
		    (c->flags & CLI_DAEMON) != 0 ? " *" : "");
	}
	buf_puts(out, "\n* asks the daemon, which must be running\n");
	put_common(out);
	buf_puts(out, "\n'retentionctl help COMMAND' explains one. "
	    "Exit status: 0 done, 1 refused or\nfailed, 64 wrong usage, "
	    "69 the daemon is not reachable.\n");
}

void
cli_help_group(struct buf *out, const char *first)
{
	buf_puts(out, "usage:\n");
	for (const struct cli_command *c = cli_args_commands();
	    c->words != NULL; c++) {
		if (!cli_args_in_group(c, first))
			continue;
		buf_puts(out, "  ");
		cli_help_usage(out, c);
		buf_putf(out, "\n      %s\n", c->help);
	}
	put_common(out);
}

void
cli_help_one(struct buf *out, const struct cli_command *c)
{
	bool any = false;

	buf_puts(out, "usage: ");
	cli_help_usage(out, c);
	buf_putf(out, "\n\n%s%s.\n", c->help,
	    (c->flags & CLI_DAEMON) != 0 ? "; the daemon must be running" : "");
	if (c->details[0] != '\0')
		buf_putf(out, "\n%s", c->details);
	for (int i = 0; i < CLI_N_OPTIONS; i++) {
		if (common((enum cli_option)i) ||
		    !cli_args_takes(c, (enum cli_option)i))
			continue;
		buf_puts(out, any ? "" : "\n");
		put_option(out, &cli_args_options[i]);
		any = true;
	}
	put_common(out);
}

static void
put_json_command(struct jsonw *w, const struct cli_command *c)
{
	jsonw_object(w, NULL);
	jsonw_text(w, "command", c->words);
	jsonw_text(w, "operands", c->operands);
	jsonw_bool(w, "daemon", (c->flags & CLI_DAEMON) != 0);
	jsonw_text(w, "help", c->help);
	jsonw_array(w, "options");
	for (int i = 0; i < CLI_N_OPTIONS; i++)
		if (cli_args_takes(c, (enum cli_option)i))
			jsonw_text(w, NULL, cli_args_options[i].name);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

void
cli_help_json(struct buf *out)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	jsonw_array(&w, "commands");
	for (const struct cli_command *c = cli_args_commands();
	    c->words != NULL; c++)
		if ((c->flags & CLI_HIDDEN) == 0)
			put_json_command(&w, c);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}
