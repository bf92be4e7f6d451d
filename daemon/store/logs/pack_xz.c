/*
 * pack_xz - streams of the .xz file format, by liblzma.
 */
#include <lzma.h>
#include <stdlib.h>

#include "pack.h"

#define READ_MOST (UINT64_C(72) << 20)	/* what `xz -9` needs */
#define DICT_MOST (UINT32_C(1) << 20)	/* to write: some 14 MiB */

/* Of the first block's header (3.1 of the format): the exponent of LZMA2's
 * dictionary says the preset; 6 if it cannot be read. */
static int
level(const uint8_t *head, size_t n)
{
	size_t i = 14;		/* behind the stream's header, size and flags */

	if (n < PACK_HEAD || head[12] == 0)
		return 6;
	for (int bit = 6; bit <= 7; bit++)	/* numbers that may be there */
		if ((head[13] >> bit & 1) != 0)
			while (i < 32 && (head[i++] & 0x80) != 0)
				continue;
	if (head[i] != LZMA_FILTER_LZMA2 || head[i + 1] != 1)
		return 6;
	return head[i + 2] <= 12 ? 0 : head[i + 2] <= 18 ? 2 :
	    head[i + 2] <= 20 ? 3 : 6;
}

static void *
reader(void)
{
	lzma_stream *x = calloc(1, sizeof *x);

	if (x != NULL && lzma_stream_decoder(x, READ_MOST,
	    LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK) {
		free(x);
		return NULL;
	}
	return x;
}

static enum pack_step
run(lzma_stream *x, struct pack_io *io, lzma_action action)
{
	lzma_ret rc;

	x->next_in = io->in;
	x->avail_in = io->n_in;
	x->next_out = io->out;
	x->avail_out = io->n_out;
	rc = lzma_code(x, action);
	io->in = x->next_in;
	io->n_in = x->avail_in;
	io->out = x->next_out;
	io->n_out = x->avail_out;
	if (rc == LZMA_STREAM_END)
		return PACK_END;
	return rc == LZMA_OK || rc == LZMA_BUF_ERROR ? PACK_ON : PACK_DAMAGED;
}

static enum pack_step
read_some(void *r, struct pack_io *io)
{
	return run(r, io, LZMA_RUN);
}

static void
free_stream(void *x)
{
	if (x != NULL)
		lzma_end(x);
	free(x);
}

static void *
writer(int how)
{
	lzma_stream *x = calloc(1, sizeof *x);
	lzma_options_lzma o;
	lzma_filter f[2] = { { LZMA_FILTER_LZMA2, &o },
		{ LZMA_VLI_UNKNOWN, NULL } };

	if (x == NULL || lzma_lzma_preset(&o, (uint32_t)how)) {
		free(x);
		return NULL;
	}
	if (o.dict_size > DICT_MOST)
		o.dict_size = DICT_MOST;
	if (lzma_stream_encoder(x, f, LZMA_CHECK_CRC64) != LZMA_OK) {
		free(x);
		return NULL;
	}
	return x;
}

static enum pack_step
write_some(void *w, struct pack_io *io, bool finish)
{
	return run(w, io, finish ? LZMA_FINISH : LZMA_RUN);
}

const struct pack_codec pack_xz = { level, reader, read_some, free_stream,
	writer, write_some, free_stream };
