/*
 * company - does anybody else have a database file open, and does he stir?
 */
#ifndef STORE_SQLITE_COMPANY_H
#define STORE_SQLITE_COMPANY_H

#include <stdbool.h>

#include "retention/clock.h"
#include "retention/holders.h"

struct db;

struct company {
	struct db *db;		/* borrowed */
	int fd;			/* inotify, or -1 */
	bool changed;		/* somebody came or went since `looked` */
	bool others;		/* somebody has it open, or that is unknown */
	bool scanned;
	struct mono looked, asked;
};

/* Watches from here on; where it cannot, company is assumed. */
void company_init(struct company *c, struct db *db);
void company_release(struct company *c);

/* Certainly nobody else has the file open. */
bool company_none(struct company *c, struct mono now);

/* Is it not known that nobody has it open, and could whoever sees every
 * process tell?  *ret_file is the file to ask about; what opens it from here
 * on will be noticed. */
bool company_unknown(struct company *c, struct holders_file *ret_file);
/* The answer: nobody has. */
void company_told_none(struct company *c, struct mono now);

/* Has somebody opened it since the last question?  Cheap: for use between
 * rows. */
bool company_came(struct company *c, struct mono now);

/* Around a rest: did anybody read or write the file?  False in WAL mode,
 * where PRAGMA data_version tells. */
void company_listen(struct company *c);
bool company_stirred(struct company *c);

#endif
