#include "answer.h"

#include <string.h>

#include "retention/find.h"
#include "retention/msg.h"
#include "retention/msg_find.h"
#include "retention/msg_print.h"
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

int
answer_explain(struct link *l, const char *body, size_t n, struct pool *p,
    struct err *e)
{
	struct store_question q;
	struct msg_explain m;
	struct explain x;

	if (msg_explain_get(body, n, p, &m, e) == -1)
		return -1;
	if (l->awaited != 0) {
		(void)err_set(e, ERR_PROTOCOL, "subjects under hold are still "
		    "to come");
		return link_broken(l);
	}
	m.dataset.gates = l->has_gates ? &l->gates : NULL;
	q = (struct store_question){ .dataset = &m.dataset, .at = m.at,
	    .n_key = m.n_key, .key = m.key };
	if (store_explain(l->store, &q, p, &x, e) == -1)
		return -1;
	msg_explain_put_answer(&l->out, &x);
	return link_send(l, WIRE_EXPLAINED, e);
}

int
answer_event(struct link *l, const char *body, size_t n, struct pool *p,
    struct err *e)
{
	struct msg_event m;
	struct wall at = { 0 };
	bool fired = false;

	if (msg_get_event(body, n, p, &m, e) == -1 ||
	    store_event(l->store, &m.event, m.at, &fired, &at, e) == -1)
		return -1;
	msg_put_fired(&l->out, fired, at);
	return link_send(l, WIRE_FIRED, e);
}

/* No reply: what is wrong with it ends the link. */
int
answer_print(struct link *l, const char *body, size_t n, struct err *e)
{
	const char *print;
	bool first;
	size_t k;

	if (msg_print_get(body, n, &first, &print, &k, e) == -1)
		return link_broken(l);
	if (first)
		print_list_release(&l->prints);
	else if (!l->has_prints)
		(void)err_set(e, ERR_PROTOCOL, "PRINT: its beginning is "
		    "missing");
	if ((!first && !l->has_prints) ||
	    print_list_add(&l->prints, print, k, e) == -1)
		return link_broken(l);
	l->has_prints = true;
	return 0;
}

int
answer_match(struct link *l, const struct msg_job *job, struct pool *p,
    struct err *e)
{
	struct store_matched r = { .timed = 0 };
	struct msg_matched m = { .n = l->prints.n };

	if (m.n > MSG_MATCHED_MOST)
		return err_set(e, ERR_REFUSED, "more than %d prints in one "
		    "question", MSG_MATCHED_MOST);
	r.flags = pool_alloc(p, m.n + 1);
	if (r.flags == NULL)
		return err_set(e, ERR_MEMORY, "no memory for prints");
	memset(r.flags, 0, m.n + 1);
	if (store_match(l->store, &job->dataset, job->at, &r, e) == -1)
		return -1;
	m.flags = r.flags;
	m.timed = r.timed;
	m.other = r.other;
	msg_print_put_matched(&l->out, &m);
	return link_send(l, WIRE_MATCHED, e);
}
