#include "rulefile.h"

#include <fcntl.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/log.h"
#include "retention/running.h"

#include "parent.h"

static int
replace(const char *state, const struct buf *text, struct err *e)
{
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (dir == -1)
		return err_sys(e, "%s", state);
	rc = fd_replace_at(dir, RUNNING_FILE, 0600, buf_text(text), text->n, e);
	fd_close(&dir);
	return rc;
}

void
rulefile_write(struct parent *p, const struct conf_set *set)
{
	struct running r = { .n_notices = set->n_notices,
		.notices = set->notices };
	struct buf text = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc;

	memcpy(r.digest, set->digest, sizeof(r.digest));
	running_put(&text, &r);
	rc = buf_failed(&text) ? err_set(&e, ERR_MEMORY, "no memory, or text "
	    "that is not UTF-8") : replace(p->ev.state, &text, &e);
	if (rc == -1)
		log_line(LOG_WARN, RUNNING_FILE ": %s", e.text);
	buf_release(&text);
}

bool
rulefile_read(struct parent *p, const uint8_t digest[32], struct pool *pool,
    struct conf_set *ret)
{
	struct buf path = BUF_EMPTY, text = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	struct running r;
	int rc = -1;

	buf_putf(&path, "%s/" RUNNING_FILE, p->ev.state);
	if (!buf_failed(&path) && fd_read_file(buf_text(&path),
	    RUNNING_MOST_BYTES, &text, &e) == 0)
		rc = running_get(buf_text(&text), text.n, pool, &r, &e);
	buf_release(&path);
	buf_release(&text);
	if (rc == -1 || memcmp(r.digest, digest, sizeof(r.digest)) != 0)
		return false;
	*ret = (struct conf_set){ .n_notices = r.n_notices,
		.notices = r.notices };
	memcpy(ret->digest, digest, sizeof(ret->digest));
	return true;
}
