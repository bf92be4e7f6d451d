#include "ruleset.h"

#include <stdlib.h>

struct ruleset *
ruleset_new(struct conf_set *conf)
{
	struct ruleset *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		conf_free(conf);
		return NULL;
	}
	*s = (struct ruleset){ .refs = 1, .conf = conf };
	return s;
}

struct ruleset *
ruleset_ref(struct ruleset *s)
{
	s->refs++;
	return s;
}

void
ruleset_unref(struct ruleset *s)
{
	if (s == NULL)
		return;
	must(s->refs != 0);
	if (--s->refs != 0)
		return;
	conf_free(s->conf);
	free(s);
}
