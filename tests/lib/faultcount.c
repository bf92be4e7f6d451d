/* faultcount - LD_PRELOAD: the n-th call of a kind fails, in the parent, in its
 * workers, or in whatever program it is loaded into.
 *
 *   FAULT_KIND   a kind of the table below     FAULT_ERR   errno, or result
 *   FAULT_ROLE   part of the program's name    FAULT_AT    n, from 1; 0: none
 *   FAULT_LAST   last n that fails; 0: all     FAULT_STATE a file: `shared`
 *   FAULT_FROM   parts of the names of those who call; -PART,PART: of others
 *
 * Syncs are counted but not done: a death is no loss of power. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FRAMES 24
#define PLACE 64

/* Read by tests/lib/faults.py. */
struct shared {
	_Atomic uint64_t seen, hits, crashes;
	uint64_t number;		/* of the signal */
	char program[PLACE];
	char hit[FRAMES][PLACE], crash[FRAMES][PLACE];
};

enum kind { MEM, READ, WRITE, SYNC, RENAME, OPEN, TRUNC, UNLINK, STEP, MAP,
	LINK, FORK, N_KINDS };
static const char *const kinds[N_KINDS] = { "mem", "read", "write", "sync",
	"rename", "open", "trunc", "unlink", "step", "map", "link", "fork" };

static struct shared *shm;
static enum kind kind = N_KINDS;
static uint64_t at, last;
static int err;
static struct { uintptr_t from, to; } range[64];
static int n_ranges;
static bool others;
static __thread bool busy;
extern char *program_invocation_short_name;

/* --- the calls that stand behind ours --- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
int __vasprintf_chk(char **ret, int flag, const char *fmt, va_list ap);

static void *
next(const char *name)
{
	void *at_ = dlsym(RTLD_NEXT, name);

	if (at_ == NULL)
		abort();
	return at_;
}

#define NEXT(name) \
	static __typeof__(name) *real; \
	if (real == NULL) \
		real = next(#name)

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

static bool
fails(enum kind k, const void *caller)
{
	uint64_t n;

	if (k != kind || busy || shm == NULL || !listed(caller))
		return false;
	n = atomic_fetch_add(&shm->seen, 1) + 1;
	if (at == 0 || n < at || (last != 0 && n > last))
		return false;
	if (atomic_fetch_add(&shm->hits, 1) == 0) {
		busy = true;
		note(shm->hit);
		busy = false;
	}
	errno = err;
	return true;
}

#define FAILS(k) fails(k, __builtin_return_address(0))

static void
on_crash(int number)
{
	busy = true;
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
	err = (int)number("FAULT_ERR");
	shm = p;
	catch();
	if (role == NULL || strcmp(role, program_invocation_short_name) == 0)
		for (int i = 0; k != NULL && i < N_KINDS; i++)
			if (strcmp(kinds[i], k) == 0)
				kind = (enum kind)i;
}

/* --- memory --- */

void *
malloc(size_t n)
{
	return FAILS(MEM) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t each)
{
	return FAILS(MEM) ? NULL : __libc_calloc(n, each);
}

void *
realloc(void *p, size_t n)
{
	return n != 0 && FAILS(MEM) ? NULL : __libc_realloc(p, n);
}

void *
reallocarray(void *p, size_t n, size_t each)
{
	return FAILS(MEM) ? NULL : __libc_realloc(p, n * each);
}

static char *
copy(const char *text, size_t n)
{
	char *p = __libc_malloc(n + 1);

	if (p != NULL) {
		memcpy(p, text, n);
		p[n] = '\0';
	}
	return p;
}

char *
strdup(const char *text)
{
	return FAILS(MEM) ? NULL : copy(text, strlen(text));
}

char *
strndup(const char *text, size_t n)
{
	return FAILS(MEM) ? NULL : copy(text, strnlen(text, n));
}

int __asprintf_chk(char **ret, int flag, const char *fmt, ...);

int
__asprintf_chk(char **ret, int flag, const char *fmt, ...)
{
	bool failed = FAILS(MEM), was = busy;
	va_list ap;
	int n = -1;

	if (failed)
		return -1;
	va_start(ap, fmt);
	busy = true;
	n = __vasprintf_chk(ret, flag, fmt, ap);
	busy = was;
	va_end(ap);
	return n;
}

/* --- files --- */

#define CALL(type, name, k, failed, params, ...) \
	__typeof__(name) name; \
	type name params \
	{ \
		NEXT(name); \
		return FAILS(k) ? (failed) : real(__VA_ARGS__); \
	}

ssize_t __pread_chk(int fd, void *to, size_t n, off_t off, size_t room);
ssize_t __read_chk(int fd, void *to, size_t n, size_t room);
int __openat_2(int fd, const char *path, int flags);

CALL(ssize_t, read, READ, -1, (int fd, void *to, size_t n), fd, to, n)
CALL(ssize_t, pread, READ, -1, (int fd, void *to, size_t n, off_t off), fd, to,
    n, off)
CALL(ssize_t, pread64, READ, -1, (int fd, void *to, size_t n, off64_t off), fd,
    to, n, off)
CALL(ssize_t, __pread_chk, READ, -1, (int fd, void *to, size_t n, off_t off,
    size_t room), fd, to, n, off, room)
CALL(ssize_t, __read_chk, READ, -1, (int fd, void *to, size_t n, size_t room),
    fd, to, n, room)
CALL(ssize_t, write, WRITE, -1, (int fd, const void *p, size_t n), fd, p, n)
CALL(ssize_t, pwrite, WRITE, -1, (int fd, const void *p, size_t n, off_t off),
    fd, p, n, off)
CALL(ssize_t, pwrite64, WRITE, -1, (int fd, const void *p, size_t n,
    off64_t off), fd, p, n, off)
CALL(int, rename, RENAME, -1, (const char *from, const char *to), from, to)
CALL(int, renameat, RENAME, -1, (int a, const char *from, int b,
    const char *to), a, from, b, to)
CALL(int, renameat2, RENAME, -1, (int a, const char *from, int b,
    const char *to, unsigned int flags), a, from, b, to, flags)
CALL(int, linkat, RENAME, -1, (int a, const char *from, int b, const char *to,
    int flags), a, from, b, to, flags)
CALL(int, ftruncate, TRUNC, -1, (int fd, off_t n), fd, n)
CALL(int, ftruncate64, TRUNC, -1, (int fd, off64_t n), fd, n)
CALL(int, fallocate, TRUNC, -1, (int fd, int mode, off_t off, off_t n), fd,
    mode, off, n)
CALL(int, posix_fallocate, TRUNC, err, (int fd, off_t off, off_t n), fd, off, n)
CALL(int, unlink, UNLINK, -1, (const char *path), path)
CALL(int, unlinkat, UNLINK, -1, (int fd, const char *path, int flags), fd, path,
    flags)
CALL(void *, mmap, MAP, MAP_FAILED, (void *p, size_t n, int prot, int flags,
    int fd, off_t off), p, n, prot, flags, fd, off)
CALL(void *, mmap64, MAP, MAP_FAILED, (void *p, size_t n, int prot, int flags,
    int fd, off64_t off), p, n, prot, flags, fd, off)
CALL(ssize_t, sendmsg, LINK, -1, (int fd, const struct msghdr *m, int flags),
    fd, m, flags)
CALL(ssize_t, recvmsg, LINK, -1, (int fd, struct msghdr *m, int flags), fd, m,
    flags)
CALL(ssize_t, send, LINK, -1, (int fd, const void *p, size_t n, int flags), fd,
    p, n, flags)
CALL(ssize_t, recv, LINK, -1, (int fd, void *p, size_t n, int flags), fd, p, n,
    flags)
CALL(pid_t, fork, FORK, -1, (void))
CALL(int, socketpair, FORK, -1, (int domain, int type, int protocol, int fd[2]),
    domain, type, protocol, fd)
CALL(FILE *, fdopen, OPEN, NULL, (int fd, const char *how), fd, how)
CALL(DIR *, opendir, OPEN, NULL, (const char *path), path)
CALL(DIR *, fdopendir, OPEN, NULL, (int fd), fd)
CALL(int, __openat_2, OPEN, -1, (int fd, const char *path, int flags), fd, path,
    flags)

#define SYNCS(name, params) \
	int name params \
	{ \
		return FAILS(SYNC) ? -1 : 0; \
	}
SYNCS(fsync, (int fd __attribute__((unused))))
SYNCS(fdatasync, (int fd __attribute__((unused))))
SYNCS(syncfs, (int fd __attribute__((unused))))
SYNCS(sync_file_range, (int fd __attribute__((unused)),
    off64_t from __attribute__((unused)), off64_t n __attribute__((unused)),
    unsigned int how __attribute__((unused))))

#define MODE_OF(flags, mode) \
	va_list ap; \
	mode_t mode = 0; \
	if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
		va_start(ap, flags); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	}

#define OPENS(name) \
	int name(const char *path, int flags, ...) \
	{ \
		NEXT(name); \
		MODE_OF(flags, mode) \
		return FAILS(OPEN) ? -1 : real(path, flags, mode); \
	}
#define OPENS_AT(name) \
	int name(int fd, const char *path, int flags, ...) \
	{ \
		NEXT(name); \
		MODE_OF(flags, mode) \
		return FAILS(OPEN) ? -1 : real(fd, path, flags, mode); \
	}
OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

long
syscall(long nr, ...)
{
	NEXT(syscall);
	long a[6];
	va_list ap;

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (nr == SYS_openat2 && FAILS(OPEN))
		return -1;
	return real(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* --- SQLite: the step is not done, and its connection says why not --- */

struct sqlite3_stmt;
int sqlite3_step(struct sqlite3_stmt *s);

CALL(int, sqlite3_step, STEP, err, (struct sqlite3_stmt *s), s)

/* --- workers are started with a bare environment --- */

int
execve(const char *path, char *const argv[], char *const envp[])
{
	static const char *const ours[] = { "LD_PRELOAD", "FAULT_KIND",
		"FAULT_ROLE", "FAULT_AT", "FAULT_LAST", "FAULT_ERR",
		"FAULT_FROM", "FAULT_STATE", "MALLOC_PERTURB_" };
	static char text[16][512];
	char *all[64];
	int n = 0;

	NEXT(execve);
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
