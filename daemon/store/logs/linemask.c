/*
 * linemask - runs the parts one after the other over blocks of lines.
 */
#include "linemask.h"

#include <stdlib.h>
#include <string.h>

#include "maskfield.h"
#include "maskip.h"

struct linemask {
	struct linemask_set set;
	maskscan_fn *scan;
	size_t most;
	size_t used;		/* of the scratch, ever */
	char *scratch[2];	/* owned, `most` bytes each */
};

typedef size_t part_fn(const struct linemask *m, const char *in, size_t n,
    char *out);

static size_t
part_user(const struct linemask *m, const char *in, size_t n, char *out)
{
	(void)m;
	return maskfield_user(in, n, out);
}

static size_t
part_query(const struct linemask *m, const char *in, size_t n, char *out)
{
	(void)m;
	return maskfield_query(in, n, out);
}

static size_t
part_email(const struct linemask *m, const char *in, size_t n, char *out)
{
	(void)m;
	return maskfield_email(in, n, out);
}

static size_t
part_ip(const struct linemask *m, const char *in, size_t n, char *out)
{
	if (m->set.ip == LINEMASK_IP_CLIENT)
		return maskip_client(in, n, out);
	return maskip_any(m->scan, in, n, out);
}

static size_t
parts_of(const struct linemask_set *s, part_fn *ret[4])
{
	size_t n = 0;

	if (s->user)
		ret[n++] = part_user;
	if (s->query)
		ret[n++] = part_query;
	if (s->email)
		ret[n++] = part_email;
	if (s->ip != LINEMASK_IP_KEEP)
		ret[n++] = part_ip;
	return n;
}

struct linemask *
linemask_new(const struct linemask_set *set, size_t most_bytes, struct err *e)
{
	struct linemask *m = calloc(1, sizeof *m);

	if (m != NULL) {
		m->set = *set;
		m->scan = maskscan_best();
		m->most = most_bytes;
		m->scratch[0] = malloc(most_bytes + 1);
		m->scratch[1] = malloc(most_bytes + 1);
	}
	if (m == NULL || m->scratch[0] == NULL || m->scratch[1] == NULL) {
		linemask_free(m);
		(void)err_set(e, ERR_MEMORY, "no memory to mask log lines");
		return NULL;
	}
	return m;
}

void
linemask_free(struct linemask *m)
{
	if (m == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		if (m->scratch[i] != NULL)
			explicit_bzero(m->scratch[i], m->used);
		free(m->scratch[i]);
	}
	free(m);
}

/* The length of a line's text, its ending (LF or CR LF) not counted. */
static size_t
text_bytes(const char *line, size_t n)
{
	if (n > 0 && line[n - 1] == '\n')
		n--;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	return n;
}

static size_t
line_bytes(const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);

	return lf == NULL ? n : (size_t)(lf - p) + 1;
}

/* Lay the lines of `masked` out as those of `in` were. */
static void
pad(const char *in, size_t n, const char *masked, size_t n_masked, char *out)
{
	while (n > 0) {
		const size_t whole = line_bytes(in, n);
		const size_t got = line_bytes(masked, n_masked);
		const size_t text = text_bytes(masked, got);
		const size_t fill = whole - got;

		must(got <= whole);
		memcpy(out, masked, text);
		memset(out + text, ' ', fill);
		memcpy(out + text + fill, masked + text, got - text);
		in += whole;
		n -= whole;
		out += whole;
		masked += got;
		n_masked -= got;
	}
}

size_t
linemask_block(struct linemask *m, const char *in, size_t n, char *out,
    bool keep_length)
{
	part_fn *parts[4];
	const size_t n_parts = parts_of(&m->set, parts);
	const char *from = in;
	size_t got = n;

	must(n <= m->most);
	if (n > m->used)
		m->used = n;
	for (size_t k = 0; k < n_parts; k++) {
		char *to = k + 1 == n_parts && !keep_length ? out :
		    m->scratch[k % 2];

		got = parts[k](m, from, got, to);
		from = to;
	}
	if (n_parts == 0)
		memcpy(out, in, n);
	else if (keep_length)
		pad(in, n, from, got, out);
	return keep_length ? n : got;
}
