/*
 * haul - paths one after another; their places are known at the end only,
 * because the buffer moves while it grows.
 */
#include "haul.h"

#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define MOST_BYTES ((size_t)4 << 20)

int
haul_init(struct haul *h)
{
	*h = (struct haul){ .paths = BUF_EMPTY };
	h->item = calloc(COMMIT_MAX_ITEMS, sizeof(*h->item));
	h->at = calloc(COMMIT_MAX_ITEMS, sizeof(*h->at));
	if (h->item != NULL && h->at != NULL)
		return 0;
	haul_release(h);
	return -1;
}

void
haul_reset(struct haul *h)
{
	h->n = 0;
	buf_reset(&h->paths);
}

void
haul_release(struct haul *h)
{
	free(h->item);
	free(h->at);
	buf_release(&h->paths);
	*h = (struct haul){ .paths = BUF_EMPTY };
}

int
haul_add(struct haul *h, const struct tree_file *f, uint16_t op)
{
	h->at[h->n] = h->paths.n;
	buf_add(&h->paths, f->path, strlen(f->path) + 1);
	if (buf_failed(&h->paths))
		return -1;
	h->item[h->n++] = (struct wipe_item){ .ino = f->st.st_ino,
		.bytes = f->st.st_size, .op = op };
	return 0;
}

bool
haul_full(const struct haul *h)
{
	return h->n == COMMIT_MAX_ITEMS || h->paths.n >= MOST_BYTES;
}

void
haul_settle(struct haul *h)
{
	for (size_t i = 0; i < h->n; i++)
		h->item[i].path = h->paths.data + h->at[i];
}
