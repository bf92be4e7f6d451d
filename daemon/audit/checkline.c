/*
 * checkline - one line of a trail: strict JSON in its canonical form (ASCII,
 * no spaces, integers only), then the head in its one possible order and
 * spelling.  What the payload means is check's business.
 */
#include "checkline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retention/hex.h"

#define SAY(why, ...) (void)snprintf(why, 200, __VA_ARGS__)

/* A decoded text lies where its bytes lie in the line: it is never longer. */
struct checkobject {
	struct checkscan scan;
	const char *line;		/* borrowed */
	char *texts;			/* behind this struct, as long as it */
};

/* What is not canonical about bytes that were refused. */
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
	return "not a JSON object with each key once";
}

struct checkobject *
checkline_object(const char *bytes, size_t n)
{
	struct checkobject *o = malloc(sizeof(*o) + n + 1);

	if (o == NULL || checkscan_object(bytes, n, &o->scan) == -1) {
		free(o);
		return NULL;
	}
	o->line = bytes;
	o->texts = (char *)(o + 1);
	return o;
}

void
checkline_object_free(struct checkobject *o)
{
	free(o);
}

struct checkvalue
checkline_value(const struct checkobject *o, const char *key)
{
	return checkvalue_find(&o->scan, key);
}

bool
checkline_has(const struct checkobject *o, const char *key)
{
	return checkline_value(o, key).n != 0;
}

int
checkline_uint(const struct checkobject *o, const char *key, uint64_t *ret)
{
	return checkvalue_uint(checkline_value(o, key), ret);
}

const char *
checkline_text(const struct checkobject *o, const char *key)
{
	struct checkvalue v = checkline_value(o, key);
	char *text = v.n != 0 ? o->texts + (v.at - o->line) : NULL;

	return text != NULL && checkvalue_text(v, text, v.n) != -1 ? text :
	    NULL;
}

int
checkline_hex(const struct checkobject *o, const char *key, uint8_t *ret,
    size_t n)
{
	const char *text = checkline_text(o, key);

	return text != NULL ? hex_bytes(text, n, ret) : -1;
}

int
checkline_base64(struct checkvalue v, uint8_t *ret, size_t n)
{
	size_t len = 0;
	const char *text = checkvalue_plain(v, &len);

	return text != NULL &&
	    hex_from_base64(text, len, ret, n) == (ssize_t)n ? 0 : -1;
}

static bool
has_form(const char *text, const char *form)
{
	size_t i = 0;

	for (; form[i] != '\0' && text[i] != '\0'; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' :
		    text[i] != form[i])
			return false;
	return form[i] == '\0' && text[i] == '\0';
}

static int
two_digits(const char *at)
{
	return (at[0] - '0') * 10 + at[1] - '0';
}

static int
month_days(int y, int m)
{
	static const int days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };

	if (m < 1 || m > 12)
		return 0;
	return days[m] + (m == 2 && y % 4 == 0 && (y % 100 != 0 ||
	    y % 400 == 0));
}

/* Days since 1970-01-01, Gregorian; the year starts in March. */
static int64_t
days_to(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	return y * 365 + y / 4 - y / 100 + y / 400 +
	    (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1 - 719468;
}

/* Only what clock_text_ms() writes. */
int
checkline_time(const char *text, struct wall *ret)
{
	int y, m, d, second;

	if (!has_form(text, "0000-00-00T00:00:00.000Z"))
		return -1;
	y = two_digits(text) * 100 + two_digits(text + 2);
	m = two_digits(text + 5);
	d = two_digits(text + 8);
	if (d < 1 || d > month_days(y, m) || two_digits(text + 11) > 23 ||
	    two_digits(text + 14) > 59 || two_digits(text + 17) > 59)
		return -1;
	second = two_digits(text + 11) * 3600 + two_digits(text + 14) * 60 +
	    two_digits(text + 17);
	ret->ms = (days_to(y, m, d) * 86400 + second) * 1000 +
	    two_digits(text + 20) * 10 + text[22] - '0';
	return 0;
}

/* The value of the i-th member if that is its key; n 0: it is not. */
static struct checkvalue
member(const struct checkobject *o, size_t i, const char *key)
{
	const struct checkmember *m = &o->scan.member[i];

	if (i < o->scan.n && m->n_key == strlen(key) &&
	    memcmp(m->key, key, m->n_key) == 0)
		return m->value;
	return (struct checkvalue){ .at = NULL };
}

/* A text of at most 64 bytes without escapes, with a NUL. */
static int
short_text(struct checkvalue v, char ret[65])
{
	size_t n = 0;
	const char *text = checkvalue_plain(v, &n);

	if (text == NULL || n > 64)
		return -1;
	memcpy(ret, text, n);
	ret[n] = '\0';
	return 0;
}

static int
read_time(struct checkvalue v, struct wall *ret)
{
	char text[65];

	return short_text(v, text) == 0 ? checkline_time(text, ret) : -1;
}

/* v, seq, ep, t, raw?, prev, type. */
static int
read_head(struct checkline *l, char ret_type[65])
{
	const struct checkobject *o = l->object;
	size_t i = member(o, 4, "raw").n != 0 ? 5 : 4;
	struct wall unused;
	char prev[65];
	uint64_t ep;

	if (checkvalue_uint(member(o, 1, "seq"), &l->seq) == -1 ||
	    checkvalue_uint(member(o, 2, "ep"), &ep) == -1 ||
	    ep > UINT32_MAX || read_time(member(o, 3, "t"), &l->t) == -1 ||
	    (i == 5 && read_time(member(o, 4, "raw"), &unused) == -1) ||
	    short_text(member(o, i, "prev"), prev) == -1 ||
	    hex_bytes(prev, 32, l->prev) == -1 ||
	    short_text(member(o, i + 1, "type"), ret_type) == -1)
		return -1;
	l->ep = (uint32_t)ep;
	return 0;
}

static enum verify_verdict
read_object(struct checkline *l, char why[200])
{
	uint64_t version;
	char name[65];
	int type;

	if (checkvalue_uint(member(l->object, 0, "v"), &version) == -1) {
		SAY(why, "no version at the beginning of the record");
		return VERIFY_TAMPERED;
	}
	if (version != 1) {
		SAY(why, "records of version %" PRIu64 ": this program knows "
		    "version 1", version);
		return VERIFY_UNVERIFIABLE;
	}
	if (read_head(l, name) == -1) {
		SAY(why, "the head of the record is malformed, or not in its "
		    "one order: a program wrote the JSON anew");
		return VERIFY_TAMPERED;
	}
	type = record_type_find(name);
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
	struct checkline l = { .object = checkline_object(line, n) };
	enum verify_verdict v;
	struct checkscan s;

	if (l.object == NULL && checkscan_object(line, n, &s) == 0) {
		SAY(why, "no memory to go on");
		return VERIFY_UNVERIFIABLE;
	}
	if (l.object == NULL) {
		SAY(why, "%s", not_canonical(line, n));
		return VERIFY_TAMPERED;
	}
	v = read_object(&l, why);
	if (v == VERIFY_VALID)
		*ret = l;
	else
		checkline_release(&l);
	return v;
}

void
checkline_release(struct checkline *l)
{
	checkline_object_free(l->object);
	l->object = NULL;
}
