#include "answer.h"

#include <string.h>

#include "retention/find.h"
#include "retention/msg.h"
#include "retention/msg_find.h"
#include "retention/pool.h"
#include "retention/store.h"

#include "link.h"

static int
send_piece(void *ctx, enum find_piece what, const void *bytes, size_t n,
    struct err *e)
{
	struct link *l = ctx;

	msg_find_put_piece(&l->out, what, bytes, n);
	return link_send(l, WIRE_PIECE, e);
}

int
answer_find(struct link *l, const char *body, size_t n, struct pool *p,
    struct err *e)
{
	struct find_sink sink = { send_piece, l };
	struct find_found found;
	struct find_ask ask;

	if (msg_find_get(body, n, p, &ask, e) == -1 ||
	    store_find(l->store, &ask, &sink, p, &found, e) == -1)
		return -1;
	msg_find_put_found(&l->out, &found);
	return link_send(l, WIRE_FOUND, e);
}

int
answer_mark(struct link *l, uint64_t from, struct pool *p, struct err *e)
{
	struct store_marks *all = pool_alloc(p, sizeof(*all));
	struct msg_mark *list = pool_array(p, STORE_MARKS_MOST, sizeof(*list));
	struct msg_marked m = { .mark = list };

	if (all == NULL || list == NULL)
		return err_set(e, ERR_MEMORY, "no memory for marks");
	if (store_marks(l->store, from, all, e) == -1)
		return -1;
	for (; m.n < all->n; m.n++) {
		const struct store_mark *is = &all->mark[m.n];

		list[m.n] = (struct msg_mark){ .ino = is->ino,
		    .born = is->born, .counter = is->counter,
		    .cookie = is->cookie };
		memcpy(list[m.n].file, is->file, sizeof(is->file));
		memcpy(list[m.n].schema, is->schema, sizeof(is->schema));
	}
	msg_mark_put(&l->out, &m);
	return link_send(l, WIRE_MARKED, e);
}
