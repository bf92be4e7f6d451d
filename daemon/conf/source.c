#include "source.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/sha256.h"

#define FILE_MOST ((size_t)1 << 20)

int
source_read(struct reader *r, struct buf *ret, uint8_t ret_sha256[32])
{
	struct err e = ERR_EMPTY;

	if (fd_read_file(r->file, FILE_MOST, ret, &e) == -1) {
		size_t n = strlen(r->file);
		bool named = strncmp(e.text, r->file, n) == 0 &&
		    strncmp(e.text + n, ": ", 2) == 0;

		/* The reader names the file already. */
		reader_error(r, 0, "%s; expected a readable file of at most "
		    "1 MiB", named ? e.text + n + 2 : e.text);
		return -1;
	}
	sha256_once(buf_text(ret), ret->n, ret_sha256);
	return 0;
}

struct scan {
	const char *at;
	int line;
};

/* Past a comment; false when there is none here. */
static bool
skip_comment(struct scan *s)
{
	if (s->at[0] == '#' || (s->at[0] == '/' && s->at[1] == '/')) {
		s->at += strcspn(s->at, "\n");
		return true;
	}
	if (s->at[0] != '/' || s->at[1] != '*')
		return false;
	for (s->at += 2; *s->at != '\0'; s->at++) {
		if (s->at[0] == '*' && s->at[1] == '/') {
			s->at += 2;
			break;
		}
		s->line += *s->at == '\n';
	}
	return true;
}

static void
skip_string(struct scan *s)
{
	for (s->at++; *s->at != '\0' && *s->at != '"'; s->at++) {
		if (*s->at == '\\' && s->at[1] != '\0')
			s->at++;
		s->line += *s->at == '\n';
	}
	if (*s->at == '"')
		s->at++;
}

/* libconfig wraps integers that are too large for their type around. */
static void
check_number(struct reader *r, struct scan *s)
{
	const char *start = s->at;
	size_t n = strspn(start, "0123456789");
	const char *digits = start + strspn(start, "0");
	size_t n_digits = n - (size_t)(digits - start);
	const char *most = "2147483647";

	if (start[n] == 'L')
		most = "9223372036854775807";
	if (start[n] == 'x' || start[n] == 'X')
		reader_error(r, s->line, "a hexadecimal number; expected a "
		    "decimal one");
	else if (start[n] != '.' && start[n] != 'e' && start[n] != 'E' &&
	    (n_digits > strlen(most) || (n_digits == strlen(most) &&
	    strncmp(digits, most, n_digits) > 0)))
		reader_error(r, s->line, "the number %.*s is too large; expected "
		    "at most 2147483647, or %s with L appended",
		    (int)(n > 40 ? 40 : n), start, "9223372036854775807");
	while (isalnum((unsigned char)*s->at) || *s->at == '.')
		s->at++;
}

static void
scan_source(struct reader *r, const char *text)
{
	struct scan s = { text, 1 };

	while (*s.at != '\0') {
		if (skip_comment(&s))
			continue;
		if (*s.at == '"') {
			skip_string(&s);
		} else if (isdigit((unsigned char)*s.at)) {
			check_number(r, &s);
		} else if (isalpha((unsigned char)*s.at) || *s.at == '*') {
			while (isalnum((unsigned char)*s.at) ||
			    (*s.at != '\0' && strchr("-_*", *s.at) != NULL))
				s.at++;
		} else {
			if (*s.at == '@')
				reader_error(r, s.line, "@include is not "
				    "supported; expected every setting in the "
				    "file itself");
			s.line += *s.at == '\n';
			s.at++;
		}
	}
}

int
source_parse(struct reader *r, const struct buf *text, config_t *cfg)
{
	bool before = r->failed;

	if (memchr(buf_text(text), '\0', text->n) != NULL) {
		reader_error(r, 0, "the file holds a NUL byte; expected text");
		return -1;
	}
	r->failed = false;
	scan_source(r, buf_text(text));
	if (r->failed)			/* an @include must not be followed */
		return -1;
	r->failed = before;
	if (config_read_string(cfg, buf_text(text)) != CONFIG_TRUE) {
		reader_error(r, config_error_line(cfg), "%s; expected settings "
		    "such as name = \"value\";", config_error_text(cfg) != NULL ?
		    config_error_text(cfg) : "not understood");
		return -1;
	}
	return 0;
}
