/*
 * logmap - see the header.
 *
 * A page that is cut off the file while it is mapped makes SIGBUS: the handler
 * puts a page of zeros there, which is not what was read, so that the next
 * comparison ends the work.
 */
#include "logmap.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORD sizeof(uint64_t)

static void
on_bus(int sig, siginfo_t *info, void *context)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = info->si_addr;

	(void)sig, (void)context;
	at -= (uintptr_t)at % page;
	if (mmap(at, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_FIXED, -1, 0) == MAP_FAILED)
		_exit(128 + SIGBUS);
}

/* Bytes [from, to) of one word.  0: put; -1: it is not what was read. */
static int
put_word(uint64_t *word, const char *was, const char *now, size_t from,
    size_t to)
{
	uint64_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	uint64_t new;

	do {
		if (memcmp((const char *)&old + from, was, to - from) != 0)
			return -1;
		new = old;
		memcpy((char *)&new + from, now, to - from);
	} while (new != old && !__atomic_compare_exchange_n(word, &old, new,
	    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return 0;
}

static int
put_words(char *map, size_t skip, const struct logmap_change *c)
{
	for (size_t i = 0; i < c->n; ) {
		const size_t from = (skip + i) % WORD;
		const size_t n = c->n - i < WORD - from ? c->n - i : WORD - from;
		char *word = map + skip + i - from;

		if (memcmp(c->was + i, c->now + i, n) != 0 &&
		    put_word((uint64_t *)(void *)word, c->was + i, c->now + i,
		    from, from + n) == -1)
			return -1;
		i += n;
	}
	return 0;
}

int
logmap_put(int fd, const struct logmap_change *c, struct err *e)
{
	const struct sigaction guard = { .sa_sigaction = on_bus,
		.sa_flags = SA_SIGINFO };
	const size_t skip = (size_t)c->at % (size_t)sysconf(_SC_PAGESIZE);
	struct sigaction before;
	char *map;
	bool same;

	if (c->n == 0)
		return 0;
	map = mmap(NULL, skip + c->n, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    c->at - (off_t)skip);
	if (map == MAP_FAILED)
		return err_sys(e, "map a log file");
	if (sigaction(SIGBUS, &guard, &before) == -1) {
		(void)munmap(map, skip + c->n);
		return err_sys(e, "guard a mapped log file");
	}
	same = memcmp(map + skip, c->was, c->n) == 0 &&
	    put_words(map, skip, c) == 0;
	(void)sigaction(SIGBUS, &before, NULL);
	(void)munmap(map, skip + c->n);
	return same ? 0 : err_set(e, ERR_BUSY, "a log file was cut or changed "
	    "while its lines were looked at; it is left for later");
}
