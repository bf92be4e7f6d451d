/* shape_person - whose rows, and what of them is corrected. */
#include "shape.h"

#include "retention/rule.h"

#include "row.h"

#define OF struct rule_person
static const struct codec_field person_rows[] = {
	TEXT("kind", kind),
	BYTES("hash", hash),
	TIME("before", before),
};
const struct codec_shape shape_person = ROWS("a person", person_rows, OF);
#undef OF

#define OF struct rule_fix
static const struct codec_field fix_rows[] = {
	TEXT("column", column),
	BOOL("null", null),
	BYTES("hash", hash),
	MAYBE("text", text),
};
const struct codec_shape shape_person_fix = ROWS("a correction", fix_rows, OF);
#undef OF
