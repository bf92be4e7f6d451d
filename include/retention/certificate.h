/*
 * certificate - a record of disposal: what the trail says was erased, by
 * class, under which authority, how, and how well that is vouched for.
 * Counts only; nothing in it is about a person.  Reads records as
 * verify_trail() hands them out; opens nothing and asks for no time.
 */
#ifndef RETENTION_CERTIFICATE_H
#define RETENTION_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/verify.h"

struct buf;
struct certificate;

struct certificate_scope {		/* borrowed for its life */
	size_t n_datasets;		/* 0: all */
	const char *const *dataset;	/* full names */
	const char *agreement;		/* NULL: any and none */
	bool has_from, has_to;
	struct wall from, to;		/* when an operation ended; to excluded */
};

struct certificate *certificate_new(const struct certificate_scope *scope);
void certificate_free(struct certificate *c);	/* NULL is fine */

/* Of struct verify_options, with the certificate as its context. */
void certificate_record(void *ctx, uint64_t seq, const char *line, size_t n);

/* What the policies say about a dataset; absent members are NULL. */
struct certificate_policy {
	const char *title, *controller, *owner, *promise, *basis;
	uint8_t digest[32];		/* of the set of policies it is from */
};

struct certificate_ground {		/* what it rests on; borrowed */
	const struct verify_report *report;
	const struct note_key *pin;	/* NULL: none was given */
	const char *finding;		/* the gravest one; NULL: none */
	struct wall now;
	void *ctx;
	/* false: the policies do not know the dataset (any more) */
	bool (*policy)(void *ctx, const char *dataset,
	    struct certificate_policy *ret);
};

/* Operations in scope that have an outcome. */
uint64_t certificate_operations(const struct certificate *c);

/*
 * The text, its last line "fingerprint SHA-256 <hex>" over all bytes before
 * that line; and the same as JSON, with the same fingerprint.  Missing memory
 * shows as a failed `out`.
 */
void certificate_text(const struct certificate *c,
    const struct certificate_ground *g, struct buf *out);
void certificate_json(const struct certificate *c,
    const struct certificate_ground *g, struct buf *out);

#endif
