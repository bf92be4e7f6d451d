#include "cli_holds.h"

#include <errno.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/key.h"
#include "retention/msg.h"
#include "retention/pool.h"
#include "retention/samestore.h"

#include "cli_conf.h"

#define MOST_BYTES ((size_t)32 << 20)

static bool
has_subjects(const struct cli_holds *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->list[i].scope == GATE_SUBJECT)
			return true;
	return false;
}

static int
read_file(const struct conf_main *conf, struct pool *p,
    struct cli_holds *h, struct err *e)
{
	const char *path = pool_printf(p, "%s/holds.json", conf->state);
	struct buf b = { .most = MOST_BYTES };
	int rc;

	if (path == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	rc = fd_read_file(path, MOST_BYTES, &b, e);
	if (rc == 0)
		rc = msg_get_holds(buf_text(&b), b.n, p, &h->list, &h->n, e);
	else if (e->sys_errno == ENOENT && cli_conf_never_ran(conf->state))
		rc = 0;
	buf_release(&b);
	return rc;
}

int
cli_holds_read(const struct conf_main *conf, struct pool *p,
    struct cli_holds *ret, struct err *e)
{
	struct err why = ERR_EMPTY;

	*ret = (struct cli_holds){ .n = 0 };
	if (read_file(conf, p, ret, &why) == 0 && (!has_subjects(ret) ||
	    key_subject_old(conf->state, ret->key, &why) == 0))
		return 0;
	ret->n = 0;
	ret->unknown = why.code == ERR_MEMORY ? NULL :
	    pool_printf(p, "holds unknown: %s", why.text);
	return ret->unknown != NULL ? 0 : err_set(e, ERR_MEMORY, "no memory");
}

int
cli_holds_gates(const struct cli_holds *h, const struct cli_holds_case *c,
    struct gates *ret, const char **ret_as, struct err *e)
{
	*ret = GATES_OPEN;
	*ret_as = NULL;
	memcpy(ret->key, h->key, sizeof(ret->key));
	for (size_t i = 0; i < h->n; i++) {
		const char *as = samestore_name(c->set, &h->list[i], c->store,
		    c->dataset);

		if (strcmp(as, c->store->full) != 0)
			*ret_as = as;
		if (gates_apply(ret, &h->list[i], as, c->dataset, c->at,
		    e) == -1) {
			gates_release(ret);
			return -1;
		}
	}
	gates_seal(ret);
	return 0;
}
