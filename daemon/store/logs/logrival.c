/*
 * logrival - see the header.
 *
 * Of a file that goes as a whole nobody looks at the single lines for a rival:
 * none of them is younger than the file's last change, which stands for them.
 */
#include "logrival.h"

#include "logjudge.h"

struct other {
	struct rule_dataset d;
	struct logjudge *j;		/* owned */
};

struct logrival {
	size_t n;
	struct other other[];
};

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
logrival_same_clock(const struct rule_dataset *d, const struct rule_rival *r)
{
	if (r->timing.from == NULL)	/* no clock at all */
		return true;
	return same_text(d->timing.from, r->timing.from) &&
	    same_text(d->timing.zone, r->timing.zone) &&
	    (strcmp(r->timing.from, "line") != 0 ||
	    same_text(d->time_format, r->time_format));
}

static int
add(struct logrival *to, const struct rule_dataset *d,
    const struct rule_rival *r, struct wall at, struct err *e)
{
	struct other *o = &to->other[to->n];

	o->d = (struct rule_dataset){ .name = r->dataset, .full = r->dataset,
		.store = d->store, .timing = r->timing, .unit = RULE_LINE,
		.action = RULE_DELETE, .time_format = r->time_format };
	if (d->unit == RULE_FILE && strcmp(r->timing.from, "line") == 0)
		o->d.timing.from = "mtime";
	if (logjudge_new(&o->d, at, &o->j, e) == -1)
		return -1;
	to->n++;
	return 0;
}

int
logrival_new(const struct rule_dataset *d, struct wall at,
    struct logrival **ret, struct err *e)
{
	struct logrival *x = calloc(1, sizeof *x +
	    d->n_rivals * sizeof x->other[0]);
	int rc = x == NULL ? err_set(e, ERR_MEMORY, "no memory for rivals") : 0;

	for (size_t i = 0; rc == 0 && i < d->n_rivals; i++)
		if (!logrival_same_clock(d, &d->rivals[i]))
			rc = add(x, d, &d->rivals[i], at, e);
	if (rc == -1) {
		logrival_free(x);
		x = NULL;
	}
	*ret = x;
	return rc;
}

void
logrival_free(struct logrival *r)
{
	for (size_t i = 0; r != NULL && i < r->n; i++)
		logjudge_free(r->other[i].j);
	free(r);
}

bool
logrival_agree(struct logrival *r, const struct logfile *f, const char *line,
    size_t n)
{
	for (size_t i = 0; i < r->n; i++)
		if (logjudge_line(r->other[i].j, f, line, n).verdict !=
		    JUDGE_DUE)
			return false;
	return true;
}
