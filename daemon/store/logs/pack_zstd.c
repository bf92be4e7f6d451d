/*
 * pack_zstd - frames of RFC 8878, by libzstd.
 */
#include <zstd.h>

#include "pack.h"

#define WINDOW_LOG_MOST 26		/* to read: 64 MiB */

/* The window says which class of levels a frame was made with; a frame of one
 * segment does not say. */
static int
level(const uint8_t *head, size_t n)
{
	int window_log;

	if (n < 6 || (head[4] & 0x20) != 0)
		return 3;
	window_log = 10 + (head[5] >> 3);
	return window_log <= 19 ? 1 : window_log <= 21 ? 3 : 9;
}

static void *
reader(void)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();

	if (z != NULL)
		(void)ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax,
		    WINDOW_LOG_MOST);
	return z;
}

static enum pack_step
read_some(void *r, struct pack_io *io)
{
	ZSTD_inBuffer in = { io->in, io->n_in, 0 };
	ZSTD_outBuffer out = { io->out, io->n_out, 0 };
	const size_t rc = ZSTD_decompressStream(r, &out, &in);

	io->in += in.pos;
	io->n_in -= in.pos;
	io->out += out.pos;
	io->n_out -= out.pos;
	return ZSTD_isError(rc) ? PACK_DAMAGED : rc == 0 ? PACK_END : PACK_ON;
}

static void
reader_free(void *r)
{
	(void)ZSTD_freeDCtx(r);
}

/* At most some 12 MiB. */
static void *
writer(int how)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();

	if (z == NULL)
		return NULL;
	(void)ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, how);
	(void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
	if (how > 3) {
		(void)ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, 21);
		(void)ZSTD_CCtx_setParameter(z, ZSTD_c_chainLog, 19);
		(void)ZSTD_CCtx_setParameter(z, ZSTD_c_hashLog, 19);
	}
	return z;
}

static enum pack_step
write_some(void *w, struct pack_io *io, bool finish)
{
	ZSTD_inBuffer in = { io->in, io->n_in, 0 };
	ZSTD_outBuffer out = { io->out, io->n_out, 0 };
	const size_t rc = ZSTD_compressStream2(w, &out, &in,
	    finish ? ZSTD_e_end : ZSTD_e_continue);

	io->in += in.pos;
	io->n_in -= in.pos;
	io->out += out.pos;
	io->n_out -= out.pos;
	return ZSTD_isError(rc) ? PACK_DAMAGED :
	    finish && rc == 0 ? PACK_END : PACK_ON;
}

static void
writer_free(void *w)
{
	(void)ZSTD_freeCCtx(w);
}

const struct pack_codec pack_zstd = { level, reader, read_some, reader_free,
	writer, write_some, writer_free };
