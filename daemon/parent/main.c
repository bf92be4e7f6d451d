/*
 * main - the command line of retentiond.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "retention/log.h"
#include "retention/sandbox.h"

#include "parent.h"

#define EXIT_USAGE 64

static const char usage[] =
    "usage: retentiond [-1nv] [-c file]\n"
    "  -c, --config FILE  configuration (/etc/retentiond/retentiond.conf)\n"
    "  -n, --dry-run      one pass that only counts; writes nothing\n"
    "  -1, --once         one full pass, then exit\n"
    "  -v, --verbose      more in the log\n"
    "      --version      print the version and exit\n"
    "      --help         print this and exit\n"
    "Runs in the foreground.  SIGHUP reloads, SIGTERM and SIGINT stop,\n"
    "SIGUSR1 starts a pass, SIGUSR2 writes the status to the log.\n";

enum { OPT_VERSION = 256, OPT_HELP };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "once", no_argument, NULL, '1' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 }
};

/* 0: go on; otherwise *ret_status is the exit status. */
static int
parse(int argc, char **argv, struct parent_options *opt, int *ret_status)
{
	int c;

	*ret_status = 0;
	while ((c = getopt_long(argc, argv, "c:n1v", options, NULL)) != -1) {
		if (c == 'c') {
			opt->config = optarg;
		} else if (c == 'n') {
			opt->dry_run = true;
		} else if (c == '1') {
			opt->once = true;
		} else if (c == 'v') {
			opt->verbose = true;
		} else if (c == OPT_VERSION) {
			printf("retentiond %s\n", RETENTION_VERSION);
			return 1;
		} else if (c == OPT_HELP) {
			(void)fputs(usage, stdout);
			return 1;
		} else {
			*ret_status = EXIT_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "retentiond: %s: no arguments are "
		    "expected\n", argv[optind]);
		*ret_status = EXIT_USAGE;
	}
	if (*ret_status != 0)
		(void)fputs(usage, stderr);
	return *ret_status != 0;
}

int
main(int argc, char **argv)
{
	struct parent_options opt = {
		.config = "/etc/retentiond/retentiond.conf" };
	struct err e = ERR_EMPTY;
	int status;

	if (parse(argc, argv, &opt, &status) != 0)
		return status;
	log_setup("retentiond", opt.verbose);
	if (sandbox_harden(&e) == -1 || sandbox_forbid(&e) == -1) {
		log_line(LOG_ERROR, "%s", e.text);
		return 1;
	}
	return parent_run(&opt);
}
