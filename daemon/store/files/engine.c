/*
 * engine - the file engine: a store is a folder, its items are the regular
 * files below it.
 */
#include "../engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"

#include "../assure.h"

#include "beneath.h"
#include "sift.h"
#include "sweep.h"
#include "tree.h"
#include "wipe.h"

struct folder {
	struct rule_store store;	/* its texts are the caller's */
	enum store_access access;
};

static int
engine_open(const struct rule_store *s, enum store_access access,
    const uint8_t *pseudonym_key, void **ret, struct err *e)
{
	struct folder *st = calloc(1, sizeof(*st));

	(void)pseudonym_key;
	if (st == NULL)
		return err_set(e, ERR_MEMORY, "store %s: no memory", s->full);
	st->store = *s;
	st->access = access;
	*ret = st;
	return 0;
}

static void
engine_close(void *impl)
{
	free(impl);
}

/* The folder and the rule, for one order. */
static int
begin(const struct folder *st, const struct rule_dataset *d, struct wall at,
    struct sift *ret, struct err *e)
{
	int fd;

	if (sift_init(ret, d, at, e) == -1)
		return -1;
	fd = beneath_root(st->store.path, e);
	return fd == -1 ? err_wrap(e, "store %s", st->store.full) : fd;
}

static void
note_time(struct store_counts *n, enum judge_verdict v, struct wall due)
{
	if (v == JUDGE_DUE && (!n->has_oldest || due.ms < n->oldest_due.ms)) {
		n->has_oldest = true;
		n->oldest_due = due;
	}
	if (v == JUDGE_KEPT && due.ms != INT64_MAX &&
	    (!n->has_next || due.ms < n->next_due.ms)) {
		n->has_next = true;
		n->next_due = due;
	}
}

static void
count(struct store_counts *n, const struct sift *s, const struct tree_file *f)
{
	struct wall due;
	enum judge_verdict v = sift_judge(s, f->name, &f->st, &due);

	n->total++;
	n->due += v == JUDGE_DUE;
	n->kept += v == JUDGE_KEPT;
	n->undated += v == JUDGE_UNDATED;
	n->future += v == JUDGE_FUTURE;
	note_time(n, v, due);
}

static int
read_tree(int root, const struct sift *s, bool only_due,
    struct store_counts *ret, struct tree_seen *ret_seen, struct err *e)
{
	struct store_counts n = { .total = 0 };
	struct tree *t = tree_new(root);
	struct tree_file f;
	int rc;

	if (t == NULL)
		return err_set(e, ERR_SYSTEM, "the folder cannot be read");
	while ((rc = tree_next(t, &f, e)) == 1) {
		if (sift_takes(s, f.name))
			count(&n, s, &f);
		if (only_due && n.due > 0)
			break;
	}
	*ret_seen = *tree_seen(t);
	tree_free(t);
	if (rc == -1)
		return -1;
	/* Nobody can say what is in there: it shows, and is never due. */
	n.undated += ret_seen->closed;
	n.total += ret_seen->closed;
	*ret = n;
	return 0;
}

static int
engine_plan(void *impl, const struct rule_dataset *d, struct wall at,
    struct store_counts *ret, struct err *e)
{
	struct tree_seen seen;
	struct sift s;
	int root = begin(impl, d, at, &s, e), rc;

	if (root == -1)
		return -1;
	rc = read_tree(root, &s, false, ret, &seen, e);
	ret->assurance = assure_word(assure_fd(root));
	ret->advice = assure_advice(assure_fd(root));
	fd_close(&root);
	return rc;
}

static int
engine_peek(void *impl, const struct rule_dataset *d, struct wall at,
    bool *ret_due, struct err *e)
{
	struct store_counts n;
	struct tree_seen seen;
	struct sift s;
	int root = begin(impl, d, at, &s, e), rc;

	if (root == -1)
		return -1;
	rc = read_tree(root, &s, true, &n, &seen, e);
	fd_close(&root);
	if (rc == 0)
		*ret_due = n.due > 0;
	return rc;
}

static int
begin_write(const struct folder *st, const struct rule_dataset *d,
    struct wall at, struct sift *ret, struct err *e)
{
	if (st->access != STORE_WRITE)
		return err_set(e, ERR_REFUSED, "store %s: opened for reading "
		    "only", st->store.full);
	return begin(st, d, at, ret, e);
}

static int
engine_erase(void *impl, const struct rule_dataset *d, struct wall at,
    const struct store_sink *sink, struct store_result *ret, struct err *e)
{
	struct folder *st = impl;
	struct store_result r = { .erased = 0 };
	struct sift s;
	int root = begin_write(st, d, at, &s, e), rc;

	if (root == -1)
		return -1;
	rc = sweep_pass(&(struct sweep_job){ &st->store, root, &s, sink },
	    &r, e);
	fd_close(&root);
	*ret = r;			/* a folder that is closed: of the rest */
	return rc;
}

static int
engine_survey(void *impl, const struct rule_dataset *d, struct wall at,
    const struct store_pick *pick, struct err *e)
{
	struct folder *st = impl;
	struct sift s;
	int root = begin(st, d, at, &s, e), rc;

	if (root == -1)
		return -1;
	rc = sweep_survey(&(struct sweep_job){ &st->store, root, &s, NULL },
	    pick, e);
	fd_close(&root);
	return rc;
}

static int
engine_resume(void *impl, const struct rule_dataset *d, struct wall at,
    const struct store_pending *ops, size_t n_ops, bool act,
    const struct store_sink *sink, struct err *e)
{
	struct folder *st = impl;
	struct sift s = { 0 };
	int root = (act ? begin_write : begin)(st, d, at, &s, e), rc;

	if (root == -1)
		return -1;
	rc = sweep_resume(&(struct sweep_job){ &st->store, root, &s, sink },
	    ops, n_ops, act, e);
	fd_close(&root);
	return rc;
}

struct say {
	store_finding_fn *found;
	void *ctx;
};

static void
say(const struct say *to, enum store_severity severity, const char *code,
    const char *text)
{
	to->found(to->ctx, &(struct store_finding){ severity, code, text,
	    NULL });
}

static void
say_assurance(const struct say *to, enum assure a)
{
	struct store_finding f = { STORE_NOTE, "assurance", assure_word(a),
		assure_advice(a) };

	if (f.fix != NULL)
		f.severity = STORE_WARNING;
	to->found(to->ctx, &f);
}

static void
say_seen(const struct say *to, const struct store_counts *n,
    const struct tree_seen *seen)
{
	char text[200];

	if (seen->closed > 0) {
		(void)snprintf(text, sizeof(text), "%llu folders cannot be "
		    "read, are too deep or on another file system: what is in "
		    "them is never erased",
		    (unsigned long long)seen->closed);
		say(to, STORE_WARNING, "closed-folder", text);
	}
	if (seen->others > 0) {
		(void)snprintf(text, sizeof(text), "%llu entries are neither "
		    "files nor folders and are never touched",
		    (unsigned long long)seen->others);
		say(to, STORE_NOTE, "not-a-file", text);
	}
	if (n->total == 0)
		say(to, STORE_WARNING, "no-file", "no file below the folder "
		    "matches");
}

static int
engine_check(void *impl, const struct rule_dataset *d, struct wall at,
    store_finding_fn *found, void *ctx, struct err *e)
{
	struct say to = { found, ctx };
	struct store_counts n;
	struct tree_seen seen;
	struct sift s;
	int root = begin(impl, d, at, &s, e), rc;

	if (root == -1)
		return -1;
	if (faccessat(root, ".", W_OK, AT_EACCESS) == -1)
		say(&to, STORE_ERROR, "not-writable", "the folder cannot be "
		    "written to: nothing in it can be erased");
	say_assurance(&to, assure_fd(root));
	rc = read_tree(root, &s, false, &n, &seen, e);
	fd_close(&root);
	if (rc == 0)
		say_seen(&to, &n, &seen);
	return rc;
}

static int
engine_event(void *impl, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e)
{
	(void)impl, (void)now, (void)ret_fired, (void)ret_at;
	return err_set(e, ERR_CONFIG, "event %s: files cannot be queried",
	    ev->name);
}

const struct engine engine_files = {
	.open = engine_open,
	.close = engine_close,
	.plan = engine_plan,
	.peek = engine_peek,
	.check = engine_check,
	.erase = engine_erase,
	.survey = engine_survey,
	.resume = engine_resume,
	.event = engine_event,
};
