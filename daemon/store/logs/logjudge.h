/*
 * logjudge - one line of a log file, one dataset, one instant: what is to be
 * done.  Does no I/O.
 */
#ifndef STORE_LOGS_LOGJUDGE_H
#define STORE_LOGS_LOGJUDGE_H

#include "retention/judge.h"
#include "retention/rule.h"

#include "linemask.h"
#include "logfile.h"

struct logjudge;

/* Borrows d for its life. */
int logjudge_new(const struct rule_dataset *d, struct wall at,
    struct logjudge **ret, struct err *e);
void logjudge_free(struct logjudge *j);		/* NULL is fine */

struct logjudge_line {
	enum judge_verdict verdict;
	bool done;		/* anonymised already: KEPT, and never due again */
	bool timed;
	struct wall t;		/* if timed: what the rule counts from */
};

/*
 * A line of n bytes with its line feed, in a file with these times.  To be
 * anonymised a line must also change by it; a rival that is not due keeps it.
 */
struct logjudge_line logjudge_line(struct logjudge *j, const struct stat *st,
    const char *line, size_t n);

/* When a line counted from t falls due. -1: never. */
int logjudge_due(const struct logjudge *j, struct wall t, struct wall *ret);

/* The masked line, n bytes at most, as long as before if keep_length; valid
 * until the next call. */
const char *logjudge_mask(struct logjudge *j, const char *line, size_t n,
    bool keep_length, size_t *ret_n);

#endif
