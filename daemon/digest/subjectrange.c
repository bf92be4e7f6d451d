#include "retention/subjectrange.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "retention/buf.h"
#include "retention/subject.h"

int
subjectrange_form(const char *kind, const char *value,
    struct subjectform *ret, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc = strlen(kind) < sizeof(ret->kind) ? 0 :
	    err_set(e, ERR_INPUT, "too long a kind of identifier");

	*ret = (struct subjectform){
		.digits_only = strcmp(kind, SUBJECT_NHS) == 0 };
	if (rc == 0)
		rc = subject_check(kind, value, e);
	if (rc == 0)
		rc = subject_normal(kind, value, strlen(value), &b, e);
	if (rc == 0) {
		memcpy(ret->kind, kind, strlen(kind) + 1);
		ret->n = b.n;
		ret->normal = strndup(buf_text(&b), b.n);
		if (ret->normal == NULL)
			rc = err_set(e, ERR_MEMORY, "no memory");
	}
	buf_release(&b);
	return rc;
}

void
subjectrange_release(struct subjectform *f)
{
	if (f->normal != NULL)
		explicit_bzero(f->normal, f->n);
	free(f->normal);
	f->normal = NULL;
	f->n = 0;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* 1 yes, 0 no, -1: something beyond ASCII decides. */
static int
same_ascii(const struct subjectform *f, const char *text, size_t n)
{
	size_t at = 0, k = 0;

	while (at < n && is_space(text[at]))
		at++;
	for (; at < n; at++) {
		const char c = text[at];
		size_t from = at;

		if ((unsigned char)c >= 0x80)
			return -1;
		if (f->digits_only && !isdigit((unsigned char)c))
			continue;
		while (at < n && is_space(text[at]))
			at++;
		if (at == n)			/* spaces at the end */
			break;
		if (at != from) {
			if ((unsigned char)text[at] >= 0x80)
				return -1;	/* it may count for nothing */
			if (k >= f->n || f->normal[k++] != ' ')
				return 0;
		}
		if (k < f->n && (unsigned char)f->normal[k] >= 0x80)
			return -1;		/* it may be composed of more */
		if (k >= f->n || tolower((unsigned char)text[at]) !=
		    (unsigned char)f->normal[k])
			return 0;
		k++;
	}
	return k == f->n;
}

int
subjectrange_same(const struct subjectform *f, const char *text, size_t n)
{
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc;

	if (n > SUBJECT_MOST)
		return 0;
	rc = same_ascii(f, text, n);
	if (rc != -1)
		return rc;
	rc = subject_normal(f->kind, text, n, &b, &e);
	rc = rc == 0 ? b.n == f->n && memcmp(b.data, f->normal, f->n) == 0 :
	    e.code == ERR_MEMORY ? -1 : 0;
	buf_release(&b);
	return rc;
}

struct list {
	struct subjectrange *list;	/* owned */
	size_t n, room;
	bool failed;
};

static struct subjectrange *
add(struct list *l, const uint8_t *prefix, size_t n)
{
	struct subjectrange *r;

	if (l->n == l->room) {
		size_t room = l->room != 0 ? l->room * 2 : 64;

		r = reallocarray(l->list, room, sizeof(*r));
		if (r == NULL) {
			l->failed = true;
			return NULL;
		}
		l->list = r;
		l->room = room;
	}
	r = &l->list[l->n++];
	*r = (struct subjectrange){ .n_lo = (uint8_t)n, .n_hi = (uint8_t)n };
	if (n != 0) {
		memcpy(r->lo, prefix, n);
		memcpy(r->hi, prefix, n);
	}
	return r;
}

/* All that begins with the prefix and goes on from byte lo to before hi;
 * lo 0: or ends there. */
static void
add_range(struct list *l, const uint8_t *prefix, size_t n, uint8_t lo,
    uint8_t hi)
{
	struct subjectrange *r = add(l, prefix, n);

	if (r == NULL)
		return;
	if (lo != 0)
		r->lo[r->n_lo++] = lo;
	r->hi[r->n_hi++] = hi;
}

/* How many letters of `plain` the bounds can spell out: their case doubles
 * the ranges each time. */
static size_t
depth_for(const char *plain, size_t n, bool folded, size_t most)
{
	size_t width = 1, all = 8, k = 0;

	while (k < n && k < SUBJECTRANGE_PREFIX &&
	    (unsigned char)plain[k] < 0x80 && plain[k] != ' ') {
		size_t wide = width * (folded || !isalpha((unsigned char)
		    plain[k]) ? 1 : 2);

		if (all + 2 * wide > most)
			break;
		all += wide;
		width = wide;
		k++;
	}
	return k;
}

static void
spell(struct list *l, const char *plain, size_t depth, bool folded,
    uint8_t *prefix, size_t at)
{
	uint8_t c = (uint8_t)plain[at];

	if (at == depth) {
		add_range(l, prefix, at, 0, 0xff);
		return;
	}
	add_range(l, prefix, at, 0x80, 0xff);
	prefix[at] = c;
	spell(l, plain, depth, folded, prefix, at + 1);
	if (folded || !isalpha(c))
		return;
	prefix[at] = (uint8_t)toupper(c);
	spell(l, plain, depth, folded, prefix, at + 1);
}

static void
spell_digits(struct list *l, const struct subjectform *f)
{
	const uint8_t *digits = (const uint8_t *)f->normal;
	size_t n = f->n < SUBJECTRANGE_PREFIX ? f->n : SUBJECTRANGE_PREFIX;

	for (size_t i = 0; i < n; i++) {
		add_range(l, digits, i, 0, '0');
		add_range(l, digits, i, '9' + 1, 0xff);
	}
	add_range(l, digits, n, 0, 0xff);
}

static int
spell_text(struct list *l, const struct subjectform *f, bool folded,
    size_t most)
{
	static const uint8_t spaces[] = { '\t', '\n', '\r', ' ' };
	utf8proc_uint8_t *plain = utf8proc_NFD((const uint8_t *)f->normal);
	uint8_t prefix[SUBJECTRANGE_PREFIX];
	size_t depth, n;

	if (plain == NULL)
		return -1;
	n = strlen((const char *)plain);
	depth = depth_for((const char *)plain, n, folded, most);
	for (size_t i = 0; i < sizeof(spaces); i++)
		add_range(l, &spaces[i], 1, 0, 0xff);
	if (depth == 0 && n != 0)	/* it begins beyond ASCII */
		add_range(l, prefix, 0, 0x80, 0xff);
	else
		spell(l, (const char *)plain, depth, folded, prefix, 0);
	explicit_bzero(plain, n);
	explicit_bzero(prefix, sizeof(prefix));
	free(plain);
	return 0;
}

int
subjectrange_list(const struct subjectform *f, bool folded, size_t most,
    struct subjectrange **ret, size_t *ret_n, struct err *e)
{
	struct list l = { .n = 0 };
	int rc = 0;

	must(most >= SUBJECTRANGE_LEAST);
	if (f->digits_only)
		spell_digits(&l, f);
	else
		rc = spell_text(&l, f, folded, most);
	if (rc == -1 || l.failed) {
		free(l.list);
		return err_set(e, ERR_MEMORY, "no memory");
	}
	*ret = l.list;
	*ret_n = l.n;
	return 0;
}

bool
subjectrange_number(const struct subjectform *f, double *ret)
{
	char *end;

	if (f->n == 0 || strspn(f->normal, "0123456789.e+-") != f->n)
		return false;
	*ret = strtod(f->normal, &end);
	return *end == '\0';
}
