/*
 * logwanted - a request of persons at log lines: in place of a line's time,
 * what it says decides.  Does no I/O.
 */
#ifndef STORE_LOGS_LOGWANTED_H
#define STORE_LOGS_LOGWANTED_H

#include <stdbool.h>

#include "retention/gate.h"
#include "retention/rule.h"

struct logwanted;

/* For lines of at most that many bytes.  d->n_wanted != 0; d and its gates
 * are borrowed.  NULL: no memory. */
struct logwanted *logwanted_new(const struct rule_dataset *d, size_t most);
void logwanted_free(struct logwanted *w);	/* wipes; NULL is fine */

/*
 * Does the line bear an identifier of theirs, who are wanted whatever its time?
 * *ret_gate: the greatest state of anybody whom it names, in doubt too: a line
 * is kept as a whole.
 */
bool logwanted_line(struct logwanted *w, const char *line, size_t n,
    enum gate_state *ret_gate);

/* That line, n bytes, with an x for each byte of their identifiers; valid
 * until the next one. */
const char *logwanted_masked(const struct logwanted *w);

/* Was there no memory for a line?  Then it was nobody's. */
bool logwanted_failed(const struct logwanted *w);

#endif
