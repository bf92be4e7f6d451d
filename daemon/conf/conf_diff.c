/*
 * conf_diff - two sets compared, dataset by dataset, and in words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/conf.h"

#include "diff.h"

/* Can rows go that did not go before?  Where nothing is taken, no. */
static bool
is_stricter(enum conf_change change, const struct rule_notice *was,
    const struct rule_dataset *old, const struct rule_notice *is,
    const struct rule_dataset *new)
{
	if (new->timing.keep == RULE_INDEFINITELY || new->mode == RULE_REPORT)
		return false;
	return change == CONF_ADDED || change == CONF_SHORTENED ||
	    (change == CONF_CHANGED && !diff_same_rows(was, old, is, new));
}

static size_t
count(const struct conf_set *set)
{
	size_t n = 0;

	for (size_t i = 0; set != NULL && i < set->n_notices; i++)
		n += set->notices[i].n_datasets;
	return n;
}

/* Every dataset of `set`, against the one of its name in `other`. */
static void
compare(const struct conf_set *set, const struct conf_set *other, bool is_new,
    struct conf_diff *diff, size_t *n)
{
	for (size_t i = 0; set != NULL && i < set->n_notices; i++) {
		const struct rule_notice *notice = &set->notices[i], *was = NULL;

		for (size_t k = 0; k < notice->n_datasets; k++) {
			const struct rule_dataset *d = &notice->datasets[k];
			const struct rule_dataset *o = conf_find(other, d->full,
			    &was);
			struct conf_diff *at = &diff[*n];

			*at = (struct conf_diff){ d->full,
			    is_new ? CONF_ADDED : CONF_REMOVED, false };
			if (o == NULL || (is_new && diff_dataset(was, o, notice,
			    d, &at->change))) {
				at->stricter = is_new && is_stricter(at->change,
				    was, o, notice, d);
				(*n)++;
			}
		}
	}
}

int
conf_diff(const struct conf_set *from, const struct conf_set *to,
    struct conf_diff **ret, size_t *ret_n, struct err *e)
{
	size_t n = 0;
	struct conf_diff *diff = calloc(count(from) + count(to) + 1,
	    sizeof(*diff));

	if (diff == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	compare(to, from, true, diff, &n);
	compare(from, to, false, diff, &n);
	*ret = diff;
	*ret_n = n;
	return 0;
}

static void
put_length(struct buf *b, const struct rule_timing *t)
{
	bool period = t->keep == RULE_PERIOD;
	char text[PERIOD_TEXT_BYTES], day[CLOCK_TEXT_BYTES];

	period_text(period ? t->period : t->grace, text);
	clock_text_s((struct wall){ t->until_day * CALENDAR_DAY_MS }, day);
	if (period)
		buf_puts(b, text);
	else if (t->keep == RULE_UNTIL_DATE)
		buf_putf(b, "until %.10s", day);
	else if (t->keep == RULE_UNTIL_EVENT)
		buf_putf(b, "until event %s", t->event);
	else if (t->keep == RULE_UNTIL)
		buf_puts(b, "until its time");
	else
		buf_puts(b, "indefinitely");
	if (!period && t->grace.n != 0)
		buf_putf(b, " and %s", text);
}

static void
put_step(struct buf *b, const char *what, const char *from, const char *to)
{
	if (strcmp(from, to) != 0)
		buf_putf(b, "%s%s%s -> %s", b->n != 0 ? ", " : "", what, from,
		    to);
}

void
conf_diff_words(const struct conf_set *from, const struct conf_set *to,
    const struct conf_diff *diff, struct buf *ret)
{
	const struct rule_dataset *a = conf_find(from, diff->dataset, NULL);
	const struct rule_dataset *b = conf_find(to, diff->dataset, NULL);
	const struct rule_dataset *one = b != NULL ? b : a;
	struct buf was = BUF_EMPTY, is = BUF_EMPTY, text = BUF_EMPTY;

	must(one != NULL);
	put_length(&was, a != NULL ? &a->timing : &one->timing);
	put_length(&is, b != NULL ? &b->timing : &one->timing);
	if (a == NULL || b == NULL) {
		buf_putf(&text, "%s, %s after %s", rule_mode_name(one->mode),
		    rule_action_name(one->action), buf_text(&is));
	} else {
		put_step(&text, "", buf_text(&was), buf_text(&is));
		put_step(&text, "mode ", rule_mode_name(a->mode),
		    rule_mode_name(b->mode));
		put_step(&text, "action ", rule_action_name(a->action),
		    rule_action_name(b->action));
		if (diff_lost_rival(a, b))
			buf_putf(&text, "%sanother dataset kept some of its "
			    "rows longer", text.n != 0 ? ", " : "");
		if (text.n == 0)
			buf_puts(&text, "other rows, clock or settings");
	}
	buf_puts(ret, buf_text(&text));
	buf_release(&was);
	buf_release(&is);
	buf_release(&text);
}
