/*
 * gating_subject - the keyed hash that stands for a person: a new key is made
 * only where no hash of an old one is kept.
 */
#include <string.h>

#include "retention/key.h"
#include "retention/ledger_erasure.h"
#include "retention/ledger_request.h"
#include "retention/subject.h"

#include "gating.h"
#include "parent.h"
#include "ruleset.h"

static void
count_subjects(void *ctx, const struct ledger_hold *h)
{
	*(size_t *)ctx += h->kind[0] != '\0';
}

static void
count_persons(void *ctx, const struct ledger_request *r)
{
	*(size_t *)ctx += r->n_persons;
}

static void
count_erased(void *ctx, const struct ledger_wanted *h)
{
	(void)h;
	++*(size_t *)ctx;
}

int
gating_subject(struct parent *p, const char *kind, const char *value,
    uint8_t ret[GATE_HASH_BYTES], struct err *e)
{
	const char *state = p->set->conf->main.state;
	uint8_t key[32];
	size_t n = 0;
	int rc;

	if (subject_check(kind, value, e) == -1 ||
	    ledger_hold_each(p->ev.ledger, true, &n, count_subjects, e) == -1 ||
	    ledger_request_each(p->ev.ledger, true, &n, count_persons, e) == -1 ||
	    ledger_erasure_suppressed(p->ev.ledger, &n, count_erased, e) == -1)
		return -1;
	rc = n == 0 ? key_subject(state, key, e) :
	    key_subject_old(state, key, e);
	if (rc == 0)
		rc = subject_hash(key, kind, value, strlen(value), ret, e);
	explicit_bzero(key, sizeof(key));
	return rc;
}
