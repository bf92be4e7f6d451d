/*
 * verify - drives one pass over a trail.  Public keys only; nothing is
 * written; every byte read is taken to be hostile.
 */
#include "retention/verify.h"

#include <stdlib.h>

#include "check.h"
#include "checkanchor.h"
#include "checkchain.h"
#include "checkprune.h"
#include "checkstate.h"

#define PROGRESS_BYTES (UINT64_C(1) << 20)

static int
handle(struct check *c, enum checkfile_event event, const char *line, size_t n)
{
	uint64_t seq = c->r.records;

	switch (event) {
	case CHECKFILE_LINE:
		check_record(c, line, n);
		return c->lost ? 1 : 0;
	case CHECKFILE_TOO_LONG:
		check_finding(c, VERIFY_TAMPERED, seq, seq,
		    "a line longer than any record");
		c->lost = true;
		return 1;
	case CHECKFILE_TORN_INSIDE:
		check_finding(c, VERIFY_TAMPERED, seq, seq,
		    "a torn record with another segment after it");
		c->lost = true;
		return 1;
	case CHECKFILE_DAMAGED:
		check_finding(c, VERIFY_TAMPERED, seq, seq,
		    "a compressed segment is damaged, cut short or goes on "
		    "after its end");
		c->lost = true;
		return 1;
	case CHECKFILE_FAILED:
		return -1;
	case CHECKFILE_END:
		break;
	}
	return 1;
}

static int
pass(struct check *c, struct err *e)
{
	uint64_t told = 0;
	const char *line = NULL;
	size_t n = 0;
	int rc = 0;

	while (rc == 0) {
		enum checkfile_event event = checkfile_next(&c->file, &line,
		    &n, e);

		rc = handle(c, event, line, n);
		if (c->o->progress != NULL &&
		    c->file.done_bytes - told >= PROGRESS_BYTES) {
			told = c->file.done_bytes;
			c->o->progress(c->o->ctx, told, c->file.of_bytes);
		}
	}
	return rc == -1 ? -1 : 0;
}

static int
load_claims(struct check *c, struct err *e)
{
	const struct verify_options *o = c->o;

	if (checkclaim_load(c->file.dirfd, &c->claims, e) == -1)
		return -1;
	if (checkanchor_load(c->file.dirfd, o, &c->claims, &c->anchors,
	    e) == -1)
		return -1;
	if (o->has_head && o->head_size != 0)
		return checkclaim_add_root(&c->claims, "the ledger",
		    o->head_size, o->head_root, e);
	return 0;
}

/* Genesis, or what stands for all that comes before the first record. */
static int
begin(struct check *c, struct err *e)
{
	int rc;

	if (checkprune_load(c, e) == -1)
		return -1;
	rc = checkstate_load(c, e);
	if (rc == 0)
		rc = checkprune_begin(c, e);
	if (rc == -1)
		return -1;
	checkclaim_sort(&c->claims);
	if (c->r.records != 0 && !c->lost)
		check_begin(c);
	return 0;
}

static void
report(struct check *c)
{
	c->r.torn = c->file.torn;
	c->r.lost = c->lost;
	c->r.rotating = c->rotated;
	c->r.rekeying = c->rekeyed;
	c->r.key = c->key;
	c->r.next_key = c->next_key;
	c->r.recovery = c->recovery;
	merkle_root(&c->r.tree, c->r.root);
}

static int
run(struct check *c, struct verify_report *ret_report, struct err *e)
{
	int rc = -1;

	c->claims = CHECKCLAIMS_EMPTY;
	c->ops = checkops_new(c->o->temp);
	if (c->ops == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		goto out;
	}
	/* What the claims are over is there by now: the list is made after. */
	if (load_claims(c, e) == -1 || checkfile_list(&c->file, e) == -1 ||
	    begin(c, e) == -1)
		goto out;
	if (c->file.found && !c->lost && pass(c, e) == -1)
		goto out;
	check_end(c);
	report(c);
	if (checkstate_save(c, e) == -1)
		goto out;
	*ret_report = c->r;
	rc = 0;
out:
	free(c->pruned);
	checkanchor_release(&c->anchors);
	checkclaim_release(&c->claims);
	checkops_free(c->ops);
	checkfile_close(&c->file);
	return rc;
}

int
verify_trail(const char *dir, const struct verify_options *o,
    struct verify_report *ret_report, struct err *e)
{
	struct check c = { .o = o };

	if (checkfile_open(dir, &c.file, e) == -1)
		return -1;
	return run(&c, ret_report, e);
}

int
verify_bytes(const void *bytes, size_t n, const struct verify_options *o,
    struct verify_report *ret_report, struct err *e)
{
	struct check c = { .o = o };

	checkfile_open_bytes(bytes, n, &c.file);
	return run(&c, ret_report, e);
}

/* Genesis, as the first line says it. */
static int
read_genesis(struct checkfile *f, struct note_key *ret, struct err *e)
{
	const char *line = NULL, *vkey = NULL;
	struct checkobject *o = NULL;
	size_t n = 0;
	int rc = -1;

	if (f->found && checkfile_next(f, &line, &n, e) == CHECKFILE_LINE)
		o = checkline_object(line, n);
	if (o != NULL)
		vkey = checkline_text(o, "vkey");
	if (vkey != NULL)
		rc = note_key_parse(vkey, ret, e);
	checkline_object_free(o);
	return rc;
}

int
verify_first_key(const char *dir, struct note_key *ret_key, struct err *e)
{
	struct check c = { .n_past = 0 };
	int rc;

	if (checkfile_open(dir, &c.file, e) == -1)
		return -1;
	rc = checkprune_load(&c, e);
	if (rc == 0)
		rc = c.pruned != NULL ?
		    checkchain_first(c.file.dirfd, ret_key) :
		    read_genesis(&c.file, ret_key, e);
	free(c.pruned);
	checkfile_close(&c.file);
	return rc == 0 ? 0 : err_set(e, ERR_INPUT, "%s: no trail that names "
	    "its first key", dir);
}
