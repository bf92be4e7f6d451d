/*
 * fuzz_segments: no folder makes the verifier crash, run on, or say VALID.  The
 * input is a folder: a byte that names the file, two of its length (big endian,
 * 0: to the end), the bytes, and so on.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
const char *__asan_default_options(void);

static const char *const names[] = {
	"log/000000000000000000.jsonl", "log/000000000000000000.jsonl.gz",
	"log/000000000000000003.jsonl", "log/000000000000000003.jsonl.gz",
	"log/000000000000000005.jsonl", "checkpoint", "anchor/3.note",
	"anchor/5.note", "items/000102030405060708090a0b0c0d0e0f.bin",
	"pruned", "keys.chain", "state",
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))
#define STATE (N_NAMES - 1)

static char dir[64];
static bool there[N_NAMES];
static struct note_key pin;

/* Nothing lives longer than one input: a small quarantine holds all of it, and
 * its pages stay warm. */
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}

static const char *
path_of(const char *name)
{
	static char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
clean(void)
{
	static const char *const folders[] = { "log", "anchor", "items" };

	for (size_t i = 0; i < N_NAMES; i++)
		(void)unlink(path_of(names[i]));
	for (size_t i = 0; i < 3; i++)
		(void)rmdir(path_of(folders[i]));
	(void)rmdir(dir);
}

static void
prepare(void)
{
	static const char vkey[] = "retentiond.example/host1+344da091+"
	    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
	const char *tmp = getenv("TMPDIR");
	struct err e;

	if (dir[0] != '\0')
		return;
	/* In memory, if it can be: a state is made durable. */
	(void)snprintf(dir, sizeof(dir), "/dev/shm/fuzz-XXXXXX");
	if (mkdtemp(dir) == NULL) {
		(void)snprintf(dir, sizeof(dir), "%s/fuzz-XXXXXX",
		    tmp != NULL && strlen(tmp) < 48 ? tmp : "/tmp");
		must(mkdtemp(dir) != NULL);
	}
	must(note_key_parse(vkey, &pin, &e) == 0);
	must(mkdir(path_of("log"), 0700) == 0);
	must(mkdir(path_of("anchor"), 0700) == 0);
	must(mkdir(path_of("items"), 0700) == 0);
	must(atexit(clean) == 0);
}

static void
put(const char *name, const uint8_t *bytes, size_t n)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct err e;

	must(fd != -1 && fd_write_all(fd, bytes, n, &e) == 0);
	fd_close(&fd);
}

static void
sweep(void)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		if (there[i])
			(void)unlink(path_of(names[i]));
		there[i] = false;
	}
}

static void
lay_out(const uint8_t *bytes, size_t n)
{
	sweep();
	while (n >= 3) {
		size_t name = bytes[0] % N_NAMES;
		size_t len = (size_t)bytes[1] << 8 | bytes[2];

		bytes += 3;
		n -= 3;
		if (len == 0 || len > n)
			len = n;
		put(names[name], bytes, len);
		there[name] = true;
		bytes += len;
		n -= len;
	}
}

/* Nobody here can sign a closed trail; a state is believed, but the records
 * above it have to hold. */
static void
look(const char *state)
{
	struct verify_options o = { .pin = &pin, .state_file = state };
	struct verify_report r;
	struct err e;
	int rc = verify_trail(dir, &o, &r, &e);

	must(rc == -1 || r.verdict != VERIFY_VALID);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char state[80];
	bool given;

	prepare();
	lay_out(bytes, n);
	(void)snprintf(state, sizeof(state), "%s/state", dir);
	given = there[STATE];
	look(state);
	/* Without a state that was laid out, or from the one that the first
	 * look left; where neither is, a second look would see the same. */
	there[STATE] = access(state, F_OK) == 0;
	if (there[STATE])
		look(given ? NULL : state);
	return 0;
}
