/* checkline - one line of a trail, read strictly. */
#ifndef AUDIT_CHECKLINE_H
#define AUDIT_CHECKLINE_H

#include "retention/verify.h"

#include "checkvalue.h"

struct checkobject;

struct checkline {
	uint64_t seq;
	uint32_t ep;
	struct wall t;
	uint8_t prev[32];
	enum record_type type;
	struct checkobject *object;	/* owned; its bytes are the line's */
};

/* VALID, or TAMPERED / UNVERIFIABLE with why.  Release in the first case;
 * the line must stay for as long. */
enum verify_verdict checkline_read(const char *line, size_t n,
    struct checkline *ret, char why[200]);
void checkline_release(struct checkline *l);

/* Any canonical object that is no record.  NULL: it is none, or no memory. */
struct checkobject *checkline_object(const char *bytes, size_t n);
void checkline_object_free(struct checkobject *o);	/* NULL is fine */

/* Members; -1 or NULL when missing or of another type or out of range.  A
 * text stays for as long as its object. */
bool checkline_has(const struct checkobject *o, const char *key);
struct checkvalue checkline_value(const struct checkobject *o, const char *key);
int checkline_uint(const struct checkobject *o, const char *key, uint64_t *ret);
const char *checkline_text(const struct checkobject *o, const char *key);
int checkline_hex(const struct checkobject *o, const char *key, uint8_t *ret,
    size_t n);
int checkline_base64(struct checkvalue v, uint8_t *ret, size_t n);
int checkline_time(const char *text, struct wall *ret);

#endif
