/*
 * items - keys of rows: kept, bound to statements, and in canonical text.
 */
#include "items.h"

#include "retention/hex.h"

int
items_init(struct items *x, size_t n_key)
{
	*x = (struct items){ .n_key = n_key };
	x->item = calloc(ITEMS_MOST, sizeof(*x->item));
	return x->item ? 0 : -1;
}

void
items_reset(struct items *x)
{
	x->n = 0;
	buf_reset(&x->keys);
}

void
items_release(struct items *x)
{
	free(x->item);
	buf_release(&x->keys);
	*x = (struct items){ .n_key = 0 };
}

/* The type, then a number's eight bytes, or four of length and the bytes. */
static void
put_part(struct buf *b, sqlite3_value *v)
{
	uint8_t head[9] = { (uint8_t)sqlite3_value_type(v) };
	const void *bytes;
	int64_t i;
	double r;
	uint32_t n;

	switch (head[0]) {
	case SQLITE_INTEGER:
		i = sqlite3_value_int64(v);
		memcpy(head + 1, &i, sizeof(i));
		buf_add(b, head, 9);
		return;
	case SQLITE_FLOAT:
		r = sqlite3_value_double(v);
		memcpy(head + 1, &r, sizeof(r));
		buf_add(b, head, 9);
		return;
	case SQLITE_TEXT:
		bytes = sqlite3_value_text(v);
		break;
	case SQLITE_BLOB:
		bytes = sqlite3_value_blob(v);
		break;
	default:
		buf_add(b, head, 1);
		return;
	}
	n = bytes ? (uint32_t)sqlite3_value_bytes(v) : 0;
	memcpy(head + 1, &n, sizeof(n));
	buf_add(b, head, 5);
	buf_add(b, bytes, n);
}

int
items_add(struct items *x, sqlite3_stmt *row)
{
	size_t before = x->keys.n;

	if (x->n == ITEMS_MOST || before >= ITEMS_MOST_BYTES)
		return 0;
	for (size_t i = 0; i < x->n_key; i++)
		put_part(&x->keys, sqlite3_column_value(row, (int)i));
	if (buf_failed(&x->keys))
		return -1;
	x->item[x->n++] = (struct item){ .at = (uint32_t)before };
	return 1;
}

struct part {
	uint8_t type;
	int64_t i;
	double r;
	const char *bytes;
	uint32_t n;
};

static const char *
next_part(const char *p, struct part *ret)
{
	*ret = (struct part){ .type = (uint8_t)*p++ };
	switch (ret->type) {
	case SQLITE_INTEGER:
		memcpy(&ret->i, p, sizeof(ret->i));
		return p + sizeof(ret->i);
	case SQLITE_FLOAT:
		memcpy(&ret->r, p, sizeof(ret->r));
		return p + sizeof(ret->r);
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		memcpy(&ret->n, p, sizeof(ret->n));
		ret->bytes = p + sizeof(ret->n);
		return ret->bytes + ret->n;
	default:
		return p;
	}
}

int
items_bind(const struct items *x, size_t i, sqlite3_stmt *s)
{
	const char *p = x->keys.data + x->item[i].at;
	int rc = SQLITE_OK;

	for (int k = 1; rc == SQLITE_OK && k <= (int)x->n_key; k++) {
		struct part a;

		p = next_part(p, &a);
		if (a.type == SQLITE_INTEGER)
			rc = sqlite3_bind_int64(s, k, a.i);
		else if (a.type == SQLITE_FLOAT)
			rc = sqlite3_bind_double(s, k, a.r);
		else if (a.type == SQLITE_TEXT)
			rc = sqlite3_bind_text(s, k, a.bytes, (int)a.n,
			    SQLITE_STATIC);
		else if (a.type == SQLITE_BLOB)
			rc = sqlite3_bind_blob(s, k, a.bytes, (int)a.n,
			    SQLITE_STATIC);
		else
			rc = sqlite3_bind_null(s, k);
	}
	return rc;
}

/* Of every row that goes, so not by printf. */
static void
put_decimal(struct buf *b, int64_t i)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

	do
		digits[--at] = (char)('0' + u % 10);
	while ((u /= 10) != 0);
	if (i < 0)
		digits[--at] = '-';
	buf_add(b, digits + at, sizeof(digits) - at);
}

static void
put_canonical(struct buf *b, const struct part *a)
{
	char hex[3];

	switch (a->type) {
	case SQLITE_INTEGER:
		put_decimal(b, a->i);
		return;
	case SQLITE_FLOAT:
		buf_putf(b, "%.17g", a->r);
		return;
	case SQLITE_TEXT:
		buf_add(b, a->bytes, a->n);
		return;
	case SQLITE_BLOB:
		buf_puts(b, "x'");
		for (uint32_t i = 0; i < a->n; i++) {
			hex_text(a->bytes + i, 1, hex);
			buf_puts(b, hex);
		}
		buf_puts(b, "'");
		return;
	default:
		return;
	}
}

static int
put_framed(struct buf *ret, const char *bytes, size_t n, bool null)
{
	uint8_t frame[2] = { (uint8_t)(n >> 8), (uint8_t)n };

	if (n >= 0xffff)
		return -1;
	if (null)
		frame[0] = frame[1] = 0xff;
	buf_add(ret, frame, 2);
	buf_add(ret, bytes, n);
	return 0;
}

int
items_canonical(const struct items *x, size_t i, const char *file,
    struct buf *ret)
{
	const char *p = x->keys.data + x->item[i].at;
	struct buf one = BUF_EMPTY;
	int rc = file ? put_framed(ret, file, strlen(file), false) : 0;

	for (size_t k = 0; rc == 0 && k < x->n_key; k++) {
		struct part a;

		p = next_part(p, &a);
		if (x->n_key == 1 && !file) {
			put_canonical(ret, &a);
			continue;
		}
		buf_reset(&one);
		put_canonical(&one, &a);
		rc = put_framed(ret, buf_text(&one), one.n,
		    a.type == SQLITE_NULL);
	}
	buf_release(&one);
	return rc == 0 && ret->n <= 0xffff && !buf_failed(ret) ? 0 : -1;
}

uint64_t
items_sort_key(sqlite3_value *v)
{
	uint8_t first[8] = { 0 };
	uint64_t key = 0;
	double r;

	switch (sqlite3_value_type(v)) {
	case SQLITE_INTEGER:
	case SQLITE_FLOAT:
		r = sqlite3_value_double(v);
		memcpy(&key, &r, sizeof(key));
		key = key >> 63 ? ~key : key | (uint64_t)1 << 63;
		return key >> 1;
	case SQLITE_TEXT:
	case SQLITE_BLOB: {
		const void *bytes = sqlite3_value_blob(v);
		int n = sqlite3_value_bytes(v);

		if (bytes)
			memcpy(first, bytes, (size_t)(n < 8 ? n : 8));
		for (size_t i = 0; i < 8; i++)
			key = key << 8 | first[i];
		return key >> 1 | (uint64_t)1 << 63;
	}
	default:
		return 0;
	}
}

#define SAMPLE 1024		/* sort keys that the limits are taken from */
#define MOST_SHARES 64

static int
ascending(const void *va, const void *vb)
{
	uint64_t a, b;

	memcpy(&a, va, sizeof(a));
	memcpy(&b, vb, sizeof(b));
	return (a > b) - (a < b);
}

/* Where each share ends, as the sort keys of a sample have it. */
static void
find_limits(const struct items *x, size_t shares, uint64_t *ret_limit)
{
	uint64_t sample[SAMPLE] = { 0 };
	size_t n = x->n < SAMPLE ? x->n : SAMPLE;

	for (size_t i = 0; i < n; i++)
		sample[i] = x->item[i * x->n / n].sort;
	qsort(sample, n, sizeof(*sample), ascending);
	for (size_t i = 1; i < shares; i++)
		ret_limit[i - 1] = sample[i * n / shares];
}

static size_t
share_of(const uint64_t *limit, size_t shares, uint64_t sort)
{
	size_t k = 0;

	while (k + 1 < shares && sort >= limit[k])
		k++;
	return k;
}

/* A counting sort: what comes in order stays in order within its share. */
void
items_sort(struct items *x, size_t shares)
{
	uint64_t limit[MOST_SHARES] = { 0 };
	size_t at[MOST_SHARES + 1] = { 0 };
	struct item *sorted;

	must(shares > 0 && shares <= MOST_SHARES);
	sorted = x->n == 0 ? NULL : malloc(x->n * sizeof(*sorted));
	if (sorted == NULL)
		return;		/* unsorted is slower, nothing else */
	find_limits(x, shares, limit);
	for (size_t i = 0; i < x->n; i++) {
		x->item[i].sort = share_of(limit, shares, x->item[i].sort);
		at[x->item[i].sort + 1]++;
	}
	for (size_t k = 1; k <= shares; k++)
		at[k] += at[k - 1];
	for (size_t i = 0; i < x->n; i++)
		sorted[at[x->item[i].sort]++] = x->item[i];
	memcpy(x->item, sorted, x->n * sizeof(*sorted));
	free(sorted);
}

static size_t
length_at(const struct items *x, size_t at)
{
	const char *p = x->keys.data + at;
	struct part a;

	for (size_t k = 0; k < x->n_key; k++)
		p = next_part(p, &a);
	return (size_t)(p - x->keys.data) - at;
}

long
items_find(const struct items *x, sqlite3_stmt *row)
{
	struct buf key = BUF_EMPTY;
	long at = -1;

	for (size_t i = 0; i < x->n_key; i++)
		put_part(&key, sqlite3_column_value(row, (int)i));
	for (size_t i = 0; at == -1 && key.n > 0 && i < x->n; i++)
		if (length_at(x, x->item[i].at) == key.n && memcmp(key.data,
		    x->keys.data + x->item[i].at, key.n) == 0)
			at = (long)i;
	buf_release(&key);
	return at;
}
