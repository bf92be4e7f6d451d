#include "retention/approval.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/note.h"

int
approval_text(const char *path, const uint8_t sha256[32], struct buf *out,
    struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char hex[65];

	for (const char *c = name; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return err_set(e, ERR_REFUSED, "%s: a control "
			    "character in the name of a policy file", path);
	hex_text(sha256, 32, hex);
	buf_putf(out, "retentiond policy\n%s\n%s\n", name, hex);
	return buf_failed(out) ? err_set(e, ERR_MEMORY, "no memory") : 0;
}

static int
parse_keys(const char *const *vkeys, size_t n, struct note_key *ret,
    struct err *e)
{
	if (n > APPROVAL_MOST_KEYS)
		return err_set(e, ERR_CONFIG, "policy_keys: %zu keys; expected "
		    "at most %d", n, APPROVAL_MOST_KEYS);
	for (size_t i = 0; i < n; i++)
		if (note_key_parse(vkeys[i], &ret[i], e) == -1)
			return err_wrap(e, "policy_keys");
	return 0;
}

int
approval_keys(const char *const *vkeys, size_t n, struct err *e)
{
	struct note_key keys[APPROVAL_MOST_KEYS];

	return parse_keys(vkeys, n, keys, e);
}

/* The note's own text has to be the one expected: a good signature of another
 * file, or of an earlier one, is none. */
static int
check_note(const struct buf *note, const struct buf *want,
    const struct note_key *keys, size_t n, struct err *e)
{
	size_t n_text = 0;

	if (note_verify(buf_text(note), note->n, keys, n, &n_text, NULL,
	    e) == -1)
		return -1;
	if (n_text != want->n ||
	    memcmp(buf_text(note), buf_text(want), n_text) != 0)
		return err_set(e, ERR_REFUSED, "it is the signature of "
		    "something else: the file was changed after it, or has "
		    "another name");
	return 0;
}

int
approval_check(const char *path, const uint8_t sha256[32],
    const char *const *vkeys, size_t n, struct err *e)
{
	struct buf want = BUF_EMPTY, note = BUF_EMPTY, at = BUF_EMPTY;
	struct note_key keys[APPROVAL_MOST_KEYS];
	struct err why = ERR_EMPTY;
	int rc = 0;

	if (n == 0)
		return 0;
	buf_putf(&at, "%s" APPROVAL_SUFFIX, path);
	if (parse_keys(vkeys, n, keys, e) == -1 ||
	    approval_text(path, sha256, &want, e) == -1)
		rc = -1;
	else if (fd_read_file(buf_text(&at), NOTE_MOST_BYTES, &note,
	    &why) == -1)
		rc = err_set(e, ERR_REFUSED, "%s: not signed by one of "
		    "policy_keys: %s", path, why.text);
	else if (check_note(&note, &want, keys, n, &why) == -1)
		rc = err_set(e, ERR_REFUSED, "%s: not signed by one of "
		    "policy_keys: %s: %s", path, buf_text(&at), why.text);
	buf_release(&at);
	buf_release(&note);
	buf_release(&want);
	return rc;
}
