/*
 * checkgz - RFC 1952, one member.  Nothing is bounded by what a header says:
 * the caller takes as much as it has room for and stops at the first byte that
 * a trail cannot hold, so a bomb costs one buffer.
 */
#include "checkgz.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <zlib.h>

struct checkgz {
	z_stream z;
	bool ended, eof;
	unsigned char in[16384];
};

struct checkgz *
checkgz_new(void)
{
	struct checkgz *g = calloc(1, sizeof(*g));

	if (g != NULL && inflateInit2(&g->z, 15 + 16) != Z_OK) {
		free(g);
		return NULL;
	}
	return g;
}

void
checkgz_free(struct checkgz *g)
{
	if (g == NULL)
		return;
	(void)inflateEnd(&g->z);
	free(g);
}

static int
fill(struct checkgz *g, int fd, uint64_t *bytes, struct err *e)
{
	ssize_t n;

	if (g->z.avail_in != 0 || g->eof)
		return 0;
	do
		n = read(fd, g->in, sizeof(g->in));
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_sys(e, "read");
	g->eof = n == 0;
	g->z.next_in = g->in;
	g->z.avail_in = (uInt)n;
	*bytes += (uint64_t)n;
	return 0;
}

ssize_t
checkgz_read(struct checkgz *g, int fd, char *ret, size_t room,
    uint64_t *bytes, struct err *e)
{
	g->z.next_out = (unsigned char *)ret;
	g->z.avail_out = (uInt)room;
	while (g->z.avail_out == room) {
		int rc;

		if (fill(g, fd, bytes, e) == -1)
			return -1;
		if (g->ended)
			return g->z.avail_in == 0 ? 0 : -2;
		if (g->z.avail_in == 0)
			return -2;
		rc = inflate(&g->z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END)
			return -2;
		g->ended = rc == Z_STREAM_END;
	}
	return (ssize_t)(room - g->z.avail_out);
}
