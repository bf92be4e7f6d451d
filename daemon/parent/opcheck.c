#include "opcheck.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/ledger.h"
#include "retention/sha256.h"

static const char mark[] = "\ncheck ";

#define MAC_TEXT (2 * SHA256_BYTES)

static void
mac_text(const struct commit_op *op, char ret[MAC_TEXT + 1])
{
	static const char what[] = "retentiond/check/v1";	/* and its 00 */
	uint8_t mac[SHA256_BYTES];

	sha256_hmac(op->key, sizeof(op->key), what, sizeof(what), mac);
	hex_text(mac, sizeof(mac), ret);
}

/* Not the device's number, which a boot may change. */
static void
identity(const char *path, char *ret, size_t n)
{
	size_t fixed = path != NULL ? strcspn(path, "*?[") : 0;
	char place[4096];
	struct statx st;

	(void)snprintf(ret, n, "-");
	if (fixed == 0 || fixed >= sizeof(place))
		return;
	memcpy(place, path, fixed);
	while (path[fixed] != '\0' && fixed > 1 && place[fixed - 1] != '/')
		fixed--;
	place[fixed] = '\0';
	if (statx(AT_FDCWD, place, AT_NO_AUTOMOUNT, STATX_INO | STATX_BTIME,
	    &st) == -1 || (st.stx_mask & STATX_INO) == 0)
		return;
	if ((st.stx_mask & STATX_BTIME) == 0)
		st.stx_btime = (struct statx_timestamp){ .tv_sec = 0 };
	(void)snprintf(ret, n, "%" PRIu64 ":%lld.%09u", (uint64_t)st.stx_ino,
	    (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
}

int
opcheck_remember(struct ledger *l, const struct commit_op *op,
    const char *job, const char *path, struct err *e)
{
	char mac[MAC_TEXT + 1], where[80];
	struct buf text = BUF_EMPTY;
	int rc;

	mac_text(op, mac);
	identity(path, where, sizeof(where));
	buf_putf(&text, "%s%s%s %s", job, mark, mac, where);
	rc = buf_failed(&text) ? err_set(e, ERR_MEMORY, "no memory") :
	    ledger_op_put(l, op->op, buf_text(&text), e);
	buf_release(&text);
	return rc;
}

/* Cuts the line off; NULL: there is none, an earlier version wrote it. */
static const char *
cut(char *text)
{
	char *line = strrchr(text, '\n');

	if (line == NULL || strncmp(line, mark, sizeof(mark) - 1) != 0)
		return NULL;
	*line = '\0';
	return line + sizeof(mark) - 1;
}

const char *
opcheck_path(char *text)
{
	char *path;

	(void)cut(text);
	path = strchr(text, '\n');
	if (path != NULL)
		*path++ = '\0';
	return path;
}

static int
compare(const char *check, const struct commit_op *op,
    const char *path, struct err *e)
{
	char mac[MAC_TEXT + 1], where[80];

	mac_text(op, mac);
	identity(path, where, sizeof(where));
	if (strlen(check) <= MAC_TEXT + 1 || check[MAC_TEXT] != ' ')
		return err_set(e, ERR_CHANGED, "what the ledger remembers of "
		    "an operation is not as this program writes it");
	if (memcmp(check, mac, MAC_TEXT) != 0)
		return err_set(e, ERR_CHANGED, "the epoch's key is another "
		    "than the operation's: its rows cannot be recognised");
	check += MAC_TEXT + 1;
	/* Away is not another: to open it will fail. */
	return strcmp(check, "-") == 0 || strcmp(where, "-") == 0 ||
	    strcmp(check, where) == 0 ? 0 : err_set(e, ERR_CHANGED,
	    "another file lies in the store's place than when the operation "
	    "was intended");
}

int
opcheck_same(struct ledger *l, const struct commit_op *op, const char *path,
    struct err *e)
{
	const char *check = NULL;
	char *text = NULL;
	int rc = ledger_op_get(l, op->op, &text, e);

	if (rc == 1)
		check = cut(text);
	if (check != NULL)
		rc = compare(check, op, path, e);
	free(text);
	return rc == -1 ? -1 : 0;
}
