/*
 * scanpage - one page of a scan.  What fails does so as in scan.h; 1: the page
 * was changed and has to be written.
 */
#ifndef STORE_SQLITE_SCANPAGE_H
#define STORE_SQLITE_SCANPAGE_H

#include "roles.h"
#include "scan.h"
#include "soil.h"

#define SCANPAGE_CHUNK 65536

struct scan {
	struct scan_io io;
	enum scan_for what;
	struct pages p;
	bool known;			/* p is of this pass */
	int64_t bytes;			/* of the file */
	uint32_t next;			/* page */
	struct roles roles;
	bool careful;			/* a page did not add up: what
					 * it needs is not known */
	struct scan_sum sum;
	scan_see *see;
	void *see_ctx;
	bool live;			/* is shown as well */
	struct soil *soil;		/* borrowed */
	bool only;
	uint8_t chunk[SCANPAGE_CHUNK], one[SCANPAGE_CHUNK];
	struct btree b;
};

/* Within the file, as it was under this lock. */
int scanpage_get(struct scan *s, void *to, uint32_t n, int64_t at,
    struct err *e);
int scanpage_put(struct scan *s, const void *from, uint32_t n, int64_t at,
    struct err *e);
/* -1 ERR_STORE: damaged, with what of it. */
int scanpage_strange(struct err *e, const char *what);

/* Counts what is not zero; true: it has become so and must be written. */
bool scanpage_wipe(struct scan *s, uint8_t *p, uint32_t n, enum dead kind);
/* A page of a tree that another, or the schema, names. */
int scanpage_child(struct scan *s, uint32_t page, struct err *e);
void scanpage_show(const struct scan *s, const uint8_t *d, uint32_t n,
    bool dead);
/* scanpage_tree(): of a b-tree; scanpage_any(): whatever it is. */
int scanpage_tree(struct scan *s, uint8_t *d, uint32_t page, struct err *e);
int scanpage_any(struct scan *s, uint8_t *d, uint32_t page, struct err *e);

#endif
