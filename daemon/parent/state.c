#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/log.h"

static int
make_folder(const char *path, struct err *e)
{
	struct stat st;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return err_sys(e, "state folder %s", path);
	if (lstat(path, &st) == -1)
		return err_sys(e, "state folder %s", path);
	if (S_ISLNK(st.st_mode))
		return err_set(e, ERR_CONFIG, "state folder %s is a symbolic "
		    "link: expected the folder itself", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s is no folder", path);
	if (st.st_uid != geteuid())
		return err_set(e, ERR_CONFIG, "state folder %s belongs to "
		    "another user", path);
	if ((st.st_mode & 077) == 0)
		return 0;
	log_line(LOG_WARN, "state folder: closed to others (mode was %04o)",
	    (unsigned)st.st_mode & 07777);
	return chmod(path, 0700) == 0 ? 0 : err_sys(e, "%s: chmod", path);
}

static int
refuse(int fd, const char *path, struct err *e)
{
	char pid[32] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	return err_set(e, ERR_REFUSED, "another retentiond (pid %s) uses %s",
	    pid[0] != '\0' ? pid : "unknown", path);
}

int
state_open(const char *path, int *ret_lock_fd, struct err *e)
{
	char text[4096];
	int fd, n;

	if (make_folder(path, e) == -1)
		return -1;
	n = snprintf(text, sizeof(text), "%s/lock", path);
	if (n >= (int)sizeof(text))
		return err_set(e, ERR_CONFIG, "%s: too long", path);
	fd = open(text, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_sys(e, "%s", text);
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		(void)(errno == EWOULDBLOCK ? refuse(fd, path, e) :
		    err_sys(e, "%s: lock", text));
		fd_close(&fd);
		return -1;
	}
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) == -1 || pwrite(fd, text, (size_t)n, 0) != n)
		log_line(LOG_WARN, "the lock file cannot be written");
	*ret_lock_fd = fd;
	return 0;
}

void
state_boot_id(char *ret_text, size_t n)
{
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	ret_text[0] = '\0';
	if (fd != -1 && fd_read_all(fd, 256, &b, &e) == 0)
		(void)snprintf(ret_text, n, "%s", buf_text(&b));
	ret_text[strcspn(ret_text, "\n")] = '\0';
	buf_release(&b);
	fd_close(&fd);
}
