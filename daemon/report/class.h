/* class - operations of one kind: dataset, rule, authority, method. */
#ifndef REPORT_CLASS_H
#define REPORT_CLASS_H

#include <jansson.h>

#include "retention/certificate.h"

enum class_text { CLASS_DATASET, CLASS_STORE, CLASS_ACTION, CLASS_BASIS,
	CLASS_AGREEMENT, CLASS_POLICY, CLASS_METHOD, CLASS_ASSURANCE,
	CLASS_VERIFY, CLASS_N_TEXTS };

#define CLASS_MOST_REASONS 8

struct class_one {
	char *text[CLASS_N_TEXTS];	/* owned; "" when absent */
	uint64_t operations, failed, recovered;
	uint64_t n, erased, left, skipped;
	struct { char name[32]; uint64_t n; } reason[CLASS_MOST_REASONS];
	size_t n_reasons;
	bool pseudonymous;
	struct wall first, last;
	struct class_one *next;
};

struct class_approval {
	char *text;			/* owned; a sentence */
	struct class_approval *next;
};

struct class_open;			/* an intent, until its outcome */

struct certificate {
	struct certificate_scope scope;
	struct class_one *first, **last;
	struct class_approval *approvals, **last_approval;
	struct class_open *open;
	char *note;			/* owned: the newest checkpoint */
	uint64_t unfinished;		/* in scope, without an outcome */
	bool failed;			/* no memory */
};

void class_record(struct certificate *c, const json_t *record);
void class_release(struct certificate *c);

#endif
