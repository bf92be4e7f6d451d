/*
 * callfilter - the lists of system calls, and how they become a filter.
 *
 * A row without a test allows the call whatever its arguments.  Calls that this
 * architecture does not have are passed over by libseccomp.
 */
#include "callfilter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/fs.h>
#include <linux/fiemap.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

struct call {
	int nr;
	bool tested;
	struct scmp_arg_cmp arg;
};

#define ANY(name) { SCMP_SYS(name), false, { .arg = 0 } }
#define IF(name, n, how, a, b) \
	{ SCMP_SYS(name), true, { n, SCMP_CMP_##how, a, b } }
#define IS(name, n, value) IF(name, n, EQ, value, 0)
#define MOST(name, n, value) IF(name, n, LE, value, 0)
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Memory that is not code, time, itself, the end. */
static const struct call basic[] = {
	ANY(read), ANY(readv), ANY(close), ANY(fstat), ANY(newfstatat), ANY(stat),
	ANY(lstat), ANY(statx), ANY(lseek), ANY(getdents64),
	ANY(brk), ANY(munmap), ANY(mremap), ANY(madvise), ANY(mlock),
	IF(mmap, 2, MASKED_EQ, PROT_EXEC, 0),
	IF(mprotect, 2, MASKED_EQ, PROT_EXEC, 0),
	ANY(futex), ANY(getrandom), ANY(restart_syscall), ANY(rt_sigreturn),
	ANY(rt_sigprocmask), ANY(rt_sigaction), ANY(sigaltstack),
	ANY(clock_gettime), ANY(clock_getres), ANY(gettimeofday), ANY(time),
	ANY(clock_nanosleep), ANY(nanosleep), ANY(sched_yield),
	ANY(getpid), ANY(gettid), ANY(getuid), ANY(geteuid), ANY(getgid),
	ANY(getegid), ANY(sysinfo), ANY(exit), ANY(exit_group),
	IS(fcntl, 1, F_GETFD), IS(fcntl, 1, F_SETFD),
	IS(fcntl, 1, F_GETFL), IS(fcntl, 1, F_SETFL),
	IS(fcntl, 1, F_DUPFD), IS(fcntl, 1, F_DUPFD_CLOEXEC),
};

/* Which files, Landlock says.  Not F_SETOWN, which signals others. */
static const struct call worker[] = {
	ANY(openat2), ANY(pread64), ANY(preadv), ANY(access), ANY(faccessat),
	ANY(faccessat2), ANY(readlink), ANY(readlinkat), ANY(getcwd),
	ANY(fstatfs), ANY(statfs), ANY(fgetxattr), ANY(flistxattr),
	ANY(fadvise64), ANY(readahead), ANY(msync), ANY(mincore),
	ANY(inotify_init1), ANY(inotify_add_watch), ANY(inotify_rm_watch),
	ANY(poll), ANY(ppoll), ANY(sendmsg), ANY(recvmsg), ANY(sendto),
	ANY(recvfrom), ANY(getsockopt), ANY(shutdown),
	IS(prlimit64, 2, 0), ANY(getrlimit),
	IS(fcntl, 1, F_GETLK), IS(fcntl, 1, F_SETLK),
	IS(fcntl, 1, F_SETLKW), IS(fcntl, 1, F_OFD_GETLK),
	IS(fcntl, 1, F_OFD_SETLK), IS(fcntl, 1, F_OFD_SETLKW),
	IS(fcntl, 1, F_SETLEASE), IS(fcntl, 1, F_GETLEASE),
	IS(fcntl, 1, F_SETSIG),
	/* Where a file lies, and whether it is written in place. */
	IS(ioctl, 1, FS_IOC_FIEMAP), IS(ioctl, 1, FS_IOC_GETFLAGS),
};

static const struct call worker_reads[] = {
	IF(openat, 2, MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	/* The link and the log: no store is behind these. */
	MOST(write, 0, 3), MOST(writev, 0, 3),
};

static const struct call worker_writes[] = {
	ANY(openat), ANY(write), ANY(writev), ANY(pwrite64), ANY(pwritev),
	ANY(ftruncate), ANY(fallocate), ANY(fsync), ANY(fdatasync), ANY(syncfs),
	ANY(sync_file_range), ANY(unlink), ANY(unlinkat), ANY(rename),
	ANY(renameat), ANY(renameat2), ANY(rmdir), ANY(fchmod), ANY(fchown),
	ANY(fsetxattr), ANY(fremovexattr),
	IS(utimensat, 1, 0),	/* of a descriptor, not of a path */
};

/* What pthread_create() asks for, to the bit: with any other flags it could be
 * a process. */
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | \
	CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | \
	CLONE_CHILD_CLEARTID)

static const struct call thread[] = {
	IS(clone, 0, THREAD), ANY(set_robust_list), ANY(rseq),
};

/* Its answers go where its questions come from. */
static const struct call scout[] = {
	IF(openat, 2, MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	ANY(sendto), ANY(recvfrom), MOST(write, 0, 2), ANY(getppid),
};

/* What the sanitizers do besides, in their builds alone. */
static const struct call sanitizers[] = {
	ANY(clone), ANY(ptrace), ANY(wait4), ANY(prctl), ANY(getrusage),
	ANY(open), ANY(openat), ANY(readlink), ANY(tgkill), ANY(getppid),
	ANY(write), ANY(set_robust_list), ANY(rseq), ANY(sched_getaffinity),
	ANY(prlimit64), ANY(getcpu), ANY(getdents),
};

/* Nothing of ours ever does: whoever does so is not ours any more. */
static const int deadly[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(socket),
	SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd), SCMP_SYS(bpf),
	SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(keyctl),
	SCMP_SYS(mount), SCMP_SYS(setns), SCMP_SYS(unshare),
	SCMP_SYS(personality), SCMP_SYS(setuid), SCMP_SYS(setresuid),
	SANITIZED ? SCMP_SYS(vmsplice) : SCMP_SYS(ptrace),
};

static const int forbidden[] = {
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(perf_event_open), SCMP_SYS(bpf),
	SCMP_SYS(userfaultfd), SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(keyctl), SCMP_SYS(mount), SCMP_SYS(umount2),
	SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(move_mount),
	SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(mount_setattr),
	SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
	SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex), SCMP_SYS(stime),
	SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(quotactl_fd),
	SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(syslog), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	SCMP_SYS(vhangup), SCMP_SYS(uselib), SCMP_SYS(lookup_dcookie),
	SCMP_SYS(nfsservctl), SCMP_SYS(fanotify_init), SCMP_SYS(modify_ldt),
	SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	/* The leak checker traces its own process. */
	SANITIZED ? SCMP_SYS(vmsplice) : SCMP_SYS(ptrace),
};

bool
callfilter_is_there(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int
failed(int rc, struct err *e)
{
	return err_set(e, ERR_SYSTEM, "seccomp: a filter cannot be made (%d)",
	    rc);
}

static int
add(scmp_filter_ctx f, uint32_t action, const struct call *list, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct call *c = &list[i];

		rc = seccomp_rule_add_array(f, action, c->nr, c->tested,
		    &c->arg);
	}
	return rc;
}

static int
add_plain(scmp_filter_ctx f, uint32_t action, const int *list, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add_array(f, action, list[i], 0, NULL);
	return rc;
}

/* A filter that refuses all but what every process of ours needs. */
static scmp_filter_ctx
closed(int *ret_rc)
{
	const struct call own[] = {	/* abort(): a bug is told by its signal */
		IS(tgkill, 0, (scmp_datum_t)getpid()),
	};
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = f == NULL ? -ENOMEM : add(f, SCMP_ACT_ALLOW, basic,
	    COUNT(basic));

	if (rc == 0)
		rc = add(f, SCMP_ACT_ALLOW, own, COUNT(own));
	if (rc == 0)
		rc = add_plain(f, SCMP_ACT_KILL_PROCESS, deadly,
		    COUNT(deadly));
	if (rc == 0 && SANITIZED)
		rc = add(f, SCMP_ACT_ALLOW, sanitizers, COUNT(sanitizers));
	*ret_rc = rc;
	return f;
}

/* Takes f. */
static int
load(scmp_filter_ctx f, int rc, struct err *e)
{
	if (rc == 0)	/* a search tree, not a chain of comparisons */
		(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_load(f);
	if (f != NULL)
		seccomp_release(f);
	return rc == 0 ? 0 : failed(rc, e);
}

/* clone3 has its flags in memory, where a filter cannot look: as if there were
 * none, so that clone is used. */
static int
add_thread(scmp_filter_ctx f)
{
	const int rc = seccomp_rule_add_array(f, SCMP_ACT_ERRNO(ENOSYS),
	    SCMP_SYS(clone3), 0, NULL);

	return rc != 0 ? rc : add(f, SCMP_ACT_ALLOW, thread, COUNT(thread));
}

int
callfilter_worker(bool write, bool with_thread, struct err *e)
{
	int rc;
	scmp_filter_ctx f = closed(&rc);

	if (rc == 0)
		rc = add(f, SCMP_ACT_ALLOW, worker, COUNT(worker));
	if (rc == 0 && write)
		rc = add(f, SCMP_ACT_ALLOW, worker_writes,
		    COUNT(worker_writes));
	else if (rc == 0 && !SANITIZED)
		rc = add(f, SCMP_ACT_ALLOW, worker_reads, COUNT(worker_reads));
	if (rc == 0 && with_thread)
		rc = add_thread(f);
	return load(f, rc, e);
}

int
callfilter_scout(struct err *e)
{
	int rc;
	scmp_filter_ctx f = closed(&rc);

	if (rc == 0 && !SANITIZED)
		rc = add(f, SCMP_ACT_ALLOW, scout, COUNT(scout));
	else if (rc == 0)
		rc = add(f, SCMP_ACT_ALLOW, scout + 1, 2);
	return load(f, rc, e);
}

int
callfilter_forbid(struct err *e)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int rc = f == NULL ? -ENOMEM : add_plain(f, SCMP_ACT_ERRNO(EPERM),
	    forbidden, COUNT(forbidden));

	return load(f, rc, e);
}
