/* checkvalue - integers, texts and lists out of the bytes of a record. */
#include "checkvalue.h"

#include <string.h>

struct checkvalue
checkvalue_find(const struct checkscan *s, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < s->n; i++)
		if (s->member[i].n_key == n &&
		    memcmp(s->member[i].key, key, n) == 0)
			return s->member[i].value;
	return (struct checkvalue){ .at = NULL };
}

int
checkvalue_uint(struct checkvalue v, uint64_t *ret)
{
	uint64_t sum = 0;

	if (v.n == 0 || v.at[0] < '0' || v.at[0] > '9')
		return -1;
	for (size_t i = 0; i < v.n; i++)
		sum = sum * 10 + (uint64_t)(v.at[i] - '0');
	*ret = sum;
	return 0;
}

bool
checkvalue_true(struct checkvalue v)
{
	return v.n != 0 && v.at[0] == 't';
}

bool
checkvalue_is_text(struct checkvalue v)
{
	return v.n >= 2 && v.at[0] == '"';
}

const char *
checkvalue_plain(struct checkvalue v, size_t *ret_n)
{
	if (!checkvalue_is_text(v) || memchr(v.at, '\\', v.n) != NULL)
		return NULL;
	*ret_n = v.n - 2;
	return v.at + 1;
}

static size_t
put_utf8(uint32_t c, char ret[4])
{
	static const uint8_t lead[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		ret[i] = (char)(0x80 | (c & 0x3f));
	ret[0] = (char)(lead[n] | c);
	return n;
}

long
checkvalue_text(struct checkvalue v, char *ret, size_t room)
{
	const char *at = v.at + 1, *end = v.at + v.n - 1;
	char one[4];
	size_t n = 0;

	if (!checkvalue_is_text(v))
		return -1;
	while (at < end) {
		const char *stop = memchr(at, '\\', (size_t)(end - at));
		size_t plain = (size_t)((stop != NULL ? stop : end) - at);
		uint32_t c;

		if (plain >= room - n)
			return -1;
		memcpy(ret + n, at, plain);
		n += plain;
		at += plain;
		if (at == end)
			break;
		at += 1 + checkscan_escape(at + 1, end, &c);
		plain = put_utf8(c, one);
		if (plain >= room - n)
			return -1;
		memcpy(ret + n, one, plain);
		n += plain;
	}
	ret[n] = '\0';
	return (long)n;
}

struct checkvalue
checkvalue_next(struct checkvalue array, struct checkvalue before)
{
	struct checkvalue none = { .at = NULL };
	const char *end = array.at + array.n;

	if (array.n < 2 || array.at[0] != '[')
		return none;
	if (before.n != 0 && before.at[before.n] == ']')
		return none;
	before.at = before.n == 0 ? array.at + 1 : before.at + before.n + 1;
	before.n = checkscan_value(before.at, end);
	return before.n != 0 ? before : none;
}
