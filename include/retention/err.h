/*
 * err - one failure, told once, with its context.
 *
 * Every function that can fail takes a `struct err *` last, fills it, and
 * returns -1 (or NULL).  The caller owns the struct, usually on its stack:
 * nothing is allocated, nothing is global.  Libraries never log; the few
 * files at the top of each program do.
 */
#ifndef RETENTION_ERR_H
#define RETENTION_ERR_H

enum err_code {
	ERR_NONE,
	ERR_MEMORY,	/* allocation failed */
	ERR_SYSTEM,	/* a system call failed; sys_errno says which way */
	ERR_CONFIG,	/* configuration or policy is wrong; a person must act */
	ERR_INPUT,	/* malformed input from a file, a peer or an argument */
	ERR_PROTOCOL,	/* a peer broke the protocol; its link is dropped */
	ERR_STORE,	/* a store refused or failed; retried later */
	ERR_BUSY,	/* a store is locked by its application; retried soon */
	ERR_CHANGED,	/* a store is no longer what it was; dataset stops */
	ERR_TRAIL,	/* the trail cannot be written: nothing may be erased */
	ERR_REFUSED,	/* a rule of this program forbids it */
	ERR_RESIDUE,	/* erased, and still found in free space */
	ERR_N_CODES
};

struct err {
	enum err_code code;
	int sys_errno;		/* 0 unless code is ERR_SYSTEM */
	char text[512];		/* always NUL-terminated; may be cut short */
};

#define ERR_EMPTY ((struct err){ .code = ERR_NONE })
#define ERR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Say what failed.  Always returns -1, so `return err_set(...)` works. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
	ERR_PRINTF(3, 4);

/* As err_set() for a failed system call: records errno, appends its text. */
int err_sys(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Put the caller's context in front: "policy gdpr: rule 3: unknown unit". */
int err_wrap(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* A stable word for the class ("busy", "trail"), used in trail and JSON. */
const char *err_class(enum err_code code);

/* A bug, not an input: prints the place and aborts.  Never compiled out. */
#define must(cond) ((cond) ? (void)0 : err_bug(__FILE__, __LINE__, #cond))
_Noreturn void err_bug(const char *file, int line, const char *what);

#endif
