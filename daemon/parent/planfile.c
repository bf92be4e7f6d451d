#include "planfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/log.h"
#include "retention/msg.h"

#include "parent.h"
#include "ruleset.h"

#define FOLDER "plans"

/* plans/ of the state folder, made when it is missing; -1. */
static int
folder(struct parent *p, struct err *e)
{
	int state = open(p->set->conf->main.state, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	int fd = -1;

	if (state == -1)
		return err_sys(e, "state folder");
	if ((mkdirat(state, FOLDER, 0700) == -1 && errno != EEXIST) ||
	    fsync(state) == -1 || (fd = openat(state, FOLDER, O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		(void)err_sys(e, "folder of the plans");
	fd_close(&state);
	return fd;
}

static void
name_of(const struct ledger_plan *plan, char *ret, size_t n)
{
	(void)snprintf(ret, n, "%s.bin", plan->id);
}

int
planfile_write(struct parent *p, const struct ledger_plan *plan,
    const struct buf *items, struct err *e)
{
	char name[LEDGER_PLAN_ID + 8];
	int dir = folder(p, e);
	int rc = -1;

	name_of(plan, name, sizeof(name));
	if (dir != -1)
		rc = fd_replace_at(dir, name, 0600, items->data, items->n, e);
	fd_close(&dir);
	return rc;
}

int
planfile_read(struct parent *p, const struct ledger_plan *plan,
    struct buf *ret, struct err *e)
{
	struct buf path = BUF_EMPTY;
	uint8_t root[32];
	int rc = -1;

	buf_reset(ret);
	buf_putf(&path, "%s/" FOLDER "/%s.bin", p->set->conf->main.state,
	    plan->id);
	if (buf_failed(&path))
		(void)err_set(e, ERR_MEMORY, "no memory");
	else
		rc = fd_read_file(buf_text(&path), (size_t)MSG_PLAN_MOST *
		    COMMIT_BYTES, ret, e);
	buf_release(&path);
	if (rc == -1)
		return err_wrap(e, "plan %s", plan->id);
	if (ret->n != plan->n * COMMIT_BYTES)
		return err_set(e, ERR_TRAIL, "plan %s: its items are not as "
		    "they were saved", plan->id);
	commit_root((void *)ret->data, (size_t)plan->n, root);
	return memcmp(root, plan->root, sizeof(root)) == 0 ? 0 :
	    err_set(e, ERR_TRAIL, "plan %s: its items are not as they were "
	    "saved", plan->id);
}

void
planfile_drop(struct parent *p, const struct ledger_plan *plan)
{
	char name[LEDGER_PLAN_ID + 8];
	struct err e = ERR_EMPTY;
	int dir = folder(p, &e);

	name_of(plan, name, sizeof(name));
	if (dir != -1 && unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		log_line(LOG_WARN, "a plan's items cannot be removed");
	fd_close(&dir);
}
