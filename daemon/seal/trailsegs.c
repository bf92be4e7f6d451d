/* trailsegs - 18 digits and .jsonl, or .jsonl.gz. */
#include "trailsegs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "retention/fd.h"

#define NAME_DIGITS 18

static bool
is_segment(const char *name, struct trailsegs_one *ret)
{
	if (strspn(name, "0123456789") != NAME_DIGITS)
		return false;
	*ret = (struct trailsegs_one){ .seq = strtoull(name, NULL, 10),
		.plain = strcmp(name + NAME_DIGITS, ".jsonl") == 0,
		.packed = strcmp(name + NAME_DIGITS, ".jsonl.gz") == 0 };
	return ret->plain || ret->packed;
}

static int
add(struct trailsegs *s, const struct trailsegs_one *one, struct err *e)
{
	struct trailsegs_one *more = s->list;

	if ((s->n & (s->n - 1)) == 0)
		more = realloc(s->list, (s->n == 0 ? 1 : 2 * s->n) *
		    sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	s->list = more;
	s->list[s->n++] = *one;
	return 0;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = ((const struct trailsegs_one *)a)->seq;
	uint64_t y = ((const struct trailsegs_one *)b)->seq;

	return x < y ? -1 : x > y;
}

/* A segment that is there in both forms is one. */
static void
unite(struct trailsegs *s)
{
	size_t to = 0;

	if (s->n != 0)
		qsort(s->list, s->n, sizeof(*s->list), ascending);
	for (size_t i = 0; i < s->n; i++) {
		if (to != 0 && s->list[to - 1].seq == s->list[i].seq) {
			s->list[to - 1].plain |= s->list[i].plain;
			s->list[to - 1].packed |= s->list[i].packed;
		} else {
			s->list[to++] = s->list[i];
		}
	}
	s->n = to;
}

int
trailsegs_list(int logfd, struct trailsegs *ret, struct err *e)
{
	int fd = openat(logfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct trailsegs_one one;
	struct dirent *entry;
	int rc = 0;

	*ret = (struct trailsegs){ .list = NULL };
	if (d == NULL) {
		rc = err_sys(e, "log folder");
		fd_close(&fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, entry = readdir(d)) != NULL)
		if (is_segment(entry->d_name, &one))
			rc = add(ret, &one, e);
	if (rc == 0 && errno != 0)
		rc = err_sys(e, "log folder");
	(void)closedir(d);
	unite(ret);
	return rc;
}

void
trailsegs_release(struct trailsegs *s)
{
	free(s->list);
	*s = (struct trailsegs){ .list = NULL };
}
