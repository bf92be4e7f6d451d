/*
 * logmap - see the header.
 *
 * A page that is cut off the file while it is mapped makes SIGBUS: the handler
 * puts a page of zeros there, which is not what was read, so that the next
 * comparison ends the work.
 *
 * A file that is emptied and filled in the middle of the work may have the
 * same words at the same place: then the words before do not have what was
 * put there, and those few are taken back.
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

/* Bytes [from, to) of one word.  False: it is not what was read. */
static bool
put_word(uint64_t *word, const char *was, const char *now, size_t from,
    size_t to)
{
	uint64_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	uint64_t new;

	do {
		if (memcmp((const char *)&old + from, was, to - from) != 0)
			return false;
		new = old;
		memcpy((char *)&new + from, now, to - from);
	} while (new != old && !__atomic_compare_exchange_n(word, &old, new,
	    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return true;
}

/* The word that byte i of the change is in: its bytes [from, to), the change's
 * [at, at + to - from). */
struct word {
	uint64_t *p;
	size_t from, to, at;
};

static struct word
word_of(char *map, size_t skip, const struct logmap_change *c, size_t i)
{
	const size_t start = (skip + i) / WORD * WORD;
	const size_t from = start < skip ? skip - start : 0;
	const size_t to = skip + c->n - start < WORD ? skip + c->n - start : WORD;

	return (struct word){ (uint64_t *)(void *)(map + start), from, to,
		start + from - skip };
}

/* Takes back what was put just before byte `end`: as far as it is there, it
 * got onto other lines that happened to have the same words. */
static void
take_back(char *map, size_t skip, const struct logmap_change *c, size_t end)
{
	while (end > 0) {
		const struct word w = word_of(map, skip, c, end - 1);
		const char *was = c->was + w.at;
		const char *now = c->now + w.at;

		if (memcmp(was, now, w.to - w.from) != 0 &&
		    !put_word(w.p, now, was, w.from, w.to))
			return;
		end = w.at;
	}
}

static bool
put_words(char *map, size_t skip, const struct logmap_change *c)
{
	size_t i = 0;

	while (i < c->n) {
		const struct word w = word_of(map, skip, c, i);
		const char *was = c->was + w.at;
		const char *now = c->now + w.at;

		if (memcmp(was, now, w.to - w.from) != 0 &&
		    !put_word(w.p, was, now, w.from, w.to))
			break;
		i = w.at + w.to - w.from;
	}
	if (i == c->n && memcmp(map + skip, c->now, c->n) == 0)
		return true;
	take_back(map, skip, c, i);
	return false;
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
	    put_words(map, skip, c);
	(void)sigaction(SIGBUS, &before, NULL);
	(void)munmap(map, skip + c->n);
	return same ? 0 : err_set(e, ERR_BUSY, "a log file was cut or changed "
	    "while its lines were looked at; it is left for later");
}
