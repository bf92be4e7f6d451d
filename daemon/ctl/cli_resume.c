#include "cli_resume.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/gate.h"
#include "retention/msg.h"
#include "retention/pool.h"

#include "cli_worker.h"

static int
send_job(struct cli_worker *w, const struct cli_resume_job *job,
    struct pool *p, struct err *e)
{
	struct msg_job m = { .at = job->at, .dataset = *job->dataset,
		.n_ops = job->n };
	struct msg_op *ops = pool_array(p, job->n, sizeof(*ops));
	const struct gates open = GATES_OPEN;
	struct buf b = BUF_EMPTY;

	if (ops == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < job->n; i++)
		ops[i] = (struct msg_op){ .op = job->op[i].op,
			.n = job->op[i].n, .object = job->op[i].object };
	m.ops = ops;
	/* Held or not, what is there is there. */
	if (cli_worker_gates(w, &open, e) == -1)
		return -1;
	msg_put_job(&b, &m);
	return cli_worker_send(w, WIRE_RESUME, &b, e);
}

static int
send_known(struct cli_worker *w, const struct cli_resume_op *op,
    struct err *e)
{
	for (size_t at = 0; at < op->n; at += WIRE_ITEMS_A_PACKET) {
		size_t k = op->n - at < WIRE_ITEMS_A_PACKET ? op->n - at :
		    WIRE_ITEMS_A_PACKET;
		struct buf b = BUF_EMPTY;

		buf_add(&b, op->op.op, COMMIT_OP_BYTES);
		buf_add(&b, op->c[at], k * COMMIT_BYTES);
		if (cli_worker_send(w, WIRE_KNOWN, &b, e) == -1)
			return -1;
	}
	return 0;
}

static int
take(const struct cli_resume_job *job, const char *body, size_t n,
    struct pool *p, struct err *e)
{
	struct msg_done d;

	if (msg_get_done(body, n, p, &d, e) == -1)
		return -1;
	for (size_t i = 0; i < job->n; i++)
		if (memcmp(d.op, job->op[i].op.op, COMMIT_OP_BYTES) == 0) {
			job->op[i].due = d.left;
			job->op[i].other = d.skipped_drift;
			return 0;
		}
	return err_set(e, ERR_PROTOCOL, "DONE: an operation that nobody asked "
	    "for");
}

int
cli_resume_ask(struct cli_worker *w, const struct cli_resume_job *job,
    struct pool *p, struct err *e)
{
	struct buf none = BUF_EMPTY;
	enum wire_type type;
	const char *body;
	size_t n;

	if (send_job(w, job, p, e) == -1)
		return -1;
	for (size_t i = 0; i < job->n; i++) {
		job->op[i].due = job->op[i].other = 0;
		if (send_known(w, &job->op[i], e) == -1)
			return -1;
	}
	buf_puts(&none, "{}");
	if (cli_worker_send(w, WIRE_KNOWN_ALL, &none, e) == -1)
		return -1;
	for (;;) {
		if (cli_worker_receive(w, &type, &body, &n, e) == -1)
			return -1;
		if (type == WIRE_FINISHED)
			return 0;
		if (type == WIRE_DONE && take(job, body, n, p, e) == 0)
			continue;
		w->lost = true;
		return type == WIRE_DONE ? -1 : err_set(e, ERR_PROTOCOL,
		    "the worker sent %s where DONE was expected",
		    wire_name(type));
	}
}
