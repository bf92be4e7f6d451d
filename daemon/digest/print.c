/* print - the keyed digest of a row, and lists of them. */
#include "retention/print.h"

#include <stdlib.h>
#include <string.h>

#include "retention/sha256.h"

struct print {
	struct sha256 *inner, *outer;	/* owned: begun, with what is the same */
	struct sha256 *row, *end;	/* owned: of the row in hand */
};

static void
put_bytes(struct sha256 *h, const void *bytes, size_t n)
{
	uint8_t head[8];

	for (size_t i = 0; i < sizeof(head); i++)
		head[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
	sha256_add(h, head, sizeof(head));
	if (n != 0)
		sha256_add(h, bytes, n);
}

static void
put_column(struct print *p, const char *column, char type, const void *bytes,
    size_t n)
{
	put_bytes(p->row, column, strlen(column));
	put_bytes(p->row, &type, 1);
	put_bytes(p->row, bytes, n);
}

static void
put_64(struct print *p, const char *column, char type, uint64_t v)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(v >> (56 - 8 * i));
	put_column(p, column, type, bytes, sizeof(bytes));
}

struct print *
print_new(const uint8_t key[32], const char *store,
    const uint8_t file[PRINT_FILE_BYTES], const char *table)
{
	struct print *p = calloc(1, sizeof(*p));
	uint8_t own[SHA256_BYTES];

	if (p == NULL)
		return NULL;
	p->inner = sha256_new();
	p->outer = sha256_new();
	p->row = sha256_new();
	p->end = sha256_new();
	if (p->inner == NULL || p->outer == NULL || p->row == NULL ||
	    p->end == NULL) {
		print_free(p);
		return NULL;
	}
	/* No kind and no column begins with a zero (subject.h). */
	sha256_hmac(key, 32, "\0print", 6, own);
	sha256_hmac_begin(p->inner, p->outer, own, sizeof(own));
	explicit_bzero(own, sizeof(own));
	put_bytes(p->inner, store, strlen(store));
	put_bytes(p->inner, file, PRINT_FILE_BYTES);
	put_bytes(p->inner, table, strlen(table));
	sha256_copy(p->row, p->inner);
	return p;
}

void
print_free(struct print *p)
{
	if (p == NULL)
		return;
	sha256_free(p->inner);
	sha256_free(p->outer);
	sha256_free(p->row);
	sha256_free(p->end);
	free(p);
}

void
print_int(struct print *p, const char *column, int64_t i)
{
	put_64(p, column, 'i', (uint64_t)i);
}

void
print_real(struct print *p, const char *column, double r)
{
	uint64_t v;

	memcpy(&v, &r, sizeof(v));
	put_64(p, column, 'r', v);
}

void
print_text(struct print *p, const char *column, const char *text, size_t n)
{
	put_column(p, column, 't', text, n);
}

void
print_blob(struct print *p, const char *column, const void *bytes, size_t n)
{
	put_column(p, column, 'b', bytes, n);
}

void
print_end(struct print *p, uint8_t ret[PRINT_BYTES])
{
	uint8_t mac[SHA256_BYTES];

	sha256_end(p->row, mac);
	sha256_copy(p->end, p->outer);
	sha256_add(p->end, mac, sizeof(mac));
	sha256_end(p->end, mac);
	memcpy(ret, mac, PRINT_BYTES);
	explicit_bzero(mac, sizeof(mac));
	sha256_copy(p->row, p->inner);
}

int
print_list_add(struct prints *p, const void *bytes, size_t n, struct err *e)
{
	const uint8_t *from = bytes;

	if (n > PRINTS_MOST - p->n)
		return err_set(e, ERR_REFUSED, "more than %d prints",
		    PRINTS_MOST);
	if (p->n + n > p->room) {
		size_t room = (p->n + n) * 2;
		struct print_known *more = reallocarray(p->known, room,
		    sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "no memory for prints");
		p->known = more;
		p->room = room;
	}
	for (size_t i = 0; i < n; i++, p->n++) {
		memcpy(p->known[p->n].print, from + i * PRINT_BYTES,
		    PRINT_BYTES);
		p->known[p->n].at = (uint32_t)p->n;
	}
	return 0;
}

static int
by_print(const void *a, const void *b)
{
	const struct print_known *x = a, *y = b;
	int c = memcmp(x->print, y->print, PRINT_BYTES);

	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

void
print_list_seal(struct prints *p)
{
	if (p->n != 0)
		qsort(p->known, p->n, sizeof(*p->known), by_print);
}

size_t
print_list_find(const struct prints *p, const uint8_t print[PRINT_BYTES])
{
	size_t from = 0, to = p->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (memcmp(p->known[mid].print, print, PRINT_BYTES) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < p->n && memcmp(p->known[from].print, print,
	    PRINT_BYTES) == 0 ? from : p->n;
}

void
print_list_release(struct prints *p)
{
	free(p->known);
	*p = (struct prints)PRINTS_NONE;
}
