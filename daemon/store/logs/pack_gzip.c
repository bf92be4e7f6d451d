/*
 * pack_gzip - members of RFC 1952, by zlib.
 */
#define ZLIB_CONST
#include <stdlib.h>
#include <zlib.h>

#include "pack.h"

#define WITH_GZIP_HEADER (15 + 16)

/* Byte 8 of the header: 2 for the slowest, 4 for the fastest compression. */
static int
level(const uint8_t *head, size_t n)
{
	return n < 9 ? 6 : head[8] == 2 ? 9 : head[8] == 4 ? 1 : 6;
}

static void *
reader(void)
{
	z_stream *z = calloc(1, sizeof *z);

	if (z != NULL && inflateInit2(z, WITH_GZIP_HEADER) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static void
give(z_stream *z, const struct pack_io *io)
{
	z->next_in = io->in;
	z->avail_in = (unsigned)io->n_in;
	z->next_out = io->out;
	z->avail_out = io->n_out > 1u << 30 ? 1u << 30 : (unsigned)io->n_out;
}

static void
take(const z_stream *z, struct pack_io *io)
{
	io->n_out -= (size_t)(z->next_out - io->out);
	io->in = z->next_in;
	io->n_in = z->avail_in;
	io->out = z->next_out;
}

static enum pack_step
read_some(void *r, struct pack_io *io)
{
	z_stream *z = r;
	int rc;

	give(z, io);
	rc = inflate(z, Z_NO_FLUSH);
	take(z, io);
	if (rc == Z_STREAM_END)
		return PACK_END;
	return rc == Z_OK || rc == Z_BUF_ERROR ? PACK_ON : PACK_DAMAGED;
}

static void
reader_free(void *r)
{
	if (r != NULL)
		(void)inflateEnd(r);
	free(r);
}

static void *
writer(int how)
{
	z_stream *z = calloc(1, sizeof *z);

	if (z != NULL && deflateInit2(z, how, Z_DEFLATED, WITH_GZIP_HEADER, 8,
	    Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static enum pack_step
write_some(void *w, struct pack_io *io, bool finish)
{
	z_stream *z = w;
	int rc;

	give(z, io);
	rc = deflate(z, finish ? Z_FINISH : Z_NO_FLUSH);
	take(z, io);
	if (rc == Z_STREAM_END)
		return PACK_END;
	return rc == Z_OK || rc == Z_BUF_ERROR ? PACK_ON : PACK_DAMAGED;
}

static void
writer_free(void *w)
{
	if (w != NULL)
		(void)deflateEnd(w);
	free(w);
}

const struct pack_codec pack_gzip = { level, reader, read_some, reader_free,
	writer, write_some, writer_free };
