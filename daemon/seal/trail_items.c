/* trail_items - the commitments of an open operation, read back. */
#include <stdlib.h>
#include <string.h>

#include "trailitems.h"
#include "trailcore.h"

int
trail_items_read(struct trail *t, const struct trail_open_op *op,
    uint8_t (**ret_c)[COMMIT_BYTES], struct err *e)
{
	const struct trailresume *r = &t->before;
	uint8_t (*c)[COMMIT_BYTES];
	size_t i = 0;

	while (i < r->n_ops && memcmp(r->ops[i].op, op->op, sizeof(op->op)) != 0)
		i++;
	/* One that is not among them is of this life, and has its file. */
	if ((i < r->n_ops && r->ops[i].n != op->n) || op->n > COMMIT_MAX_ITEMS)
		return err_set(e, ERR_INPUT, "not an open operation");
	c = malloc(op->n * COMMIT_BYTES + 1);
	if (c == NULL)
		return err_set(e, ERR_MEMORY, "no memory for items");
	if (i < r->n_ops && r->c[i] != NULL) {
		memcpy(c, r->c[i], op->n * COMMIT_BYTES);
	} else if (trailitems_read(t->file.itemsfd, op->op, c, op->n,
	    e) == -1) {
		free(c);
		return -1;
	}
	*ret_c = c;
	return 0;
}
