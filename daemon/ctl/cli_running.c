#include "cli_running.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/fd.h"
#include "retention/pool.h"
#include "retention/running.h"

#include "cli_findings.h"

static const struct {
	const char *code, *text;
} changes[] = {
	[CONF_ADDED] = { "added", "new, compared with the running policy" },
	[CONF_REMOVED] = { "removed", "in the running policy, and no more: "
	    "nothing of it will be erased" },
	[CONF_LENGTHENED] = { "lengthened", "kept longer, or less sure to go, "
	    "than by the running policy" },
	[CONF_SHORTENED] = { "shortened", "may be erased earlier than by the "
	    "running policy" },
	[CONF_CHANGED] = { "changed", "not as in the running policy" },
};

static void
say(struct cli_findings *f, const struct conf_set *from,
    const struct conf_set *to, const struct conf_diff *d)
{
	struct cli_finding one = {
		.severity = d->stricter ? CLI_WARNING : CLI_NOTE,
		.code = changes[d->change].code,
		.fix = d->stricter ? "look at 'retentionctl plan' before the "
		    "reload" : NULL,
	};
	struct buf words = BUF_EMPTY;

	conf_diff_words(from, to, d, &words);
	one.text = pool_printf(f->pool, "%s: %s", changes[d->change].text,
	    buf_text(&words));
	buf_release(&words);
	f->about = pool_dup(f->pool, d->dataset);
	if (one.text != NULL)
		cli_findings_add(f, &one);
	f->about = NULL;
}

static int
read_running(const struct conf_set *set, struct pool *p, struct conf_set *ret,
    struct err *e)
{
	const char *path = pool_printf(p, "%s/" RUNNING_FILE, set->main.state);
	struct buf text = BUF_EMPTY;
	struct running r;
	int rc = path == NULL ? err_set(e, ERR_MEMORY, "no memory") :
	    fd_read_file(path, RUNNING_MOST_BYTES, &text, e);

	if (rc == 0)
		rc = running_get(buf_text(&text), text.n, p, &r, e);
	buf_release(&text);
	if (rc == -1)
		return -1;
	*ret = (struct conf_set){ .n_notices = r.n_notices,
		.notices = r.notices };
	return 0;
}

void
cli_running_compare(const struct conf_set *set, struct cli_findings *f)
{
	struct cli_finding unknown = { .severity = CLI_NOTE,
		.code = "not-compared" };
	static const struct cli_finding no_memory = { .severity = CLI_ERROR,
		.code = "not-compared", .text = "no memory" };
	struct conf_diff *diff = NULL;
	struct conf_set from;
	struct err e = ERR_EMPTY;
	size_t n = 0;

	if (read_running(set, f->pool, &from, &e) == -1 ||
	    conf_diff(&from, set, &diff, &n, &e) == -1) {
		if (e.sys_errno == ENOENT)
			return;
		unknown.text = pool_printf(f->pool, "what this changes of the "
		    "running policy is not known: %s", e.text);
		if (unknown.text == NULL || e.code == ERR_MEMORY)
			unknown = no_memory;
		cli_findings_add(f, &unknown);
		return;
	}
	for (size_t i = 0; i < n; i++)
		say(f, &from, set, &diff[i]);
	free(diff);
}
