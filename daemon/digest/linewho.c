/* linewho - tokens do not overlap, and one that is too long for an identifier
 * is passed over as a whole: its parts are no tokens. */
#include "retention/linewho.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/subject.h"

#define LEAST_BYTES 4
#define LEAST_DIGITS 6
#define ADDRESS_MOST (INET6_ADDRSTRLEN - 1)

struct token {
	size_t at, end;			/* in the line */
	size_t last;			/* where its last byte is written */
	size_t n;			/* SUBJECT_MOST + 1: too long */
	char text[SUBJECT_MOST];	/* as it is meant */
	char before[2];			/* what it follows, from it on; or 0 */
};

struct cutter {
	const char *line;
	size_t n, at;
	size_t run;			/* end of what may have colons */
	char before[2];
};

static int
hex(char c)
{
	const int l = tolower((unsigned char)c);

	return isdigit(l) ? l - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* The byte at `at` as it is meant; how many stand for it. */
static size_t
byte_at(const struct cutter *c, size_t at, char *ret)
{
	const char *p = c->line + at;

	if (*p == '%' && c->n - at >= 3 && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
		*ret = (char)(hex(p[1]) * 16 + hex(p[2]));
		return 3;
	}
	*ret = *p;
	return 1;
}

static bool
goes_on(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 ||
	    (c != '\0' && strchr("._-+@", c) != NULL);
}

/* c->run anew.  Is all of it hex digits, dots, and two colons or more? */
static bool
find_run(struct cutter *c)
{
	size_t colons = 0, len;
	bool plain = true;
	char b;

	for (c->run = c->at; c->run < c->n; c->run += len) {
		len = byte_at(c, c->run, &b);
		if (b != ':' && !goes_on(b))
			break;
		plain = plain && (b == ':' || b == '.' || hex(b) >= 0);
		colons += b == ':';
	}
	return plain && colons >= 2;
}

static void
pass_byte(struct cutter *c, size_t len, char b)
{
	c->before[1] = c->before[0];
	c->before[0] = b;
	c->at += len;
}

static void
take(struct cutter *c, bool with_colons, struct token *ret)
{
	size_t len;
	char b;

	ret->at = c->at;
	ret->n = 0;
	memcpy(ret->before, c->before, sizeof(ret->before));
	while (c->at < c->run) {
		len = byte_at(c, c->at, &b);
		if (b == ':' && !with_colons)
			break;
		if (ret->n < SUBJECT_MOST)
			ret->text[ret->n] = b;
		if (ret->n <= SUBJECT_MOST)
			ret->n++;
		ret->last = c->at;
		pass_byte(c, len, b);
	}
	ret->end = c->at;
}

static bool
next_token(struct cutter *c, struct token *ret)
{
	while (c->at < c->n) {
		bool with_colons = c->at >= c->run && find_run(c);
		char b;
		size_t len = byte_at(c, c->at, &b);

		if (with_colons || goes_on(b)) {
			take(c, with_colons, ret);
			return true;
		}
		pass_byte(c, len, b);
	}
	return false;
}

/* A spelling of a token, and where it ends in the line. */
struct spelling {
	const char *text;
	size_t n, end;
	char room[ADDRESS_MOST + 1];
};

/* Is it certainly this and nothing else? */
static bool
certain(const struct token *t, bool is_v4)
{
	const char a = t->before[0], b = t->before[1];

	if (a == '\\')			/* \n, \x: or a domain's name */
		return false;
	return !is_v4 || ((a != '/' || !goes_on(b)) &&
	    (a != ':' || tolower((unsigned char)b) != 'v'));
}

/* The address as everybody would write it; n 0: it is none. */
static void
as_address(struct spelling *s, bool *is_v4)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t a[16];
	const char *got = NULL;

	*is_v4 = false;
	if (s->n <= ADDRESS_MOST && memchr(s->text, '\0', s->n) == NULL) {
		memcpy(s->room, s->text, s->n);
		s->room[s->n] = '\0';
		if (inet_pton(AF_INET, s->room, a) == 1) {
			*is_v4 = true;
			return;		/* there is one way to write it */
		}
		if (inet_pton(AF_INET6, s->room, a) == 1)
			got = memcmp(a, mapped, sizeof(mapped)) == 0 ?
			    inet_ntop(AF_INET, a + 12, s->room,
			    sizeof(s->room)) :
			    inet_ntop(AF_INET6, a, s->room, sizeof(s->room));
	}
	s->text = got;
	s->n = got != NULL ? strlen(got) : 0;
}

/* Of an nhs_number the digits alone count: text around them must not. */
static bool
fits(const char *kind, const struct spelling *s)
{
	if (strcmp(kind, SUBJECT_NHS) != 0)
		return true;
	for (size_t i = 0; i < s->n; i++)
		if (!isdigit((unsigned char)s->text[i]) && s->text[i] != '-')
			return false;
	return true;
}

static bool
seen_kind(const struct linewho *w, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(w->wanted[i].kind, w->wanted[at].kind) == 0)
			return true;
	return false;
}

/* Raises *until to what the persons of this kind and hash have. */
static void
put_until(const struct linewho *w, const char *kind, const uint8_t hash[32],
    int64_t *until)
{
	for (size_t i = 0; i < w->n_wanted; i++) {
		const struct rule_person *p = &w->wanted[i];
		const int64_t its = p->before.ms == 0 ? INT64_MAX :
		    p->before.ms;

		if (memcmp(p->hash, hash, 32) == 0 &&
		    strcmp(p->kind, kind) == 0 && its > *until)
			*until = its;
	}
}

static int
look_up(const struct linewho *w, const struct spelling *s, int64_t *until,
    struct err *e)
{
	struct err why = ERR_EMPTY;
	uint8_t hash[32];

	for (size_t i = 0; s->n != 0 && i < w->n_wanted; i++) {
		const char *kind = w->wanted[i].kind;

		if (seen_kind(w, i) || !fits(kind, s))
			continue;
		/* What is no identifier, or not UTF-8, is nobody's. */
		if (subject_hash(w->key, kind, s->text, s->n, hash, &why) == 0)
			put_until(w, kind, hash, until);
		else if (why.code == ERR_MEMORY)
			return err_set(e, ERR_MEMORY, "%s", why.text);
	}
	return 0;
}

/* In how many ways it may be meant: a full stop or colon at its end may be the
 * sentence's. */
static size_t
cuts(const struct token *t)
{
	return t->n > 1 && strchr(".:", t->text[t->n - 1]) != NULL ? 2 : 1;
}

/* Until when the token's person is wanted (0: nobody), and what of the line it
 * is. */
static int
whose(const struct linewho *w, struct token *t, int64_t *until,
    size_t *ret_end, struct err *e)
{
	bool sure = true;

	*until = 0;
	*ret_end = t->end;
	if (t->n > SUBJECT_MOST || wordseen_has(w->seen, t->text, t->n))
		return 0;
	for (size_t cut = 0; *until == 0 && cut < cuts(t); cut++) {
		struct spelling s = { t->text, t->n - cut,
			cut == 0 ? t->end : t->last, "" };
		struct spelling other = s;
		bool is_v4;

		as_address(&other, &is_v4);
		sure = sure && certain(t, is_v4);
		if (!certain(t, is_v4))
			continue;
		if (look_up(w, &s, until, e) == -1 || (!is_v4 &&
		    look_up(w, &other, until, e) == -1))
			return -1;
		*ret_end = s.end;
	}
	if (*until == 0 && sure)
		wordseen_put(w->seen, t->text, t->n);
	return 0;
}

static int
tell(const struct linewho_ask *a, const struct spelling *s, struct err *e)
{
	struct err why = ERR_EMPTY;
	uint8_t hash[32];

	for (size_t i = 0; s->n != 0 && i < a->n_kinds; i++)
		if (subject_hash(a->key, a->kind[i], s->text, s->n, hash,
		    &why) == 0)
			a->maybe(a->ctx, i, hash);
		else if (why.code == ERR_MEMORY)
			return err_set(e, ERR_MEMORY, "%s", why.text);
	return 0;
}

int
linewho_all(const struct linewho_ask *a, const char *line, size_t n,
    struct err *e)
{
	struct cutter c = { .line = line, .n = n };
	struct token t;
	int rc = 0;

	while (rc == 0 && a->n_kinds != 0 && next_token(&c, &t)) {
		if (t.n > SUBJECT_MOST)
			continue;
		for (size_t cut = 0; rc == 0 && cut < cuts(&t); cut++) {
			struct spelling s = { t.text, t.n - cut, 0, "" };
			bool is_v4;

			rc = tell(a, &s, e);
			as_address(&s, &is_v4);
			if (rc == 0 && !is_v4)
				rc = tell(a, &s, e);
		}
	}
	explicit_bzero(&t, sizeof(t));
	return rc;
}

int
linewho_until(const struct linewho *w, const char *line, size_t n,
    int64_t *ret, struct err *e)
{
	struct cutter c = { .line = line, .n = n };
	int64_t most = 0, one;
	struct token t;
	size_t end;
	int rc = 0;

	while (rc == 0 && most != INT64_MAX && next_token(&c, &t)) {
		rc = whose(w, &t, &one, &end, e);
		if (rc == 0 && one > most)
			most = one;
	}
	explicit_bzero(&t, sizeof(t));
	if (rc == 0)
		*ret = most;
	return rc;
}

int
linewho_mask(const struct linewho *w, const char *line, size_t n, char *out,
    size_t *ret, struct err *e)
{
	struct cutter c = { .line = line, .n = n };
	struct token t;
	size_t end, tokens = 0;
	int64_t until;
	int rc = 0;

	if (out != line)
		memcpy(out, line, n);
	/* The cutter never looks back into what is written here. */
	while (rc == 0 && next_token(&c, &t)) {
		rc = whose(w, &t, &until, &end, e);
		if (rc == -1 || until == 0)
			continue;
		memset(out + t.at, 'x', end - t.at);
		tokens++;
	}
	explicit_bzero(&t, sizeof(t));
	if (rc == 0)
		*ret = tokens;
	return rc;
}

/* All of it one token, written as tokens are spelled. */
static bool
is_token(const char *text, size_t n)
{
	struct cutter c = { .line = text, .n = n };
	struct spelling s = { text, n, n, "" };
	struct token t;
	bool is_v4, whole;

	whole = memchr(text, '%', n) == NULL && next_token(&c, &t) &&
	    t.at == 0 && t.end == n && t.n <= SUBJECT_MOST;
	explicit_bzero(&t, sizeof(t));
	as_address(&s, &is_v4);
	whole = whole && (is_v4 || s.n == 0 ||
	    (s.n == n && memcmp(s.text, text, n) == 0));
	explicit_bzero(&s, sizeof(s));
	return whole;
}

/* "get", "200" and "2026" are in every line, whoever bears them as a name. */
static bool
is_telling(const char *text, size_t n)
{
	size_t k = 0;

	while (k < n && isdigit((unsigned char)text[k]))
		k++;
	return n >= (k == n ? LEAST_DIGITS : LEAST_BYTES);
}

int
linewho_can(const char *kind, const char *value, size_t n, bool *ret,
    struct err *e)
{
	struct buf normal = BUF_EMPTY;
	int rc = subject_normal(kind, value, n, &normal, e);

	if (rc == 0)
		*ret = is_token(buf_text(&normal), normal.n) &&
		    is_telling(buf_text(&normal), normal.n);
	buf_release(&normal);
	return rc;
}
