/*
 * passkeep - what became of a dataset in a pass.
 */
#ifndef PARENT_PASSKEEP_H
#define PARENT_PASSKEEP_H

struct job;
struct job_dataset;

/* The job is over: what became of the dataset goes to the place. */
void passkeep_store(struct job *j, struct job_dataset *d);

#endif
