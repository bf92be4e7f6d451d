#include "group.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "value.h"

#define DEPTH_MOST 8
#define PATH_BYTES 256

static int
line_of(const config_setting_t *s)
{
	int line = (int)config_setting_source_line(s);

	return line > 0 ? line : 1;
}

/* "datasets[1].keep.period", or as much of it as there is room for. */
static void
path_of(const config_setting_t *s, char ret[PATH_BYTES])
{
	const config_setting_t *chain[16];
	size_t n = 0, used = 0;

	for (; s != NULL && !config_setting_is_root(s) && n < 16;
	    s = config_setting_parent(s))
		chain[n++] = s;
	ret[0] = '\0';
	while (n-- > 0 && used < PATH_BYTES - 1) {
		const char *name = config_setting_name(chain[n]);
		int rc = name != NULL ? snprintf(ret + used, PATH_BYTES - used,
		    "%s%s", used > 0 ? "." : "", name) :
		    snprintf(ret + used, PATH_BYTES - used, "[%d]",
		    config_setting_index(chain[n]));

		used += rc > 0 ? (size_t)rc : 0;
	}
}

static void
complain(struct reader *r, const config_setting_t *s, const char *what)
{
	char path[PATH_BYTES];

	path_of(s, path);
	reader_error(r, line_of(s), "%s: %s", path, what);
}

static const char *
kind_of(const config_setting_t *s)
{
	static const char *const kinds[] = {
		[CONFIG_TYPE_NONE] = "nothing", [CONFIG_TYPE_GROUP] = "a group",
		[CONFIG_TYPE_INT] = "a number", [CONFIG_TYPE_INT64] = "a number",
		[CONFIG_TYPE_FLOAT] = "a number with a fraction",
		[CONFIG_TYPE_STRING] = "a text", [CONFIG_TYPE_BOOL] = "a truth value",
		[CONFIG_TYPE_ARRAY] = "an array", [CONFIG_TYPE_LIST] = "a list",
	};

	return kinds[config_setting_type(s)];
}

static void
wrong_type(struct reader *r, const struct schema_row *row,
    const config_setting_t *s)
{
	struct err e;

	(void)err_set(&e, ERR_CONFIG, "it is %s; expected %s", kind_of(s),
	    schema_expected(row));
	complain(r, s, e.text);
}

#define SCALAR_BYTES 40

/* A scalar as text: what is written, or for numbers and truth values their
 * only spelling.  NULL for a type that the row does not take. */
static const char *
scalar_text(const struct schema_row *row, const config_setting_t *s,
    char room[SCALAR_BYTES])
{
	int type = config_setting_type(s);
	bool is_int = type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;

	if (row->type == SCHEMA_BOOL) {
		if (type != CONFIG_TYPE_BOOL)
			return NULL;
		return config_setting_get_bool(s) ? "true" : "false";
	}
	if ((row->type == SCHEMA_COUNT || row->type == SCHEMA_SHARE) && is_int) {
		(void)snprintf(room, SCALAR_BYTES, "%lld",
		    config_setting_get_int64(s));
		return room;
	}
	if (row->type == SCHEMA_SHARE && type == CONFIG_TYPE_FLOAT) {
		(void)snprintf(room, SCALAR_BYTES, "%.17g",
		    config_setting_get_float(s));
		return room;
	}
	if (row->type == SCHEMA_COUNT || row->type == SCHEMA_SHARE ||
	    type != CONFIG_TYPE_STRING)
		return NULL;
	return config_setting_get_string(s);
}

static void
read_scalar(struct reader *r, const struct schema_row *row,
    const config_setting_t *s, void *field)
{
	char room[SCALAR_BYTES];
	const char *text = scalar_text(row, s, room);
	struct err e = ERR_EMPTY;

	if (text == NULL)
		wrong_type(r, row, s);
	else if (value_parse(r, row, text, field, &e) == -1)
		complain(r, s, e.text);
}

static void
put_array(const struct schema_row *row, void *base, void *array, size_t n)
{
	memcpy((char *)base + row->at, &array, sizeof(array));
	memcpy((char *)base + row->count_at, &n, sizeof(n));
}

static int
depth_of(const config_setting_t *s)
{
	int depth = 0;

	for (; s != NULL; s = config_setting_parent(s))
		depth++;
	return depth;
}

static void
read_list(struct reader *r, const struct schema_row *row,
    const config_setting_t *s, void *base)
{
	const struct schema *inner = schema_of(row->inner);
	int type = config_setting_type(s), n = config_setting_length(s);
	char *array;

	if (type != CONFIG_TYPE_LIST && !(type == CONFIG_TYPE_ARRAY && n == 0)) {
		wrong_type(r, row, s);
		return;
	}
	if (depth_of(s) > 2 * DEPTH_MOST) {
		complain(r, s, "it is nested too deeply");
		return;
	}
	array = reader_array(r, (size_t)n, inner->bytes);
	if (array == NULL)
		return;
	for (int i = 0; i < n; i++) {
		const config_setting_t *one = config_setting_get_elem(s,
		    (unsigned)i);
		void *at = array + (size_t)i * inner->bytes;
		struct raw_origin origin = { .line = line_of(one) };
		size_t n_errors = r->errs->n;

		if (config_setting_type(one) != CONFIG_TYPE_GROUP)
			wrong_type(r, row, one);
		else
			group_read(r, row->inner, one, at);
		origin.is_faulty = r->errs->n > n_errors;
		if (inner->origin_at != 0)
			memcpy((char *)at + inner->origin_at, &origin,
			    sizeof(origin));
	}
	put_array(row, base, array, (size_t)n);
}

static void
read_strings(struct reader *r, const struct schema_row *row,
    const config_setting_t *s, void *base)
{
	int type = config_setting_type(s);
	bool alone = type == CONFIG_TYPE_STRING;
	int n = alone ? 1 : config_setting_length(s);
	const char **array;

	if (!alone && ((type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) ||
	    n == 0)) {
		wrong_type(r, row, s);
		return;
	}
	array = reader_array(r, (size_t)n, sizeof(*array));
	for (int i = 0; array != NULL && i < n; i++) {
		const config_setting_t *one = alone ? s :
		    config_setting_get_elem(s, (unsigned)i);
		const char *text = config_setting_get_string(one);

		if (text == NULL || text[0] == '\0')
			wrong_type(r, row, one);
		else
			array[i] = reader_dup(r, text);
	}
	if (array != NULL)
		put_array(row, base, array, (size_t)n);
}

static bool
is_repeated(const config_setting_t *s, int i)
{
	const char *name = config_setting_name(config_setting_get_elem(s,
	    (unsigned)i));

	for (int k = 0; k < i; k++)
		if (strcasecmp(name, config_setting_name(
		    config_setting_get_elem(s, (unsigned)k))) == 0)
			return true;
	return false;
}

static int
read_value(struct reader *r, const config_setting_t *s, struct rule_value *v)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		v->type = RULE_T_INT;
		v->i = config_setting_get_int64(s);
		return 0;
	case CONFIG_TYPE_BOOL:
		v->type = RULE_T_INT;
		v->i = config_setting_get_bool(s) != 0;
		return 0;
	case CONFIG_TYPE_FLOAT:
		v->type = RULE_T_REAL;
		v->r = config_setting_get_float(s);
		return isfinite(v->r) ? 0 : -1;
	case CONFIG_TYPE_STRING:
		v->type = RULE_T_TEXT;
		v->text = reader_dup(r, config_setting_get_string(s));
		return 0;
	default:
		return -1;
	}
}

/* One setting of a free group: its name is the user's. */
static void
read_free(struct reader *r, const struct schema_row *row,
    const config_setting_t *s, void *at)
{
	const char *name = reader_dup(r, config_setting_name(s));
	const char *text = config_setting_type(s) == CONFIG_TYPE_STRING ?
	    config_setting_get_string(s) : NULL;
	struct err e = ERR_EMPTY;

	if (row->type == SCHEMA_VALUES) {
		struct rule_value v = { .column = name };

		if (read_value(r, s, &v) == -1)
			complain(r, s, "expected a text, a number or a truth value");
		memcpy(at, &v, sizeof(v));
	} else if (row->type == SCHEMA_COLUMNS) {
		struct rule_column c = { .name = name };

		if (value_method(r, text == NULL ? kind_of(s) : text, &c, &e) == -1)
			complain(r, s, e.text);
		memcpy(at, &c, sizeof(c));
	} else {
		struct rule_subject u = { .kind = name };

		if (text == NULL || text[0] == '\0')
			complain(r, s, "expected the name of a column");
		else
			u.column = reader_dup(r, text);
		memcpy(at, &u, sizeof(u));
	}
}

static void
read_free_group(struct reader *r, const struct schema_row *row,
    const config_setting_t *s, void *base)
{
	size_t each = row->type == SCHEMA_VALUES ? sizeof(struct rule_value) :
	    row->type == SCHEMA_COLUMNS ? sizeof(struct rule_column) :
	    sizeof(struct rule_subject);
	int n = config_setting_length(s);
	char *array;

	if (config_setting_type(s) != CONFIG_TYPE_GROUP || n == 0) {
		wrong_type(r, row, s);
		return;
	}
	array = reader_array(r, (size_t)n, each);
	for (int i = 0; array != NULL && i < n; i++) {
		const config_setting_t *one = config_setting_get_elem(s,
		    (unsigned)i);

		if (is_repeated(s, i))
			complain(r, one, "the same column twice; names that differ "
			    "in case only are the same");
		read_free(r, row, one, array + (size_t)i * each);
	}
	if (array != NULL)
		put_array(row, base, array, (size_t)n);
}

static void
read_setting(struct reader *r, const struct schema_row *row,
    const config_setting_t *s, void *base)
{
	void *field = (char *)base + row->at;

	if (row->type < SCHEMA_N_SCALARS)
		read_scalar(r, row, s, field);
	else if (row->type == SCHEMA_LIST)
		read_list(r, row, s, base);
	else if (row->type == SCHEMA_STRINGS)
		read_strings(r, row, s, base);
	else if (row->type != SCHEMA_GROUP)
		read_free_group(r, row, s, base);
	else if (config_setting_type(s) != CONFIG_TYPE_GROUP)
		wrong_type(r, row, s);
	else
		group_read(r, row->inner, s, field);
}

/* Presets first, so that a setting then finds its field as documented. */
static void
preset(struct reader *r, const struct schema *schema, void *base)
{
	for (size_t i = 0; i < schema->n_rows; i++) {
		const struct schema_row *row = &schema->rows[i];
		void *field = (char *)base + row->at;
		struct err e = ERR_EMPTY;
		int unset = -1;

		if (row->type == SCHEMA_GROUP && !row->required)
			group_read(r, row->inner, NULL, field);
		else if (row->preset != NULL)
			must(value_parse(r, row, row->preset, field, &e) == 0 ||
			    e.code == ERR_MEMORY);
		else if (row->type >= SCHEMA_MODE && row->type <= SCHEMA_SCRUB)
			memcpy(field, &unset, sizeof(unset));
	}
}

static void
check_known(struct reader *r, const struct schema *schema,
    const config_setting_t *one)
{
	const char *nearest, *name = config_setting_name(one);
	char path[PATH_BYTES];

	path_of(one, path);
	if (schema_find(schema, name, &nearest) != NULL)
		return;
	if (nearest != NULL)
		reader_error(r, line_of(one), "%s: unknown setting '%.60s', did "
		    "you mean '%s'?", path, name, nearest);
	else
		reader_error(r, line_of(one), "%s: unknown setting '%.60s'; "
		    "expected one of those in the manual", path, name);
}

void
group_read(struct reader *r, enum schema_context context,
    const config_setting_t *group, void *base)
{
	const struct schema *schema = schema_of(context);
	char path[PATH_BYTES];

	preset(r, schema, base);
	if (group == NULL)
		return;
	path_of(group, path);
	for (int i = 0; i < config_setting_length(group); i++)
		check_known(r, schema, config_setting_get_elem(group,
		    (unsigned)i));
	for (size_t i = 0; i < schema->n_rows; i++) {
		const struct schema_row *row = &schema->rows[i];
		const config_setting_t *s = config_setting_get_member(group,
		    row->name);

		if (s != NULL)
			read_setting(r, row, s, base);
		else if (row->required)
			reader_error(r, line_of(group), "%s%s%s is missing; "
			    "expected %s", path, path[0] != '\0' ? "." : "",
			    row->name, schema_expected(row));
	}
}
