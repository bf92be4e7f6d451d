/*
 * logjudge - one line of a log file, one dataset, one instant: what is to be
 * done.  Does no I/O.
 */
#ifndef STORE_LOGS_LOGJUDGE_H
#define STORE_LOGS_LOGJUDGE_H

#include "retention/gate.h"
#include "retention/judge.h"
#include "retention/rule.h"

#include "linemask.h"
#include "logfile.h"

struct logjudge;

/* Borrows d for its life. */
int logjudge_new(const struct rule_dataset *d, struct wall at,
    struct logjudge **ret, struct err *e);
void logjudge_free(struct logjudge *j);		/* NULL is fine */

/* unit = "file"? */
bool logjudge_by_file(const struct logjudge *j);

struct logjudge_line {
	uint64_t n;		/* how many lines are like this; 1 mostly */
	enum judge_verdict verdict;
	bool done;		/* anonymised or blank: KEPT, and never due again */
	bool unread;		/* not looked at: UNDATED */
	enum gate_state gate;	/* of whom it names, in a request: KEPT */
	bool timed;
	struct wall t;		/* if timed: what the rule counts from; of
				 * several lines the earliest */
};

/*
 * A line of n bytes with its line feed, in file f.  With d->wanted one that
 * bears an identifier of theirs is DUE, all others are done.  To be anonymised a line
 * must also change by it; a rival that is not due keeps it.  By name the time
 * is the end of the latest day, YYYY-MM-DD or YYYYMMDD, in the file's name.
 */
struct logjudge_line logjudge_line(struct logjudge *j, const struct logfile *f,
    const char *line, size_t n);

/* The first line of p[n], n > 0, or several that are all KEPT, or all FUTURE, by
 * their times; their bytes. */
size_t logjudge_next(struct logjudge *j, const struct logfile *f,
    const char *p, size_t n, struct logjudge_line *ret);

/* Spaces, one at least, and a line feed: what is left of a line that went. */
bool logjudge_is_blank(const char *line, size_t n);

/* Of a request of persons (d->wanted): was there no memory for some line?  It
 * was KEPT. */
bool logjudge_failed(const struct logjudge *j);

/* The file as a whole (unit = "file"): by its lines it is as old as the
 * youngest of them that has a time; UNDATED if one is too long to be read. */
int logjudge_whole(struct logjudge *j, const struct logfile *f,
    struct logjudge_line *ret, struct err *e);

/* When a line counted from t falls due. -1: never. */
int logjudge_due(const struct logjudge *j, struct wall t, struct wall *ret);

/* The masked line, n bytes at most, as long as before if keep_length; valid
 * until the next call. */
const char *logjudge_mask(struct logjudge *j, const char *line, size_t n,
    bool keep_length, size_t *ret_n);

/* What logjudge_mask() gave last, or logjudge_line() of a line that is DUE to
 * be anonymised: masked, not as long as before. */
const char *logjudge_masked(const struct logjudge *j, size_t *ret_n);

#endif
