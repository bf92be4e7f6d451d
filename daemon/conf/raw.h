/*
 * raw - settings as they are read, before they are checked against each other
 * and become rules.
 */
#ifndef CONF_RAW_H
#define CONF_RAW_H

#include "retention/rule.h"

struct raw_origin {
	int line;
	bool is_faulty;		/* an error in it was told already */
};

struct raw_store {
	struct rule_store s;
	const char *path[RULE_N_KINDS];
	struct raw_origin origin;
};

struct raw_event {
	struct rule_event e;
	int clock;
	struct raw_origin origin;
};

struct raw_dataset {
	struct rule_dataset d;
	int mode, action, unit, empty, clock;	/* -1: not given */
	const char *until, *until_date;
	struct raw_origin origin;
};

struct raw_policy {
	struct rule_notice n;
	size_t n_stores, n_datasets, n_events;
	struct raw_store *stores;
	struct raw_dataset *datasets;
	struct raw_event *events;
};

#endif
