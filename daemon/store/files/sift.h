/*
 * sift - which files a dataset is about, and which of them are due.
 *
 * A file on which the erasing has begun bears a name of ours; from then on
 * it is due whatever its time says, for writing zeros has changed that.
 */
#ifndef STORE_FILES_SIFT_H
#define STORE_FILES_SIFT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "retention/judge.h"
#include "retention/store.h"

#define SIFT_TAG_BYTES 9	/* eight digits and NUL */
#define SIFT_NAME_BYTES 64	/* of a name that sift_name() makes */

struct sift {
	const struct rule_dataset *d;	/* borrowed */
	struct wall at;
	char tag[SIFT_TAG_BYTES];	/* of the dataset, in names of ours */
};

int sift_init(struct sift *s, const struct rule_dataset *d, struct wall at,
    struct err *e);

/* Only what bears a name of ours for this dataset and this file of a store
 * (NULL: it is one file).  d is NULL then. */
void sift_init_ours(struct sift *s, const char *full, const char *file);

/* Is the dataset about a file of this name? */
bool sift_takes(const struct sift *s, const char *name);

/* The verdict, rivals heard; *ret_due, when it can be told, may be NULL. */
enum judge_verdict sift_judge(const struct sift *s, const char *name,
    const struct stat *st, struct wall *ret_due);

/* ".retention-" operation "-" tag "-" number */
void sift_name(const struct sift *s, const uint8_t op[COMMIT_OP_BYTES],
    size_t number, char ret[SIFT_NAME_BYTES]);

/* A name of ours, of any operation of this dataset; of the one at op. */
bool sift_is_ours(const struct sift *s, const char *name);
bool sift_is_of(const char *name, const uint8_t op[COMMIT_OP_BYTES]);

#endif
