/* fuzz_line: what the scanner of records accepts, jansson accepts and reads the
 * same; what it refuses, jansson refuses too, or it is not canonical. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "retention/err.h"

#include "audit/checkvalue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void same(struct checkvalue v, const json_t *want);

static void
same_text(struct checkvalue v, const json_t *want)
{
	size_t n = json_string_length(want), n_plain = 0;
	char *text = malloc(v.n);
	const char *plain = checkvalue_plain(v, &n_plain);

	must(text != NULL && checkvalue_is_text(v));
	must(checkvalue_text(v, text, v.n) == (long)n);
	must(memcmp(text, json_string_value(want), n + 1) == 0);
	must(n == 0 || checkvalue_text(v, text, n) == -1);
	must(plain == NULL || (n_plain == n && memcmp(plain, text, n) == 0));
	free(text);
}

static void
same_object(struct checkvalue v, json_t *want)
{
	struct checkscan s;
	const char *key;
	json_t *one;

	must(checkscan_object(v.at, v.n, &s) == 0);
	must(s.n == json_object_size(want));
	json_object_foreach(want, key, one)
		same(checkvalue_find(&s, key), one);
}

static void
same_array(struct checkvalue v, const json_t *want)
{
	struct checkvalue one = { .at = NULL };

	for (size_t i = 0; i < json_array_size(want); i++) {
		one = checkvalue_next(v, one);
		same(one, json_array_get(want, i));
	}
	must(checkvalue_next(v, one).n == 0 || json_array_size(want) == 0);
	must(json_array_size(want) != 0 || v.n == 2);
}

static void
same(struct checkvalue v, const json_t *want)
{
	uint64_t number;

	must(v.n != 0);
	if (json_is_string(want))
		same_text(v, want);
	else if (json_is_integer(want) && json_integer_value(want) >= 0)
		must(checkvalue_uint(v, &number) == 0 &&
		    number == (uint64_t)json_integer_value(want));
	else if (json_is_integer(want))
		must(v.at[0] == '-' && checkvalue_uint(v, &number) == -1);
	else if (json_is_array(want))
		same_array(v, want);
	else if (json_is_object(want))
		same_object(v, (json_t *)(uintptr_t)want);
	else
		must(checkvalue_true(v) == json_is_true(want));
}

/* Would the scanner have to accept what jansson does?  Not if it is beyond its
 * limits or not canonical: for the same value there is one spelling only. */
static bool
canonical(const char *bytes, size_t n)
{
	bool in_text = false;
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];

		if (c < ' ' || c > '~' || c == '\\')
			return false;
		in_text ^= c == '"';
		if (in_text || c == '"')
			continue;
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		if (c == ' ' || c == '.' || c == 'E' || depth > 16 ||
		    (c == 'e' && i != 0 && bytes[i - 1] >= '0' &&
		    bytes[i - 1] <= '9') ||
		    (c == '-' && i + 1 < n && bytes[i + 1] == '0'))
			return false;
	}
	return true;
}

/* No object has more keys than the scanner takes. */
static bool
small(json_t *v)
{
	const char *key;
	json_t *one;
	size_t i;

	if (json_is_object(v)) {
		if (json_object_size(v) > CHECKSCAN_MOST)
			return false;
		json_object_foreach(v, key, one)
			if (!small(one))
				return false;
	}
	json_array_foreach(v, i, one)
		if (!small(one))
			return false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *line = malloc(n != 0 ? n : 1);
	struct checkscan s;
	json_error_t je;
	json_t *want;
	bool taken;

	must(line != NULL);
	if (n != 0)
		memcpy(line, bytes, n);
	taken = checkscan_object(line, n, &s) == 0;
	want = json_loadb(line, n, JSON_REJECT_DUPLICATES, &je);
	if (taken) {
		must(json_is_object(want));
		same_object((struct checkvalue){ line, n }, want);
	} else {
		must(!json_is_object(want) || !canonical(line, n) ||
		    !small(want));
	}
	json_decref(want);
	free(line);
	return 0;
}
