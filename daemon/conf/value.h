/*
 * value - one setting's text into one field, by the row of the table.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "retention/rule.h"

#include "reader.h"
#include "schema.h"

/* row->type is a scalar.  On failure the field is left alone. */
int value_parse(struct reader *r, const struct schema_row *row,
    const char *text, void *field, struct err *e);

/* "redact", "truncate:4", "set:none" */
int value_method(struct reader *r, const char *text, struct rule_column *ret,
    struct err *e);

#endif
