/*
 * ruleset - a loaded configuration that lives as long as somebody uses it:
 * a running job keeps the rules it began with, whatever is loaded meanwhile.
 */
#ifndef PARENT_RULESET_H
#define PARENT_RULESET_H

#include "retention/conf.h"

struct ruleset {
	unsigned refs;
	struct conf_set *conf;		/* owned */
};

/* Takes conf; one reference.  NULL (conf freed) without memory. */
struct ruleset *ruleset_new(struct conf_set *conf);
struct ruleset *ruleset_ref(struct ruleset *s);
void ruleset_unref(struct ruleset *s);		/* NULL is fine */

#endif
