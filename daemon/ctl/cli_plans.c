#include "cli_plans.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/fd.h"

#define MOST_BYTES ((size_t)4 << 20)

int
cli_plans_read(const struct conf_main *conf, json_t **ret, struct err *e)
{
	struct buf path = BUF_EMPTY, text = { .most = MOST_BYTES };
	json_error_t why = { .text = "" };
	struct err x = ERR_EMPTY;
	bool memory;

	*ret = NULL;
	buf_putf(&path, "%s/plans.json", conf->state);
	memory = !buf_failed(&path);
	if (memory && fd_read_file(buf_text(&path), MOST_BYTES, &text,
	    &x) == 0) {
		*ret = json_loadb(buf_text(&text), text.n,
		    JSON_REJECT_DUPLICATES, &why);
		memory = *ret != NULL ||
		    json_error_code(&why) != json_error_out_of_memory;
	}
	buf_release(&path);
	buf_release(&text);
	return memory && x.code != ERR_MEMORY ? 0 :
	    err_set(e, ERR_MEMORY, "no memory for the saved plans");
}

const json_t *
cli_plans_of(const json_t *plans, const char *dataset)
{
	const json_t *list = json_object_get(plans, "datasets");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_object_get(json_array_get(list, i),
		    "plan");

		if (strcmp(cli_plans_text(p, "dataset"), dataset) == 0)
			return p;
	}
	return NULL;
}

const char *
cli_plans_text(const json_t *plan, const char *key)
{
	const char *text = json_string_value(json_object_get(plan, key));

	return text != NULL ? text : "?";
}

uint64_t
cli_plans_items(const json_t *plan)
{
	json_int_t n = json_integer_value(json_object_get(plan, "n"));

	return n > 0 ? (uint64_t)n : 0;
}
