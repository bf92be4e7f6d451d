/* faultcount - LD_PRELOAD: the n-th call of a kind fails, in the parent, in its
 * workers, or in whatever program it is loaded into.
 *
 *   FAULT_KIND   a kind of the table below     FAULT_ERR   errno, or result
 *   FAULT_ROLE   part of the program's name    FAULT_AT    n, from 1; 0: none
 *   FAULT_LAST   last n that fails; 0: all     FAULT_STATE a file: `shared`
 *   FAULT_FROM   parts of the names of those who call; -PART,PART: of others
 *   FAULT_WAYS   of the way to a call, only frames of files so named count
 * The calls themselves are in faultcalls.c. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faultcount.h"

#define FRAMES 24
#define PLACE 64
#define STACKS 65536

/* Read by tests/lib/faults.py. */
struct shared {
	_Atomic uint64_t seen, hits, crashes;
	uint64_t number;		/* of the signal */
	char program[PLACE];
	char hit[FRAMES][PLACE], crash[FRAMES][PLACE];
	uint64_t hit_stack;
	uint64_t stack[STACKS];		/* of each call, where it came from */
};

static const char *const kinds[N_KINDS] = { "mem", "read", "write", "sync",
	"rename", "open", "trunc", "unlink", "step", "map", "link", "fork" };

static struct shared *shm;
static enum kind kind = N_KINDS;
static uint64_t at, last;
int faultcount_err;
static struct { uintptr_t from, to; } range[64];
static int n_ranges;
static bool others;
__thread bool faultcount_busy;
extern char *program_invocation_short_name;

void *
faultcount_next(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (p == NULL)
		abort();
	return p;
}

/* --- whose turn it is --- */

static bool
listed(const void *caller)
{
	uintptr_t p = (uintptr_t)caller;

	for (int i = 0; i < n_ranges; i++)
		if (p >= range[i].from && p < range[i].to)
			return !others;
	return others;
}

static void
note(char (*to)[PLACE])
{
	void *frame[FRAMES + 3];
	int n = backtrace(frame, FRAMES + 3);
	Dl_info info;

	for (int i = 2; i < n && i - 2 < FRAMES; i++) {
		const char *name = "?";
		uintptr_t off = (uintptr_t)frame[i];

		if (dladdr(frame[i], &info) != 0 && info.dli_fname != NULL) {
			name = strrchr(info.dli_fname, '/');
			name = name != NULL ? name + 1 : info.dli_fname;
			off -= (uintptr_t)info.dli_fbase;
		}
		(void)snprintf(to[i - 2], PLACE, "%.40s+0x%lx", name,
		    (unsigned long)off - 1);
	}
}

static uint64_t
mix(uint64_t h, const void *bytes, size_t n)
{
	for (const unsigned char *p = bytes; n > 0; n--)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return h;
}

/* The same for the same way to a call, wherever things were loaded. */
static uint64_t
stack_now(void)
{
	const char *ways = getenv("FAULT_WAYS");
	void *frame[2 * FRAMES];
	int n = backtrace(frame, 2 * FRAMES);
	uint64_t h = UINT64_C(14695981039346656037);
	Dl_info info;

	for (int i = 2; i < n; i++) {
		uintptr_t off = (uintptr_t)frame[i];
		const char *name = "";

		if (dladdr(frame[i], &info) != 0 && info.dli_fname != NULL) {
			off -= (uintptr_t)info.dli_fbase;
			name = strrchr(info.dli_fname, '/');
			name = name != NULL ? name + 1 : info.dli_fname;
		}
		if (ways != NULL && strstr(name, ways) == NULL)
			continue;
		h = mix(mix(h, name, strlen(name)), &off, sizeof(off));
	}
	return h;
}

bool
faultcount_fails(enum kind k, const void *caller)
{
	uint64_t n;

	if (k != kind || faultcount_busy || shm == NULL || !listed(caller))
		return false;
	n = atomic_fetch_add(&shm->seen, 1) + 1;
	if (at == 0 && n <= STACKS) {
		faultcount_busy = true;
		shm->stack[n - 1] = stack_now();
		faultcount_busy = false;
	}
	if (at == 0 || n < at || (last != 0 && n > last))
		return false;
	if (atomic_fetch_add(&shm->hits, 1) == 0) {
		faultcount_busy = true;
		note(shm->hit);
		shm->hit_stack = stack_now();
		faultcount_busy = false;
	}
	errno = faultcount_err;
	return true;
}

static void
on_crash(int number)
{
	faultcount_busy = true;
	if (atomic_fetch_add(&shm->crashes, 1) == 0) {
		shm->number = (uint64_t)number;
		(void)snprintf(shm->program, PLACE, "%s",
		    program_invocation_short_name);
		note(shm->crash);
	}
	_exit(86);
}

static bool
named(const char *parts, const char *name)
{
	char one[64];
	size_t n;

	for (; *parts != '\0'; parts += n + (parts[n] == ',')) {
		n = strcspn(parts, ",");
		(void)snprintf(one, sizeof(one), "%.*s", (int)n, parts);
		if (strstr(name, one) != NULL)
			return true;
	}
	return false;
}

static int
add_range(struct dl_phdr_info *info, size_t n, void *part)
{
	const char *name = info->dlpi_name[0] == '\0' ? "program" :
	    info->dlpi_name;

	(void)n;
	if (!named(part, name) || n_ranges >= 60)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_LOAD || (ph->p_flags & PF_X) == 0)
			continue;
		range[n_ranges].from = info->dlpi_addr + ph->p_vaddr;
		range[n_ranges].to = range[n_ranges].from + ph->p_memsz;
		n_ranges++;
	}
	return 0;
}

static uint64_t
number(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static void
catch(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE,
		SIGILL };
	struct sigaction act = { .sa_handler = on_crash };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &act, NULL);
}

__attribute__((constructor)) static void
set_up(void)
{
	const char *path = getenv("FAULT_STATE"), *k = getenv("FAULT_KIND");
	const char *role = getenv("FAULT_ROLE"), *from = getenv("FAULT_FROM");
	void *frame[4], *p;
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (fd == -1)
		return;
	p = mmap(NULL, sizeof(*shm), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	(void)close(fd);
	if (p == MAP_FAILED)
		return;
	(void)backtrace(frame, 4);	/* loads what it needs */
	others = from != NULL && from[0] == '-';
	if (from != NULL && from[0] != '\0')
		(void)dl_iterate_phdr(add_range, (void *)(uintptr_t)
		    (from + (others ? 1 : 0)));
	else
		others = true;
	at = number("FAULT_AT");
	last = number("FAULT_LAST");
	faultcount_err = (int)number("FAULT_ERR");
	shm = p;
	catch();
	if (role == NULL || strcmp(role, program_invocation_short_name) == 0)
		for (int i = 0; k != NULL && i < N_KINDS; i++)
			if (strcmp(kinds[i], k) == 0)
				kind = (enum kind)i;
}

/* --- workers are started with a bare environment --- */

int
execve(const char *path, char *const argv[], char *const envp[])
{
	static const char *const ours[] = { "LD_PRELOAD", "FAULT_KIND",
		"FAULT_ROLE", "FAULT_AT", "FAULT_LAST", "FAULT_ERR",
		"FAULT_FROM", "FAULT_STATE", "FAULT_WAYS",
		"MALLOC_PERTURB_" };
	static char text[16][512];
	char *all[64];
	int n = 0;

	static __typeof__(execve) *real;

	real = faultcount_next("execve");
	while (envp[n] != NULL && n < 40) {
		all[n] = envp[n];
		n++;
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		const char *value = getenv(ours[i]);

		if (value == NULL)
			continue;
		(void)snprintf(text[i], sizeof(text[i]), "%s=%s", ours[i],
		    value);
		all[n++] = text[i];
	}
	all[n] = NULL;
	return real(path, argv, all);
}
