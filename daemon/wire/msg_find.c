/*
 * msg_find - the question about one person, and its answer.
 */
#include "retention/msg_find.h"

#include "retention/buf.h"

#include "codec.h"
#include "row.h"
#include "shape.h"

#define OF struct find_person
static const struct codec_field person_rows[] = {
	TEXT("kind", kind),
	TEXT("value", value),
};
static const struct codec_shape person_shape =
    ROWS("a person", person_rows, OF);
#undef OF

#define OF struct find_ask
static const struct codec_field ask_rows[] = {
	TIME("at", at),
	OBJECT("dataset", dataset, shape_dataset),
	ARRAY("persons", persons, n_persons, person_shape, FIND_MOST_PERSONS),
	BOOL("rows", rows),
	BOOL("fast", fast),
	BOOL("lines", lines),
};
static const struct codec_shape ask_shape = ROWS("FIND", ask_rows, OF);
#undef OF

#define OF struct find_found
static const struct codec_field found_rows[] = {
	COUNT("rows", rows, 0, INT64_MAX),
	COUNT("outside", outside, 0, INT64_MAX),
	COUNT("children", children, 0, INT64_MAX),
	COUNT("files", files, 0, INT64_MAX),
	COUNT("files_lost", files_lost, 0, INT64_MAX),
	COUNT("lines", lines, 0, INT64_MAX),
	ENUM("way", way, FIND_N_WAYS),
	SAID("note", note),
};
static const struct codec_shape found_shape = ROWS("FOUND", found_rows, OF);
#undef OF

void
msg_find_put(struct buf *out, const struct find_ask *m)
{
	codec_put(out, &ask_shape, m);
}

int
msg_find_get(const char *json, size_t n, struct pool *p,
    struct find_ask *ret, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct find_ask m = { .rows = false };
	int rc = codec_get(&t, &ask_shape, p, &m, e);

	if (rc == 0)
		*ret = m;
	return rc;
}

void
msg_find_put_piece(struct buf *out, enum find_piece what, const void *bytes,
    size_t n)
{
	char kind = (char)what;

	buf_add(out, &kind, 1);
	buf_add(out, bytes, n);
}

int
msg_find_get_piece(const char *body, size_t n, enum find_piece *ret_what,
    const char **ret_bytes, size_t *ret_n, struct err *e)
{
	if (n < 1 || (unsigned char)body[0] >= FIND_N_PIECES)
		return err_set(e, ERR_PROTOCOL, "PIECE of no known kind");
	*ret_what = (enum find_piece)body[0];
	*ret_bytes = body + 1;
	*ret_n = n - 1;
	return 0;
}

void
msg_find_put_found(struct buf *out, const struct find_found *m)
{
	codec_put(out, &found_shape, m);
}

int
msg_find_get_found(const char *json, size_t n, struct pool *p,
    struct find_found *ret, struct err *e)
{
	struct codec_text t = { .json = json, .n = n, .code = ERR_PROTOCOL };
	struct find_found m = { .rows = 0 };
	int rc = codec_get(&t, &found_shape, p, &m, e);

	if (rc == 0)
		*ret = m;
	return rc;
}
