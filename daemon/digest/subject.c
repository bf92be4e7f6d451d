#include "retention/subject.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "retention/buf.h"
#include "retention/sha256.h"

#define NHS_DIGITS 10

static bool
is_space(utf8proc_int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);

	return c == '\t' || c == '\n' || c == '\r' || k ==
	    UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k ==
	    UTF8PROC_CATEGORY_ZP;
}

/* Runs of spaces become one, those at the ends go. */
static void
put_spaced(const uint8_t *text, size_t n, struct buf *ret)
{
	utf8proc_int32_t c;
	bool space = false, any = false;

	for (size_t at = 0; at < n;) {
		utf8proc_ssize_t len = utf8proc_iterate(text + at,
		    (utf8proc_ssize_t)(n - at), &c);

		if (len <= 0)
			return;
		if (!is_space(c)) {
			if (space && any)
				buf_puts(ret, " ");
			buf_add(ret, text + at, (size_t)len);
			any = true;
		}
		space = is_space(c);
		at += (size_t)len;
	}
}

static void
put_digits(const uint8_t *text, size_t n, struct buf *ret)
{
	for (size_t i = 0; i < n; i++)
		if (isdigit(text[i]))
			buf_add(ret, text + i, 1);
}

int
subject_normal(const char *kind, const char *value, size_t n,
    struct buf *ret, struct err *e)
{
	const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE |
	    UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t len;
	size_t before = ret->n;

	if (n > SUBJECT_MOST)
		return err_set(e, ERR_INPUT, "an identifier of kind %s: more "
		    "than %d bytes", kind, SUBJECT_MOST);
	len = utf8proc_map((const uint8_t *)value, (utf8proc_ssize_t)n,
	    &folded, how);
	if (len == UTF8PROC_ERROR_NOMEM)	/* else a held person's row is nobody's */
		return err_set(e, ERR_MEMORY, "no memory");
	if (len < 0)
		return err_set(e, ERR_INPUT, "an identifier of kind %s: %s",
		    kind, utf8proc_errmsg(len));
	if (strcmp(kind, SUBJECT_NHS) == 0)
		put_digits(folded, (size_t)len, ret);
	else
		put_spaced(folded, (size_t)len, ret);
	explicit_bzero(folded, (size_t)len);
	free(folded);
	if (buf_failed(ret))
		return err_set(e, ERR_MEMORY, "no memory");
	return ret->n > before ? 0 : err_set(e, ERR_INPUT, "an identifier of "
	    "kind %s: it is empty", kind);
}

/* Modulus 11 of the NHS Data Dictionary: weights 10 to 2. */
static bool
nhs_right(const char *digits, size_t n)
{
	int sum = 0;

	if (n != NHS_DIGITS)
		return false;
	for (int i = 0; i < NHS_DIGITS - 1; i++)
		sum += (digits[i] - '0') * (NHS_DIGITS - i);
	sum = (11 - sum % 11) % 11;
	return sum != 10 && sum == digits[NHS_DIGITS - 1] - '0';
}

int
subject_check(const char *kind, const char *value, struct err *e)
{
	struct buf normal = BUF_EMPTY;
	int rc = subject_normal(kind, value, strlen(value), &normal, e);

	if (rc == 0 && strcmp(kind, SUBJECT_NHS) == 0 &&
	    !nhs_right(buf_text(&normal), normal.n))
		rc = err_set(e, ERR_INPUT, "an identifier of kind %s: "
		    "expected ten digits whose last is the check digit of "
		    "the others", kind);
	buf_release(&normal);
	return rc;
}

int
subject_hash(const uint8_t key[32], const char *kind, const char *value,
    size_t n, uint8_t ret[32], struct err *e)
{
	struct buf text = BUF_EMPTY;
	int rc;

	buf_add(&text, kind, strlen(kind) + 1);
	rc = subject_normal(kind, value, n, &text, e);
	if (rc == 0)
		sha256_hmac(key, 32, buf_text(&text), text.n, ret);
	buf_release(&text);
	return rc;
}
