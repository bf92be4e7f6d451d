#include "dryrun.h"

#include <stdio.h>

#include "parent.h"
#include "place.h"

static const char *
decision(const struct place_dataset *d)
{
	if (d->failed || !d->counted)
		return "FAILED";
	return d->verdict == DECIDE_ACT ? "would act" :
	    decide_text(d->verdict);
}

static void
print_one(const struct place_dataset *d)
{
	const struct msg_counted *c = &d->counts;
	char next[CLOCK_TEXT_BYTES] = "-";

	if (d->counted && c->has_next)
		clock_text_s(c->next_due, next);
	printf("%-40s %-9s %9llu %9llu %9llu %9llu %9llu  %-20s  %s\n",
	    d->past.dataset, rule_mode_name(d->rule->mode),
	    (unsigned long long)c->total, (unsigned long long)c->due,
	    (unsigned long long)c->kept, (unsigned long long)c->undated,
	    (unsigned long long)c->future, next, decision(d));
	if (d->failed)
		printf("    %s\n", d->past.last_error);
}

void
dryrun_print(struct parent *p)
{
	bool events = false;

	printf("%-40s %-9s %9s %9s %9s %9s %9s  %-20s  %s\n", "DATASET",
	    "MODE", "TOTAL", "DUE", "KEPT", "UNDATED", "FUTURE", "NEXT DUE",
	    "DECISION");
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++) {
			print_one(&pl->dataset[i]);
			events |= pl->dataset[i].rule->timing.keep ==
			    RULE_UNTIL_EVENT;
		}
	if (events)
		printf("Declared events are not known to a dry run: datasets "
		    "that wait for one count as kept.\n");
	(void)fflush(stdout);
}
