/*
 * checkline - one line of a trail: canonical form first (ASCII, no spaces,
 * integers only), then strict JSON, then the head in its one possible
 * spelling.  What the payload means is verify's business.
 */
#include "checkline.h"

#include <inttypes.h>
#include <string.h>

#include "retention/hex.h"

#define SAY(why, ...) (void)snprintf(why, 200, __VA_ARGS__)

/* NULL, or what is not canonical about the bytes. */
static const char *
not_canonical(const char *line, size_t n)
{
	bool in_text = false;

	if (n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
		return "a byte order mark: an editor changed the file";
	if (n != 0 && line[n - 1] == '\r')
		return "CR before LF: a transfer in text mode changed the file";
	for (size_t i = 0; i < n; i++) {
		char c = line[i];

		if (c < ' ' || c > '~')
			return "a byte that is not printable ASCII";
		if (in_text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_text = false;
		} else if (c == '"') {
			in_text = true;
		} else if (c == ' ') {
			return "spaces between tokens: a program wrote the "
			    "JSON anew";
		} else if (c == '.' || c == '+' || c == 'E' || (c == 'e' &&
		    i != 0 && line[i - 1] >= '0' && line[i - 1] <= '9')) {
			return "a number that is not an integer";
		}
	}
	return NULL;
}

int
checkline_uint(const json_t *object, const char *key, uint64_t *ret)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return -1;
	*ret = (uint64_t)json_integer_value(v);
	return 0;
}

const char *
checkline_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int
checkline_hex(const json_t *object, const char *key, uint8_t *ret, size_t n)
{
	const char *text = checkline_text(object, key);

	return text != NULL ? hex_bytes(text, n, ret) : -1;
}

int
checkline_base64(const json_t *value, uint8_t *ret, size_t n)
{
	const char *text = json_string_value(value);

	if (text == NULL || hex_from_base64(text, json_string_length(value),
	    ret, n) != (ssize_t)n)
		return -1;
	return 0;
}

static int
two_digits(const char *at)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return -1000000;
	return (at[0] - '0') * 10 + at[1] - '0';
}

/* Days since 1970-01-01, Gregorian; the year starts in March. */
static int64_t
days(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	return y * 365 + y / 4 - y / 100 + y / 400 +
	    (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1 - 719468;
}

/* Only what clock_text_ms() writes: computed, then written again. */
int
checkline_time(const char *text, struct wall *ret)
{
	char again[CLOCK_TEXT_BYTES];
	struct wall t;
	int64_t s;

	if (strlen(text) != 24)
		return -1;
	s = days(two_digits(text) * 100 + two_digits(text + 2),
	    two_digits(text + 5), two_digits(text + 8)) * 86400 +
	    two_digits(text + 11) * 3600 + two_digits(text + 14) * 60 +
	    two_digits(text + 17);
	t.ms = s * 1000 + two_digits(text + 20) * 10 +
	    two_digits((const char[]){ '0', text[22] });
	clock_text_ms(t, again);
	if (strcmp(again, text) != 0)
		return -1;
	*ret = t;
	return 0;
}

static int
read_head(struct checkline *l, const char *line, size_t n, char why[200])
{
	const char *t = checkline_text(l->object, "t");
	const char *raw = checkline_text(l->object, "raw");
	const char *prev = checkline_text(l->object, "prev");
	const char *type = checkline_text(l->object, "type");
	char head[512];
	struct wall unused;
	uint64_t ep;
	int len;

	if (checkline_uint(l->object, "seq", &l->seq) == -1 ||
	    checkline_uint(l->object, "ep", &ep) == -1 || ep > UINT32_MAX ||
	    t == NULL || checkline_time(t, &l->t) == -1 ||
	    (raw != NULL && checkline_time(raw, &unused) == -1) ||
	    prev == NULL || hex_bytes(prev, 32, l->prev) == -1 ||
	    type == NULL || strlen(type) > 32) {
		SAY(why, "the head of the record is malformed");
		return -1;
	}
	l->ep = (uint32_t)ep;
	len = snprintf(head, sizeof(head), "{\"v\":1,\"seq\":%" PRIu64
	    ",\"ep\":%" PRIu32 ",\"t\":\"%s\",%s%s%s\"prev\":\"%s\","
	    "\"type\":\"%s\"", l->seq, l->ep, t, raw != NULL ? "\"raw\":\"" : "",
	    raw != NULL ? raw : "", raw != NULL ? "\"," : "", prev, type);
	if ((size_t)len >= n || memcmp(head, line, (size_t)len) != 0) {
		SAY(why, "the head of the record is not in its one order: "
		    "a program wrote the JSON anew");
		return -1;
	}
	return 0;
}

static enum verify_verdict
read_object(struct checkline *l, const char *line, size_t n, char why[200])
{
	uint64_t version;
	int type;

	if (checkline_uint(l->object, "v", &version) == -1) {
		SAY(why, "no version in the record");
		return VERIFY_TAMPERED;
	}
	if (version != 1) {
		SAY(why, "records of version %" PRIu64 ": this program knows "
		    "version 1", version);
		return VERIFY_UNVERIFIABLE;
	}
	if (read_head(l, line, n, why) == -1)
		return VERIFY_TAMPERED;
	type = record_type_find(checkline_text(l->object, "type"));
	if (type == -1) {
		SAY(why, "a record of a type that this program does not know");
		return VERIFY_UNVERIFIABLE;
	}
	l->type = (enum record_type)type;
	return VERIFY_VALID;
}

enum verify_verdict
checkline_read(const char *line, size_t n, struct checkline *ret,
    char why[200])
{
	const char *bad = not_canonical(line, n);
	struct checkline l = { .object = NULL };
	enum verify_verdict v;
	json_error_t je;

	if (bad != NULL) {
		SAY(why, "%s", bad);
		return VERIFY_TAMPERED;
	}
	l.object = json_loadb(line, n, JSON_REJECT_DUPLICATES, &je);
	if (!json_is_object(l.object)) {
		SAY(why, "not a JSON object with each key once");
		json_decref(l.object);
		return VERIFY_TAMPERED;
	}
	v = read_object(&l, line, n, why);
	if (v == VERIFY_VALID)
		*ret = l;
	else
		json_decref(l.object);
	return v;
}

void
checkline_release(struct checkline *l)
{
	json_decref(l->object);
	l->object = NULL;
}
