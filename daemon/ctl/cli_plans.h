/*
 * cli_plans - the saved plans that wait or are under way, as the daemon has
 * left them in state/plans.json.
 */
#ifndef RETENTION_CLI_PLANS_H
#define RETENTION_CLI_PLANS_H

#include <jansson.h>
#include <stdint.h>

#include "retention/err.h"

struct conf_main;

/* *ret: the file's value, to be given back with json_decref(); NULL: there is
 * none, or it cannot be read.  -1: no memory. */
int cli_plans_read(const struct conf_main *conf, json_t **ret, struct err *e);

/* The plan of a dataset, borrowed from that, or NULL. */
const json_t *cli_plans_of(const json_t *plans, const char *dataset);

/* Of a plan: a text, or "?"; how many items. */
const char *cli_plans_text(const json_t *plan, const char *key);
uint64_t cli_plans_items(const json_t *plan);

#endif
