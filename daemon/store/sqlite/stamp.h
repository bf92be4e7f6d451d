/*
 * stamp - what a file looks like that was left clean: whoever finds it so
 * again need not look through it, for nobody wrote to it since.
 *
 * Text, compared and never parsed: device, inode, size, mtime and ctime, the
 * change counter and the schema cookie, how it is divided and written.
 */
#ifndef STORE_SQLITE_STAMP_H
#define STORE_SQLITE_STAMP_H

#include <stdbool.h>

#include "retention/store.h"

struct db;
struct query;

/* erase_pass(), with a stamp before and behind it if the store is one file. */
int stamp_pass(const struct query *q, const struct store_sink *sink,
    struct store_result *ret, struct err *e);

/* ret: "" unless the file is known to be clean, is as it was STAMP_OLD_MS ago,
 * lies where times can be believed, and can be locked at once. */
#define STAMP_OLD_MS 50
void stamp_take(struct db *db, char ret[STORE_CLEAN_BYTES]);

/* A connection that has written nothing: is the file as the stamp has it?
 * Then its soil is known, and nothing of it is soiled. */
bool stamp_trust(struct db *db, const char *stamp);

#endif
