/* checkline - one line of a trail, read strictly. */
#ifndef AUDIT_CHECKLINE_H
#define AUDIT_CHECKLINE_H

#include <jansson.h>

#include "retention/verify.h"

struct checkline {
	uint64_t seq;
	uint32_t ep;
	struct wall t;
	uint8_t prev[32];
	enum record_type type;
	json_t *object;			/* owned */
};

/* VALID, or TAMPERED / UNVERIFIABLE with why.  Release in the first case. */
enum verify_verdict checkline_read(const char *line, size_t n,
    struct checkline *ret, char why[200]);
void checkline_release(struct checkline *l);

/* Members; -1 when missing or of another type or out of range. */
int checkline_uint(const json_t *object, const char *key, uint64_t *ret);
const char *checkline_text(const json_t *object, const char *key);
int checkline_hex(const json_t *object, const char *key, uint8_t *ret, size_t n);
int checkline_base64(const json_t *value, uint8_t *ret, size_t n);
int checkline_time(const char *text, struct wall *ret);

#endif
