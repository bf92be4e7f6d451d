/*
 * deferral - what is due and does not go is said in the trail: once, not with
 * every pass.
 */
#ifndef PARENT_DEFERRAL_H
#define PARENT_DEFERRAL_H

struct job;
struct job_dataset;

/* The brake stopped it: a `brake` record, once for each plan to approve, or
 * once until a reload changes the rules. */
void deferral_braked(struct job *j, const struct job_dataset *d);

/*
 * Holds or restrictions keep some of it: a `defer` record when that is more
 * than the last one said and other holds are in force, or a day has passed.
 * What is less, or nothing any more, is remembered without a record: the
 * release has its own, and the intents tell what went.
 */
void deferral_held(struct job *j, const struct job_dataset *d);

#endif
