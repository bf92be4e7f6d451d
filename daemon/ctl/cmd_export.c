#include "cmd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/fd.h"
#include "retention/hex.h"

#include "cli_args.h"
#include "cli_bundle.h"
#include "cli_disposal.h"
#include "cli_out.h"

#define NAME_ROOM 128

static const char readme[] =
    "What this is\n"
    "  trail/            the audit trail, as it was when this was made\n"
    "  policies/         today's policy files, named by their SHA-256; the\n"
    "                    records of type \"policy\" name those in force then\n"
    "  certificate.txt   the record of disposal made from it, and as JSON;\n"
    "                    not there when the trail was found to be tampered with\n"
    "  MANIFEST          SHA-256 of every file\n"
    "There is no key in it, and nothing about a person.\n"
    "\n"
    "How to verify it\n"
    "1. sha256sum -c MANIFEST\n"
    "2. Take the public key that was written down when the trail began. Do not\n"
    "   take it from here: who changed the trail could have changed it, too.\n"
    "3. retentionctl audit verify trail --key KEY\n"
    "   or, without this program: verify-trail.py --key KEY trail (needs only\n"
    "   Python), or verify-trail.sh --key KEY trail (needs sh, jq, openssl).\n"
    "   Both come with the source code of retentiond, in contrib.\n"
    "   0 VALID, 1 TAMPERED, 2 INCOMPLETE, 3 UNVERIFIABLE. INCOMPLETE and\n"
    "   \"not closed\" is what a trail of a running daemon gives.\n"
    "4. The last line of certificate.txt is the SHA-256 of all lines before it:\n"
    "   head -n -1 certificate.txt | sha256sum\n"
    "   Its counts are those of the records \"done\" and \"fail\" in the trail.\n";

static bool
plain(const char *name)
{
	return name[0] != '.' && strlen(name) < 64 &&
	    strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_") == strlen(name);
}

/* The files of one folder of the trail; none is fine. */
static int
add_folder(struct cli_bundle *b, int trail, const char *folder, struct err *e)
{
	int fd = openat(trail, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int rc = 0;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (d == NULL) {
		rc = err_sys(e, "trail/%s", folder);
		fd_close(&fd);
		return rc;
	}
	while (rc == 0 && (entry = readdir(d)) != NULL) {
		char name[NAME_ROOM];

		if (!plain(entry->d_name))
			continue;
		(void)snprintf(name, sizeof(name), "trail/%s/%s", folder,
		    entry->d_name);
		rc = cli_bundle_file(b, name, fd, entry->d_name, e);
	}
	(void)closedir(d);
	return rc;
}

static int
add_one(struct cli_bundle *b, int trail, const char *file, struct err *e)
{
	char name[NAME_ROOM];
	struct stat st;

	if (fstatat(trail, file, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT)
		return 0;
	(void)snprintf(name, sizeof(name), "trail/%s", file);
	return cli_bundle_file(b, name, trail, file, e);
}

/* The order matters while the daemon goes on: a copy of the records may know
 * more than the notes that were copied before, never less; and the items of
 * an operation are there before its record is. */
static int
add_trail(struct cli_bundle *b, const char *state, struct err *e)
{
	struct buf path = BUF_EMPTY;
	int fd, rc = 0;

	buf_putf(&path, "%s/trail", state);
	fd = open(buf_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		rc = err_sys(e, "%s", buf_text(&path));
	else if (add_one(b, fd, "checkpoint", e) == -1 ||
	    add_folder(b, fd, "anchor", e) == -1 ||
	    add_one(b, fd, "pruned", e) == -1 ||
	    add_one(b, fd, "keys.chain", e) == -1 ||
	    add_folder(b, fd, "log", e) == -1 ||
	    add_folder(b, fd, "items", e) == -1 ||
	    add_folder(b, fd, "quarantine", e) == -1)
		rc = -1;
	buf_release(&path);
	fd_close(&fd);
	return rc;
}

static int
add_policies(struct cli_bundle *b, const struct conf_set *set, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && set != NULL && i < set->n_notices; i++) {
		char name[NAME_ROOM] = "policies/";

		hex_text(set->notices[i].sha256, 32, name + 9);
		memcpy(name + 9 + 64, ".conf", 6);
		rc = cli_bundle_file(b, name, AT_FDCWD, set->notices[i].path,
		    e);
	}
	return rc;
}

static int
add_certificate(struct cli_bundle *b, const struct cli_disposal *d,
    struct err *e)
{
	struct buf text = BUF_EMPTY, json = BUF_EMPTY;
	int rc = 0;

	if (d->report.verdict == VERIFY_TAMPERED || d->report.lost)
		return 0;
	certificate_text(d->certificate, &d->ground, &text);
	certificate_json(d->certificate, &d->ground, &json);
	if (buf_failed(&text) || buf_failed(&json))
		rc = err_set(e, ERR_MEMORY, "no memory for the certificate");
	if (rc == 0)
		rc = cli_bundle_bytes(b, "certificate.txt", buf_text(&text),
		    text.n, e);
	if (rc == 0)
		rc = cli_bundle_bytes(b, "certificate.json", buf_text(&json),
		    json.n, e);
	buf_release(&text);
	buf_release(&json);
	return rc;
}

static int
export(const struct cli_args *a, const struct cli_disposal *d, struct err *e)
{
	struct cli_bundle *b = cli_bundle_new(a->operand[0], a->now, e);
	int rc = -1;

	if (b == NULL)
		return -1;
	if (cli_bundle_bytes(b, "README.txt", readme, sizeof(readme) - 1,
	    e) == 0 && add_trail(b, d->set->main.state, e) == 0 &&
	    add_policies(b, d->policies, e) == 0 &&
	    add_certificate(b, d, e) == 0)
		rc = cli_bundle_finish(b, e);
	cli_bundle_free(b);
	return rc;
}

int
cmd_export_run(const struct cli_args *a)
{
	struct cli_disposal d;
	struct err e = ERR_EMPTY;
	int rc = cli_disposal_read(a, false, &d, &e);

	if (rc == 0)
		rc = export(a, &d, &e);
	if (rc == -1)
		cli_out_error("%s", e.text);
	else if (d.report.verdict == VERIFY_TAMPERED || d.report.lost)
		cli_out_error("this trail is %s, so there is no certificate "
		    "with it: %s", verify_verdict_name(d.report.verdict),
		    d.finding);
	cli_disposal_release(&d);
	return rc == 0 ? CLI_DONE : CLI_FAILED;
}
