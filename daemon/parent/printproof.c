/* printproof - the time before which the backup was made, and what follows. */
#include "printproof.h"

#define NEVER INT64_MAX

struct firsts {
	int64_t strong;			/* the earliest */
	int64_t one, two;		/* of two persons, weak or strong */
	uint32_t whose;
};

static void
note(struct firsts *f, const struct printproof_row *r)
{
	if ((r->flags & (PRINTPROOF_STRONG | PRINTPROOF_WEAK)) == 0)
		return;
	if ((r->flags & PRINTPROOF_STRONG) != 0 && r->t < f->strong)
		f->strong = r->t;
	if (f->one == NEVER || (r->person == f->whose && r->t < f->one)) {
		f->one = r->t;
		f->whose = r->person;
	} else if (r->person != f->whose && r->t < f->one) {
		f->two = f->one;
		f->one = r->t;
		f->whose = r->person;
	} else if (r->person != f->whose && r->t < f->two) {
		f->two = r->t;
	}
}

struct printproof
printproof_judge(struct printproof_row *row, size_t n, bool *back,
    size_t n_persons)
{
	struct printproof p = { .proved = false };
	struct firsts f = { NEVER, NEVER, NEVER, 0 };
	int64_t before;

	for (size_t i = 0; i < n_persons; i++)
		back[i] = false;
	for (size_t i = 0; i < n; i++)
		note(&f, &row[i]);
	before = f.strong < f.two ? f.strong : f.two;
	for (size_t i = 0; i < n; i++) {
		struct printproof_row *r = &row[i];
		bool shows = (r->flags & (PRINTPROOF_STRONG |
		    PRINTPROOF_WEAK)) != 0;

		/* Two rows that nothing tells apart: one may be new. */
		r->goes = (r->flags & PRINTPROOF_MATCHED) != 0 &&
		    (shows || (r->flags & PRINTPROOF_TWICE) == 0) &&
		    before != NEVER && r->t >= before - PRINTPROOF_SLACK_MS;
		p.open = p.open || (!r->goes &&
		    (r->flags & PRINTPROOF_MATCHED) != 0);
		if (!r->goes || back[r->person])
			continue;
		back[r->person] = true;
		p.persons++;
	}
	p.proved = p.persons != 0;
	return p;
}
