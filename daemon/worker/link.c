/*
 * link - one worker's link to its parent; see link.h.
 */
#include "link.h"

#include <errno.h>

#include "retention/fd.h"
#include "retention/pool.h"
#include "retention/store.h"

int
link_init(struct link *l, int fd, struct err *e)
{
	*l = (struct link){ .out = { .most = WIRE_MOST_BYTES },
	    .holders.fd = -1 };
	if (channel_init(&l->channel, fd, WIRE_WORKER, e) == -1)
		return -1;
	l->kept = pool_new();
	if (l->kept != NULL)
		return 0;
	link_release(l);
	return err_set(e, ERR_MEMORY, "no memory for a link");
}

void
link_release(struct link *l)
{
	store_close(l->store);
	l->store = NULL;
	pool_free(l->kept);
	l->kept = NULL;
	gates_release(&l->gates);
	chosen_release(&l->only);
	print_list_release(&l->prints);
	buf_release(&l->out);
	fd_close(&l->holders.fd);
	channel_release(&l->channel);
}

int
link_broken(struct link *l)
{
	l->broken = true;
	return -1;
}

int
link_send(struct link *l, enum wire_type type, struct err *e)
{
	int rc = 0;

	if (buf_failed(&l->out))
		rc = err_set(e, ERR_REFUSED, "%s cannot be put in a message",
		    wire_name(type));
	else if (channel_send(&l->channel, type, buf_text(&l->out), l->out.n,
	    e) == -1)
		rc = -1;
	buf_release(&l->out);
	if (rc == -1 && e->code == ERR_PROTOCOL)
		e->code = ERR_REFUSED;		/* our own mistake */
	if (rc == -1 && (e->sys_errno == EPIPE || e->sys_errno == ECONNRESET))
		l->gone = true;
	return rc;
}

int
link_wait(struct link *l, enum wire_type *ret_type, const char **ret_body,
    size_t *ret_n, struct err *e)
{
	int rc = channel_receive(&l->channel, ret_type, ret_body, ret_n, e);

	if (rc == 0)
		l->gone = true;
	if (rc == -1)
		return link_broken(l);
	return rc;
}

int
link_answer(struct link *l, enum wire_type *ret_type,
    const char **ret_body, size_t *ret_n, struct err *e)
{
	int rc = link_wait(l, ret_type, ret_body, ret_n, e);

	if (rc == 0)
		return err_set(e, ERR_PROTOCOL, "the parent is gone");
	return rc;
}
