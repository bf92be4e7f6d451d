/*
 * logwalk - every line of a file, judged.
 */
#ifndef STORE_LOGS_LOGWALK_H
#define STORE_LOGS_LOGWALK_H

#include "logfile.h"
#include "logjudge.h"

struct logwalk {
	struct logjudge *j;		/* borrowed */
	/* A line, or the file as a whole.  0: go on, 1: that is enough. */
	int (*on_line)(void *ctx, const struct logjudge_line *l);
	void *ctx;
	bool at_once;		/* not to the end of a compressed file that is
				 * enough: it may be damaged behind */
};

enum { LOGWALK_END, LOGWALK_ENOUGH, LOGWALK_DAMAGED };

/*
 * A line that is too long to be read (LOGREAD_LINE_MOST) is UNDATED.
 * LOGWALK_DAMAGED: what the file holds cannot be read (to its end), *e says
 * why, and what was judged of it does not count: it is one undated item.  So
 * a compressed file is always read to its end.  -1: any other failure.
 */
int logwalk_file(const struct logwalk *w, const struct logfile *f,
    struct err *e);

/* Is a line due, or the file as a whole?  1: yes; 0: no, or it is damaged. */
int logwalk_has_due(struct logjudge *j, const struct logfile *f,
    struct err *e);

/* The same, but a compressed file is read no further than to its first due
 * line: who acts on that reads it to its end first. */
int logwalk_may_have_due(struct logjudge *j, const struct logfile *f,
    struct err *e);

#endif
