/*
 * A damaged, truncated or foreign database is never harmed by a scrub: no byte
 * changes that was not dead in the sound one it was made from.
 */
#include "storetest.h"
#include "tap.h"

#include "store/sqlite/db.h"
#include "store/sqlite/pages.h"
#include "store/sqlite/scrub.h"

#include "scrubimage.h"
#include "scrubkit.h"

static const char *folder;
static char path[128];

#define scrubbed(x, ret, sum, e) scrub_image(path, x, ret, sum, e)

static int
in_counter(size_t i)
{
	return (i >= 24 && i < 28) || (i >= 92 && i < 96);
}

/* Bytes that changed, of a database that has nothing dead any more. */
static size_t
harm(const struct image *sound, const struct image *x,
    const struct image *after)
{
	size_t bad = x->n != after->n;

	for (size_t i = 0; i < x->n && i < after->n && i < sound->n; i++)
		bad += x->d[i] != after->d[i] && !in_counter(i) &&
		    x->d[i] == sound->d[i];
	return bad;
}

/* The number of a page of which `first` is the first byte, after `from`. */
static size_t
find_page(const struct image *x, size_t size, size_t from, int first)
{
	for (size_t p = from; p < x->n / size; p++)
		if (x->d[p * size] == first)
			return p + 1;
	return 0;
}

struct damage {
	const char *name;
	void (*make)(struct image *x, size_t size);
	int refused;			/* the whole database is left alone */
	int strange;			/* pages left alone, at least */
};

static void
put(struct image *x, size_t at, uint32_t v)
{
	must(at + 4 <= x->n);
	pages_put_u32(x->d + at, v);
}

static size_t
trunk_at(const struct image *x, size_t size)
{
	return (pages_u32(x->d + 32) - 1) * size;
}

static void
cycle(struct image *x, size_t size)
{
	put(x, trunk_at(x, size), pages_u32(x->d + 32));
}

static void
live_leaf(struct image *x, size_t size)
{
	put(x, trunk_at(x, size) + 8, (uint32_t)find_page(x, size, 1, 13));
}

static void
live_root(struct image *x, size_t size)
{
	put(x, trunk_at(x, size) + 8, 2);
}

static void
far_leaf(struct image *x, size_t size)
{
	put(x, trunk_at(x, size) + 8, (uint32_t)(x->n / size) + 7);
}

static void
many_leaves(struct image *x, size_t size)
{
	put(x, trunk_at(x, size) + 4, UINT32_C(0xfffffff0));
}

static void
count_free(struct image *x, size_t size)
{
	(void)size;
	put(x, 36, pages_u32(x->d + 36) + 1);
}

static void
fewer_pages(struct image *x, size_t size)
{
	(void)size;
	put(x, 28, pages_u32(x->d + 28) / 2);
}

static void
more_pages(struct image *x, size_t size)
{
	(void)size;
	put(x, 28, pages_u32(x->d + 28) * 2);
}

static void
child_free(struct image *x, size_t size)
{
	size_t page = find_page(x, size, 1, 5);

	put(x, (page - 1) * size + 8, pages_u32(x->d + trunk_at(x, size) + 8));
}

static void
child_twice(struct image *x, size_t size)
{
	size_t page = find_page(x, size, 1, 5);

	/* The right child becomes the child of the first cell as well. */
	put(x, (page - 1) * size + 8, pages_u32(x->d + (page - 1) * size +
	    pages_u16(x->d + (page - 1) * size + 12)));
}

static void
child_far(struct image *x, size_t size)
{
	put(x, (find_page(x, size, 1, 5) - 1) * size + 8, UINT32_MAX);
}

static void
cells(struct image *x, size_t size)
{
	x->d[(find_page(x, size, 1, 13) - 1) * size + 4]--;
}

static void
cells_more(struct image *x, size_t size)
{
	x->d[(find_page(x, size, 1, 13) - 1) * size + 3] = 0xff;
}

static void
content(struct image *x, size_t size)
{
	x->d[(find_page(x, size, 1, 10) - 1) * size + 5] += 1;
}

static void
fragments(struct image *x, size_t size)
{
	x->d[(find_page(x, size, 1, 13) - 1) * size + 7]++;
}

static void
freeblock_cycle(struct image *x, size_t size)
{
	for (size_t p = 1; p < x->n / size; p++) {
		unsigned char *d = x->d + p * size;
		uint32_t at = pages_u16(d + 1);

		if (d[0] != 13 || at == 0 || at + 4 > size)
			continue;
		d[at] = d[1];
		d[at + 1] = d[2];
		return;
	}
	must(0);
}

/* The first overflow page that leads on leads to itself. */
static void
chain_circle(struct image *x, size_t size)
{
	for (size_t p = 1; p < x->n / size; p++)
		if (x->d[p * size] == 0 && pages_u32(x->d + p * size) > 1 &&
		    pages_u32(x->d + p * size) <= x->n / size &&
		    p != pages_u32(x->d + 32) - 1) {
			put(x, p * size, (uint32_t)p + 1);
			return;
		}
	must(0);
}

/* A page of a tree that is none any more. */
static void
blank(struct image *x, size_t size)
{
	memset(x->d + (find_page(x, size, 1, 13) - 1) * size, 0, size);
}

static void
cut(struct image *x, size_t size)
{
	x->n -= size * 3;
}

static const struct damage damages[] = {
	{ "a trunk that leads to itself", cycle, 1, 0 },
	{ "a page in use is on the list of free ones", live_leaf, 1, 0 },
	{ "a root is on the list of free ones", live_root, 1, 0 },
	{ "a free page behind the end", far_leaf, 1, 0 },
	{ "a trunk of too many", many_leaves, 1, 0 },
	{ "another number of free pages", count_free, 1, 0 },
	{ "half the pages", fewer_pages, 1, 0 },
	{ "twice the pages", more_pages, 1, 0 },
	{ "a child that is free", child_free, 1, 0 },
	{ "a child of two", child_twice, 1, 0 },
	{ "a child far away", child_far, 1, 0 },
	{ "a cell less", cells, 0, 1 },
	{ "too many cells", cells_more, 0, 1 },
	{ "cells that begin elsewhere", content, 0, 1 },
	{ "a fragment more", fragments, 0, 1 },
	{ "free blocks in a circle", freeblock_cycle, 0, 1 },
	{ "a chain in a circle", chain_circle, 1, 0 },
	{ "a child of zeros", blank, 1, 0 },
	{ "the end is missing", cut, 1, 0 },
};

static struct image
make(int page_size, const char *journal)
{
	struct scrub_shape s = { "x", page_size, 0, "UTF-8", journal, 900 };
	struct image x;

	unlink(path);
	sqlite3_close(scrub_make(path, &s));
	x.d = scrub_slurp(path, &x.n);
	return x;
}

static void
test_damages(const struct image *sound, size_t size)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		const struct damage *g = &damages[i];
		struct image x = copy(sound), after;
		struct scrub_sum sum;
		struct err e = ERR_EMPTY;
		int rc;

		g->make(&x, size);
		rc = scrubbed(&x, &after, &sum, &e);
		ok(harm(sound, &x, &after) == 0, "%zu: %s: no harm",
		    size, g->name);
		if (g->refused)
			ok(rc == -1 && memcmp(x.d, after.d, x.n) == 0,
			    "%zu: %s: not a byte is changed: %s", size,
			    g->name, e.text);
		else
			ok(rc == -1 || sum.found.strange >=
			    (uint64_t)g->strange, "%zu: %s: %llu pages left: "
			    "%s", size, g->name, (unsigned long long)
			    sum.found.strange, e.text);
		free(x.d);
		free(after.d);
	}
}

/* Bytes at random, in headers of pages above all. */
static void
test_noise(const struct image *sound, size_t size)
{
	size_t bad = 0, refused = 0, strange = 0;

	srand(7);
	for (int i = 0; i < 150; i++) {
		struct image x = copy(sound), after;
		struct scrub_sum sum;
		struct err e = ERR_EMPTY;

		for (int k = rand() % 4; k >= 0; k--) {
			size_t page = (size_t)rand() % (x.n / size);
			size_t at = (size_t)rand() % (k % 2 ? size : 16);

			if (page == 0 && at < 24)
				continue;
			x.d[page * size + at] = (unsigned char)rand();
		}
		refused += scrubbed(&x, &after, &sum, &e) == -1;
		strange += sum.found.strange > 0;
		bad += harm(sound, &x, &after);
		free(x.d);
		free(after.d);
	}
	ok(bad == 0, "%zu: noise: %zu refused, %zu with pages left alone, %zu "
	    "bytes harmed", size, refused, strange, bad);
	ok(refused > 0 && strange > 0, "%zu: noise was met", size);
}

static void
test_foreign(void)
{
	struct image x = { malloc(8192), 8192 }, after;
	struct scrub_sum sum;
	struct err e = ERR_EMPTY;

	srand(3);
	for (size_t i = 0; i < x.n; i++)
		x.d[i] = (unsigned char)rand();
	ok(scrubbed(&x, &after, &sum, &e) == -1 &&
	    memcmp(x.d, after.d, x.n) == 0, "encrypted: %s", e.text);
	free(after.d);
	free(x.d);
}

/* Zeros there are nobody's; of any other page they are somebody's, who would
 * find that it does not fit. */
static void
test_reserved(void)
{
	struct image x, after;
	struct scrub_sum sum;
	struct err e = ERR_EMPTY;
	sqlite3 *h;
	int n = 8;

	unlink(path);
	must(sqlite3_open(path, &h) == SQLITE_OK);
	sqlite3_file_control(h, "main", SQLITE_FCNTL_RESERVE_BYTES, &n);
	scrub_sql(h, "PRAGMA secure_delete=0; CREATE TABLE t(x); INSERT INTO "
	    "t SELECT randomblob(9000) FROM sqlite_schema; CREATE TABLE u(x); "
	    "INSERT INTO u SELECT randomblob(9000) FROM sqlite_schema; "
	    "DELETE FROM t");
	sqlite3_close(h);
	x.d = scrub_slurp(path, &x.n);
	ok(x.d[20] == 8 && scrubbed(&x, &after, &sum, &e) == 0 &&
	    sum.found.bytes[DEAD_LEAF] > 0 && sum.found.strange == 0,
	    "reserved bytes that nobody uses: it is scrubbed");
	free(after.d);
	for (size_t page = 0; page < x.n / 4096; page++) {
		unsigned char *last = x.d + page * 4096 + 4095;
		bool same;

		*last = 1;
		same = scrubbed(&x, &after, &sum, &e) == -1 &&
		    memcmp(x.d, after.d, x.n) == 0;
		ok(same && strstr(e.text, "reserved") != NULL,
		    "in use on page %zu: left as it is", page + 1);
		*last = 0;
		free(after.d);
	}
	x.d[20] = 255;
	x.d[17] = 0, x.d[16] = 2;
	ok(scrubbed(&x, &after, &sum, &e) == -1 &&
	    memcmp(x.d, after.d, x.n) == 0, "hardly a byte usable: %s", e.text);
	free(after.d);
	free(x.d);
}

static void
test_size(int size)
{
	struct image past = make(size, "DELETE"), sound, after;
	struct scrub_sum sum;
	struct err e = ERR_EMPTY;

	ok(scrubbed(&past, &sound, &sum, &e) == 0 && sum.found.strange == 0,
	    "%d: sound: %s", size, e.text);
	ok(scrubbed(&sound, &after, &sum, &e) == 0 &&
	    harm(&sound, &sound, &after) == 0, "%d: nothing to do", size);
	test_damages(&sound, (size_t)size);
	test_noise(&sound, (size_t)size);
	free(past.d);
	free(sound.d);
	free(after.d);
}

int
main(void)
{
	char dir[] = "/tmp/scrubtest.XXXXXX";
	static const int sizes[] = { 512, 4096 };

	must((folder = mkdtemp(dir)) != NULL);
	(void)snprintf(path, sizeof(path), "%s/x.db", folder);
	for (size_t i = 0; i < 2; i++)
		test_size(sizes[i]);
	test_foreign();
	test_reserved();
	unlink(path);
	rmdir(folder);
	return tap_done();
}
