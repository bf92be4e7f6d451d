/*
 * linefmt - see the header for the directives.
 */
#include "linefmt.h"

#include <string.h>

#include "retention/calendar.h"

enum { LITERAL = 'L', SPACE = ' ' };

static int
add(struct linefmt *f, char op, char letter, struct err *e)
{
	if (f->n == LINEFMT_MOST)
		return err_set(e, ERR_CONFIG, "time format is longer than %d "
		    "characters", LINEFMT_MOST);
	for (size_t i = 0; op != LITERAL && op != SPACE && i < f->n; i++)
		if (f->step[i].op == op)
			return err_set(e, ERR_CONFIG, "time format has %%%c "
			    "twice; expected it once", op);
	f->step[f->n].op = op;
	f->step[f->n++].letter = letter;
	return 0;
}

static int
add_all(struct linefmt *f, const char *ops, struct err *e)
{
	for (; *ops != '\0'; ops++)
		if (add(f, *ops == ':' || *ops == '-' ? (char)LITERAL : *ops,
		    *ops, e) == -1)
			return -1;
	return 0;
}

static bool
has(const struct linefmt *f, const char *any)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->step[i].op != LITERAL && f->step[i].op != SPACE &&
		    strchr(any, f->step[i].op) != NULL)
			return true;
	return false;
}

static int
complete(const struct linefmt *f, struct err *e)
{
	if (has(f, "s"))
		return has(f, "YymbdejHMSz") ? err_set(e, ERR_CONFIG,
		    "time format has %%s besides other parts; expected it "
		    "alone") : 0;
	if (has(f, "j") ? has(f, "mbde") || !has(f, "Yy") :
	    !has(f, "mb") || !has(f, "de"))
		return err_set(e, ERR_CONFIG, "time format gives no day; "
		    "expected %%F, or %%m or %%b with %%d, or %%Y with %%j, "
		    "or %%s");
	if ((has(f, "Y") && has(f, "y")) || (has(f, "m") && has(f, "b")) ||
	    (has(f, "d") && has(f, "e")) || (has(f, "f") && !has(f, "S")) ||
	    (has(f, "S") && !has(f, "M")) || (has(f, "M") && !has(f, "H")))
		return err_set(e, ERR_CONFIG, "time format has a part twice, "
		    "or seconds without minutes, or minutes without hours");
	return 0;
}

int
linefmt_compile(const char *format, struct linefmt *ret, struct err *e)
{
	struct linefmt f = { .n = 0 };

	for (const char *p = format; *p != '\0'; p++) {
		int rc;

		if (*p == ' ' || *p == '\t')
			rc = add(&f, SPACE, ' ', e);
		else if (*p != '%')
			rc = add(&f, LITERAL, *p, e);
		else if (*++p == '%')
			rc = add(&f, LITERAL, '%', e);
		else if (*p == 'T')
			rc = add_all(&f, "H:M:S", e);
		else if (*p == 'F')
			rc = add_all(&f, "Y-m-d", e);
		else if (*p != '\0' && strchr("YymdeHMSbjfzs", *p) != NULL)
			rc = add(&f, *p, *p, e);
		else
			rc = err_set(e, ERR_CONFIG, "time format: unknown "
			    "\"%%%.1s\"; expected one of %%Y %%y %%m %%d %%e "
			    "%%b %%j %%H %%M %%S %%f %%z %%s %%T %%F %%%%", p);
		if (rc == -1)
			return -1;
	}
	if (complete(&f, e) == -1)
		return -1;
	*ret = f;
	return 0;
}

static bool
read_unix(struct linecivil_text *t, int64_t *ret_s)
{
	int64_t x = 0;
	int n = 0;

	for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, n++) {
		if (n == 12)
			return false;
		x = x * 10 + (*t->p - '0');
	}
	*ret_s = x;
	return n > 0;
}

static bool
read_space(struct linecivil_text *t)
{
	const char *from = t->p;

	while (linecivil_letter(t, ' ') || linecivil_letter(t, '\t'))
		continue;
	return t->p > from;
}

struct reading {
	struct linecivil_text t;
	struct linecivil c;
	int yday;		/* -1: none */
	int64_t unix_s;		/* -1: none */
};

static bool
read_step(struct reading *r, char op, char letter)
{
	struct linecivil *c = &r->c;
	struct { char op; int width; int *to; } numbers[] = {
		{ 'Y', 4, &c->year }, { 'y', 2, &c->year },
		{ 'm', 2, &c->month }, { 'd', 2, &c->day },
		{ 'H', 2, &c->hour }, { 'M', 2, &c->min },
		{ 'S', 2, &c->sec }, { 'j', 3, &r->yday },
	};

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (numbers[i].op == op)
			return linecivil_number(&r->t, numbers[i].width,
			    numbers[i].width, numbers[i].to);
	if (op == LITERAL)
		return linecivil_letter(&r->t, letter);
	if (op == SPACE)
		return read_space(&r->t);
	if (op == 'b')
		return linecivil_month(&r->t, &c->month);
	if (op == 'f')
		return linecivil_fraction(&r->t, &c->ms);
	if (op == 'z')
		return linecivil_offset(&r->t, c);
	if (op == 's')
		return read_unix(&r->t, &r->unix_s);
	(void)linecivil_letter(&r->t, ' ');	/* 'e' */
	return linecivil_number(&r->t, 1, 2, &c->day);
}

bool
linefmt_read(const struct linefmt *f, const char *line, size_t n,
    struct linecivil *ret_c, bool *ret_is_unix, int64_t *ret_unix_s)
{
	struct reading r = { { line, line + n }, LINECIVIL_EMPTY, -1, -1 };

	for (size_t i = 0; i < f->n; i++)
		if (!read_step(&r, f->step[i].op, f->step[i].letter))
			return false;
	if (r.t.p < r.t.end && ((*r.t.p >= '0' && *r.t.p <= '9') ||
	    ((*r.t.p | 32) >= 'a' && (*r.t.p | 32) <= 'z')))
		return false;
	if (has(f, "y"))
		r.c.year += r.c.year >= 69 ? 1900 : 2000;
	if (r.c.sec != -1 && r.c.ms == -1)
		r.c.ms = 0;
	if (r.yday != -1) {
		const struct calendar_date jan = { r.c.year, 1, 1 };
		const struct calendar_date d =
		    calendar_date(calendar_days(jan) + r.yday - 1);

		if (r.yday < 1 || d.year != r.c.year)
			return false;
		r.c.month = d.month;
		r.c.day = d.day;
	}
	*ret_c = r.c;
	*ret_is_unix = r.unix_s != -1;
	*ret_unix_s = r.unix_s;
	return true;
}
