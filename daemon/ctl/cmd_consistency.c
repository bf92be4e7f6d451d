#include "cmd.h"

#include <inttypes.h>
#include <stdlib.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/merklecons.h"
#include "retention/verify.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_out.h"

struct leaves {
	uint8_t (*hash)[32];		/* owned */
	uint64_t n, most;
	bool no_memory;
};

static void
on_record(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct leaves *l = ctx;
	uint8_t (*more)[32];

	(void)seq;
	if (l->no_memory || l->n == l->most)
		return;
	if ((l->n & (l->n + 1)) == 0) {
		more = realloc(l->hash, (2 * l->n + 2) * sizeof(*more));
		if (more == NULL) {
			l->no_memory = true;
			return;
		}
		l->hash = more;
	}
	merkle_leaf(line, n, l->hash[l->n++]);
}

static int
read_size(const char *text, uint64_t *ret, struct err *e)
{
	char *end;

	*ret = strtoull(text, &end, 10);
	if (text[0] < '1' || text[0] > '9' || *end != '\0' || end - text > 18)
		return err_set(e, ERR_INPUT, "'%.40s' is not a size; expected "
		    "a number of records, at least 1", text);
	return 0;
}

/* The first `new` records of the trail. */
static int
collect(const char *dir, struct wall now, struct leaves *l, struct err *e)
{
	struct verify_options o = { .now = now, .ctx = l,
		.record = on_record };
	struct verify_report r;

	if (verify_trail(dir, &o, &r, e) == -1)
		return -1;
	if (l->no_memory)
		return err_set(e, ERR_MEMORY, "no memory");
	if (r.lost)
		return err_set(e, ERR_INPUT, "the trail is not in order: "
		    "retentionctl audit verify tells where");
	if (r.pruned != 0)
		return err_set(e, ERR_INPUT, "records of this trail were "
		    "pruned: there is no proof from their hashes");
	if (l->n < l->most)
		return err_set(e, ERR_INPUT, "the trail has %" PRIu64
		    " records, fewer than %" PRIu64, l->n, l->most);
	return 0;
}

static void
put_proof(const struct leaves *l, uint64_t old, bool json, struct buf *out)
{
	uint8_t proof[MERKLECONS_MOST][32];
	size_t n = merklecons_make((const uint8_t (*)[32])l->hash, l->n, old,
	    proof);
	char text[HEX_BASE64_BYTES(32)];
	struct jsonw w = JSONW(out);

	if (json)
		jsonw_array(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		hex_base64(proof[i], 32, text);
		if (json)
			jsonw_text(&w, NULL, text);
		else
			buf_putf(out, "%s\n", text);
	}
	if (json) {
		jsonw_end_array(&w);
		buf_puts(out, "\n");
	}
}

int
cmd_consistency_show(const struct cli_args *a)
{
	struct conf_set *set = NULL;
	struct leaves l = { .n = 0 };
	struct buf out = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	uint64_t old;
	int rc = CLI_FAILED;

	if (a->n < 3 && cli_conf_main(a, &set) == -1)
		return CLI_FAILED;
	if (read_size(a->operand[0], &old, &e) == -1 ||
	    read_size(a->operand[1], &l.most, &e) == -1)
		goto out;
	if (old > l.most)
		(void)err_set(&e, ERR_INPUT, "the first size has to be the "
		    "smaller one");
	else
		(void)collect(a->n == 3 ? a->operand[2] : set->main.state,
		    a->now, &l, &e);
	if (e.code == ERR_NONE) {
		put_proof(&l, old, a->value[CLI_JSON] != NULL, &out);
		rc = cli_out_flush(&out);
	}
out:
	if (e.code != ERR_NONE)
		cli_out_error("%s", e.text);
	buf_release(&out);
	free(l.hash);
	conf_free(set);
	return rc;
}
