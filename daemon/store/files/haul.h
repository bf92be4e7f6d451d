/*
 * haul - a group of chosen files and their paths, in bounded memory that is
 * wiped.
 */
#ifndef STORE_FILES_HAUL_H
#define STORE_FILES_HAUL_H

#include "retention/buf.h"
#include "retention/commit.h"

#include "wipe.h"

struct tree_file;

struct haul {
	size_t n;
	struct wipe_item *item;		/* owned; COMMIT_MAX_ITEMS */
	size_t *at;			/* owned: where the paths start */
	struct buf paths;
};

int haul_init(struct haul *h);		/* -1: no memory */
void haul_reset(struct haul *h);
void haul_release(struct haul *h);	/* twice is safe */
int haul_add(struct haul *h, const struct tree_file *f, uint16_t op);
bool haul_full(const struct haul *h);

/* Once all are added: the items' paths can be used. */
void haul_settle(struct haul *h);

#endif
