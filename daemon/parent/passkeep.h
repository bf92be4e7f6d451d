/*
 * passkeep - what became of a dataset in a pass.
 */
#ifndef PARENT_PASSKEEP_H
#define PARENT_PASSKEEP_H

struct err;
struct job;
struct job_dataset;
struct place;

/* The job is over: what became of the dataset goes to the place. */
void passkeep_store(struct job *j, struct job_dataset *d);
/* No pass before its operations are resolved: that counts as a failed one. */
void passkeep_blame(struct place *pl, const struct err *why);

#endif
