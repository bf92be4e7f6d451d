#include "logfind.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/subjectrange.h"

#include "logfile.h"
#include "logread.h"

#define TELL_EACH 200000

struct search {
	const struct find_ask *ask;
	const struct find_sink *sink;
	struct find_found *found;
	struct subjectform form[FIND_MOST_PERSONS];	/* owned */
	uint64_t read;
};

/* Part of a longer identifier? */
static bool
goes_on(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 ||
	    strchr("._-+", c) != NULL;
}

/* How many bytes of the line spell the first one of `wanted`; 0: none. */
static size_t
spells(const char *at, size_t n, char wanted)
{
	if (n >= 3 && wanted == '@' && memcmp(at, "%40", 3) == 0)
		return 3;
	return n >= 1 && tolower((unsigned char)*at) ==
	    (unsigned char)wanted ? 1 : 0;
}

/* Its length in the line from `at` on; 0: it is not there. */
static size_t
match(const char *at, size_t n, const char *wanted, size_t n_wanted)
{
	size_t used = 0;

	for (size_t i = 0; i < n_wanted; i++) {
		size_t one = spells(at + used, n - used, wanted[i]);

		if (one == 0)
			return 0;
		used += one;
	}
	return used;
}

bool
logfind_carries(const char *line, size_t n, const char *wanted,
    size_t n_wanted)
{
	for (size_t i = 0; n_wanted != 0 && i + n_wanted <= n; i++) {
		size_t len = match(line + i, n - i, wanted, n_wanted);

		if (len == 0)
			continue;
		if (i != 0 && goes_on(line[i - 1]) && !(i >= 3 &&
		    line[i - 3] == '%'))
			continue;
		/* A full stop may end a sentence. */
		if (i + len < n && goes_on(line[i + len]) &&
		    !(line[i + len] == '.' && (i + len + 1 == n ||
		    !goes_on(line[i + len + 1]))))
			continue;
		return true;
	}
	return false;
}

static int
send_line(struct search *s, const char *line, size_t n, struct err *e)
{
	int rc = s->sink->piece(s->sink->ctx, FIND_LINE, "", 0, e);

	while (rc == 0 && n != 0) {
		size_t part = n < FIND_PIECE_MOST ? n : FIND_PIECE_MOST;

		rc = s->sink->piece(s->sink->ctx, FIND_MORE, line, part, e);
		line += part;
		n -= part;
	}
	return rc == 0 ? s->sink->piece(s->sink->ctx, FIND_END, "", 0, e) :
	    -1;
}

static int
take_line(struct search *s, const char *line, size_t n, struct err *e)
{
	char text[24];
	bool carries = false;

	if (++s->read % TELL_EACH == 0 && s->sink->piece(s->sink->ctx,
	    FIND_PROGRESS, text, (size_t)snprintf(text, sizeof(text),
	    "%" PRIu64, s->read), e) == -1)
		return -1;
	for (size_t i = 0; !carries && i < s->ask->n_persons; i++)
		carries = logfind_carries(line, n, s->form[i].normal,
		    s->form[i].n);
	if (!carries)
		return 0;
	s->found->lines++;
	return s->ask->rows ? send_line(s, line, n, e) : 0;
}

static int
take_file(struct search *s, const struct logfile *f, struct err *e)
{
	struct logread_block b;
	struct logread r;
	int rc = logread_open(&r, f, e);

	if (rc == -1)
		return -1;
	while ((rc = logread_next(&r, &b, e)) == 1) {
		while (rc == 1 && b.n != 0) {
			size_t n = logread_line(&b);

			if (take_line(s, b.p, n, e) == -1)
				rc = -1;
			b.p += n;
			b.n -= n;
		}
		if (rc == -1)
			break;
	}
	logread_close(&r);
	return rc;
}

static int
take_all(struct search *s, const struct rule_store *store, struct err *e)
{
	struct logfile_set set;
	int rc = logfile_list(store, &set, e);

	if (rc == -1)
		return -1;
	for (size_t i = 0; rc == 0 && i < set.n; i++) {
		struct logfile f = LOGFILE_EMPTY;

		rc = logfile_open(set.path[i], false, &f, e);
		if (rc == 1)
			rc = take_file(s, &f, e);
		logfile_close(&f);
		if (rc == -1 && e->code == ERR_STORE) {
			/* Damaged, or packed in an unknown way: the others. */
			s->found->note = "a file cannot be read: its lines "
			    "were not looked at";
			*e = ERR_EMPTY;
			rc = 0;
		}
	}
	logfile_release(&set);
	return rc;
}

int
logfind_run(const struct rule_store *store, const struct find_ask *ask,
    const struct find_sink *sink, struct find_found *ret, struct err *e)
{
	struct search s = { .ask = ask, .sink = sink, .found = ret };
	int rc = 0;

	if (!ask->lines) {
		ret->note = "lines were not asked for (--log-lines)";
		return 0;
	}
	ret->way = FIND_SCAN;
	for (size_t i = 0; rc == 0 && i < ask->n_persons; i++)
		rc = subjectrange_form(ask->persons[i].kind,
		    ask->persons[i].value, &s.form[i], e);
	if (rc == 0)
		rc = take_all(&s, store, e);
	for (size_t i = 0; i < ask->n_persons; i++)
		subjectrange_release(&s.form[i]);
	return rc == -1 ? err_wrap(e, "store %s", store->full) : 0;
}
