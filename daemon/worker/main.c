/*
 * main - retentiond-worker: started by retentiond (or retentionctl) with its
 * link on descriptor 3.  It opens one store; it knows no configuration, no
 * ledger and no signing key.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/log.h"
#include "retention/sandbox.h"
#include "retention/wire.h"

#include "confine.h"
#include "scout.h"
#include "serve.h"

#define EXIT_USAGE 64
#define EXIT_PROTOCOL 70

static const char help[] =
    "usage: retentiond-worker [--help | --version]\n"
    "\n"
    "Reads and erases in one store for retentiond, which starts it with a\n"
    "socket on descriptor 3.  There is nothing to be done with it by hand.\n";

static int
option(const char *arg)
{
	if (strcmp(arg, "--version") == 0)
		return puts("retentiond-worker " RETENTION_VERSION) == EOF;
	if (strcmp(arg, "--help") == 0)
		return fputs(help, stdout) == EOF;
	(void)fputs(help, stderr);
	return EXIT_USAGE;
}

/* Is descriptor 3 what spawn puts there? */
static int
has_link(void)
{
	int domain = 0, type = 0;
	socklen_t n = sizeof(int);

	return getsockopt(WIRE_FD, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
	    getsockopt(WIRE_FD, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	    domain == AF_UNIX && type == SOCK_SEQPACKET &&
	    fcntl(WIRE_FD, F_SETFD, FD_CLOEXEC) == 0;
}

#ifdef __has_feature
#if __has_feature(address_sanitizer)
/* The leak checker traces the process, which nobody may who is not root. */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return geteuid() != 0;
}
#endif
#endif

int
main(int argc, char **argv)
{
	struct serve_setup setup = { .confine = confine_to };
	struct err e = ERR_EMPTY;

	if (argc > 1)
		return option(argv[1]);
	log_setup("retentiond-worker", false);
	if (!has_link()) {
		log_line(LOG_ERROR, "descriptor %d is no link to retentiond: "
		    "this program is started by it, not by hand", WIRE_FD);
		return EXIT_USAGE;
	}
	if (sandbox_harden(&e) == -1)
		goto fail;
	/* SQLite opens side files with the mode of the database, which is the
	 * application's to choose: our umask must not narrow it (I12). */
	(void)umask(0);
	setup.scout = scout_start();
	if (serve_run(WIRE_FD, &setup, &e) == 0)
		return 0;
fail:
	log_line(LOG_ERROR, "%s", e.text);
	return EXIT_PROTOCOL;
}
