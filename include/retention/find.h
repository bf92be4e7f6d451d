/*
 * find - what a store holds about one person: the question and the answer.
 *
 * A row is the person's when a column that the dataset declares (or another
 * dataset over the same table: rule.h, `persons`) holds a spelling of one of
 * the identifiers.  The counts go back in one piece; with `rows` what was
 * found goes out first, as a stream of pieces.
 */
#ifndef RETENTION_FIND_H
#define RETENTION_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/rule.h"

#define FIND_MOST_PERSONS 8
#define FIND_PIECE_MOST 60000		/* bytes of a piece */

struct find_person {
	const char *kind, *value;
};

struct find_ask {
	struct wall at;
	struct rule_dataset dataset;
	size_t n_persons;
	const struct find_person *persons;
	bool rows;			/* send what is found, not only counts */
	bool fast;			/* read no table as a whole */
	bool lines;			/* of logs: count lines (and send them) */
};

/*
 * The stream.  TABLE: its name and columns, each ended by a NUL; then ROWs:
 * two bytes, the depth (0 the dataset's own, 1 a child ...) and 1 when the
 * dataset's `where` holds, then when it falls due (RFC 3339), where that can
 * be told; VALUEs in the order of the columns, the first byte
 * the type ('n' NULL, 'i', 'r' numbers as text, 't' text as it is, perhaps not
 * UTF-8, 'b' bytes), gone on with by MORE; END.  FILE: an attached file's path
 * as its row has it, MORE its bytes, END.  LINE: a log's line, MORE, END.
 * PROGRESS: the number of rows read so far, as text.
 */
enum find_piece { FIND_TABLE, FIND_ROW, FIND_VALUE, FIND_MORE, FIND_END,
	FIND_FILE, FIND_LINE, FIND_PROGRESS, FIND_N_PIECES };

enum find_way {
	FIND_NOT,			/* nothing to look in; `note` says why */
	FIND_INDEX,			/* by indexes alone */
	FIND_SCAN,			/* all rows were read */
	FIND_SKIPPED,			/* they would have to be: `fast` */
	FIND_N_WAYS
};

struct find_found {
	uint64_t rows;			/* that the dataset's where matches */
	uint64_t outside;		/* of the table, that it does not */
	uint64_t children, files;
	uint64_t files_lost;		/* named by a row, and not there */
	uint64_t lines;
	enum find_way way;
	const char *note;		/* NULL: none; for people */
};

struct find_sink {
	/* Of at most FIND_PIECE_MOST bytes. */
	int (*piece)(void *ctx, enum find_piece what, const void *bytes,
	    size_t n, struct err *e);
	void *ctx;
};

#endif
