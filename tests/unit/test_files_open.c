/*
 * Files that somebody has open: they stay until they are closed.
 */
#include <signal.h>

#include "filetest.h"
#include "tap.h"

/* A process that has the file open while the pass goes over it. */
static void
test_open(int flags, const char *text)
{
	struct rule_dataset d = files_rule(NULL);
	struct files f;
	int ready[2];
	pid_t pid;
	char c;

	files_open(&f);
	files_put(&f, "a", FILES_DUE);
	files_put(&f, "b", FILES_DUE);
	must(pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		int fd = openat(f.fd, "a", flags);

		must(fd != -1 && write(ready[1], "x", 1) == 1);
		sleep(30);
		_exit(0);
	}
	must(read(ready[0], &c, 1) == 1);
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 1, 1, 0) &&
	    f.told.err.code == ERR_BUSY && files_holds(f.fd, "a"),
	    "%s: %s", text, f.told.err.text);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	ok(files_erase(&f, &d, NULL) == 0 && files_told(&f, 1, 0, 0) &&
	    files_size(&f, "a") == -1, "%s: gone when it is closed", text);
	files_close(&f);
}

int
main(void)
{
	test_open(O_WRONLY, "a writer has it");
	test_open(O_RDONLY, "a reader has it");
	return tap_done();
}
