/*
 * record_request - the record type "request": one when a person's request is
 * entered (state "open"), one when it is closed.
 *
 * A person is the keyed hash of subject.h; counts alone of what was found.
 */
#ifndef RETENTION_RECORD_REQUEST_H
#define RETENTION_RECORD_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "retention/record.h"

struct record_request_person {
	const char *kind;
	const uint8_t *subject;		/* 32 bytes: its commitment */
};

struct record_request_outcome {
	const char *dataset, *store, *state;
	uint64_t rows, children, files, lines, left;
};

struct record_request {
	const char *id;
	const char *what;		/* "copy", "erase", ... */
	const char *state;		/* "open", "done", "refused", "failed" */
	size_t n_persons;
	const struct record_request_person *person;
	struct wall received, due;
	size_t n_outcomes;
	const struct record_request_outcome *outcome;
	const uint8_t *reason;		/* 32 bytes: digest; NULL: none */
	struct record_who who;
};
void record_request(struct buf *out, const struct record_request *r);

#endif
